package revcam.linklab;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.Consumer;
import revcam.api.congestion.CongestionControllerFactory;
import revcam.api.congestion.RateLimits;
import revcam.api.transport.NegotiatedMedia;
import revcam.stream.session.ControllerSeat;
import revcam.stream.session.ForeignCalls;
import revcam.stream.session.PacketSink;
import revcam.stream.session.SharedFrame;
import revcam.stream.session.ViewerSession;

/** The product's own sender on virtual time: what a media loop does for one viewer, and nothing else. */
final class Sender implements PacketSink {

    static final int SSRC = 0x5EED0001;
    static final int RTX_SSRC = 0x5EED0002;
    static final int PAYLOAD_TYPE = 96;
    static final int RTX_PAYLOAD_TYPE = 97;
    static final int TRANSPORT_SEQUENCE_ID = 2;
    /** IPv4 and UDP, and SRTP's tag of 80 bits. */
    static final int WIRE_OVERHEAD = 20 + 8 + 10;
    /** The session's clock, like every monotonic one, begins anywhere. */
    private static final long CLOCK_ORIGIN = 3_600 * Simulation.SECOND;
    private static final long WALL_ORIGIN_MILLIS = 1_700_000_000_000L;
    /** As shipped: pacer.bound. */
    private static final long BOUND = 250 * Simulation.MILLI;
    /** How much of a payload is kept for the receiver to read. */
    private static final int KEPT = 32;
    /** A loop that is always due still lets time pass. */
    private static final long SHORTEST_SLEEP = 50_000;

    private final Simulation simulation;
    private final int flow;
    private final Hop network;
    private final Hop receiver;
    private final Runnable onKeyframeWanted;
    private final Runnable onServed;
    private final ViewerSession session;
    private long wakeUp = Long.MAX_VALUE;

    /**
     * @param network takes packets on their way to {@code receiver}
     * @param onServed is told that something may have left
     * @param onMisconduct is told why the seat set the controller aside
     */
    Sender(Simulation simulation, int flow, CongestionControllerFactory factory, RateLimits limits,
            Scenario.Feedback feedback, Hop network, Hop receiver, Runnable onKeyframeWanted, Runnable onServed, Consumer<String> onMisconduct) {
        this.simulation = simulation;
        this.flow = flow;
        this.network = network;
        this.receiver = receiver;
        this.onKeyframeWanted = onKeyframeWanted;
        this.onServed = onServed;
        ControllerSeat seat = new ControllerSeat(clock(), factory, limits, ForeignCalls.UNWATCHED,
                (culprit, reason) -> onMisconduct.accept(reason));
        session = new ViewerSession(clock(),
                new ViewerSession.Identity("lab", "v" + flow, "linklab", SSRC, RTX_SSRC, 60_000 + flow, 7), media(feedback),
                seat, BOUND, sample -> {}, () -> WALL_ORIGIN_MILLIS + simulation.now() / Simulation.MILLI);
    }

    private long clock() {
        return CLOCK_ORIGIN + simulation.now();
    }

    /** A transport-wide number costs each packet four bytes that RFC 8888 has no need of. */
    private static NegotiatedMedia media(Scenario.Feedback feedback) {
        boolean rfc8888 = feedback == Scenario.Feedback.RFC_8888;
        return new NegotiatedMedia(PAYLOAD_TYPE, RTX_PAYLOAD_TYPE, 1, "0", rfc8888 ? 0 : TRANSPORT_SEQUENCE_ID,
                feedback == Scenario.Feedback.ON_REQUEST, 3, 4, true, true, true, false,
                rfc8888 || feedback == Scenario.Feedback.BOTH, true);
    }

    /** Of the RTP header, at most. */
    int headerBytes() {
        return session.headerBytes();
    }

    long targetBps() {
        return session.targetBps();
    }

    /** Of that, what is left for media. */
    long mediaBps() {
        return session.mediaBps();
    }

    /** Whether a frame would only wait. */
    boolean isBackedUp() {
        return session.isBackedUp();
    }

    void onFrame(SharedFrame frame) {
        session.onFrame(clock(), frame);
        pump();
    }

    /** @param frame whose times are on the simulation's clock */
    void describe(SharedFrame frame, boolean keyframe, long captureNanos) {
        frame.describe(keyframe, CLOCK_ORIGIN + captureNanos, clock());
    }

    void onRtcp(byte[] packet) {
        session.onRtcp(clock(), ByteBuffer.wrap(packet));
        pump();
    }

    /** Begins to run; also sends the first report. */
    void pump() {
        session.drain(clock(), this);
        if (session.takeKeyframeWanted()) {
            onKeyframeWanted.run();
        }
        onServed.run();
        sleep();
    }

    private void sleep() {
        long deadline = session.nextDeadlineNanos();
        if (deadline == Long.MAX_VALUE) {
            return;
        }
        long at = Math.max(simulation.now() + SHORTEST_SLEEP, deadline - CLOCK_ORIGIN);
        if (at < wakeUp) {
            wakeUp = at;
            simulation.at(at, () -> {
                if (wakeUp == at) {
                    wakeUp = Long.MAX_VALUE;
                    session.onDeadline(clock());
                    pump();
                }
            });
        }
    }

    // ---- the session's transport

    @Override
    public boolean rtp(byte[] header, int headerBytes, byte[] payload, int payloadOffset, int payloadBytes) {
        int kept = Math.min(KEPT, payloadBytes);
        byte[] content = new byte[headerBytes + kept];
        System.arraycopy(header, 0, content, 0, headerBytes);
        System.arraycopy(payload, payloadOffset, content, headerBytes, kept);
        int bytes = headerBytes + payloadBytes;
        Packet packet = new Packet(Packet.Kind.MEDIA, flow, bytes + WIRE_OVERHEAD, content, receiver);
        packet.rtpBytes = bytes;
        packet.headerBytes = headerBytes;
        if ((header[0] & 0x20) != 0) {
            packet.paddingBytes = payload[payloadOffset + payloadBytes - 1] & 0xFF;
        }
        packet.sentNanos = simulation.now();
        network.accept(packet);
        return true;
    }

    /** SRTCP adds its index to the tag. */
    @Override
    public boolean rtcp(byte[] bytes, int length) {
        byte[] content = Arrays.copyOf(bytes, length);
        Packet packet = new Packet(Packet.Kind.FEEDBACK, flow, length + WIRE_OVERHEAD + 4, content, receiver);
        packet.sentNanos = simulation.now();
        network.accept(packet);
        return true;
    }

    @Override
    public long takeSpentNanos() {
        return 0;
    }
}
