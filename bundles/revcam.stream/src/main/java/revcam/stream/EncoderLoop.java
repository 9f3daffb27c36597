package revcam.stream;

import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import revcam.api.capture.CaptureRequest;
import revcam.api.capture.VideoCaptureFactory;
import revcam.api.encoder.EncoderRequest;
import revcam.api.encoder.VideoEncoderFactory;
import revcam.api.media.RawFrame;
import revcam.api.media.StageException;
import revcam.api.packetiser.PacketiserFactory;
import revcam.api.telemetry.Telemetry;

/**
 * The encoding half of a stream: one thread that opens capture and encoder, gives the encoder the newest frame whenever
 * it has room, and is told when stages come, go or break. Results leave through {@link #output()}.
 *
 * <p>A field without a comment belongs to that thread.
 */
final class EncoderLoop {

    private static final Logger LOG = LoggerFactory.getLogger(EncoderLoop.class);

    /** A storm of requests yields one IDR in this time; a round trip on a bad link is about as long. */
    private static final long KEYFRAME_SPACING_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
    private static final long HANG_NANOS = TimeUnit.SECONDS.toNanos(2);
    private static final long SILENCE_NANOS = TimeUnit.SECONDS.toNanos(3);
    /** How long to sleep when nothing but time can bring news: a hang, a silence, the end of a rest. */
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(250);
    private static final long UNBIND_BOUND_MILLIS = 3_000;
    private static final long UNBIND_STEP_MILLIS = 20;

    /** How the stages of this half are; replaced as a whole. Empty strings and zeros where there is nothing. */
    record View(
            Providers.Candidate<VideoCaptureFactory> capture,
            String captureProblem,
            Providers.Candidate<VideoEncoderFactory> encoder,
            String encoderProblem,
            Providers.Candidate<PacketiserFactory> packetiser,
            String packetiserProblem,
            int width,
            int height,
            long targetBps) {}

    private final Thread thread;
    private final Queue<Runnable> commands = new ConcurrentLinkedQueue<>(); // any thread offers
    private final FrameMailbox mailbox = new FrameMailbox(); // the capture's thread fills
    private final Providers<VideoCaptureFactory> captures;
    private final Providers<VideoEncoderFactory> encoders;
    private final Providers<PacketiserFactory> packetisers;
    private final Telemetry telemetry;
    private final PacketisedOutput output; // shared with the encoder's thread and the media loop
    private volatile boolean running = true; // any thread

    private StreamSettings settings;
    private final Rest rest = new Rest();
    /** Something that decides which stages serve may have changed since they were chosen. */
    private boolean changed = true;
    private CaptureRun capture;
    private volatile EncoderRun encoder; // read when sampled
    private long lastFrameNanos;
    /** When an IDR was last asked of the encoder; those of its own cadence do not count. */
    private long lastRequestNanos = System.nanoTime() - KEYFRAME_SPACING_NANOS;
    private long appliedBps;
    private String captureProblem = "";
    private String encoderProblem = "";
    private String packetiserProblem = "";
    /** A packetiser could not be opened, and no provider's coming or going will say when to try again. */
    private boolean packetiserFailed;
    private boolean silent;
    private volatile View view = new View(null, "", null, "", null, "", 0, 0, 0); // any thread reads

    private volatile boolean demanded; // set by the audience
    /** A capture was opened: one frame shows what it really gives, so that an offer can be answered truly. */
    private volatile boolean probing; // read by the capture's thread
    private final AtomicBoolean keyframeWanted = new AtomicBoolean(); // set by anyone, cleared by the encoder thread
    private volatile long targetBps; // set by the audience
    private volatile long droppedNoEncoder; // read when sampled
    private volatile long skippedBefore; // by encoders that have gone; read when sampled
    private volatile long overrunsBefore; // with encoders that have gone; read when sampled

