package revcam.stream;

import java.util.ArrayList;
import java.util.Iterator;
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
import revcam.api.congestion.CongestionControllerFactory;
import revcam.api.encoder.VideoEncoderFactory;
import revcam.api.engine.MediaEngineFactory;
import revcam.api.media.FrameRate;
import revcam.api.media.StageException.Reason;
import revcam.api.media.StageException;
import revcam.api.packetiser.Packetiser;
import revcam.api.packetiser.PacketiserFactory;
import revcam.api.pipeline.Replacement.Cause;
import revcam.api.processor.FrameProcessorFactory;
import revcam.api.stream.StreamStatus;
import revcam.api.telemetry.Telemetry;
import revcam.api.transport.TransportFactory;
import revcam.stream.rate.Ladder;
import revcam.stream.rate.Scale;
import revcam.stream.session.ControllerSeat;

/**
 * Decides which stages serve a stream and changes them while frames flow. It is no part of a frame's way: captures and
 * encoders run on threads of their own and hand frames on by themselves, so whatever takes time here, or hangs there, the
 * picture goes on.
 *
 * <p>One thread, which wakes when something happens and looks around a few times a second: what should be is compared
 * with what is, and the next step towards it is taken. A field without a comment belongs to that thread.
 */
final class Conductor implements EncoderRun.Host {

    private static final Logger LOG = LoggerFactory.getLogger(Conductor.class);

    /** A storm of requests yields one IDR in this time; a round trip on a bad link is about as long. */
    private static final long KEYFRAME_SPACING_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
    private static final long HANG_NANOS = TimeUnit.SECONDS.toNanos(2);
    private static final long OPEN_BOUND_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final long SILENCE_NANOS = TimeUnit.SECONDS.toNanos(3);
    private static final long LEAVE_BOUND_NANOS = TimeUnit.SECONDS.toNanos(3);
    private static final long NEWCOMER_NANOS = TimeUnit.SECONDS.toNanos(30);
    private static final int OUT_OF_ORDER_UNTIL_FAILED = 10;
    /** How long a new encoder's first picture waits for the old one's last ones, in frame intervals. */
    private static final double HOLD_INTERVALS = 0.75;
    /** How often to look around when nothing happens. */
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(250);
    private static final long PLUGIN_BOUND_MILLIS = 500;
    private static final long UNBIND_BOUND_NANOS = TimeUnit.SECONDS.toNanos(3);
    /** A departing stage serves until its successor can, but not for longer than this. */
    private static final long SUCCESSION_NANOS = TimeUnit.MILLISECONDS.toNanos(1_500);
    private static final long UNBIND_STEP_MILLIS = 20;

    /**
     * How the stages are; replaced as a whole.
     *
     * @param width pixels, 0 before there is an encoder
     * @param stages in the order a frame takes
     * @param complete whether every one of them is there
     * @param fps frames a second that are encoded
     * @param reduction as in {@link StreamStatus}
     * @param waiting a stage is missing, and nobody is to blame, see {@link Role#isWaiting}
     */
    record View(int width, int height, long targetBps, List<StreamStatus.Stage> stages, boolean complete, double fps,
            String reduction, boolean waiting) {}

    /** The rate when one of so many is encoded; kept, for it is asked for with every frame. */
    private record FewerFrames(FrameRate all, int every, FrameRate rate) {

        static FewerFrames of(FrameRate all, int every) {
            return new FewerFrames(all, every, all.numerator() % every == 0
                    ? new FrameRate(all.numerator() / every, all.denominator())
                    : new FrameRate(all.numerator(), all.denominator() * every));
        }
    }

    /** A provider that has to be let go of, and who waits for that. */
    private static final class Departure {
        final Object factory;
        final long sinceNanos = System.nanoTime();
        final CountDownLatch gone = new CountDownLatch(1);

        Departure(Object factory) {
            this.factory = factory;
        }
    }

    /** Who tells the viewers' half which congestion controller serves. */
    interface Sessions {

        /** Every session goes on with this strategy. */
        void congestion(Providers.Candidate<CongestionControllerFactory> choice);

        /** Whether no session uses this strategy any more. */
        boolean hasLeft(CongestionControllerFactory factory);
    }

    final Role<VideoCaptureFactory> captures;
    final Role<FrameProcessorFactory> processors;
    final Role<VideoEncoderFactory> encoders;
    final Role<PacketiserFactory> packetisers;
    final Role<CongestionControllerFactory> congestions;
    final Role<TransportFactory> transports;
    /** No stage but all of them, see {@link EngineSelection}. */
    final Role<MediaEngineFactory> engines;
    final Trials trials;

    private final Thread thread;
    private final Queue<Runnable> commands = new ConcurrentLinkedQueue<>(); // any thread offers
    private final AtomicBoolean awake = new AtomicBoolean(); // any thread
    private final FrameMailbox mailbox = new FrameMailbox(this::isEncoded); // any thread
    private final Telemetry telemetry;
    private final Vitals vitals; // any thread
    private final PacketisedOutput output; // any thread
    private final ReplacementLog log; // any thread
    private final EngineSelection selection;
    private Engines others; // set before the thread starts
    private Sessions sessions; // these three set before the thread starts
    private Trials.Promotion promotion;
    private SelectorLoop mediaLoop;
    private volatile boolean running = true; // any thread
    private volatile boolean over; // any thread reads
    private volatile StreamSettings settings; // any thread reads

    private volatile CaptureRun capture; // read when sampled
    private CaptureRun nextCapture;
    private volatile EncoderRun encoder; // read when sampled
    private EncoderRun nextEncoder;
    private Providers.Candidate<PacketiserFactory> packetiser;
    private Providers.Candidate<CongestionControllerFactory> congestion;
    private final List<ForeignWork> leaving = new ArrayList<>();
    private final List<Departure> departures = new ArrayList<>();
    private long encoderSinceNanos;
    private long packetiserSinceNanos;
    /** A device that only one can open has to be let go of first. */
    private boolean breakBeforeMake;
    private boolean silent;

