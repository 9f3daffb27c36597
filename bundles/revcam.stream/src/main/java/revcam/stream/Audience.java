package revcam.stream;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntSupplier;
import revcam.api.congestion.CongestionControllerFactory;
import revcam.api.congestion.RateLimits;
import revcam.api.telemetry.Telemetry;
import revcam.api.transport.MediaLoop;
import revcam.stream.rate.PacketOverhead;
import revcam.stream.rate.SharedRate;
import revcam.stream.session.HeldRate;
import revcam.stream.session.SharedFrame;

/**
 * The sending half of a stream: everyone who watches it. Takes packetised frames off the ring, gives each to every
 * session, keeps them for retransmission, and tells the encoder's half what the viewers need. Media loop only, but for
 * the methods that say otherwise.
 */
final class Audience implements MediaLoop.DeadlineTask, Conductor.Sessions {

    /** Frames kept for retransmission: more than a session's queue, less than the encoder's pool. */
    static final int HISTORY_FRAMES = 48;

    private static final long SECOND_NANOS = TimeUnit.SECONDS.toNanos(1);
    /** Pictures that come for so long without a break of as much do flow. */
    private static final long FLOW_NANOS = SECOND_NANOS;
    /** A viewer that was answered and has not connected by then never will. */
    private static final long CONNECT_BOUND_NANOS = TimeUnit.SECONDS.toNanos(20);
    /** RTP and UDP and IP as they are before anyone is known: 20 bytes of extensions, IPv6, SRTP. */
    private static final int ASSUMED_OVERHEAD_BYTES = 12 + 24 + 48 + 10;
    private static final int SMALLEST_PAYLOAD_BYTES = 100;

    private final SelectorLoop loop;
    private final Conductor encoder;
    private final Telemetry telemetry;
    /** Of {@link StreamMeasurements#STREAM}; loop. */
    private final double[] measured = new double[22];
    private final Map<String, String> tags;
    private final FormatReport formats;
    private final MediaLoop.Registration registration;
    private final SelectorLoop.Signal framesReady;

    private final List<ConnectedViewer> expected = new ArrayList<>(); // answered, not connected yet
    private ConnectedViewer[] viewers = {}; // copied on write, because serving one may end another
    private boolean closed;
    private int admitted; // guarded by this; any thread
    private final AtomicInteger connected = new AtomicInteger(); // written by the loop
    /** Written by the loop: until when pictures flowed, or none were to come. */
    private volatile long movedNanos = System.nanoTime();
    private long pictureNanos; // when the last one came
    private long flowNanos; // since when they have come without a break
    private final ArrayDeque<SharedFrame> history = new ArrayDeque<>(HISTORY_FRAMES + 1);
    private final SharedRate sharedRate;
    private final PacketOverhead overhead;
    private long thinnedBefore; // frames, of viewers that have gone
    private final Vitals vitals;
    /** Connected through engines of others. */
    private final IntSupplier elsewhere;
    /** Written by the conductor: what sessions are to use. */
    private volatile CongestionControllerFactory newest = HeldRate.FACTORY;
    /** Written by the loop: what they use. */
    private volatile CongestionControllerFactory inUse = HeldRate.FACTORY;
    private StreamSettings settings;
    private long nextSampleNanos;
    private long lastEncodedBytes;
    private boolean held;

    Audience(SelectorLoop loop, Conductor encoder, StreamSettings settings, Telemetry telemetry, Vitals vitals) {
        this(loop, encoder, settings, telemetry, vitals, () -> 0);
    }

    /** @param elsewhere how many watch without this, to be counted with the others */
    Audience(SelectorLoop loop, Conductor encoder, StreamSettings settings, Telemetry telemetry, Vitals vitals,
            IntSupplier elsewhere) {
        this.elsewhere = elsewhere;
        this.vitals = vitals;
        this.loop = loop;
        this.encoder = encoder;
        this.settings = settings;
        this.telemetry = telemetry;
        tags = Map.of("stream", settings.name());
        formats = new FormatReport(settings.name());
        RateLimits limits = settings.limits();
        sharedRate = new SharedRate(settings.ratePolicy(), limits.minBps(), limits.maxBps());
        overhead = new PacketOverhead(settings.rate().fps());
        long now = System.nanoTime();
        nextSampleNanos = now + SECOND_NANOS;
        fitPayloads();
        framesReady = loop.signal(this::onFrames);
        registration = loop.onDeadline(this);
    }

    // ---- from any thread

    /** Takes a place for a viewer, before its offer is looked at. */
    synchronized boolean admit(int max) {
        if (admitted >= max) {
            return false;
        }
        admitted++;
        encoder.demand(true);
        return true;
    }