    /** @param frameReady called on the encoder's thread when a frame is in the output's ring */
    EncoderLoop(StreamSettings settings, Providers<VideoCaptureFactory> captures,
            Providers<VideoEncoderFactory> encoders, Providers<PacketiserFactory> packetisers, Telemetry telemetry,
            Runnable frameReady) {
        this.settings = settings;
        this.captures = captures;
        this.encoders = encoders;
        this.packetisers = packetisers;
        this.telemetry = telemetry;
        output = new PacketisedOutput(frameReady, this::keyframe);
        targetBps = settings.bitrateBps();
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

    /** Providers came: look again, also at those that failed. */
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
            try {
                chooseStages(System.nanoTime());
            } finally {
                released.countDown();
            }
        });
        if (Thread.currentThread() == thread) {
            return; // a stage that withdraws itself while it is being called
        }
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

    private void execute(Runnable command) {
        commands.add(command);
        LockSupport.unpark(thread);
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

    PacketisedOutput output() {
        return output;
    }

    View view() {
        return view;
    }

    long captured() {
        return mailbox.received();
    }

    long superseded() {
        return mailbox.superseded();
    }

    long droppedNoEncoder() {
        return droppedNoEncoder;
    }

    int inFlight() {
        EncoderRun now = encoder;
        return now == null ? 0 : now.inFlight();
    }

    long skipped() {
        EncoderRun now = encoder;
        return skippedBefore + (now == null ? 0 : now.skipped());
    }

    long overruns() {
        EncoderRun now = encoder;
        return overrunsBefore + (now == null ? 0 : now.overruns());
    }

    // ---- the encoder thread

    private void run() {
        while (running) {
            try {
                long wait = round(System.nanoTime());
                if (wait > 0 && commands.isEmpty()) {
                    LockSupport.parkNanos(this, wait);
                }
            } catch (RuntimeException | Error e) {
                LOG.error("stream {}: unexpected failure, closing its stages and trying again", settings.name(), e);
                closeStages();
                changed = true;
                LockSupport.parkNanos(LOOK_NANOS);
            }
        }
        closeStages();
        output.use(null);
    }

    private void closeStages() {
        closeCapture();
        closeEncoder();
        emptyMailbox();
    }

    /** @return how long there is nothing to do but wait to be woken, nanoseconds */
    private long round(long now) {
        for (Runnable command; (command = commands.poll()) != null; ) {
            command.run();
        }
        watch(now);
        if (changed || capture == null || packetiserFailed) {
            chooseStages(now);
        }
        if (encoder != null && encoder.full()) {
            return LOOK_NANOS;
        }
        FrameMailbox.Delivery delivery = mailbox.take();
        if (delivery == null) {
            return LOOK_NANOS;
        }
        encode(delivery, now);
        lastFrameNanos = System.nanoTime();
        return mailbox.isEmpty() ? LOOK_NANOS : 0;
    }

    private void forgetFailures() {
        rest.forget();
        changed = true;
    }

    private void chooseStages(long now) {
        changed = false;
        choosePacketiser(now);
        chooseCapture(now);
        if (encoder != null
                && rest.best(encoders.candidates(settings.encoder()), encoder.choice, now) != encoder.choice) {
            LOG.info("stream {}: encoder {} makes room", settings.name(), encoder.choice.name());
            closeEncoder();
        }
        publish();
    }

    private void choosePacketiser(long now) {
        List<Providers.Candidate<PacketiserFactory>> candidates = packetisers.candidates(settings.packetiser());
        Providers.Candidate<PacketiserFactory> best = rest.best(candidates, output.choice(), now);
        try {
            output.use(best);
            packetiserFailed = best == null && !candidates.isEmpty();
            if (!packetiserFailed) {
                packetiserProblem = best == null ? packetisers.missing(settings.packetiser()) : "";
            }
        } catch (RuntimeException | Error e) {
            packetiserProblem = failed(best, "packetiser", e);
            packetiserFailed = true;
        }
    }

    private void chooseCapture(long now) {
        List<Providers.Candidate<VideoCaptureFactory>> candidates = captures.candidates(settings.capture());
        Providers.Candidate<VideoCaptureFactory> best =
                rest.best(candidates, capture == null ? null : capture.choice, now);
        CaptureRequest request = best == null ? null
                : new CaptureRequest(best.source(), settings.width(), settings.height(), settings.rate());
        if (capture != null && (best == null || !best.sameAs(capture.choice) || !request.equals(capture.request))) {
            closeCapture();
        }
        if (capture == null && best != null) {
            openCapture(best, request);
        }
        if (candidates.isEmpty()) {
            captureProblem = captures.missing(settings.capture());
        }
    }

    private void openCapture(Providers.Candidate<VideoCaptureFactory> choice, CaptureRequest request) {
        CaptureRun opened = new CaptureRun(choice, request, mailbox, thread, this::wanted);
        // From the first frame on, which may come before open returns.
        probing = true;
        try {
            opened.capture = choice.factory().open(request, opened);
            capture = opened;
            lastFrameNanos = System.nanoTime();
            rest.worked(choice);
            captureProblem = "";
            LOG.info("stream {}: capture {} at {}x{}, {} fps", settings.name(), choice.name(), request.width(),
                    request.height(), request.rate());
        } catch (StageException | RuntimeException | Error e) {
            opened.retire();
            emptyMailbox();
            captureProblem = failed(choice, "capture", e);
        }
    }

    private void closeCapture() {
        CaptureRun old = capture;
        capture = null;
        if (old != null) {
            old.retire();
            closeQuietly(old.capture, "capture " + old.choice.name());
            emptyMailbox();
        }
        silent = false;
    }

    private void emptyMailbox() {
        closeQuietly(mailbox::discard, "a frame");
    }

    /** Takes the frame over. */
    private void encode(FrameMailbox.Delivery delivery, long now) {
        boolean handedOver = false;
        try {
            EncoderRun serving = fitting(delivery.frame(), now);
            if (serving == null) {
                droppedNoEncoder++;
            } else {
                rate(serving);
                probing = false;
                handedOver = true;
                // Opening may have taken seconds.
                long taken = System.nanoTime();
                serving.encode(delivery, key(serving, taken), taken);
            }
        } catch (RuntimeException | Error e) {
            EncoderRun broken = encoder;
            if (broken == null) {
                throw e;
            }
            broken.onFailed(new StageException(StageException.Reason.FAILED, "it threw " + e, e));
        } finally {
            if (!handedOver) {
                closeQuietly(delivery.frame(), "a frame");
            }
        }
    }

    /** The encoder for such frames, opened anew where necessary; null when there is none. */
    private EncoderRun fitting(RawFrame frame, long now) {
        if (encoder != null && !encoder.fits(frame, settings.rate().intervalNanos())) {
            closeEncoder();
        }
        if (encoder == null) {
            openEncoder(frame, now);
        }
        return encoder;
    }

    private void rate(EncoderRun serving) {
        long bps = Math.max(targetBps, serving.minBitrateBps);
        if (bps != appliedBps) {
            serving.encoder.setRate(bps, settings.rate());
            appliedBps = bps;
            publish();
        }
    }

    private boolean key(EncoderRun serving, long now) {
        boolean key = serving.first || keyframeWanted.get() && now - lastRequestNanos >= KEYFRAME_SPACING_NANOS;
        if (key) {
            keyframeWanted.set(false);
            lastRequestNanos = now;
        }
        return key;
    }

    private void openEncoder(RawFrame frame, long now) {
        List<Providers.Candidate<VideoEncoderFactory>> candidates = encoders.candidates(settings.encoder());
        Providers.Candidate<VideoEncoderFactory> choice = rest.best(candidates, null, now);
        if (choice != null) {
            open(choice, frame);
        } else if (candidates.isEmpty()) {
            encoderProblem = encoders.missing(settings.encoder());
        }
        publish();
    }

    private void open(Providers.Candidate<VideoEncoderFactory> choice, RawFrame frame) {
        Providers.Candidate<PacketiserFactory> packetiser = output.choice();
        EncoderRun opened = new EncoderRun(settings.name(), choice, frame, settings.rate().intervalNanos(), thread,
                output, telemetry);
        try {
            if (!pairs(choice, packetiser)) {
                return;
            }
            output.encoderChanged();
            long bps = targetBps;
            opened.opened(choice.factory().open(new EncoderRequest(frame.width(), frame.height(), frame.format(),
                    settings.rate(), bps), opened));
            encoder = opened;
            appliedBps = bps;
            rest.worked(choice);
            encoderProblem = "";
            LOG.info("stream {}: encoder {} at {}x{}, {} kbit/s", settings.name(), choice.name(), frame.width(),
                    frame.height(), bps / 1000);
        } catch (StageException | RuntimeException | Error e) {
            opened.retire();
            if (opened.encoder != null) {
                closeQuietly(opened.encoder, "encoder " + choice.name());
            }
            encoderProblem = failed(choice, "encoder", e);
        }
    }

    private boolean pairs(Providers.Candidate<VideoEncoderFactory> choice,
            Providers.Candidate<PacketiserFactory> packetiser) {
        String codec = choice.factory().codec();
        if (packetiser != null && !packetiser.factory().codec().equals(codec)) {
            encoderProblem = "encoder " + choice.name() + " makes " + codec + ", packetiser " + packetiser.name()
                    + " takes " + packetiser.factory().codec() + "; configure a pair that fits";
            return false;
        }
        return true;
    }

    private void closeEncoder() {
        EncoderRun old = takeEncoder();
        if (old != null) {
            close(old);
        }
    }

    private static void close(EncoderRun run) {
        closeQuietly(run.encoder, "encoder " + run.choice.name());
        closeQuietly(run::reclaim, "a frame");
    }

    private EncoderRun takeEncoder() {
        EncoderRun old = encoder;
        if (old != null) {
            skippedBefore += old.skipped();
            overrunsBefore += old.overruns();
            encoder = null;
            old.retire();
            // What offers are answered with is the old one's: let a frame through although nobody watches.
            probing = true;
        }
        return old;
    }

    /** Finds stages that broke, and those that stopped without a word. */
    private void watch(long now) {
        if (encoder != null && encoder.failure() != null) {
            StageException failure = encoder.failure();
            Providers.Candidate<VideoEncoderFactory> choice = encoder.choice;
            closeEncoder();
            encoderProblem = failed(choice, "encoder", failure);
            publish();
        }
        if (encoder != null && encoder.hangs(now, HANG_NANOS)) {
            abandonEncoder();
            publish();
        }
        if (capture != null && capture.end() != null) {
            StageException end = capture.end();
            Providers.Candidate<VideoCaptureFactory> choice = capture.choice;
            closeCapture();
            captureProblem = failed(choice, "capture", end);
            publish();
        }
        watchForSilence(now);
    }

    /** Closing a hung device blocks for seconds: that is somebody else's time. */
    private void abandonEncoder() {
        EncoderRun hung = takeEncoder();
        Thread undertaker = new Thread(() -> close(hung), "revcam.abandoned-encoder");
        undertaker.setDaemon(true);
        undertaker.start();
        encoderProblem = failed(hung.choice, "encoder",
                new StageException(StageException.Reason.FAILED, "it returned no frame for two seconds"));
    }

    private void watchForSilence(long now) {
        if (!wanted()) {
            lastFrameNanos = now;
        }
        boolean silentNow = capture != null && (encoder == null || !encoder.full()) && now - lastFrameNanos > SILENCE_NANOS;
        if (silentNow != silent) {
            silent = silentNow;
            publish();
            if (silent) {
                LOG.warn("stream {}: {}", settings.name(), view.captureProblem());
            }
        }
    }

    private boolean wanted() {
        return demanded || probing || output.format() == null;
    }

    /** Notes a failure; returns what to tell people. */
    private String failed(Providers.Candidate<?> choice, String role, Throwable failure) {
        boolean expected = failure instanceof StageException;
        String message = role + " " + choice.name() + ": " + (expected ? failure.getMessage() : failure.toString());
        // The time now, not that of the round: what failed may have taken seconds to do so.
        if (rest.failed(choice, failure, System.nanoTime())) {
            LOG.warn("stream {}: {}", settings.name(), message, expected ? failure.getCause() : failure);
        } else {
            LOG.debug("stream {}: {}, again", settings.name(), message);
        }
        return message;
    }

    private static void closeQuietly(AutoCloseable stage, String what) {
        try {
            stage.close();
        } catch (Exception | Error e) {
            LOG.warn("{} failed to close; the stream goes on without it", what, e);
        }
    }

    private void publish() {
        Providers.Candidate<PacketiserFactory> packetiser = output.choice();
        EncoderRun serving = encoder;
        view = new View(
                capture == null ? null : capture.choice,
                silent ? "capture " + capture.choice.name() + " gives no frames" : captureProblem,
                serving == null ? null : serving.choice, encoderProblem,
                packetiser, packetiserProblem,
                serving == null ? 0 : serving.width, serving == null ? 0 : serving.height, appliedBps);
    }
}
