package revcam.linklab;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import revcam.rtp.RtcpListener;
import revcam.rtp.RtcpReader;
import revcam.rtp.SequenceUnwrapper;

/**
 * A browser's end, as a sender sees it: feedback on every packet, receiver reports, requests for lost packets and for
 * key frames; behind it a {@link Viewing}.
 */
final class Receiver implements Hop {

    private static final int SSRC = 0x7EED0001;
    /** As libwebrtc's, before it knows a rate; then so that feedback takes 5 % of it, within bounds. */
    private static final long FEEDBACK_INTERVAL = 100 * Simulation.MILLI;
    private static final long MIN_FEEDBACK_INTERVAL = 50 * Simulation.MILLI;
    private static final long MAX_FEEDBACK_INTERVAL = 250 * Simulation.MILLI;
    private static final double FEEDBACK_SHARE = 0.05;
    private static final int FEEDBACK_BYTES = 68;
    private static final long REPORT_INTERVAL = Simulation.SECOND;
    private static final int CLOCK_RATE = 90_000;
    /** Its clock began at some other time than the sender's. */
    private static final long CLOCK_ORIGIN = 77_777 * Simulation.SECOND;
    private static final int SRTCP_OVERHEAD = Sender.WIRE_OVERHEAD + 4;

    // As libwebrtc's NackRequester: as soon as a gap shows (its patience with reordering is switched off), again after a
    // round trip, which it takes for 100 ms, until the frame is there or no longer needed.
    private static final long NACK_INTERVAL = 20 * Simulation.MILLI;
    private static final long NACK_RTT = 100 * Simulation.MILLI;
    private static final int NACK_RETRIES = 10;
    private static final int NACK_MAX = 1000;

    private static final class Missing {
        long askedNanos = Long.MIN_VALUE / 2;
        int asked;
    }

    private final Simulation simulation;
    private final int flow;
    private final Hop network;
    private final Hop sender;
    private final Viewing viewing;
    private final RecordedFlow record;
    private final FeedbackWriter writer = new FeedbackWriter(SSRC);
    private final RtcpReader rtcp = new RtcpReader();

    private final SequenceUnwrapper transportSequences = new SequenceUnwrapper();
    private final TreeMap<Long, Long> arrivals = new TreeMap<>();
    private long nextFeedbackBase = -1;
    private long bytesSinceFeedback;
    private long lastFeedback;
    private double receivedBps;

    private final SequenceUnwrapper sequences = new SequenceUnwrapper();
    private final TreeMap<Long, Missing> missing = new TreeMap<>();
    private boolean started;
    private long firstSequence;
    private long highest;
    private long received;
    private long expectedBefore;
    private long receivedBefore;
    private double jitter;
    private long lastTransit;
    private boolean hasTransit;
    private int lastSr;
    private long lastSrNanos;

    /** @param network takes packets on their way to {@code sender} */
    Receiver(Simulation simulation, int flow, Hop network, Hop sender, RecordedFlow record) {
        this.simulation = simulation;
        this.flow = flow;
        this.network = network;
        this.sender = sender;
        this.record = record;
        viewing = new Viewing(simulation, this::requestKeyframe, last -> missing.headMap(last).clear(), record);
    }

    void start() {
        simulation.after(FEEDBACK_INTERVAL, this::feedback);
        simulation.every(REPORT_INTERVAL, this::report);
        simulation.every(NACK_INTERVAL, this::nack);
    }

    @Override
    public void accept(Packet packet) {
        if (packet.kind == Packet.Kind.FEEDBACK) {
            rtcp.read(ByteBuffer.wrap(packet.content), new RtcpListener() {
                @Override
                public void onSenderReport(int senderSsrc, long ntp, int rtpTimestamp, long packets, long octets) {
                    lastSr = (int) (ntp >>> 16);
                    lastSrNanos = simulation.now();
                }
            });
            return;
        }
        long now = simulation.now();
        record.received(now, packet);
        bytesSinceFeedback += packet.rtpBytes;
        ByteBuffer content = ByteBuffer.wrap(packet.content);
        long transportSequence = transportSequences.unwrap(transportSequence(content));
        if (nextFeedbackBase < 0) {
            nextFeedbackBase = transportSequence;
        }
        // What a feedback has passed over is reported again from there, once it has arrived after all.
        arrivals.putIfAbsent(transportSequence, now);
        nextFeedbackBase = Math.min(nextFeedbackBase, transportSequence);

        int payload = packet.rtpBytes - packet.headerBytes - packet.paddingBytes;
        boolean rtx = packet.isRetransmission();
        if (payload < VideoSource.MARK_BYTES + (rtx ? 2 : 0)) {
            if (!rtx && packet.paddingBytes > 0) {
                onSequence(sequences.unwrap(content.getShort(2)));
            }
            return;
        }
        int at = packet.headerBytes;
        long sequence;
        if (rtx) {
            sequence = SequenceUnwrapper.nearest(highest, content.getShort(at));
            if (missing.remove(sequence) != null) {
                record.packetsRepaired++;
            }
            at += 2;
        } else {
            updateJitter(now, content.getInt(4));
            sequence = sequences.unwrap(content.getShort(2));
            onSequence(sequence);
        }
        int frame = content.getInt(at);
        boolean key = content.get(at + 8) == 1;
        viewing.onPayload(sequence, frame, content.getShort(at + 4) & 0xFFFF, content.getShort(at + 6) & 0xFFFF, key,
                content.getLong(at + 9));
    }

