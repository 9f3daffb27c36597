package revcam.linklab;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;

/** Writes a receiver's RTCP as a browser does. */
final class FeedbackWriter {

    private static final long TICK_NANOS = 250_000;
    private static final int MAX_STATUSES = 4_000;
    private static final int OVER_RANGE = 0x1FFE;
    private static final int RTPFB = 205;
    private static final int PSFB = 206;
    private static final int RECEIVER_REPORT = 201;

    private final int ssrc;
    private int feedbackCount;

    FeedbackWriter(int ssrc) {
        this.ssrc = ssrc;
    }

    /** One received packet that no feedback has told of. */
    record Arrival(long transportSequence, long nanos) {}

    /**
     * Transport-wide feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01, section 3.1) on what arrived and
     * what is missing in between.
     *
     * @param base first sequence number to report on, unwrapped
     * @param arrivals in order of sequence number, not empty, none below {@code base}; those that fit are taken from it
     * @return the packet
     */
    byte[] transportFeedback(int mediaSsrc, long base, List<Arrival> arrivals) {
        List<Integer> symbols = new ArrayList<>();
        ByteArrayOutputStream deltas = new ByteArrayOutputStream();
        long reference = arrivals.get(0).nanos / (256 * TICK_NANOS);
        long ticks = reference * 256;
        long next = base;
        int taken = 0;
        for (Arrival arrival : arrivals) {
            long delta = Math.floorDiv(arrival.nanos, TICK_NANOS) - ticks;
            if (delta != (short) delta || arrival.transportSequence - base >= MAX_STATUSES) {
                break;
            }
            for (; next < arrival.transportSequence; next++) {
                symbols.add(0);
            }
            boolean small = delta >= 0 && delta <= 255;
            symbols.add(small ? 1 : 2);
            if (!small) {
                deltas.write((int) delta >> 8);
            }
            deltas.write((int) delta);
            ticks += delta;
            next++;
            taken++;
        }
        arrivals.subList(0, taken).clear();
        return feedback(mediaSsrc, base, reference, symbols, deltas);
    }

    private byte[] feedback(int mediaSsrc, long base, long reference, List<Integer> symbols,
            ByteArrayOutputStream deltas) {
        ByteArrayOutputStream chunks = new ByteArrayOutputStream();
        for (int at = 0; at < symbols.size(); ) {
            int run = at;
            while (run < symbols.size() && symbols.get(run).equals(symbols.get(at))) {
                run++;
            }
            int chunk;
            if (run - at > 7) {
                chunk = symbols.get(at) << 13 | run - at;
                at = run;
            } else {
                boolean large = symbols.subList(at, Math.min(at + 14, symbols.size())).contains(2);
                int bits = large ? 2 : 1;
                chunk = large ? 0xC000 : 0x8000;
                for (int i = 0; i < 14 / bits && at < symbols.size(); i++, at++) {
                    chunk |= symbols.get(at) << 14 - bits - i * bits;
                }
            }
            chunks.write(chunk >> 8);
            chunks.write(chunk);
        }
        int content = 20 + chunks.size() + deltas.size();
        int padding = -content & 3;
        ByteBuffer out = ByteBuffer.allocate(content + padding);
        header(out, padding == 0 ? 15 : 15 | 0x20, RTPFB, content + padding);
        out.putInt(ssrc).putInt(mediaSsrc).putShort((short) base).putShort((short) symbols.size());
        out.putInt((int) reference << 8 | feedbackCount++ & 0xFF).put(chunks.toByteArray()).put(deltas.toByteArray());
        if (padding > 0) {
            out.put(out.capacity() - 1, (byte) padding);
        }
        return out.array();
    }

    /**
     * What became of a stream's packets.
     *
     * @param first RTP sequence number, low 16 bits count
     * @param nanos when it and those after it arrived, null for those that did not
     */
    record Block(int ssrc, int first, List<Long> nanos) {}

    /** Congestion control feedback (RFC 8888, section 3.1). */
    byte[] congestionFeedback(List<Block> blocks, long nowNanos) {
        int bytes = 12;
        for (Block block : blocks) {
            bytes += 8 + (2 * block.nanos.size() + 3 & ~3);
        }
        ByteBuffer out = ByteBuffer.allocate(bytes);
        header(out, 11, RTPFB, bytes);
        out.putInt(ssrc);
        for (Block block : blocks) {
            out.putInt(block.ssrc).putShort((short) block.first).putShort((short) block.nanos.size());
            for (Long at : block.nanos) {
                long offset = at == null ? 0 : (nowNanos - at) * 1024 / Simulation.SECOND;
                out.putShort((short) (at == null ? 0 : 0x8000 | Math.min(OVER_RANGE, offset)));
            }
            out.position(out.position() + 3 & ~3);
        }
        // Seconds and fractions without a product that overflows.
        long seconds = nowNanos / Simulation.SECOND;
        return out.putInt((int) (seconds << 16 | (nowNanos % Simulation.SECOND << 16) / Simulation.SECOND)).array();
    }

    /** Generic NACK (RFC 4585, section 6.2.1). */
    byte[] nack(int mediaSsrc, SortedSet<Long> sequences) {
        List<int[]> items = new ArrayList<>();
        for (long sequence : sequences) {
            int[] item = items.isEmpty() ? null : items.get(items.size() - 1);
            int behind = item == null ? 0 : (int) sequence - item[0] & 0xFFFF;
            if (item != null && behind >= 1 && behind <= 16) {
                item[1] |= 1 << behind - 1;
            } else {
                items.add(new int[] {(int) sequence & 0xFFFF, 0});
            }
        }
        ByteBuffer out = ByteBuffer.allocate(12 + 4 * items.size());
        header(out, 1, RTPFB, out.capacity());
        out.putInt(ssrc).putInt(mediaSsrc);
        items.forEach(item -> out.putShort((short) item[0]).putShort((short) item[1]));
        return out.array();
    }

    /** Picture loss indication (RFC 4585, section 6.3.1). */
    byte[] pli(int mediaSsrc) {
        ByteBuffer out = ByteBuffer.allocate(12);
        header(out, 1, PSFB, 12);
        return out.putInt(ssrc).putInt(mediaSsrc).array();
    }

    /** Receiver report with one block (RFC 3550, section 6.4.2). */
    byte[] receiverReport(int mediaSsrc, int fraction256, int cumulativeLost, int highest, int jitterRtp, int lastSr,
            int delaySinceLastSr) {
        ByteBuffer out = ByteBuffer.allocate(32);
        header(out, 1, RECEIVER_REPORT, 32);
        out.putInt(ssrc).putInt(mediaSsrc).putInt(fraction256 << 24 | cumulativeLost & 0xFFFFFF).putInt(highest);
        return out.putInt(jitterRtp).putInt(lastSr).putInt(delaySinceLastSr).array();
    }

    private static void header(ByteBuffer out, int countOrFormat, int type, int bytes) {
        out.put((byte) (0x80 | countOrFormat)).put((byte) type).putShort((short) (bytes / 4 - 1));
    }
}