    /** Gives back a place that came to nothing. */
    synchronized void dismiss() {
        admitted--;
        encoder.demand(admitted > 0);
    }

    /** Connected or not yet. */
    synchronized int admitted() {
        return admitted;
    }

    int connected() {
        return connected.get();
    }

    /** See {@link revcam.api.stream.VideoStream#stalledNanos}. */
    long stalledNanos() {
        return connected.get() == 0 ? 0 : Math.max(0, System.nanoTime() - movedNanos);
    }

    /** New frames are in the ring; wakes the loop. */
    void wake() {
        framesReady.raise();
    }

    void settings(StreamSettings changed) {
        loop.execute(() -> {
            settings = changed;
            long now = System.nanoTime();
            RateLimits limits = limits();
            sharedRate.configure(changed.ratePolicy(), limits.minBps(), limits.maxBps());
            for (ConnectedViewer viewer : viewers) {
                viewer.limits(now, limits, changed.pacerBoundNanos());
            }
            fitPayloads();
            settle(now);
        });
    }

    @Override
    public void congestion(Providers.Candidate<CongestionControllerFactory> choice) {
        CongestionControllerFactory factory = choice == null ? HeldRate.FACTORY : choice.factory();
        newest = factory;
        loop.execute(() -> {
            long now = System.nanoTime();
            for (ConnectedViewer viewer : viewers) {
                viewer.congestion(now, factory);
            }
            inUse = factory;
            settle(now);
        });
    }

    @Override
    public boolean hasLeft(CongestionControllerFactory factory) {
        return newest != factory && inUse != factory;
    }

    /** What a new session begins with; loop. */
    CongestionControllerFactory congestion() {
        return inUse;
    }

    boolean hasCongestion() {
        return newest != HeldRate.FACTORY;
    }

