package revcam.stream;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import revcam.api.congestion.CongestionControllerFactory;
import revcam.api.congestion.RateLimits;
import revcam.api.telemetry.Sample;
import revcam.api.telemetry.Telemetry;
import revcam.api.transport.MediaLoop;

/**
 * The sending half of a stream: everyone who watches it. Takes packetised frames off the ring, gives each to every
 * session, keeps them for retransmission, and tells the encoder's half what the viewers need. Media loop only, but for
 * the methods that say otherwise.
 */
final class Audience implements MediaLoop.DeadlineTask {

    /** Frames kept for retransmission: more than a session's queue, less than the encoder's pool. */
    static final int HISTORY_FRAMES = 48;

    private static final long SECOND_NANOS = TimeUnit.SECONDS.toNanos(1);
    /** A viewer that was answered and has not connected by then never will. */
    private static final long CONNECT_BOUND_NANOS = TimeUnit.SECONDS.toNanos(20);
    /** RTP and UDP and IP as they are before anyone is known: 20 bytes of extensions, IPv6, SRTP. */
    private static final int ASSUMED_OVERHEAD_BYTES = 12 + 24 + 48 + 10;
    private static final int SMALLEST_PAYLOAD_BYTES = 100;

    private final SelectorLoop loop;
    private final EncoderLoop encoder;
    private final Telemetry telemetry;
    private final Map<String, String> tags;
    private final MediaLoop.Registration registration;
    private final Runnable framesReady = this::onFrames;

    private final List<ConnectedViewer> viewers = new ArrayList<>();
    private final AtomicInteger admitted = new AtomicInteger(); // any thread
    private final AtomicInteger connected = new AtomicInteger(); // written by the loop
    private final ArrayDeque<SharedFrame> history = new ArrayDeque<>(HISTORY_FRAMES + 1);
    private final RatePolicy policy = new RatePolicy();
    private StreamSettings settings;
    private long nextSampleNanos;
    private long lastEncodedBytes;

    Audience(SelectorLoop loop, EncoderLoop encoder, StreamSettings settings, Telemetry telemetry) {
        this.loop = loop;
        this.encoder = encoder;
        this.settings = settings;
        this.telemetry = telemetry;
        tags = Map.of("stream", settings.name());
        long now = System.nanoTime();
        nextSampleNanos = now + SECOND_NANOS;
        fitPayloads();
        registration = loop.onDeadline(this);
    }

    // ---- from any thread

    /** Takes a place for a viewer, before its offer is looked at. */
    boolean admit(int max) {
        int before = admitted.getAndUpdate(n -> n < max ? n + 1 : n);
        encoder.demand(true);
        return before < max;
    }

    /** Gives back a place that came to nothing. */
    void dismiss() {
        encoder.demand(admitted.decrementAndGet() > 0);
    }

    int connected() {
        return connected.get();
    }

    /** New frames are in the ring; wakes the loop. */
    void wake() {
        loop.execute(framesReady);
    }

    void settings(StreamSettings changed) {
        loop.execute(() -> {
            settings = changed;
            long now = System.nanoTime();
            for (ConnectedViewer viewer : viewers) {
                viewer.session().limits(now, limits());
            }
            fitPayloads();
            settle(now);
        });
    }

