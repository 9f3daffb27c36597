package revcam.linklab;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
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

    /** Whether and when packets arrived, by one kind of number, and up to which of them that was reported. */
    private static final class Arrivals {
        final SequenceUnwrapper numbers = new SequenceUnwrapper();
        final TreeMap<Long, Long> nanos = new TreeMap<>();
        long next = -1;

        void add(int number, long now) {
            long unwrapped = numbers.unwrap(number);
            // What a feedback has passed over is reported again from there, once it has arrived after all.
            nanos.putIfAbsent(unwrapped, now);
            next = next < 0 ? unwrapped : Math.min(next, unwrapped);
        }

        boolean hasNews() {
            return !nanos.isEmpty() && nanos.lastKey() >= next;
        }

        /** Old ones may be reported once more after reordering; then no longer. */
        void forget() {
            while (nanos.size() > 512) {
                nanos.pollFirstEntry();
            }
        }
    }

    private final Scenario.Feedback kind;
    /** By transport-wide sequence number. */
    private final Arrivals arrivals = new Arrivals();
    /** By RTP sequence number, for each SSRC. */
    private final Map<Integer, Arrivals> streams = new TreeMap<>();
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
    Receiver(Simulation simulation, int flow, Scenario.Feedback kind, Hop network, Hop sender, RecordedFlow record) {
        this.simulation = simulation;
        this.flow = flow;
        this.kind = kind;
        this.network = network;
        this.sender = sender;
        this.record = record;
        viewing = new Viewing(simulation, this::requestKeyframe, last -> missing.headMap(last).clear(), record);
    }

    void start() {
        if (kind != Scenario.Feedback.ON_REQUEST) {
            simulation.after(FEEDBACK_INTERVAL, this::feedback);
        }
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
        if (kind != Scenario.Feedback.RFC_8888) {
            onTransportSequence(content, transportSequenceAt(content), now);
        }
        if (kind == Scenario.Feedback.RFC_8888 || kind == Scenario.Feedback.BOTH) {
            streams.computeIfAbsent(content.getInt(8), ssrc -> new Arrivals()).add(content.getShort(2), now);
        }

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

    private void onTransportSequence(ByteBuffer content, int tagAt, long now) {
        arrivals.add(content.getShort(tagAt + 1), now);
        int asked = kind == Scenario.Feedback.ON_REQUEST ? content.getShort(tagAt + 3) & 0x7FFF : 0;
        if (asked > 0) {
            feedbackOn(SequenceUnwrapper.nearest(arrivals.nanos.lastKey(), content.getShort(tagAt + 1)), asked);
        }
    }

    /** As libwebrtc does it: at once, and on just those packets. */
    private void feedbackOn(long last, int asked) {
        List<FeedbackWriter.Arrival> batch = new ArrayList<>();
        arrivals.nanos.subMap(last - asked + 1, true, last, true)
                .forEach((sequence, at) -> batch.add(new FeedbackWriter.Arrival(sequence, at + CLOCK_ORIGIN)));
        send(writer.transportFeedback(Sender.SSRC, last - asked + 1, batch));
        arrivals.forget();
    }

    private static int transportSequenceAt(ByteBuffer content) {
        int end = 16 + 4 * (content.getShort(14) & 0xFFFF);
        for (int at = 16; at < end; ) {
            int tag = content.get(at) & 0xFF;
            if (tag == 0) {
                at++;
                continue;
            }
            if (tag >> 4 == Sender.TRANSPORT_SEQUENCE_ID) {
                return at;
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
        byte[] byNumberOfItsOwn = kind == Scenario.Feedback.TRANSPORT_WIDE ? new byte[0] : congestionFeedback(now);
        while (arrivals.hasNews()) {
            byte[] transportWide = transportFeedback();
            byte[] all = Arrays.copyOf(transportWide, transportWide.length + byNumberOfItsOwn.length);
            System.arraycopy(byNumberOfItsOwn, 0, all, transportWide.length, byNumberOfItsOwn.length);
            send(all);
            byNumberOfItsOwn = new byte[0];
        }
        if (byNumberOfItsOwn.length > 0) {
            send(byNumberOfItsOwn);
        }
        double interval = receivedBps > 0 ? FEEDBACK_BYTES * 8 / (FEEDBACK_SHARE * receivedBps) * Simulation.SECOND
                : FEEDBACK_INTERVAL;
        interval = Math.max(MIN_FEEDBACK_INTERVAL, Math.min(MAX_FEEDBACK_INTERVAL, interval));
        simulation.after((long) interval, this::feedback);
    }

    private byte[] transportFeedback() {
        List<FeedbackWriter.Arrival> batch = new ArrayList<>();
        arrivals.nanos.tailMap(arrivals.next, true)
                .forEach((sequence, at) -> batch.add(new FeedbackWriter.Arrival(sequence, at + CLOCK_ORIGIN)));
        long base = arrivals.next;
        int before = batch.size();
        byte[] packet = writer.transportFeedback(Sender.SSRC, base, batch);
        arrivals.next = batch.isEmpty() ? arrivals.nanos.lastKey() + 1 : batch.get(0).transportSequence();
        if (batch.size() == before) {
            throw new IllegalStateException("feedback took nothing");
        }
        arrivals.forget();
        return packet;
    }

    /** @return nothing, where nothing came */
    private byte[] congestionFeedback(long now) {
        List<FeedbackWriter.Block> blocks = new ArrayList<>();
        streams.forEach((ssrc, stream) -> {
            if (stream.hasNews()) {
                List<Long> nanos = new ArrayList<>();
                for (long sequence = stream.next; sequence <= stream.nanos.lastKey(); sequence++) {
                    Long at = stream.nanos.get(sequence);
                    nanos.add(at == null ? null : Long.valueOf(at + CLOCK_ORIGIN));
                }
                blocks.add(new FeedbackWriter.Block(ssrc, (int) stream.next, nanos));
                stream.next = stream.nanos.lastKey() + 1;
                stream.forget();
            }
        });
        return blocks.isEmpty() ? new byte[0] : writer.congestionFeedback(blocks, now + CLOCK_ORIGIN);
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
