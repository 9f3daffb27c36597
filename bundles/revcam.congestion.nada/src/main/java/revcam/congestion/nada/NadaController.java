package revcam.congestion.nada;

import revcam.api.congestion.ArrivalRate;
import revcam.api.congestion.CongestionController;
import revcam.api.congestion.FeedbackSilence;
import revcam.api.congestion.PacketFeedback;
import revcam.api.congestion.RateLimits;
import revcam.api.congestion.RateSnapshot;
import revcam.api.congestion.RoundTripTime;

/**
 * Network-Assisted Dynamic Adaptation (RFC 8698) without the assistance: no ECN reaches this process. The rate settles
 * where the congestion signal equals a reference that is the larger the smaller the rate (section 4.3), so flows share by
 * their priorities; as long as neither queue nor loss is seen it ramps up quickly.
 */
final class NadaController implements CongestionController {

    private static final long MILLI = 1_000_000;
    private static final long SECOND = 1_000_000_000;

    // Names and default values are RFC 8698's.
    private static final double KAPPA = 0.5;
    private static final double ETA = 2;
    private static final double TAU_MS = 500;
    private static final double DELTA_MS = 100;
    private static final double FILTER_MS = 120;
    private static final double QUEUE_EPSILON_MS = 10;
    private static final long LOG_WINDOW = 500 * MILLI;
    private static final double MOST_GAMMA = 0.5;
    private static final double QUEUE_BOUND_MS = 50;
    private static final double BETA_V = 0.1;
    private static final double BETA_S = 0.1;
    private static final double FRAMES_PER_SECOND = 30;

    /** One step follows the last after this; feedback comes at times of its own. */
    private static final long STEP = 90 * MILLI;
    private static final double MOST_STEP_MS = 500;
    private static final long RATE_WINDOW = LOG_WINDOW;
    private static final int RATE_PACKETS = 8;
    private static final long ASSUMED_RTT = 100 * MILLI;
    private static final double PACING = 1.5;

    /** Without a word for so long, the way there or back is broken; what is sent falls by this each time. */
    private static final long SILENCE = SECOND;
    private static final int SILENCE_ROUND_TRIPS = 3;
    private static final double SILENCE_FACTOR = 0.6;
    /** How fast the rate grows where only receiver reports come, each second without loss. */
    private static final double BLIND_GROWTH = 1.05;

    private final NadaSettings settings;
    private final CongestionSignal signal = new CongestionSignal();
    private final ArrivalRate arrivals = new ArrivalRate();
    private final FeedbackSilence silence = new FeedbackSilence(SILENCE, SILENCE_ROUND_TRIPS, SILENCE);
    private final RoundTripTime rtt;

    private RateLimits limits;
    private double referenceBps;
    private long receiverEstimateBps = Long.MAX_VALUE;
    private double previousSignal;
    private long steppedNanos;
    private boolean stepped;
    private long troubleNanos;
    private long reported = -1;
    private double reportedLoss;
    private boolean heard;
    private long lastSent = -1;
    private long queueBytes;

    NadaController(long nowNanos, RateLimits limits, RateSnapshot seed, NadaSettings settings) {
        this.settings = settings;
        this.limits = limits;
        referenceBps = limits.clamp(seed.targetBps() > 0 ? seed.targetBps() : limits.startBps());
        rtt = new RoundTripTime(seed.rttNanos(), ASSUMED_RTT);
        reportedLoss = seed.lossFraction();
        // A successor has no reason to think the path empty.
        troubleNanos = seed.targetBps() > 0 ? nowNanos : nowNanos - LOG_WINDOW;
        steppedNanos = nowNanos;
    }

    @Override
    public void onPacketSent(long nowNanos, long transportSequence, int sizeBytes) {
        silence.onSent(nowNanos);
        lastSent = transportSequence;
    }

    @Override
    public void onPacketFeedback(long nowNanos, PacketFeedback report) {
        long newestSent = 0;
        boolean any = false;
        for (int i = 0; i < report.count(); i++) {
            long sequence = report.transportSequence(i);
            if (sequence <= reported || sequence > lastSent) {
                continue; // told before
            }
            reported = sequence;
            any = true;
            if (report.received(i)) {
                newestSent = report.sentNanos(i);
                signal.onReceived(nowNanos, newestSent, report.arrivalNanos(i));
                arrivals.onPacket(report.arrivalNanos(i), report.sizeBytes(i));
            } else {
                signal.onLost();
                troubleNanos = nowNanos;
            }
        }
        if (!any) {
            return;
        }
        heard = true;
        if (newestSent != 0) {
            rtt.onSample(nowNanos - newestSent);
        }
        silence.onFeedback(nowNanos, rtt.nanos(), lastSent > reported);
        if (signal.queueMillis() >= QUEUE_EPSILON_MS) {
            troubleNanos = nowNanos;
        }
        if (nowNanos - steppedNanos >= STEP) {
            step(nowNanos);
        }
    }