    private volatile View view; // any thread reads
    private final Ladder ladder;
    private volatile Ladder.Rung rung = Ladder.Rung.TOP; // any thread reads
    private volatile FewerFrames fewer; // any thread; null until it is asked for
    private volatile long leftOutBefore; // read when sampled
    private volatile TransportFactory transport; // any thread reads
    private volatile boolean demanded; // set by the audience
    private volatile boolean onTrial; // any thread reads
    private final AtomicBoolean keyframeWanted = new AtomicBoolean(); // any thread
    private volatile long targetBps; // set by the audience
    /** When an IDR was last asked of the encoder; those of its own cadence do not count. */
    private long lastRequestNanos = System.nanoTime() - KEYFRAME_SPACING_NANOS; // guarded by keyframeWanted
    private volatile long skippedBefore; // by encoders that have gone; read when sampled
    private volatile long overrunsBefore; // with encoders that have gone; read when sampled
    private volatile long unfittingBefore; // read when sampled

    /** @param frameReady called on the encoder's thread when a frame is in the output's ring */
    Conductor(StreamSettings settings, Providers<VideoCaptureFactory> captures,
            Providers<FrameProcessorFactory> processors, Providers<VideoEncoderFactory> encoders,
            Providers<PacketiserFactory> packetisers,
            Providers<CongestionControllerFactory> congestions, Providers<TransportFactory> transports,
            EngineProviders engines, ReplacementLog log, Telemetry telemetry, Vitals vitals, Runnable frameReady) {
        this.settings = settings;
        this.captures = new Role<>("capture", captures, settings.capture(), log);
        this.processors = new Role<>("processor", processors, settings.processor(), true, log);
        this.encoders = new Role<>("encoder", encoders, settings.encoder(), log);
        this.packetisers = new Role<>("packetiser", packetisers, settings.packetiser(), log);
        this.congestions = new Role<>("congestion", congestions, settings.congestion(), log);
        this.transports = new Role<>("transport", transports, settings.transport(), log);
        this.engines = new Role<>("engine", engines, settings.engine(), log);
        selection = new EngineSelection(settings.name(), engines, this.engines);
        this.log = log;
        this.telemetry = telemetry;
        this.vitals = vitals;
        trials = new Trials(vitals);
        output = new PacketisedOutput(frameReady, this::keyframe);
        targetBps = settings.startBitrateBps();
        ladder = new Ladder(settings.ladder());
        view = new View(0, 0, 0, List.of(), false, settings.rate().fps(), "", false);
        thread = new Thread(this::run, "revcam.stream-" + settings.name());
        thread.setDaemon(true);
    }

    void start(Sessions served, Engines others, Trials.Promotion promotion, SelectorLoop mediaLoop) {
        this.others = others;
        sessions = served;
        this.promotion = promotion;
        this.mediaLoop = mediaLoop;
        thread.start();
    }

    /** Closes every stage and ends the thread; bounded. */
    void stop() throws InterruptedException {
        running = false;
        changed();
        thread.join(TimeUnit.NANOSECONDS.toMillis(LEAVE_BOUND_NANOS) + 500);
    }

    // ---- from any thread

    @Override
    public void changed() {
        if (awake.compareAndSet(false, true)) {
            LockSupport.unpark(thread);
        }
    }

    void execute(Runnable command) {
        commands.add(command);
        if (over) {
            commands.clear();
        }
        changed();
    }

    /** A provider came, or its ranking or configuration changed: look again, also at those that failed. */
    void arrived(Role<?> role) {
        execute(() -> {
            role.because(Cause.BUNDLE, "");
            role.providersChanged();
        });
    }

    /** A provider that nothing of the conductor's uses went. */
    void departed(Role<?> role, String what) {
        execute(() -> {
            role.because(Cause.BUNDLE, what);
            role.providersChanged();
        });
    }

    void reconfigured(Role<?> role, String what) {
        execute(() -> {
            role.because(Cause.CONFIGURATION, what);
            role.providersChanged();
        });
    }

    void settings(StreamSettings replacement) {
        execute(() -> {
            boolean otherPicture = replacement.width() != settings.width() || replacement.height() != settings.height()
                    || !replacement.rate().equals(settings.rate());
            boolean otherLadder = !replacement.ladder().equals(settings.ladder());
            settings = replacement;
            if (otherLadder) {
                ladder.configure(replacement.ladder());
                takeRung("the ladder was configured");
            }
            captures.prefer(replacement.capture());
            processors.prefer(replacement.processor());
            encoders.prefer(replacement.encoder());
            packetisers.prefer(replacement.packetiser());
            congestions.prefer(replacement.congestion());
            transports.prefer(replacement.transport());
            engines.prefer(replacement.engine());
            if (otherPicture) {
                String why = replacement.width() + "x" + replacement.height() + " at " + replacement.rate() + " fps";
                captures.because(Cause.CONFIGURATION, why);
                encoders.because(Cause.CONFIGURATION, why);
            }
        });
    }