    private static int transportSequence(ByteBuffer content) {
        int end = 16 + 4 * (content.getShort(14) & 0xFFFF);
        for (int at = 16; at < end; ) {
            int tag = content.get(at) & 0xFF;
            if (tag == 0) {
                at++;
                continue;
            }
            if (tag >> 4 == Sender.TRANSPORT_SEQUENCE_ID) {
                return content.getShort(at + 1) & 0xFFFF;
            }
            at += 2 + (tag & 15);
        }
        throw new IllegalStateException("the sender left the transport-wide sequence number out");
    }

    private void onSequence(long sequence) {
        received++;
        if (!started) {
            started = true;
            firstSequence = sequence;
            highest = sequence;
            return;
        }
        if (sequence <= highest) {
            missing.remove(sequence);
            return;
        }
        boolean gap = sequence > highest + 1;
        for (long lost = highest + 1; lost < sequence; lost++) {
            missing.put(lost, new Missing());
        }
        highest = sequence;
        if (missing.size() > NACK_MAX) {
            missing.clear();
            requestKeyframe();
        } else if (gap) {
            nack();
        }
    }

    private void updateJitter(long now, int timestamp) {
        // RFC 3550, section 6.4.1; in units of the RTP clock.
        long transit = now * (CLOCK_RATE / 1000) / Simulation.MILLI - timestamp;
        if (hasTransit) {
            jitter += (Math.abs((int) (transit - lastTransit)) - jitter) / 16;
        }
        hasTransit = true;
        lastTransit = transit;
    }

    private void nack() {
        long now = simulation.now();
        TreeSet<Long> ask = new TreeSet<>();
        missing.entrySet().removeIf(entry -> entry.getValue().asked >= NACK_RETRIES);
        for (Map.Entry<Long, Missing> entry : missing.entrySet()) {
            Missing lost = entry.getValue();
            if (now - lost.askedNanos >= NACK_RTT) {
                lost.askedNanos = now;
                lost.asked++;
                ask.add(entry.getKey());
            }
        }
        if (!ask.isEmpty()) {
            record.nacks += ask.size();
            send(writer.nack(Sender.SSRC, ask));
        }
    }

    private void requestKeyframe() {
        record.plis++;
        send(writer.pli(Sender.SSRC));
    }

    private void feedback() {
        long now = simulation.now();
        double bps = bytesSinceFeedback * 8.0 * Simulation.SECOND / Math.max(1, now - lastFeedback);
        receivedBps = receivedBps == 0 ? bps : receivedBps + 0.3 * (bps - receivedBps);
        bytesSinceFeedback = 0;
        lastFeedback = now;
        while (!arrivals.isEmpty() && arrivals.lastKey() >= nextFeedbackBase) {
            List<FeedbackWriter.Arrival> batch = new ArrayList<>();
            arrivals.tailMap(nextFeedbackBase, true)
                    .forEach((sequence, at) -> batch.add(new FeedbackWriter.Arrival(sequence, at + CLOCK_ORIGIN)));
            long base = nextFeedbackBase;
            int before = batch.size();
            send(writer.transportFeedback(Sender.SSRC, base, batch));
            nextFeedbackBase = batch.isEmpty() ? arrivals.lastKey() + 1 : batch.get(0).transportSequence();
            if (batch.size() == before) {
                throw new IllegalStateException("feedback took nothing");
            }
        }
        // Old ones may be reported once more after reordering; then no longer.
        while (arrivals.size() > 512) {
            arrivals.pollFirstEntry();
        }
        double interval = receivedBps > 0 ? FEEDBACK_BYTES * 8 / (FEEDBACK_SHARE * receivedBps) * Simulation.SECOND
                : FEEDBACK_INTERVAL;
        interval = Math.max(MIN_FEEDBACK_INTERVAL, Math.min(MAX_FEEDBACK_INTERVAL, interval));
        simulation.after((long) interval, this::feedback);
    }

    private void report() {
        if (!started) {
            return;
        }
        long expected = highest - firstSequence + 1;
        long expectedNow = expected - expectedBefore;
        long lost = expectedNow - (received - receivedBefore);
        int fraction = expectedNow <= 0 || lost <= 0 ? 0 : (int) Math.min(255, lost * 256 / expectedNow);
        expectedBefore = expected;
        receivedBefore = received;
        int delay = lastSr == 0 ? 0 : (int) ((simulation.now() - lastSrNanos) * 65_536 / Simulation.SECOND);
        send(writer.receiverReport(Sender.SSRC, fraction, (int) (expected - received), (int) highest, (int) jitter,
                lastSr, delay));
    }

    private void send(byte[] bytes) {
        Packet packet = new Packet(Packet.Kind.FEEDBACK, flow, bytes.length + SRTCP_OVERHEAD, bytes, sender);
        packet.sentNanos = simulation.now();
        network.accept(packet);
    }
}
