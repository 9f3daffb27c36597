package revcam.stream;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import revcam.api.capture.CaptureRequest;
import revcam.api.capture.FrameSink;
import revcam.api.capture.VideoCapture;
import revcam.api.capture.VideoCaptureFactory;
import revcam.api.encoder.EncodedSink;
import revcam.api.encoder.EncoderRequest;
import revcam.api.encoder.VideoEncoder;
import revcam.api.encoder.VideoEncoderFactory;
import revcam.api.media.PixelFormat;
import revcam.api.media.RawFrame;
import revcam.api.media.StageException;
import revcam.api.packetiser.Packetiser;
import revcam.api.packetiser.PacketiserFactory;
import revcam.api.packetiser.RtpFormat;
import revcam.api.telemetry.Sample;
import revcam.api.telemetry.Telemetry;

/**
 * The encoding half of a stream: one thread that opens capture and encoder, gives the encoder the newest frame whenever
 * it has room, and is told when stages come, go or break. Results are packetised on whatever thread the encoder answers
 * on, and leave through a ring to the media loop.
 *
 * <p>Every field without a comment belongs to the encoder thread.
 */
final class EncoderLoop {

    private static final Logger LOG = LoggerFactory.getLogger(EncoderLoop.class);

    /** How many access units may wait for the media loop: a quarter of a second, far past any pause it should make. */
    private static final int RING = 8;
    /** Frames kept for retransmission plus those in the ring; see {@link Audience#HISTORY_FRAMES}. */
    private static final int POOL = 64;
    /** A storm of requests yields one IDR in this time; a round trip on a bad link is about as long. */
    private static final long KEYFRAME_SPACING_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
    private static final long HANG_NANOS = TimeUnit.SECONDS.toNanos(2);
    private static final long SILENCE_NANOS = TimeUnit.SECONDS.toNanos(3);
    private static final long FIRST_RETRY_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long LAST_RETRY_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final int BROKEN_UNITS_UNTIL_FAILED = 3;
    private static final long UNBIND_BOUND_MILLIS = 3_000;
    private static final long UNBIND_STEP_MILLIS = 20;

    /** What the media loop and the status see of this half; replaced as a whole. */
    record View(
            String capture, String captureProblem, String encoder, String encoderProblem, String packetiser,
            String packetiserProblem, int width, int height, long targetBps) {}

    private final Thread thread;
    private final Queue<Runnable> commands = new ConcurrentLinkedQueue<>(); // any thread offers
    private final FrameMailbox mailbox = new FrameMailbox();
    private final Providers<VideoCaptureFactory> captures;
    private final Providers<VideoEncoderFactory> encoders;
    private final Providers<PacketiserFactory> packetisers;
    private final Telemetry telemetry;
    private final Runnable frameReady;
    private volatile boolean running = true;

    private StreamSettings settings;
    private final Map<String, String> keyTags;
    private final Map<String, String> deltaTags;
    /** Something that decides which stages serve may have changed since they were chosen. */
    private boolean changed = true;
    private Feed feed;
    private volatile Job job; // written by the encoder thread
    private final Map<Object, Retry> retries = new HashMap<>();
    private long lastFrameNanos;
    /** When an IDR was last asked of the encoder; those of its own cadence do not count. */
    private long lastRequestNanos = System.nanoTime() - KEYFRAME_SPACING_NANOS;
    private long appliedBps;
    private View published = new View("", "", "", "", "", "", 0, 0, 0);

    private volatile View view = published;
    private volatile boolean demanded; // set by the audience
    /** A capture was opened: one frame shows what it really gives, so that an offer can be answered truly. */
    private volatile boolean probing; // written by the encoder thread
    private final AtomicBoolean keyframeWanted = new AtomicBoolean(); // set by anyone, cleared by the encoder thread
    private volatile long targetBps; // set by the audience
    private volatile int maxPayloadBytes = 1100; // set by the audience

    /** Guards the packetiser and the producing end of the ring: taken once per access unit, by whoever delivers it. */
    private final Object output = new Object();
    private Packetiser packetiser; // under output
    private Providers.Candidate<PacketiserFactory> packetiserChoice; // under output
    private volatile RtpFormat format; // written under output
    private boolean awaitingKey; // under output
    private int created; // under output
    private SharedFrame spare; // under output: taken and not used
    private final SpscRing<SharedFrame> ready = new SpscRing<>(RING);
    private final SpscRing<SharedFrame> free = new SpscRing<>(POOL);

