package revcam.rtp;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A path that loses and overtakes, and a receiver at its end that reports the same arrivals in two languages: transport-wide
 * feedback and RFC 8888. Each report, and in that each stream, goes from the oldest news to the newest, as libwebrtc's do.
 */
final class TwoWays {

    private static final int CONGESTION_CONTROL_HEADER = 0x8BCD;
    private static final int MOST_OFFSET = 8189;

    private record Sent(int ssrc, int sequence) {}

    private final Random random;
    private final List<Sent> sent = new ArrayList<>();
    private final Map<Integer, List<Integer>> streams = new HashMap<>();
    private final List<Integer> onTheWay = new ArrayList<>();
    /** In microseconds, by transport-wide sequence number. */
    private final TreeMap<Integer, Long> arrivals = new TreeMap<>();
    private final TreeSet<Integer> news = new TreeSet<>();
    private final Map<Integer, Integer> nextOfStream = new HashMap<>();
    private int next;
    private int reports;
    private long nowMicros;

    TwoWays(Random random, long nowMicros) {
        this.random = random;
        this.nowMicros = nowMicros;
    }

    void send(int ssrc, int sequence) {
        streams.computeIfAbsent(ssrc, stream -> new ArrayList<>()).add(sent.size());
        onTheWay.add(sent.size());
        sent.add(new Sent(ssrc, sequence & 0xFFFF));
    }

    /** Most of what is on its way arrives; some of it later, some never. */
    void deliver(double lost, double late) {
        for (int index = 0; index < onTheWay.size(); ) {
            double fate = random.nextDouble();
            if (fate < late) {
                index++;
                continue;
            }
            int packet = onTheWay.remove(index);
            nowMicros += random.nextInt(3_000);
            if (fate >= late + lost) {
                arrivals.put(packet, nowMicros);
                news.add(packet);
            }
        }
        nowMicros += random.nextInt(20_000);
    }

    boolean hasNewsOf(int ssrc) {
        return news.stream().anyMatch(packet -> sent.get(packet).ssrc == ssrc);
    }

    boolean arrived(long packet) {
        return arrivals.containsKey((int) packet);
    }

    ByteBuffer transportWide() {
        int base = reports == 0 ? news.first() : Math.min(news.first(), next);
        FeedbackEncoder encoder = new FeedbackEncoder(random);
        long reference = -1;
        long before = 0;
        for (int packet = base; packet <= arrivals.lastKey(); packet++) {
            Long at = arrivals.get(packet);
            if (at == null) {
                encoder.lost();
                continue;
            }
            if (reference < 0) {
                reference = at / 64_000;
                before = reference * 256;
            }
            encoder.received((int) (at / 250 - before));
            before = at / 250;
        }
        return ByteBuffer.wrap(encoder.encode(base & 0xFFFF, (int) reference & 0xFFFFFF, reports & 0xFF));
    }

    ByteBuffer congestionControl() {
        ByteBuffer packet = ByteBuffer.allocate(1 << 16).putInt(CONGESTION_CONTROL_HEADER << 16).putInt(1);
        streams.forEach((ssrc, packets) -> {
            List<Integer> told = packets.stream().filter(news::contains).toList();
            if (!told.isEmpty()) {
                int from = packets.indexOf(told.get(0));
                from = Math.min(from, nextOfStream.getOrDefault(ssrc, from));
                List<Integer> block = packets.subList(from, lastArrived(packets) + 1);
                packet.putInt(ssrc).putShort((short) sent.get(block.get(0)).sequence).putShort((short) block.size());
                block.forEach(each -> packet.putShort((short) metric(each)));
                packet.putShort((short) 0).position(packet.position() - 2 * (1 - block.size() % 2));
            }
        });
        packet.putInt((int) reportTicks());
        return packet.putShort(2, (short) (packet.position() / 4 - 1)).flip();
    }

    private int lastArrived(List<Integer> packets) {
        int last = packets.size() - 1;
        while (!arrivals.containsKey(packets.get(last))) {
            last--;
        }
        return last;
    }

    private long reportTicks() {
        return (nowMicros << 16) / 1_000_000;
    }

    private int metric(int packet) {
        Long at = arrivals.get(packet);
        // The bits for ECN say whatever they like.
        return at == null ? random.nextInt(0x8000)
                : 0x8000 | random.nextInt(4) << 13 | (int) Math.min(MOST_OFFSET + 1, (nowMicros - at) * 1024 / 1_000_000);
    }

    /** What has been reported is no news; to be called after either or both kinds of report. */
    void reported() {
        reports++;
        next = arrivals.lastKey() + 1;
        streams.forEach((ssrc, packets) -> {
            if (packets.stream().anyMatch(arrivals::containsKey)) {
                nextOfStream.put(ssrc, lastArrived(packets) + 1);
            }
        });
        news.clear();
    }
}