    private void step(long nowNanos) {
        double elapsed = Math.min(MOST_STEP_MS, (nowNanos - steppedNanos) * 1e-6);
        steppedNanos = nowNanos;
        signal.endInterval();
        double now = signal.millis();
        double before = stepped ? previousSignal : now;
        stepped = true;
        previousSignal = now;
        if (nowNanos - troubleNanos >= LOG_WINDOW) {
            rampUp();
        } else {
            follow(now, now - before, elapsed);
        }
        referenceBps = clamp(referenceBps);
    }

    /** Section 4.3, accelerated ramp-up: bounded so that the queue it may build stays below a bound. */
    private void rampUp() {
        long arriving = arrivals.bps(RATE_WINDOW, RATE_PACKETS);
        double gamma = Math.min(MOST_GAMMA, QUEUE_BOUND_MS / (rtt.nanos() * 1e-6 + DELTA_MS + FILTER_MS));
        referenceBps = Math.max(referenceBps, (1 + gamma) * arriving);
    }

    /** Section 4.3, gradual update. */
    private void follow(double now, double change, double elapsedMillis) {
        double offset = now - settings.priority() * settings.referenceMillis() * limits.maxBps() / referenceBps;
        double factor = 1 - KAPPA * (elapsedMillis / TAU_MS) * (offset / TAU_MS) - KAPPA * ETA * (change / TAU_MS);
        referenceBps *= Math.max(0.3, Math.min(1.5, factor));
    }

    private double clamp(double bps) {
        return Math.max(limits.minBps(), Math.min(Math.min(limits.maxBps(), Math.max(limits.minBps(), receiverEstimateBps)), bps));
    }

    // ---- other reports

    @Override
    public void onReceiverReport(long nowNanos, double lossFraction, long roundTripNanos) {
        if (roundTripNanos > 0) {
            rtt.onSample(roundTripNanos);
        }
        reportedLoss = lossFraction;
        if (!heard) {
            // Nothing is known of delay: the loss penalty alone, against what it costs in a step of a second.
            if (lossFraction > 0.1) {
                referenceBps *= 1 - 0.5 * lossFraction;
            } else if (lossFraction <= 0.02) {
                referenceBps *= BLIND_GROWTH;
            }
            referenceBps = clamp(referenceBps);
        }
    }

    @Override
    public void onReceiverEstimate(long nowNanos, long bps) {
        receiverEstimateBps = bps > 0 ? bps : Long.MAX_VALUE;
        referenceBps = clamp(referenceBps);
    }

    @Override
    public void onSendQueue(long nowNanos, long bytes) {
        queueBytes = bytes;
    }

    @Override
    public void onLimits(long nowNanos, RateLimits changed) {
        limits = changed;
        referenceBps = clamp(referenceBps);
    }

    // ---- what it wants

    /** Section 4.3: what waits to be sent slows the encoder down and the sender up. */
    @Override
    public long targetBps() {
        double slowed = referenceBps - BETA_V * 8 * beyondAFrame() * FRAMES_PER_SECOND;
        return limits.clamp((long) Math.max(slowed, referenceBps / 2));
    }

    @Override
    public long pacingBps() {
        return (long) Math.max(targetBps(), PACING * referenceBps + BETA_S * 8 * beyondAFrame() * FRAMES_PER_SECOND);
    }

    /** A frame that was just queued is not a queue yet. */
    private double beyondAFrame() {
        return Math.max(0, queueBytes - 2 * referenceBps / 8 / FRAMES_PER_SECOND);
    }

    @Override
    public long nextDeadlineNanos() {
        return silence.nextDeadlineNanos();
    }

    @Override
    public void onDeadline(long nowNanos) {
        if (silence.passed(nowNanos)) {
            troubleNanos = nowNanos;
            referenceBps = clamp(SILENCE_FACTOR * referenceBps);
            arrivals.clear();
            signal.forget();
            stepped = false;
        }
    }

    @Override
    public RateSnapshot snapshot() {
        double loss = heard ? signal.loss() : reportedLoss;
        return new RateSnapshot(targetBps(), rtt.knownNanos(), Math.max(0, Math.min(1, loss)));
    }

    @Override
    public void close() {
        // Nothing is held.
    }
}
