package revcam.rtp;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Transport-wide feedback as a receiver makes it, with the forms of packet chunks mixed at random. */
final class FeedbackEncoder {

    private final Random random;
    private final List<Integer> symbols = new ArrayList<>();
    private final ByteArrayOutputStream deltas = new ByteArrayOutputStream();

    FeedbackEncoder(Random random) {
        this.random = random;
    }

    FeedbackEncoder lost() {
        symbols.add(0);
        return this;
    }

    FeedbackEncoder received(int deltaTicks) {
        boolean small = deltaTicks >= 0 && deltaTicks <= 255;
        symbols.add(small ? 1 : 2);
        if (!small) {
            deltas.write(deltaTicks >> 8);
        }
        deltas.write(deltaTicks);
        return this;
    }

    byte[] encode(int base, int referenceTime, int feedbackCount) {
        ByteArrayOutputStream chunks = new ByteArrayOutputStream();
        for (int at = 0; at < symbols.size(); ) {
            int chunk = switch (random.nextInt(3)) {
                case 0 -> run(at);
                case 1 -> symbols.subList(at, Math.min(at + 14, symbols.size())).contains(2) ? run(at) : vector(at, 1);
                default -> vector(at, 2);
            };
            chunks.write(chunk >> 8);
            chunks.write(chunk);
            at += (chunk & 0x8000) == 0 ? chunk & 0x1FFF : (chunk & 0x4000) == 0 ? 14 : 7;
        }
        int content = 20 + chunks.size() + deltas.size();
        int padding = -content & 3;
        ByteBuffer packet = ByteBuffer.allocate(content + padding);
        packet.put((byte) (padding == 0 ? 0x8F : 0xAF)).put((byte) 205).putShort((short) ((content + padding) / 4 - 1));
        packet.putInt(1).putInt(2);
        packet.putShort((short) base).putShort((short) symbols.size());
        packet.putInt(referenceTime << 8 | feedbackCount);
        packet.put(chunks.toByteArray()).put(deltas.toByteArray());
        if (padding > 0) {
            packet.put(packet.capacity() - 1, (byte) padding);
        }
        return packet.array();
    }

    private int run(int at) {
        int end = at;
        while (end < symbols.size() && symbols.get(end).equals(symbols.get(at))) {
            end++;
        }
        return symbols.get(at) << 13 | end - at;
    }

    private int vector(int at, int bits) {
        int chunk = bits == 1 ? 0x8000 : 0xC000;
        for (int index = 0; index < 14 / bits && at + index < symbols.size(); index++) {
            chunk |= symbols.get(at + index) << 14 - bits - index * bits;
        }
        return chunk;
    }
}