    /** Says goodbye to everyone, also to those who have not connected yet and those still to come. */
    void close() {
        CountDownLatch done = new CountDownLatch(1);
        loop.execute(() -> {
            closed = true;
            for (ConnectedViewer viewer : viewers) {
                viewer.leave();
            }
            expected.forEach(ConnectedViewer::leave);
            // Behind the commands that leave() has posted.
            loop.execute(done::countDown);
        });
        try {
            if (!loop.isLoopThread()) {
                done.await(SECOND_NANOS, TimeUnit.NANOSECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        registration.close();
        loop.forget(framesReady);
    }

    // ---- media loop

    RateLimits limits() {
        return settings.limits();
    }

    long pacerBoundNanos() {
        return settings.pacerBoundNanos();
    }

    long connectDeadlineNanos(long now) {
        return now + CONNECT_BOUND_NANOS;
    }

    /** @return false when this is over, and the viewer should leave */
    boolean expect(ConnectedViewer viewer) {
        return !closed && expected.add(viewer);
    }

    void joined(long now, ConnectedViewer viewer) {
        expected.remove(viewer);
        ConnectedViewer[] more = Arrays.copyOf(viewers, viewers.length + 1);
        more[viewers.length] = viewer;
        viewer.shares(sharedRate.join(now));
        seat(more);
        viewer.serve(now);
        settle(now);
    }

    void left(ConnectedViewer viewer) {
        expected.remove(viewer);
        viewer.leaveShare();
        thinnedBefore += viewer.thinnedFrames();
        seat(Arrays.stream(viewers).filter(other -> other != viewer).toArray(ConnectedViewer[]::new));
        settle(System.nanoTime());
        dismiss();
    }

    private void seat(ConnectedViewer[] now) {
        viewers = now;
        connected.set(now.length);
        fitPayloads();
    }

    /** A viewer cannot go on without an IDR. */
    void keyframe() {
        encoder.keyframe();
    }

    private void onFrames() {
        long now = System.nanoTime();
        for (SharedFrame frame; (frame = encoder.output().poll()) != null; ) {
            flow(now);
            overhead.onFrame(now, frame.payloads().count(), frame.payloads().totalBytes(),
                    encoder.output().maxPayloadBytes());
            for (ConnectedViewer viewer : viewers) {
                viewer.onFrame(now, frame);
            }
            history.addLast(frame);
            if (history.size() > HISTORY_FRAMES) {
                encoder.output().recycle(history.removeFirst());
            }
        }
        for (ConnectedViewer viewer : viewers) {
            viewer.serve(now);
        }
        settle(now);
    }

    /** One picture that an encoder gives each time before it hangs again does not make a flow. */
    private void flow(long now) {
        if (now - pictureNanos > Math.max(FLOW_NANOS, 3 * settings.rate().intervalNanos())) {
            flowNanos = now;
        }
        pictureNanos = now;
        if (now - flowNanos >= FLOW_NANOS) {
            movedNanos = now;
        }
    }

    /** A viewer was heard, and what it can take may be another rate now. */
    void served(long now) {
        settle(now);
    }

    /** Brings the encoder's target in line with the viewers'. */
    private void settle(long now) {
        int headerBytes = 0;
        for (ConnectedViewer viewer : viewers) {
            viewer.report();
            headerBytes = Math.max(headerBytes, viewer.headerBytes());
        }
        long bps = sharedRate.settle(now);
        for (ConnectedViewer viewer : viewers) {
            viewer.settle(now);
        }
        long shared = overhead.encoderBps(bps, headerBytes, encoder.output().maxPayloadBytes());
        // Whoever comes first begins at the start rate, and the first picture is made before anyone counts.
        encoder.targetBps(viewers.length == 0 ? settings.startBitrateBps()
                : Math.max(settings.minBitrateBps(), Math.min(settings.bitrateBps(), shared)));
        boolean hold = false;
        for (ConnectedViewer viewer : viewers) {
            hold |= viewer.mayHold();
        }
        if (hold != held) {
            held = hold;
            encoder.hold(hold);
        }
        if (hold || viewers.length == 0 || encoder.view().waiting()) {
            movedNanos = now;
        }
    }

    /** One packetisation serves all: the narrowest path decides. */
    private void fitPayloads() {
        int overhead = viewers.length == 0 ? ASSUMED_OVERHEAD_BYTES : 0;
        for (ConnectedViewer viewer : viewers) {
            overhead = Math.max(overhead, viewer.overheadBytes());
        }
        encoder.output().maxPayloadBytes(Math.max(SMALLEST_PAYLOAD_BYTES, settings.mtuBytes() - overhead));
    }

    @Override
    public long nextDeadlineNanos() {
        long next = nextSampleNanos;
        for (ConnectedViewer viewer : viewers) {
            long deadline = viewer.sessionDeadlineNanos();
            if (deadline != Long.MAX_VALUE && deadline - next < 0) {
                next = deadline;
            }
        }
        return next;
    }

    @Override
    public void onDeadline(long now) {
        for (ConnectedViewer viewer : viewers) {
            if (viewer.sessionDeadlineNanos() - now <= 0) {
                viewer.onSessionDeadline(now);
            }
        }
        settle(now);
        if (nextSampleNanos - now <= 0) {
            nextSampleNanos = now + SECOND_NANOS;
            sample(now);
        }
    }

    private long thinnedFrames() {
        long frames = thinnedBefore;
        for (ConnectedViewer viewer : viewers) {
            frames += viewer.thinnedFrames();
        }
        return frames;
    }

    private void sample(long now) {
        PacketisedOutput output = encoder.output();
        long bits = 8 * (output.bytes() - lastEncodedBytes);
        lastEncodedBytes = output.bytes();
        measured[0] = encoder.captured();
        measured[1] = output.units();
        measured[2] = encoder.superseded();
        measured[3] = encoder.congested();
        measured[4] = encoder.droppedNoEncoder();
        measured[5] = encoder.skipped();
        measured[6] = output.droppedRingFull();
        measured[7] = output.droppedAwaitingKey();
        measured[8] = encoder.overruns();
        measured[9] = output.keyframes();
        measured[10] = encoder.inFlight();
        measured[11] = encoder.view().targetBps();
        measured[12] = bits;
        measured[13] = viewers.length + elsewhere.getAsInt();
        measured[14] = loop.takeLatenessNanos();
        measured[15] = sharedRate.thinned();
        measured[16] = thinnedFrames();
        measured[17] = encoder.correction();
        measured[18] = encoder.leftOut();
        measured[19] = encoder.ladderStep();
        measured[20] = output.keyframeInterval();
        measured[21] = output.waiting();
        telemetry.publish(StreamMeasurements.STREAM, System.currentTimeMillis(), now, tags, measured);
        formats.report(now, System.currentTimeMillis(), output.format(), encoder.view().fps(), settings.mtuBytes(),
                output.maxPayloadBytes(), telemetry);
        for (ConnectedViewer viewer : viewers) {
            viewer.measure(now);
            double loss = viewer.loss();
            if (!Double.isNaN(loss)) {
                vitals.loss(now, loss);
            }
        }
        vitals.drops(now, encoder.superseded() + encoder.droppedNoEncoder() + encoder.skipped()
                + output.droppedRingFull() + output.droppedAwaitingKey());
    }
}
