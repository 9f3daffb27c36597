package revcam.congestion.gcc;

import java.util.ArrayList;
import java.util.List;
import revcam.api.congestion.PacketFeedback;

/** A feedback by hand; times in milliseconds. */
final class Feedback implements PacketFeedback {

    static final long MS = 1_000_000;

    private record Packet(long sequence, double sentMillis, int bytes, double arrivalMillis) {}

    private final List<Packet> packets = new ArrayList<>();

    Feedback received(long sequence, double sentMillis, int bytes, double arrivalMillis) {
        packets.add(new Packet(sequence, sentMillis, bytes, arrivalMillis));
        return this;
    }

    Feedback lost(long sequence, double sentMillis, int bytes) {
        return received(sequence, sentMillis, bytes, Double.NaN);
    }

    @Override
    public int count() {
        return packets.size();
    }

    @Override
    public long transportSequence(int index) {
        return packets.get(index).sequence;
    }

    @Override
    public long sentNanos(int index) {
        return (long) (packets.get(index).sentMillis * MS);
    }

    @Override
    public int sizeBytes(int index) {
        return packets.get(index).bytes;
    }

    @Override
    public boolean received(int index) {
        return !Double.isNaN(packets.get(index).arrivalMillis);
    }

    @Override
    public long arrivalNanos(int index) {
        return (long) (packets.get(index).arrivalMillis * MS);
    }
}