    /** Every session goes on with this strategy; waits, bounded, until the old ones are closed. */
    void congestion(CongestionControllerFactory factory) {
        CountDownLatch done = new CountDownLatch(1);
        loop.execute(() -> {
            long now = System.nanoTime();
            for (ConnectedViewer viewer : viewers) {
                viewer.session().congestion(now, factory);
            }
            settle(now);
            done.countDown();
        });
        try {
            if (!loop.isLoopThread()) {
                done.await(SECOND_NANOS, TimeUnit.NANOSECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Says goodbye to everyone. */
    void close() {
        CountDownLatch done = new CountDownLatch(1);
        loop.execute(() -> {
            for (ConnectedViewer viewer : List.copyOf(viewers)) {
                viewer.leave();
            }
            done.countDown();
        });
        try {
            done.await(SECOND_NANOS, TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        registration.close();
    }

    // ---- media loop

    RateLimits limits() {
        long max = Math.round(settings.bitrateBps() * RatePolicy.RTP_OVERHEAD);
        return new RateLimits(Math.round(settings.minBitrateBps() * RatePolicy.RTP_OVERHEAD), max, max);
    }

    long connectDeadlineNanos(long now) {
        return now + CONNECT_BOUND_NANOS;
    }

    void joined(long now, ConnectedViewer viewer) {
        viewers.add(viewer);
        connected.set(viewers.size());
        fitPayloads();
        served(now, viewer);
        settle(now);
    }

    void left(long now, ConnectedViewer viewer) {
        if (viewers.remove(viewer)) {
            connected.set(viewers.size());
            fitPayloads();
            settle(now);
        }
        dismiss();
    }

    private void onFrames() {
        long now = System.nanoTime();
        for (SharedFrame frame; (frame = encoder.output().poll()) != null; ) {
            for (int i = 0; i < viewers.size(); i++) {
                viewers.get(i).session().onFrame(now, frame);
            }
            history.addLast(frame);
            if (history.size() > HISTORY_FRAMES) {
                encoder.output().recycle(history.removeFirst());
            }
        }
        for (int i = 0; i < viewers.size(); i++) {
            served(now, viewers.get(i));
        }
    }

    /** To be called after anything that may have changed what a session wants to send or to ask for. */
    void served(long now, ConnectedViewer viewer) {
        viewer.session().drain(now, viewer);
        if (viewer.session().takeKeyframeWanted()) {
            encoder.keyframe();
        }
    }

    /** Brings the encoder's target in line with the viewers'. */
    void settle(long now) {
        policy.begin();
        for (int i = 0; i < viewers.size(); i++) {
            policy.viewer(viewers.get(i).session().targetBps());
        }
        encoder.targetBps(policy.encoderBps(settings.bitrateBps()));
    }

    /** One packetisation serves all: the narrowest path decides. */
    private void fitPayloads() {
        int overhead = viewers.isEmpty() ? ASSUMED_OVERHEAD_BYTES : 0;
        for (ConnectedViewer viewer : viewers) {
            overhead = Math.max(overhead, viewer.overheadBytes());
        }
        encoder.output().maxPayloadBytes(Math.max(SMALLEST_PAYLOAD_BYTES, settings.mtuBytes() - overhead));
    }

    @Override
    public long nextDeadlineNanos() {
        long next = nextSampleNanos;
        for (int i = 0; i < viewers.size(); i++) {
            long deadline = viewers.get(i).session().nextDeadlineNanos();
            if (deadline != Long.MAX_VALUE && deadline - next < 0) {
                next = deadline;
            }
        }
        return next;
    }

    @Override
    public void onDeadline(long now) {
        for (int i = 0; i < viewers.size(); i++) {
            ConnectedViewer viewer = viewers.get(i);
            if (viewer.session().nextDeadlineNanos() - now <= 0) {
                viewer.session().onDeadline(now);
                served(now, viewer);
            }
        }
        settle(now);
        if (nextSampleNanos - now <= 0) {
            nextSampleNanos = now + SECOND_NANOS;
            sample(now);
        }
    }

    private void sample(long now) {
        PacketisedOutput output = encoder.output();
        long bits = 8 * (output.bytes() - lastEncodedBytes);
        lastEncodedBytes = output.bytes();
        telemetry.publish(new Sample(StreamMeasurements.STREAM, System.currentTimeMillis(), now, tags, new double[] {
            encoder.captured(), output.units(), encoder.superseded(), encoder.droppedNoEncoder(), encoder.skipped(),
            output.droppedRingFull(), output.droppedAwaitingKey(), encoder.overruns(), output.keyframes(),
            encoder.inFlight(), encoder.view().targetBps(), bits, viewers.size(), loop.takeLatenessNanos()}));
        for (ConnectedViewer viewer : viewers) {
            telemetry.publish(viewer.session().sample(now));
        }
    }
}