    /**
     * Waits, bounded, until nothing of a provider that is no longer present is in use, while its successor takes over.
     * Past the bound it is abandoned: it does nothing more for this stream, though a thread may still be inside it.
     */
    void awaitRelease(Role<?> role, Object factory, String what) {
        Departure departure = new Departure(factory);
        execute(() -> {
            role.because(Cause.BUNDLE, what);
            role.providersChanged();
            departures.add(departure);
        });
        if (Thread.currentThread() == thread || isWithin(factory)) {
            return; // a stage that withdraws itself while it is being called
        }
        try {
            long end = System.nanoTime() + UNBIND_BOUND_NANOS;
            // A thread that has ended holds nothing and answers nobody.
            while (thread.isAlive() && !departure.gone.await(UNBIND_STEP_MILLIS, TimeUnit.MILLISECONDS)
                    && System.nanoTime() - end < 0) {
                // once more
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean isWithin(Object factory) {
        EncoderRun serving = encoder;
        CaptureRun from = capture;
        ProcessorRun through = from == null ? null : from.route.processor();
        return serving != null && serving.choice.factory() == factory && serving.isOwnThread()
                || through != null && through.choice.factory() == factory && through.isOwnThread()
                || from != null && from.choice.factory() == factory && from.isOwnThread();
    }

    /** Whether anyone would watch the next frame. */
    void demand(boolean wanted) {
        demanded = wanted;
    }

    /** The next frame that enters the encoder becomes an IDR picture, unless one was asked for just before. */
    void keyframe() {
        keyframeWanted.set(true);
    }

    @Override
    public boolean takeKeyframe(long now) {
        if (!keyframeWanted.get()) {
            return false;
        }
        synchronized (keyframeWanted) {
            boolean due = now - lastRequestNanos >= KEYFRAME_SPACING_NANOS;
            if (due) {
                keyframeWanted.set(false);
                lastRequestNanos = now;
            }
            return due;
        }
    }

    void targetBps(long bps) {
        targetBps = bps;
    }

    @Override
    public long targetBps() {
        return targetBps;
    }

    @Override
    public FrameRate rate() {
        FrameRate all = settings.rate();
        int every = rung.every();
        FewerFrames known = fewer;
        if (every == 1) {
            return all;
        }
        if (known == null || known.every != every || !known.all.equals(all)) {
            fewer = known = FewerFrames.of(all, every);
        }
        return known.rate;
    }

    @Override
    public int every() {
        return rung.every();
    }

    StreamSettings settings() {
        return settings;
    }

    PacketisedOutput output() {
        return output;
    }

    FrameMailbox mailbox() {
        return mailbox;
    }

    /** What the capture gives, or null before its first frame. */
    FrameShape captureShape() {
        CaptureRun now = capture;
        return now == null ? null : now.shape();
    }

    View view() {
        return view;
    }

    private View look() {
        List<StreamStatus.Stage> stages = new ArrayList<>();
        boolean complete = true;
        boolean waiting = false;
        boolean blamed = false;
        for (Role<?> role : roles()) {
            Providers.Candidate<?> serving = role.serving();
            if (role == processors && serving == null) {
                continue; // nobody need be there
            }
            complete &= serving != null;
            waiting |= role.isWaiting();
            // An encoder that hangs, again and again, keeps each time a frame from the camera, which then gives none.
            blamed |= role.isToBlame();
            stages.add(serving == null ? new StreamStatus.Stage(role.providers.role(), "", "", role.problem())
                    : new StreamStatus.Stage(role.providers.role(), serving.name(), serving.bundle(), ""));
        }
        waiting &= !blamed;
        EncoderRun serving = encoder;
        return serving == null ? new View(0, 0, targetBps, stages, complete, rate().fps(), reduction(null),
                        waiting)
                : new View(serving.shape.width(), serving.shape.height(), Math.max(targetBps, serving.minBitrateBps()),
                        stages, complete, rate().fps(), reduction(serving), waiting);
    }

    /** What the ladder has made of the pictures, for a person. */
    private String reduction(EncoderRun serving) {
        if (ladder.step() == 0) {
            return "";
        }
        List<String> what = new ArrayList<>();
        if (rung.every() > 1) {
            what.add(Math.round(10 * rate().fps()) / 10.0 + " frames/s");
        }
        if (serving != null && !serving.shape.equals(serving.input)) {
            what.add(serving.shape.toString());
        }
        if (rung.other() && serving != null) {
            what.add("encoder " + serving.choice.name());
        }
        return String.join(", ", what) + (what.isEmpty() ? "" : ": ") + ladder.reason();
    }

    /** How many steps below the configured pictures. */
    int ladderStep() {
        return view.reduction().isEmpty() ? 0 : ladder.step();
    }

    /** Frames that were left out for a lower frame rate. */
    long leftOut() {
        EncoderRun now = encoder;
        return leftOutBefore + (now == null ? 0 : now.leftOut());
    }

    /** Which engine serves; its own methods say which threads may ask. */
    EngineSelection selection() {
        return selection;
    }

    /** What new sessions are to use, or null. */
    TransportFactory transport() {
        return transport;
    }

    long captured() {
        return mailbox.received();
    }

    long superseded() {
        return mailbox.superseded();
    }

    long congested() {
        return mailbox.congested();
    }

    /** Whether frames are kept from the encoder, because those before them are still to leave; media loop. */
    void hold(boolean on) {
        mailbox.hold(on);
    }

    long droppedNoEncoder() {
        EncoderRun now = encoder;
        return unfittingBefore + (now == null ? 0 : now.unfitting());
    }

    int inFlight() {
        EncoderRun now = encoder;
        return now == null ? 0 : now.inFlight();
    }

    /** What the encoder is told, of what it should give; NaN while there is none. */
    double correction() {
        EncoderRun now = encoder;
        return now == null ? Double.NaN : now.correction();
    }

    long skipped() {
        EncoderRun now = encoder;
        return skippedBefore + (now == null ? 0 : now.skipped());
    }

    long overruns() {
        EncoderRun now = encoder;
        return overrunsBefore + (now == null ? 0 : now.overruns());
    }

    /** Whether a picture that is captured now would be used. */
    private boolean wanted() {
        return isEncoded() || mailbox.hasTaps();
    }

    /** Whether it would be by the encoder. */
    private boolean isEncoded() {
        EncoderRun serving = encoder;
        return demanded || onTrial || output.format() == null || mailbox.hasSpectators()
                || serving != null && serving.exit.firstReadyNanos() == 0;
    }

    // ---- the conductor's thread

    private void run() {
        while (running) {
            roundAndRest();
        }
        closeStages();
        long end = System.nanoTime() + LEAVE_BOUND_NANOS;
        while (leaving.stream().anyMatch(work -> !hasGone(work)) && System.nanoTime() - end < 0) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
        }
        forget();
    }

    private void roundAndRest() {
        try {
            awake.set(false);
            long wait = round(System.nanoTime());
            if (!awake.get() && wait > 0) {
                LockSupport.parkNanos(this, wait);
            }
        } catch (RuntimeException | Error e) {
            LOG.error("stream {}: unexpected failure; closing its stages and trying again", settings.name(), e);
            closeStages();
            LockSupport.parkNanos(LOOK_NANOS);
        }
    }

    /** A thread that hangs in a stage keeps hold of this for good; with it go no other stages, and no class loader of theirs. */
    private void forget() {
        over = true;
        commands.clear();
        departures.clear();
        leaving.clear();
        packetiser = null;
        congestion = null;
        transport = null;
        choices().forEach(Role::forget);
    }

    private void closeStages() {
        dropNextCapture();
        dropNextEncoder();
        vacateCapture();
        vacateEncoder();
        mailbox.discard();
    }

    /** @return how long there is nothing to do but wait to be woken, nanoseconds */
    private long round(long now) {
        for (Runnable command; (command = commands.poll()) != null; ) {
            command.run();
        }
        watchProcessors(now);
        watchCapture(now);
        watchEncoder(now);
        watchLeaving(now);
        watchMediaLoop(now);
        conductPacketiser(now);
        conductCapture(now);
        conductProcessors(now);
        conductLadder(now);
        conductEncoder(now);
        conductCongestion(now);
        conductTransport(now);
        onTrial = trials.conduct(now, this);
        others.watch(now);
        selection.conduct(now, ownObstacle());
        for (Role<?> role : choices()) {
            role.settle(now);
        }
        view = look();
        settleDepartures(now);
        return nextLook(now);
    }

    /** The stages, in the order a frame takes. */
    private List<Role<?>> roles() {
        return List.of(captures, processors, encoders, packetisers, congestions, transports);
    }

    /** All that people may choose from. */
    List<Role<?>> choices() {
        return List.of(captures, processors, encoders, packetisers, congestions, transports, engines);
    }

    /** Those among them that are worth telling: mostly there is one engine, and nothing to be said of it. */
    List<Role<?>> told() {
        return selection.matters() ? choices() : roles();
    }

    /** What keeps our own engine from serving, or empty. Without a capture no other would be of use. */
    private String ownObstacle() {
        for (Role<?> role : roles()) {
            if (role != captures && role != processors && role.serving() == null && !role.problem().isEmpty()) {
                return role.problem();
            }
        }
        return "";
    }

    private long nextLook(long now) {
        long held = output.heldSinceNanos();
        return held == 0 ? LOOK_NANOS : Math.max(1, Math.min(LOOK_NANOS, held + holdNanos() - now));
    }

    private long holdNanos() {
        return (long) (HOLD_INTERVALS * settings.rate().intervalNanos());
    }

    // ---- what went wrong

    private void watchCapture(long now) {
        if (capture != null && capture.failure() != null) {
            captureEnded(capture.failure(), now);
        } else if (capture != null && capture.outOfOrder() > OUT_OF_ORDER_UNTIL_FAILED) {
            captureEnded(new StageException(Reason.FAILED, "its pictures' times do not rise"), now);
        }
        boolean starved = encoder != null && encoder.stalledNanos(now) > HANG_NANOS / 2;
        boolean silentNow = capture != null && wanted() && !starved && now - mailbox.lastArrivalNanos() > SILENCE_NANOS;
        if (!wanted()) {
            mailbox.notMissed(now);
        }
        if (silentNow && !silent) {
            captures.problem("capture " + capture.choice.name() + " gives no frames");
            captureEnded(new StageException(Reason.FAILED, "gives no frames"), now);
        }
        silent = silentNow;
    }

    private void captureEnded(StageException cause, long now) {
        Providers.Candidate<VideoCaptureFactory> choice = capture.choice;
        boolean news = captures.standings.ended(choice, cause.getMessage(), now);
        vacateCapture();
        tell(news, "capture", choice, cause);
        captures.problem("capture " + choice.name() + ": " + cause.getMessage());
    }

    private void watchEncoder(long now) {
        EncoderRun serving = encoder;
        if (serving == null) {
            return;
        }
        if (serving.packetiserFailure() != null || serving.exit.seat.insideNanos(now) > HANG_NANOS) {
            String reason = serving.packetiserFailure() == null ? "it has been busy with one unit for two seconds"
                    : serving.packetiserFailure().getMessage();
            packetiserMisbehaved(serving.exit.seat.choice(), reason, now);
            abandonEncoder();
        } else if (serving.failure() != null) {
            encoderFailed(serving, now);
        } else if (serving.stalledNanos(now) > HANG_NANOS) {
            misbehaved(encoders, serving.choice, "it returned no frame for two seconds", now);
            abandonEncoder();
        } else if (serving.isBarren(now, HANG_NANOS)) {
            if (serving.exit.isUnpacked() && isNewcomer(packetiser, now)) {
                packetiserMisbehaved(serving.exit.seat.choice(), "it made no packets of what encoder "
                        + serving.choice.name() + " gave for two seconds", now);
            } else {
                misbehaved(encoders, serving.choice, serving.exit.hasProved() ? "it gave nothing of use for two seconds"
                        : "it gave no usable key frame for two seconds", now);
            }
            vacateEncoder();
        }
        long held = output.heldSinceNanos();
        if (held != 0 && now - held >= holdNanos()) {
            output.releaseHeld();
        }
    }

    /**
     * Whether the packetiser began to serve while the encoder did already, and not long ago. Where the two do not get on,
     * the one that came last is to blame.
     */
    private boolean isNewcomer(Providers.Candidate<PacketiserFactory> candidate, long now) {
        return candidate != null && packetiserSinceNanos - encoderSinceNanos > 0
                && now - packetiserSinceNanos < NEWCOMER_NANOS;
    }

    private void encoderFailed(EncoderRun failed, long now) {
        StageException failure = failed.failure();
        if (failed == encoder && failed.isRefused() && isNewcomer(packetiser, now)) {
            packetiserMisbehaved(failed.exit.seat.choice(), "it refuses what encoder " + failed.choice.name() + " gives: "
                    + failure.getMessage(), now);
            vacateEncoder();
            return;
        }
        if (failed.hasMisbehaved()) {
            misbehaved(encoders, failed.choice, failure.getMessage(), now);
        } else if (failed.wasOpened()) {
            tell(encoders.standings.ended(failed.choice, failure.getMessage(), now), "encoder", failed.choice, failure);
        } else if (failure.reason() == Reason.UNSUPPORTED && failed == nextEncoder && isForNextCapture(failed)) {
            dropNextEncoder();
            nextCaptureFailed(nextCapture, new StageException(Reason.FAILED, "its pictures are " + failed.shape + ": "
                    + failure.getMessage(), failure), now);
            return;
        } else {
            couldNotOpen(encoders, failed.choice, failure, false, now);
        }
        if (failed == encoder) {
            vacateEncoder();
        }
        encoders.failed("encoder " + failed.choice.name() + ": " + failure.getMessage(), now);
        if (failed == nextEncoder) {
            dropNextEncoder();
        }
    }

    /** It would be needed for the pictures of the capture that is to come alone: with those of the present one all is well. */
    private boolean isForNextCapture(EncoderRun run) {
        return encoder != null && !encoder.input.equals(run.input) && nextCapture != null
                && run.input.equals(nextCapture.shape());
    }

    private <F> void misbehaved(Role<F> role, Providers.Candidate<F> provider, String reason, long now) {
        role.standings.misbehaved(provider, reason, now);
        role.because(Cause.FAILURE, provider.label() + " was set aside: " + reason);
        role.problem(role.providers.role() + " " + provider.name() + ": " + reason);
        LOG.warn("stream {}: {} {} is set aside: {}", settings.name(), role.providers.role(), provider.label(), reason);
    }

    private void packetiserMisbehaved(Providers.Candidate<PacketiserFactory> provider, String reason, long now) {
        misbehaved(packetisers, provider, reason, now);
        packetiser = null;
        packetisers.vacant();
        packetisers.failed(packetisers.problem(), now); // whoever asked for it is told now
    }

    private <F> void couldNotOpen(Role<F> role, Providers.Candidate<F> provider, StageException failure, boolean patient,
            long now) {
        boolean news = role.standings.couldNotOpen(provider, failure, failure.getMessage(), patient, now);
        tell(news, role.providers.role(), provider, failure);
        role.failed(role.providers.role() + " " + provider.name() + ": " + failure.getMessage(), now);
    }

    private void tell(boolean news, String role, Providers.Candidate<?> provider, StageException failure) {
        if (news) {
            LOG.warn("stream {}: {} {}: {}", settings.name(), role, provider.label(), failure.getMessage(),
                    failure.getCause());
        } else {
            LOG.debug("stream {}: {} {}: {}, again", settings.name(), role, provider.label(), failure.getMessage());
        }
    }

    private void watchLeaving(long now) {
        for (Iterator<ForeignWork> all = leaving.iterator(); all.hasNext(); ) {
            ForeignWork work = all.next();
            if (hasGone(work)) {
                all.remove();
            } else if (work instanceof EncoderRun run && !run.isAbandoned()
                    && work.insideNanos(now) > bound(run.wasOpened())) {
                run.abandon();
                misbehaved(encoders, run.choice, inTime(run.wasOpened()), now);
            } else if (work instanceof ProcessorRun run && work.insideNanos(now) > bound(run.opened())) {
                all.remove();
                if (!processors.standings.isQuarantined(run.choice)) {
                    misbehaved(processors, run.choice, inTime(run.opened()), now);
                }
            } else if (work instanceof CaptureRun run && work.insideNanos(now) > bound(run.opened())
                    && !captures.standings.isQuarantined(run.choice)) {
                misbehaved(captures, run.choice, inTime(run.opened()), now);
            }
        }
    }

    private static long bound(boolean opened) {
        return opened ? LEAVE_BOUND_NANOS : OPEN_BOUND_NANOS;
    }

    private static String inTime(boolean opened) {
        return opened ? "it did not close within three seconds" : "it did not open within ten seconds";
    }

    // ---- packetiser

    private void conductPacketiser(long now) {
        Providers.Candidate<PacketiserFactory> best = packetisers.best(now);
        if (best == null) {
            if (packetiser != null) {
                vacateEncoder();
                dropNextEncoder();
                packetiser = null;
                packetisers.vacant();
            }
        } else if (!best.sameAs(packetiser)) {
            replacePacketiser(best, now);
        } else if (packetisers.isChanging() && encoder != null && encoder.exit.firstReadyNanos() != 0) {
            packetisers.proved(now, encoder.exit.gapNanos());
        }
    }

    private void replacePacketiser(Providers.Candidate<PacketiserFactory> next, long now) {
        packetisers.starts(next, now);
        dropNextEncoder(); // it would come with the old one
        EncoderRun serving = encoder;
        try {
            Packetiser opened = open(next);
            if (serving == null || !pairs(serving.choice, next)) {
                PacketiserSeat.closeQuietly(opened, next.name());
                vacateEncoder();
            } else if (serving.exit.seat.replace(next, opened, PLUGIN_BOUND_MILLIS)) {
                output.expectNext(serving.exit);
            } else {
                PacketiserSeat.closeQuietly(opened, next.name());
                packetiserMisbehaved(serving.exit.seat.choice(), "it did not come out of a unit in time", now);
                abandonEncoder();
            }
            packetiser = next;
            packetiserSinceNanos = now;
            packetisers.serves(next, now);
        } catch (StageException e) {
            couldNotOpen(packetisers, next, e, false, now);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Packetiser open(Providers.Candidate<PacketiserFactory> choice) throws StageException {
        Packetiser opened = Bounded.call("open-packetiser", PLUGIN_BOUND_MILLIS, () -> choice.factory().open());
        if (opened == null) {
            throw new StageException(Reason.FAILED, "it opened nothing");
        }
        return opened;
    }

    private static boolean pairs(Providers.Candidate<VideoEncoderFactory> encoder,
            Providers.Candidate<PacketiserFactory> packetiser) throws StageException {
        return Bounded.call("ask-codec", PLUGIN_BOUND_MILLIS,
                () -> encoder.factory().codec().equals(packetiser.factory().codec()));
    }

    // ---- capture

    private void conductCapture(long now) {
        watchNextCapture(now);
        Providers.Candidate<VideoCaptureFactory> best = captures.best(now);
        CaptureRequest request = best == null ? null
                : new CaptureRequest(best.source(), settings.width(), settings.height(), settings.rate());
        if (nextCapture != null) {
            conductNextCapture(best, request, now);
        }
        if (capture != null && best == null) {
            vacateCapture();
        }
        boolean fits = capture != null && best != null && capture.isFor(best, request);
        if (best != null && !fits && nextCapture == null) {
            if (capture != null && breakBeforeMake) {
                vacateCapture();
            }
            if (!breakBeforeMake || leaving.stream().noneMatch(CaptureRun.class::isInstance)) {
                startCapture(best, request, now);
            }
        }
    }

    private void startCapture(Providers.Candidate<VideoCaptureFactory> best, CaptureRequest request, long now) {
        captures.starts(best, now);
        nextCapture = new CaptureRun(settings.name(), best, request, processors.best(now) != null, mailbox, this::wanted, this::changed);
        nextCapture.start();
    }

    private void conductNextCapture(Providers.Candidate<VideoCaptureFactory> best, CaptureRequest request, long now) {
        CaptureRun next = nextCapture;
        if (best == null || !next.isFor(best, request)) {
            dropNextCapture();
        } else if (next.shape() != null && (encoder == null || encoder.input.equals(next.shape()))) {
            serve(next, now);
        }
        // Otherwise an encoder for the new size is on its way; see conductEncoder.
    }

    /** Before the best is asked for, so that one which has just failed is not. */
    private void watchNextCapture(long now) {
        CaptureRun next = nextCapture;
        if (next != null && next.failure() != null) {
            nextCaptureFailed(next, next.failure(), now);
        } else if (next != null && now - next.beganNanos() > OPEN_BOUND_NANOS && next.shape() == null) {
            nextCaptureFailed(next, new StageException(Reason.FAILED,
                    next.opened() ? "gives no frames" : "it did not open within ten seconds"), now);
        }
    }

    private void nextCaptureFailed(CaptureRun failed, StageException failure, long now) {
        if (failure.reason() == Reason.BUSY && capture != null && !breakBeforeMake) {
            breakBeforeMake = true; // perhaps the present one is what keeps it busy
        } else if (failed.opened()) {
            breakBeforeMake = false;
            captures.standings.ended(failed.choice, failure.getMessage(), now);
            captures.failed("capture " + failed.choice.name() + ": " + failure.getMessage(), now);
        } else {
            breakBeforeMake = false;
            couldNotOpen(captures, failed.choice, failure, true, now);
        }
        dropNextCapture();
    }

    private void serve(CaptureRun next, long now) {
        CaptureRun old = capture;
        long last = mailbox.lastArrivalNanos();
        boolean any = mailbox.received() > 0;
        capture = next;
        nextCapture = null;
        breakBeforeMake = false;
        next.serve();
        if (old != null) {
            leave(old);
        }
        captures.serves(next.choice, now);
        captures.proved(now, any ? now - last : -1);
        LOG.info("stream {}: capture {} at {}, {} fps", settings.name(), next.choice.label(), next.shape(),
                next.request.rate());
    }

    private void dropNextCapture() {
        if (nextCapture != null) {
            leave(nextCapture);
            nextCapture = null;
            captures.startEnded();
        }
    }

    private void vacateCapture() {
        CaptureRun old = capture;
        capture = null;
        captures.vacant();
        if (old != null) {
            leave(old);
            mailbox.discard();
        }
    }

    private void leave(CaptureRun run) {
        dropNextProcessor(run);
        goThrough(run, null);
        leaving.add(run);
        run.leave();
    }

    // ---- processor

    private List<CaptureRun> captureRuns() {
        if (nextCapture == null) {
            return capture == null ? List.of() : List.of(capture);
        }
        return capture == null ? List.of(nextCapture) : List.of(capture, nextCapture);
    }

    /** Before the best is asked for, so that one which has just failed is not. */
    private void watchProcessors(long now) {
        boolean stuck = encoder != null && encoder.stalledNanos(now) > HANG_NANOS / 2;
        for (CaptureRun run : captureRuns()) {
            ProcessorRun serving = run.route.processor();
            if (serving != null && serving.failure() != null) {
                misbehaved(processors, serving.choice, serving.failure().getMessage(), now);
            } else if (serving != null && serving.insideNanos(now) > HANG_NANOS) {
                misbehaved(processors, serving.choice, "it has been busy with one picture for two seconds", now);
            } else if (serving != null && !stuck && serving.barrenNanos(now) > HANG_NANOS) {
                misbehaved(processors, serving.choice, "it made no picture for two seconds", now);
            }
            ProcessorRun next = run.nextProcessor;
            if (next != null && next.isIdle()) {
                StageException nothing = new StageException(Reason.UNSUPPORTED,
                        "it has nothing to do with these pictures as it is configured");
                processors.standings.couldNotOpen(next.choice, nothing, nothing.getMessage(), false, now);
                processors.startEnded();
            } else if (next != null && next.failure() != null) {
                couldNotOpen(processors, next.choice, next.failure(), false, now);
            } else if (next != null && !next.opened() && now - next.beganNanos() > HANG_NANOS) {
                misbehaved(processors, next.choice, "it did not open within two seconds", now);
                processors.failed(processors.problem(), now);
            }
        }
    }

    private void conductProcessors(long now) {
        for (CaptureRun run : captureRuns()) {
            if (run.route.given() != null && !run.route.given().equals(run.askedAbout)) {
                run.askedAbout = run.route.given();
                processors.standings.forgetRests(); // other pictures, another answer
            }
        }
        Providers.Candidate<FrameProcessorFactory> best = processors.best(now);
        for (CaptureRun run : captureRuns()) {
            run.route.processed(best != null);
            conductProcessor(run, best, now);
        }
        CaptureRun run = capture == null ? nextCapture : capture;
        ProcessorRun serving = run == null ? null : run.route.processor();
        if (serving == null && processors.serving() != null) {
            processors.vacant();
            LOG.info("stream {}: pictures go unprocessed", settings.name());
        } else if (serving != null && !serving.choice.sameAs(processors.serving())) {
            processors.serves(serving.choice, now);
            LOG.info("stream {}: processor {} for {}", settings.name(), serving.choice.label(), serving.input);
        }
        if (serving != null && processors.isChanging() && serving.hasProved()) {
            processors.proved(now, -1);
        }
    }

    /** The present one serves until the next is open. */
    private void conductProcessor(CaptureRun run, Providers.Candidate<FrameProcessorFactory> best, long now) {
        FrameShape pictures = run.route.given();
        ProcessorRun serving = run.route.processor();
        ProcessorRun next = run.nextProcessor;
        boolean fits = serving != null && serving.isFor(best, pictures) && run.route.isDecided();
        if (next != null && (fits || best == null || !next.isFor(best, pictures))) {
            dropNextProcessor(run);
            next = null;
        }
        if (best == null) {
            goThrough(run, null);
        } else if (next != null && next.opened()) {
            run.nextProcessor = null;
            goThrough(run, next);
        } else if (next == null && pictures != null && !fits) {
            if (!best.sameAs(processors.serving())) {
                processors.starts(best, now);
            }
            run.nextProcessor =
                    new ProcessorRun(settings.name(), best, pictures, settings.rate(), run, this::changed);
            run.nextProcessor.start();
        }
    }

    private void goThrough(CaptureRun run, ProcessorRun next) {
        ProcessorRun old = run.route.processor();
        boolean done = run.route.goThrough(next, next == null ? null : next.input);
        retire(done ? old : next);
    }

    private void dropNextProcessor(CaptureRun run) {
        retire(run.nextProcessor);
        run.nextProcessor = null;
        if (processors.starting() != null) {
            processors.startEnded();
        }
    }

    private void retire(ProcessorRun run) {
        if (run != null) {
            leaving.add(run);
            run.leave();
        }
    }

    // ---- ladder

    /** A trial compares a minute with the one before, so the pictures stay as they are meanwhile. */
    private void conductLadder(long now) {
        EncoderRun serving = encoder;
        Providers.Candidate<VideoEncoderFactory> preferred = encoders.best(now);
        if (serving == null || preferred == null || onTrial) {
            return;
        }
        double floor = floorBps(preferred, serving);
        Providers.Candidate<VideoEncoderFactory> lower = lowerFloor(preferred, now);
        if (ladder.settle(now, targetBps, floor, lower == preferred ? Double.MAX_VALUE : floorBps(lower, serving),
                Scaler.scales(serving.input))) {
            takeRung(ladder.reason());
        }
    }

    private void takeRung(String why) {
        Ladder.Rung before = rung;
        rung = ladder.rung();
        if (before.equals(rung)) {
            return;
        }
        if (before.size() != rung.size() || before.other() != rung.other()) {
            encoders.because(Cause.RATE, why);
        }
        LOG.info("stream {}: step {} of the ladder, {} frames/s: {}", settings.name(), ladder.step(), rate().fps(),
                why.isEmpty() ? "there is enough for everything again" : why);
    }

    /** What an encoder needs for all pictures in full size. */
    private double floorBps(Providers.Candidate<VideoEncoderFactory> candidate, EncoderRun serving) {
        double declared = encoders.providers.number(candidate.factory(), VideoEncoderFactory.FLOOR)
                * serving.input.width() * serving.input.height() * settings.rate().fps();
        return candidate.sameAs(serving.choice) ? Math.max(declared, serving.minFullBps(settings.rate())) : declared;
    }

    /** Of all that could serve the one with the lowest declared floor; the preferred one when none has a lower. */
    private Providers.Candidate<VideoEncoderFactory> lowerFloor(Providers.Candidate<VideoEncoderFactory> preferred,
            long now) {
        Providers.Candidate<VideoEncoderFactory> lowest = preferred;
        double least = encoders.providers.number(preferred.factory(), VideoEncoderFactory.FLOOR);
        for (Providers.Candidate<VideoEncoderFactory> other : encoders.candidates()) {
            double floor = encoders.providers.number(other.factory(), VideoEncoderFactory.FLOOR);
            if (floor > 0 && floor < least && encoders.standings.best(List.of(other), now) != null) {
                lowest = other;
                least = floor;
            }
        }
        return lowest;
    }

    /** How pictures like that are to be encoded now. */
    private Scale scale(FrameShape input) {
        return Scaler.scales(input) ? rung.size() : Scale.FULL;
    }

    // ---- encoder

    private void conductEncoder(long now) {
        watchNextEncoder(now);
        Providers.Candidate<VideoEncoderFactory> best = encoders.best(now);
        if (best != null && rung.other()) {
            best = lowerFloor(best, now);
        }
        FrameShape shape = shape();
        if (nextEncoder != null) {
            conductNextEncoder(best, shape, now);
        }
        if (encoder != null && best == null) {
            vacateEncoder();
        }
        boolean fits = encoder != null && encoder.choice.sameAs(best) && isFor(encoder, shape);
        if (best != null && shape != null && packetiser != null && !fits && nextEncoder == null) {
            startEncoder(best, shape, now);
        }
        if (encoders.isChanging() && nextEncoder == null && encoder != null && encoder.exit.firstReadyNanos() != 0) {
            encoders.proved(now, encoder.exit.gapNanos());
        }
    }

    private boolean isFor(EncoderRun run, FrameShape input) {
        return input != null && run.input.equals(input) && run.shape.equals(Scaler.shape(input, scale(input)));
    }

    /** What the encoder is to be given: what the capture that is about to serve gives, else the one that does. */
    private FrameShape shape() {
        return nextCapture != null && nextCapture.shape() != null ? nextCapture.shape()
                : capture != null && capture.shape() != null ? capture.shape()
                : encoder != null ? encoder.input : null;
    }

    private void startEncoder(Providers.Candidate<VideoEncoderFactory> best, FrameShape shape, long now) {
        encoders.starts(best, now);
        PacketiserSeat seat;
        try {
            if (!pairs(best, packetiser)) {
                throw new StageException(Reason.UNSUPPORTED, "it makes another codec than packetiser "
                        + packetiser.name() + " takes; configure a pair that fits");
            }
        } catch (StageException e) {
            couldNotOpen(encoders, best, e, false, now);
            return;
        }
        try {
            seat = new PacketiserSeat(packetiser, open(packetiser));
        } catch (StageException e) {
            encoders.startEnded();
            couldNotOpen(packetisers, packetiser, e, false, now);
            packetiser = null;
            packetisers.vacant();
            return;
        }
        // With no other at work there is nothing to protect by an audition, and its first picture is wanted at once. Nor
        // can there be one for pictures that do not come yet.
        boolean audition = encoder != null && encoder.input.equals(shape);
        nextEncoder = new EncoderRun(settings.name(), best, shape, scale(shape), seat, audition, this, mailbox, output,
                telemetry, vitals);
        nextEncoder.start();
    }

    /** Before the best is asked for, so that one which has just failed is not. */
    private void watchNextEncoder(long now) {
        EncoderRun next = nextEncoder;
        if (next == null) {
            return;
        }
        if (next.packetiserFailure() != null) {
            packetiserMisbehaved(next.exit.seat.choice(), next.packetiserFailure().getMessage(), now);
            dropNextEncoder();
        } else if (next.failure() != null) {
            encoderFailed(next, now);
        } else if (!next.isReady() && tooLong(next, now)) {
            misbehaved(encoders, next.choice, next.auditionNanos(now) > 0
                    ? "it gave nothing for its first picture for two seconds" : "it did not open within ten seconds", now);
            next.abandon();
            encoders.failed(encoders.problem(), now);
            dropNextEncoder();
        }
    }

    private void conductNextEncoder(Providers.Candidate<VideoEncoderFactory> best, FrameShape shape, long now) {
        EncoderRun next = nextEncoder;
        if (best == null || !next.choice.sameAs(best) || !isFor(next, shape)) {
            dropNextEncoder();
        } else if (next.isReady()) {
            serve(next, now);
        }
    }

    private static boolean tooLong(EncoderRun run, long now) {
        return run.isAuditioning() ? run.auditionNanos(now) > HANG_NANOS : now - run.beganNanos() > OPEN_BOUND_NANOS;
    }

    private void serve(EncoderRun next, long now) {
        EncoderRun old = encoder;
        boolean otherSize = old == null || !old.shape.equals(next.shape);
        nextEncoder = null;
        if (otherSize && old != null) {
            output.forgetFormat();
        }
        output.serve(next.exit, next.format());
        if (old != null) {
            account(old);
            leaving.add(old);
            old.leave();
        }
        encoder = next;
        encoderSinceNanos = now;
        mailbox.taker(next);
        if (old != null && !old.owes()) {
            output.done(old.exit);
        }
        if (nextCapture != null && next.input.equals(nextCapture.shape())) {
            serve(nextCapture, now);
        }
        encoders.serves(next.choice, now);
        LOG.info("stream {}: encoder {} at {}, {} kbit/s", settings.name(), next.choice.label(), next.shape,
                targetBps / 1000);
    }

    private void account(EncoderRun gone) {
        skippedBefore += gone.skipped();
        overrunsBefore += gone.overruns();
        unfittingBefore += gone.unfitting();
        leftOutBefore += gone.leftOut();
    }

    private void dropNextEncoder() {
        if (nextEncoder != null) {
            leaving.add(nextEncoder);
            nextEncoder.leave();
            nextEncoder = null;
            encoders.startEnded();
        }
    }

    /** Nobody encodes. What the old one still has inside is lost to the viewers. */
    private void vacateEncoder() {
        EncoderRun old = takeEncoder();
        if (old != null) {
            output.retire(old.exit);
            leaving.add(old);
            old.leave();
        }
    }

    /** Its thread may never come back: it is left to itself. */
    private void abandonEncoder() {
        EncoderRun old = takeEncoder();
        if (old != null) {
            leaving.add(old);
            old.abandon();
        }
    }

    private EncoderRun takeEncoder() {
        EncoderRun old = encoder;
        if (old != null) {
            account(old);
            encoder = null;
            mailbox.taker(null);
        }
        encoders.vacant();
        return old;
    }

    // ---- congestion controller and transport

    private void conductCongestion(long now) {
        Providers.Candidate<CongestionControllerFactory> best = congestions.best(now);
        if (best == null ? congestion == null : best.sameAs(congestion)) {
            return;
        }
        if (best == null) {
            congestion = null;
            congestions.vacant();
            sessions.congestion(null);
            return;
        }
        congestions.starts(best, now);
        try {
            ControllerAudition.hold(best.factory(), settings.limits());
        } catch (StageException e) {
            couldNotOpen(congestions, best, e, false, now);
            return;
        }
        congestion = best;
        sessions.congestion(best);
        congestions.serves(best, now);
        congestions.proved(System.nanoTime(), -1);
    }

    /** A controller that hangs holds up every session, so the loop goes on without it, on another thread. */
    private void watchMediaLoop(long now) {
        ControllerSeat stuck = mediaLoop.goOnWithout(HANG_NANOS);
        if (stuck != null) {
            stuck.report("it did not return for two seconds");
        }
    }

    /** A session's controller threw, hung, or asked for the impossible. From any thread. */
    void controllerMisbehaved(CongestionControllerFactory factory, String reason) {
        execute(() -> {
            if (congestion != null && congestion.factory() == factory) {
                misbehaved(congestions, congestion, reason, System.nanoTime());
            }
        });
    }

    /** New sessions take the best; those that are there keep theirs. */
    private void conductTransport(long now) {
        Providers.Candidate<TransportFactory> best = transports.best(now);
        transport = best == null ? null : best.factory();
        if (best == null) {
            transports.vacant();
        } else if (!best.sameAs(transports.serving())) {
            transports.starts(best, now);
            transports.serves(best, now);
            transports.proved(now, -1);
        }
    }

    // ---- those who go

    private void settleDepartures(long now) {
        for (Iterator<Departure> all = departures.iterator(); all.hasNext(); ) {
            Departure departure = all.next();
            if (now - departure.sinceNanos > SUCCESSION_NANOS) {
                expel(departure.factory);
            }
            if (!isHeld(departure.factory)) {
                departure.gone.countDown();
                all.remove();
            } else if (now - departure.sinceNanos > UNBIND_BOUND_NANOS) {
                LOG.warn("stream {}: a departing stage is still busy after {} ms and is abandoned", settings.name(),
                        TimeUnit.NANOSECONDS.toMillis(UNBIND_BOUND_NANOS));
                abandon(departure.factory);
                departure.gone.countDown();
                all.remove();
            }
        }
    }

    /** Its successor did not come in time: it goes without one. */
    private void expel(Object factory) {
        if (capture != null && capture.choice.factory() == factory) {
            vacateCapture();
        }
        if (encoder != null && encoder.choice.factory() == factory) {
            vacateEncoder();
        }
    }

    private boolean isHeld(Object factory) {
        return capture != null && capture.choice.factory() == factory
                || nextCapture != null && nextCapture.choice.factory() == factory
                || captureRuns().stream().anyMatch(run -> isThrough(run.route.processor(), factory)
                        || isThrough(run.nextProcessor, factory))
                || encoder != null && encoder.choice.factory() == factory
                || nextEncoder != null && nextEncoder.choice.factory() == factory
                || packetiser != null && packetiser.factory() == factory
                || congestion != null && congestion.factory() == factory
                || factory instanceof CongestionControllerFactory controllers && !sessions.hasLeft(controllers)
                || leaving.stream().anyMatch(work -> !hasGone(work) && serves(work, factory));
    }

    private static boolean isThrough(ProcessorRun run, Object factory) {
        return run != null && run.choice.factory() == factory;
    }

    /** No thread is inside it, and nothing of it is held. */
    private static boolean hasGone(ForeignWork work) {
        return work.isOver() && !(work instanceof CaptureRun run && run.hasLeases());
    }

    private static boolean serves(ForeignWork work, Object factory) {
        return work instanceof EncoderRun run
                ? run.choice.factory() == factory || run.exit.seat.choice().factory() == factory
                : work instanceof ProcessorRun run3 ? run3.choice.factory() == factory
                : work instanceof CaptureRun run2 && run2.choice.factory() == factory;
    }

    private void abandon(Object factory) {
        for (ForeignWork work : leaving) {
            if (work instanceof EncoderRun run && serves(run, factory)) {
                run.abandon();
            }
        }
        leaving.removeIf(work -> serves(work, factory));
    }

    /** One that has passed its trial becomes the first choice; that is written down on a thread that may wait for a disk. */
    void promote(Role<?> role, String label) {
        promotion.promote(role, label);
    }

    /** Smoothed time for a frame in a stage, nanoseconds; NaN where unknown. */
    double nanosPerFrame(Role<?> role) {
        EncoderRun serving = encoder;
        CaptureRun from = capture;
        return role == processors ? from == null || from.route.processor() == null ? Double.NaN : from.route.processor().nanosPerFrame()
                : role == encoders && serving != null ? serving.nanosPerFrame()
                : role == packetisers && serving != null ? serving.exit.seat.nanosPerUnit() : Double.NaN;
    }
}