    private volatile long encoded;
    private volatile long keyframes;
    private volatile long encodedBytes;
    private volatile long skipped;
    private volatile long overruns;
    private volatile long droppedNoEncoder;
    private volatile long droppedRingFull;
    private volatile long droppedAwaitingKey;

    EncoderLoop(StreamSettings settings, Providers<VideoCaptureFactory> captures,
            Providers<VideoEncoderFactory> encoders, Providers<PacketiserFactory> packetisers, Telemetry telemetry,
            Runnable frameReady) {
        this.settings = settings;
        this.captures = captures;
        this.encoders = encoders;
        this.packetisers = packetisers;
        this.telemetry = telemetry;
        this.frameReady = frameReady;
        targetBps = settings.bitrateBps();
        keyTags = Map.of("stream", settings.name(), "type", "key");
        deltaTags = Map.of("stream", settings.name(), "type", "delta");
        thread = new Thread(this::run, "revcam.encoder-" + settings.name());
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    /** Closes every stage and ends the thread; bounded. */
    void stop() throws InterruptedException {
        running = false;
        LockSupport.unpark(thread);
        thread.join(UNBIND_BOUND_MILLIS);
    }

    // ---- from any thread

    void execute(Runnable command) {
        commands.add(command);
        LockSupport.unpark(thread);
    }

    /** Something that decides which stages serve has changed: look again. */
    void reconsider() {
        execute(this::forgetFailures);
    }

    void settings(StreamSettings replacement) {
        execute(() -> {
            settings = replacement;
            forgetFailures();
        });
    }

    /** Waits, bounded, until this loop has let go of a provider that is no longer present. */
    void awaitRelease() {
        CountDownLatch released = new CountDownLatch(1);
        execute(() -> {
            chooseStages(System.nanoTime());
            released.countDown();
        });
        try {
            long waitedMillis = 0;
            // A thread that has ended holds nothing and answers nobody.
            while (thread.isAlive() && waitedMillis < UNBIND_BOUND_MILLIS
                    && !released.await(UNBIND_STEP_MILLIS, TimeUnit.MILLISECONDS)) {
                waitedMillis += UNBIND_STEP_MILLIS;
            }
            if (waitedMillis >= UNBIND_BOUND_MILLIS) {
                LOG.warn("a departing stage is still busy after {} ms; its bundle goes without it", UNBIND_BOUND_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Whether anyone would watch the next frame. */
    void demand(boolean wanted) {
        demanded = wanted;
    }

    /** The next frame that enters the encoder becomes an IDR picture, unless one was asked for just before. */
    void keyframe() {
        keyframeWanted.set(true);
    }

    void targetBps(long bps) {
        targetBps = bps;
    }

    void maxPayloadBytes(int bytes) {
        maxPayloadBytes = bytes;
    }

    /** What the encoder really produces, or null before its first key frame. */
    RtpFormat format() {
        return format;
    }

    View view() {
        return view;
    }

    // ---- from the media loop

    /** The next packetised frame, now the media loop's; null when there is none. */
    SharedFrame poll() {
        return ready.poll();
    }

    /** Gives a frame back for reuse. */
    void recycle(SharedFrame frame) {
        frame.retire();
        free.offer(frame);
    }

    long captured() {
        return mailbox.received();
    }

    long superseded() {
        return mailbox.superseded();
    }

    /** Running totals, in the order of {@link StreamMeasurements#STREAM} from {@code encoded} on. */
    Totals totals() {
        Job current = job;
        return new Totals(encoded, keyframes, encodedBytes, skipped, overruns, droppedNoEncoder, droppedRingFull,
                droppedAwaitingKey, current == null ? 0 : current.inFlight, view.targetBps);
    }

    record Totals(long encoded, long keyframes, long encodedBytes, long skipped, long overruns, long droppedNoEncoder,
            long droppedRingFull, long droppedAwaitingKey, int inFlight, long targetBps) {}

    // ---- the encoder thread

    private void forgetFailures() {
        retries.clear();
        changed = true;
    }

    private void run() {
        while (running) {
            try {
                long wait = round(System.nanoTime());
                if (wait > 0 && commands.isEmpty()) {
                    LockSupport.parkNanos(this, wait);
                }
            } catch (RuntimeException | LinkageError e) {
                LOG.error("stream {}: unexpected failure, closing its stages and trying again", settings.name(), e);
                closeEncoder();
                closeCapture();
                LockSupport.parkNanos(FIRST_RETRY_NANOS);
            }
        }
        closeCapture();
        closeEncoder();
        mailbox.discard();
        synchronized (output) {
            if (packetiser != null) {
                packetiser.close();
                packetiser = null;
            }
        }
    }

    /** @return how long there is nothing to do but wait to be woken, nanoseconds */
    private long round(long now) {
        for (Runnable command; (command = commands.poll()) != null; ) {
            command.run();
        }
        watch(now);
        if (changed || feed == null) {
            changed = false;
            chooseStages(now);
        }
        if (job != null && job.inFlight >= job.encoder.maxInFlight()) {
            return HANG_NANOS / 4;
        }
        FrameMailbox.Delivery delivery = mailbox.take();
        if (delivery != null) {
            lastFrameNanos = now;
            encode(delivery, now);
            return mailbox.isEmpty() ? HANG_NANOS / 4 : 0;
        }
        return feed == null ? FIRST_RETRY_NANOS / 4 : HANG_NANOS / 4;
    }

    private void chooseStages(long now) {
        choosePacketiser();
        chooseCapture(now);
        if (job != null && !encoders.isPresent(job.choice.factory())) {
            LOG.info("stream {}: encoder {} went away", settings.name(), job.choice.name());
            closeEncoder();
        }
        if (job != null && serving(encoders.candidates(settings.encoder()), job.choice, now) != job.choice) {
            closeEncoder();
        }
        publish();
    }

    private void choosePacketiser() {
        List<Providers.Candidate<PacketiserFactory>> candidates = packetisers.candidates(settings.packetiser());
        Providers.Candidate<PacketiserFactory> best = candidates.isEmpty() ? null : candidates.get(0);
        synchronized (output) {
            if (best == null ? packetiserChoice != null : !best.sameAs(packetiserChoice)) {
                if (packetiser != null) {
                    packetiser.close();
                }
                packetiser = best == null ? null : best.factory().open();
                packetiserChoice = best;
                // A fresh one has seen no parameter sets, and the units it missed leave a gap.
                awaitingKey = true;
                keyframeWanted.set(true);
            }
        }
    }

    private void chooseCapture(long now) {
        List<Providers.Candidate<VideoCaptureFactory>> candidates = captures.candidates(settings.capture());
        Providers.Candidate<VideoCaptureFactory> best = serving(candidates, feed == null ? null : feed.choice, now);
        CaptureRequest request = best == null ? null
                : new CaptureRequest(best.source(), settings.width(), settings.height(), settings.rate());
        if (feed != null && (best == null || !best.sameAs(feed.choice) || !request.equals(feed.request))) {
            closeCapture();
        }
        if (feed == null && best != null) {
            openCapture(best, request, now);
        }
        if (best == null && candidates.isEmpty()) {
            captureProblem(captures.missing(settings.capture()));
        }
    }

    /**
     * The best candidate that has not failed, or the current one rather than one that has; without a current one, the
     * best whose rest after a failure is over; null when there is none.
     */
    private <F> Providers.Candidate<F> serving(List<Providers.Candidate<F>> candidates,
            Providers.Candidate<F> current, long now) {
        for (Providers.Candidate<F> candidate : candidates) {
            if (candidate.sameAs(current)) {
                return current;
            }
            Retry retry = retries.get(candidate.factory());
            if (retry == null || current == null && now - retry.atNanos >= 0) {
                return candidate;
            }
        }
        return null;
    }

    private void openCapture(Providers.Candidate<VideoCaptureFactory> choice, CaptureRequest request, long now) {
        Feed opened = new Feed(choice, request);
        feed = opened;
        try {
            opened.capture = choice.factory().open(request, opened);
            lastFrameNanos = System.nanoTime();
            probing = true;
            retries.remove(choice.factory());
            captureProblem("");
            LOG.info("stream {}: capture {} at {}x{}, {} fps", settings.name(), choice.name(), request.width(),
                    request.height(), request.rate());
        } catch (StageException | RuntimeException | LinkageError e) {
            feed = null;
            opened.retired = true;
            captureProblem(rest(choice.factory(), "capture " + choice.name(), e, now));
        }
    }

    private void closeCapture() {
        Feed old = feed;
        feed = null;
        if (old != null) {
            old.retired = true;
            if (old.capture != null) {
                closeQuietly(old.capture, "capture " + old.choice.name());
            }
            mailbox.discard();
        }
    }

    private void encode(FrameMailbox.Delivery delivery, long now) {
        RawFrame frame = delivery.frame();
        if (job != null && !job.fits(frame, settings)) {
            closeEncoder();
        }
        if (job == null) {
            openEncoder(frame, now);
        }
        if (job == null) {
            frame.close();
            droppedNoEncoder++;
            return;
        }
        long bps = Math.max(targetBps, job.encoder.minBitrateBps());
        if (bps != appliedBps) {
            job.encoder.setRate(bps, settings.rate());
            appliedBps = bps;
        }
        probing = false;
        boolean key = job.first || keyframeWanted.get() && now - lastRequestNanos >= KEYFRAME_SPACING_NANOS;
        if (key) {
            keyframeWanted.set(false);
            lastRequestNanos = now;
        }
        job.first = false;
        job.encode(delivery, key, now);
    }

    private void openEncoder(RawFrame frame, long now) {
        List<Providers.Candidate<VideoEncoderFactory>> candidates = encoders.candidates(settings.encoder());
        Providers.Candidate<VideoEncoderFactory> choice = serving(candidates, null, now);
        if (choice == null) {
            if (candidates.isEmpty()) {
                encoderProblem(encoders.missing(settings.encoder()));
            }
            return;
        }
        String codec = choice.factory().codec();
        synchronized (output) {
            if (packetiserChoice != null && !packetiserChoice.factory().codec().equals(codec)) {
                encoderProblem("encoder " + choice.name() + " makes " + codec + ", packetiser " + packetiserChoice.name()
                        + " takes " + packetiserChoice.factory().codec() + "; configure a pair that fits");
                return;
            }
        }
        Job opened = new Job(choice, frame, settings.rate().intervalNanos());
        synchronized (output) {
            // What the last encoder made says nothing about this one.
            format = null;
            awaitingKey = true;
        }
        try {
            opened.encoder = choice.factory().open(new EncoderRequest(frame.width(), frame.height(), frame.format(),
                    settings.rate(), targetBps), opened);
            appliedBps = targetBps;
            job = opened;
            retries.remove(choice.factory());
            encoderProblem("");
            LOG.info("stream {}: encoder {} at {}x{}, {} kbit/s", settings.name(), choice.name(), frame.width(),
                    frame.height(), targetBps / 1000);
        } catch (StageException | RuntimeException | LinkageError e) {
            opened.retired = true;
            encoderProblem(rest(choice.factory(), "encoder " + choice.name(), e, now));
        }
    }

    private void closeEncoder() {
        Job old = job;
        job = null;
        if (old != null) {
            old.retired = true;
            closeQuietly(old.encoder, "encoder " + old.choice.name());
        }
    }

    /** Finds stages that stopped without a word. */
    private void watch(long now) {
        if (job != null && job.failure != null) {
            StageException failure = job.failure;
            Providers.Candidate<VideoEncoderFactory> choice = job.choice;
            closeEncoder();
            encoderProblem(rest(choice.factory(), "encoder " + choice.name(), failure, now));
        }
        if (job != null && job.inFlight > 0 && now - job.lastMoveNanos > HANG_NANOS) {
            // Closing a hung device blocks for seconds: that is somebody else's time.
            Job hung = job;
            job = null;
            hung.retired = true;
            Thread undertaker = new Thread(() -> closeQuietly(hung.encoder, "encoder " + hung.choice.name()),
                    "revcam.abandoned-encoder");
            undertaker.setDaemon(true);
            undertaker.start();
            encoderProblem(rest(hung.choice.factory(), "encoder " + hung.choice.name(),
                    new StageException(StageException.Reason.FAILED, "it returned no frame for two seconds"), now));
        }
        if (feed != null && feed.end != null) {
            StageException end = feed.end;
            Providers.Candidate<VideoCaptureFactory> choice = feed.choice;
            closeCapture();
            captureProblem(rest(choice.factory(), "capture " + choice.name(), end, now));
        }
        if (feed != null) {
            boolean silent = wanted() && now - lastFrameNanos > SILENCE_NANOS && published.encoderProblem.isEmpty();
            if (silent) {
                captureProblem("capture " + feed.choice.name() + " gives no frames");
            } else if (published.captureProblem.endsWith("gives no frames")) {
                captureProblem("");
            }
            if (!wanted()) {
                lastFrameNanos = now;
            }
        }
    }

    private boolean wanted() {
        return demanded || probing || format == null;
    }

    /** Notes a failure, and how long to leave the provider alone; returns what to tell people. */
    private String rest(Object factory, String what, Throwable failure, long now) {
        Retry before = retries.get(factory);
        long pause = failure instanceof StageException e && e.reason() == StageException.Reason.UNSUPPORTED
                ? Long.MAX_VALUE / 4 // only another request can help, and that clears the list
                : before == null ? FIRST_RETRY_NANOS : Math.min(2 * before.pauseNanos, LAST_RETRY_NANOS);
        retries.put(factory, new Retry(now + pause, pause));
        String message = what + ": " + (failure instanceof StageException ? failure.getMessage() : failure.toString());
        if (before == null) {
            LOG.warn("stream {}: {}", settings.name(), message, failure instanceof StageException ? null : failure);
        } else {
            LOG.debug("stream {}: {}, again", settings.name(), message);
        }
        return message;
    }

    private record Retry(long atNanos, long pauseNanos) {}

    private static void closeQuietly(AutoCloseable stage, String what) {
        try {
            stage.close();
        } catch (Exception | LinkageError e) {
            LOG.warn("{} failed to close; the stream goes on without it", what, e);
        }
    }

    private void captureProblem(String problem) {
        publish(problem, published.encoderProblem);
    }

    private void encoderProblem(String problem) {
        publish(published.captureProblem, problem);
    }

    private void publish() {
        publish(published.captureProblem, published.encoderProblem);
    }

    private void publish(String captureProblem, String encoderProblem) {
        Providers.Candidate<PacketiserFactory> packetiserNow;
        synchronized (output) {
            packetiserNow = packetiserChoice;
        }
        View next = new View(
                feed == null ? "" : feed.choice.name() + "|" + feed.choice.bundle(), captureProblem,
                job == null ? "" : job.choice.name() + "|" + job.choice.bundle(), encoderProblem,
                packetiserNow == null ? "" : packetiserNow.name() + "|" + packetiserNow.bundle(),
                packetiserNow == null ? packetisers.missing(settings.packetiser()) : "",
                job == null ? 0 : job.width, job == null ? 0 : job.height, appliedBps);
        if (!next.equals(published)) {
            published = next;
            view = next;
        }
    }

    /** The sink of one opened capture; once retired, whatever it still brings is returned unused. */
    private final class Feed implements FrameSink {

        final Providers.Candidate<VideoCaptureFactory> choice;
        final CaptureRequest request;
        VideoCapture capture;
        volatile boolean retired;
        volatile StageException end;

        Feed(Providers.Candidate<VideoCaptureFactory> choice, CaptureRequest request) {
            this.choice = choice;
            this.request = request;
        }

        @Override
        public boolean wanted() {
            return !retired && EncoderLoop.this.wanted();
        }

        @Override
        public void onFrame(RawFrame frame) {
            if (retired) {
                frame.close();
            } else {
                mailbox.put(frame, thread);
            }
        }

        @Override
        public void onEnded(StageException cause) {
            end = cause;
            LockSupport.unpark(thread);
        }
    }

    /** One opened encoder and the frames inside it. */
    private final class Job implements EncodedSink {

        /** Power of two above every encoder's frames in flight. */
        private static final int TRACKED = 32;

        final Providers.Candidate<VideoEncoderFactory> choice;
        final int width;
        final int height;
        final PixelFormat pixelFormat;
        final long intervalNanos;
        VideoEncoder encoder;
        boolean first = true;
        volatile boolean retired;
        volatile StageException failure;
        volatile long lastMoveNanos;
        volatile int inFlight;
        private int broken; // under output

        /** What is known of recent inputs, by position; written by the encoder thread, read when results come. */
        private final long[] captureNanos = new long[TRACKED];
        private final long[] arrivedNanos = new long[TRACKED];
        private final long[] takenNanos = new long[TRACKED];
        private volatile int inputs;

        Job(Providers.Candidate<VideoEncoderFactory> choice, RawFrame frame, long intervalNanos) {
            this.choice = choice;
            width = frame.width();
            height = frame.height();
            pixelFormat = frame.format();
            this.intervalNanos = intervalNanos;
        }

        boolean fits(RawFrame frame, StreamSettings wanted) {
            return frame.width() == width && frame.height() == height && frame.format() == pixelFormat
                    && wanted.rate().intervalNanos() == intervalNanos;
        }

        void encode(FrameMailbox.Delivery delivery, boolean key, long now) {
            int at = inputs & TRACKED - 1;
            captureNanos[at] = delivery.frame().captureNanos();
            arrivedNanos[at] = delivery.arrivedNanos();
            takenNanos[at] = now;
            inputs++;
            lastMoveNanos = now;
            synchronized (this) {
                inFlight++;
            }
            encoder.encode(new Lease(delivery.frame(), this::returned), key);
        }

        void returned() {
            synchronized (this) {
                inFlight--;
            }
            lastMoveNanos = System.nanoTime();
            if (Thread.currentThread() != thread) {
                LockSupport.unpark(thread);
            }
        }

        @Override
        public void onAccessUnit(ByteBuffer data, long captured, boolean keyframe) {
            if (!retired) {
                long encodedNanos = System.nanoTime();
                synchronized (output) {
                    deliver(data, captured, keyframe, encodedNanos);
                }
            }
        }

        private void deliver(ByteBuffer data, long captured, boolean keyframe, long encodedNanos) {
            encoded++;
            encodedBytes += data.remaining();
            keyframes += keyframe ? 1 : 0;
            if (packetiser == null || awaitingKey && !keyframe) {
                droppedAwaitingKey++;
                return;
            }
            SharedFrame frame = take();
            if (frame == null) {
                dropUntilKey();
                return;
            }
            frame.payloads.clear();
            frame.captureNanos = captured;
            frame.keyframe = keyframe;
            try {
                packetiser.packetise(data, maxPayloadBytes, frame.payloads);
                broken = 0;
            } catch (StageException e) {
                spare = frame;
                broken(e);
                return;
            }
            frame.readyNanos = System.nanoTime();
            format = packetiser.format();
            if (keyframe) {
                awaitingKey = false;
            }
            int bytes = data.remaining();
            int packets = frame.payloads.count();
            if (packets == 0) {
                spare = frame;
            } else if (ready.offer(frame)) {
                frameReady.run();
            } else {
                spare = frame;
                dropUntilKey();
            }
            measure(captured, keyframe, encodedNanos, bytes, packets);
        }

        private SharedFrame take() {
            SharedFrame frame = spare != null ? spare : free.poll();
            spare = null;
            if (frame == null && created < POOL) {
                created++;
                frame = new SharedFrame();
            }
            return frame;
        }

        /** The media loop is behind. Without this unit the next ones cannot be decoded, so all go until an IDR. */
        private void dropUntilKey() {
            droppedRingFull++;
            awaitingKey = true;
            keyframeWanted.set(true);
        }

        private void broken(StageException e) {
            awaitingKey = true;
            keyframeWanted.set(true);
            if (++broken >= BROKEN_UNITS_UNTIL_FAILED) {
                onFailed(new StageException(StageException.Reason.FAILED, "what it produces cannot be packetised: "
                        + e.getMessage(), e));
            }
        }

        private void measure(long captured, boolean keyframe, long encodedNanos, int bytes, int packets) {
            int at = find(captured);
            if (at < 0) {
                return;
            }
            long done = System.nanoTime();
            if (done - takenNanos[at] > intervalNanos) {
                overruns++;
            }
            telemetry.publish(new Sample(StreamMeasurements.FRAME, System.currentTimeMillis(), done,
                    keyframe ? keyTags : deltaTags,
                    new double[] {arrivedNanos[at] - captured, takenNanos[at] - arrivedNanos[at],
                            encodedNanos - takenNanos[at], done - encodedNanos, bytes, packets}));
        }

        private int find(long captured) {
            int newest = inputs;
            for (int i = 1; i <= TRACKED && i <= newest; i++) {
                int at = newest - i & TRACKED - 1;
                if (captureNanos[at] == captured) {
                    return at;
                }
            }
            return -1;
        }

        @Override
        public void onSkipped(long captured) {
            skipped++;
        }

        @Override
        public void onFailed(StageException cause) {
            failure = cause;
            LockSupport.unpark(thread);
        }
    }
}
