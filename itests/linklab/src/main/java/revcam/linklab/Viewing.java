package revcam.linklab;

import java.util.BitSet;
import java.util.TreeMap;
import java.util.function.LongConsumer;

/**
 * A decoder behind a jitter buffer: which frame is shown when. The product asks for a playout delay of zero, so a frame
 * is shown as soon as it can be decoded: complete, and either a key frame or right after the one that was decoded last.
 * Without one to decode for some time, it asks for a key frame, as libwebrtc's VideoReceiveStream2 does.
 */
final class Viewing {

    private static final long WAIT_FOR_FRAME = 3 * Simulation.SECOND;
    private static final long WAIT_FOR_KEYFRAME = 200 * Simulation.MILLI;
    private static final int FRAMES_KEPT = 600;

    private static final class Frame {
        final BitSet got = new BitSet();
        final int count;
        final boolean key;
        final long captured;
        long lastSequence;

        Frame(int count, boolean key, long captured) {
            this.count = count;
            this.key = key;
            this.captured = captured;
        }

        boolean complete() {
            return got.cardinality() == count;
        }
    }

    private final Simulation simulation;
    private final Runnable requestKeyframe;
    private final LongConsumer decoded;
    private final RecordedFlow record;
    private final TreeMap<Integer, Frame> waiting = new TreeMap<>();
    private int lastDecoded = -1;
    private long patienceEnds;
    private boolean watching;

    /** @param decoded is told the last sequence number of each decoded frame: nothing before it is needed any more */
    Viewing(Simulation simulation, Runnable requestKeyframe, LongConsumer decoded, RecordedFlow record) {
        this.simulation = simulation;
        this.requestKeyframe = requestKeyframe;
        this.decoded = decoded;
        this.record = record;
    }

    void onPayload(long sequence, int number, int index, int count, boolean key, long captured) {
        if (number <= lastDecoded) {
            return;
        }
        if (!watching) {
            watching = true;
            patienceEnds = simulation.now() + WAIT_FOR_KEYFRAME;
            simulation.after(WAIT_FOR_KEYFRAME, this::watch);
        }
        Frame frame = waiting.computeIfAbsent(number, n -> new Frame(count, key, captured));
        frame.got.set(index);
        frame.lastSequence = Math.max(frame.lastSequence, sequence);
        if (frame.complete()) {
            decode();
        }
        while (waiting.size() > FRAMES_KEPT) {
            waiting.pollFirstEntry();
        }
    }

    private void decode() {
        while (true) {
            Integer found = null;
            Frame next = waiting.get(lastDecoded + 1);
            if (lastDecoded >= 0 && next != null && next.complete()) {
                found = lastDecoded + 1;
            } else {
                for (var entry : waiting.entrySet()) {
                    if (entry.getValue().key && entry.getValue().complete()) {
                        found = entry.getKey();
                        break;
                    }
                }
            }
            if (found == null) {
                return;
            }
            Frame frame = waiting.get(found);
            waiting.headMap(found, true).clear();
            lastDecoded = found;
            patienceEnds = simulation.now() + WAIT_FOR_FRAME;
            decoded.accept(frame.lastSequence);
            record.shown(simulation.now(), frame.captured);
        }
    }

    private void watch() {
        long now = simulation.now();
        // Nothing to wait for while nothing is sent.
        if (now >= patienceEnds && !waiting.isEmpty()) {
            requestKeyframe.run();
            patienceEnds = now + WAIT_FOR_KEYFRAME;
        }
        simulation.after(20 * Simulation.MILLI, this::watch);
    }
}
