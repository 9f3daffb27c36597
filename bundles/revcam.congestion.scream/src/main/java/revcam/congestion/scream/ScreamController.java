package revcam.congestion.scream;

import revcam.api.congestion.BytesInFlight;
import revcam.api.congestion.CongestionController;
import revcam.api.congestion.FeedbackSilence;
import revcam.api.congestion.PacketFeedback;
import revcam.api.congestion.QueueDelay;
import revcam.api.congestion.RateLimits;
import revcam.api.congestion.RateSnapshot;
import revcam.api.congestion.RoundTripTime;

/**
 * Self-clocked rate adaptation for multimedia (RFC 8298 and draft-johansson-ccwg-rfc8298bis-screamv2): a window bounds what
 * is in flight, so that a path which suddenly carries less is never sent more than it acknowledges, and the encoder's
 * target is that window per round trip, less what waits to be sent. It runs on transport-wide feedback; ECN, which the
 * draft prefers, does not reach this process, so delay stands in for its marks.
 */
final class ScreamController implements CongestionController {

    private static final long MILLI = 1_000_000;
    private static final long SECOND = 1_000_000_000;
    private static final long ASSUMED_RTT = 100 * MILLI;
    private static final long LEAST_RTT = 25 * MILLI; // the draft's virtual round trip
    private static final double PACING = 1.5;
    /** In flight more than this share of the window: the source is not what limits. */
    private static final double USED = 0.7;
    private static final double DELAY_SMOOTHING = 0.7;
    /** What waits longer than this to be sent slows the encoder down. */
    private static final double PATIENCE_SECONDS = 0.06;
    private static final double MOST_SLOWING = 0.5;
    /** The target falls at once and rises by so much a second at the most, relative to itself. */
    private static final double RISE_PER_SECOND = 2;

    // Competing flows that fill queues, as RFC 8298 compensates for them: the delay target rises while the queue never empties.
    private static final double MOST_TARGET_MS = 600;
    private static final double TARGET_GAIN = 0.05;

    private static final long SILENCE = SECOND;
    private static final int SILENCE_ROUND_TRIPS = 3;
    private static final double SILENCE_FACTOR = 0.6;
    private static final double BLIND_GROWTH = 1.05;
    private static final double LOSS_SMOOTHING = 0.1;

    private final ScreamSettings settings;
    private final BytesInFlight flight = new BytesInFlight();
    private final QueueDelay queue = new QueueDelay();
    private final FeedbackSilence silence = new FeedbackSilence(SILENCE, SILENCE_ROUND_TRIPS, SILENCE);
    private final RoundTripTime roundTrip;
    private final ReferenceWindow window;

    private RateLimits limits;
    private double targetBps;
    private long receiverEstimateBps = Long.MAX_VALUE;
    private double loss;
    private double delayMillis;
    private double delayTargetMillis;
    private boolean heard;
    private long updatedNanos;
    private long mostInFlight;
    private long queueBytes;

    ScreamController(long nowNanos, RateLimits limits, RateSnapshot seed, ScreamSettings settings) {
        this.settings = settings;
        this.limits = limits;
        targetBps = limits.clamp(seed.targetBps() > 0 ? seed.targetBps() : limits.startBps());
        roundTrip = new RoundTripTime(seed.rttNanos(), ASSUMED_RTT);
        loss = seed.lossFraction();
        delayTargetMillis = settings.queueDelayMillis();
        window = new ReferenceWindow(nowNanos, targetBps / 8 * rtt() / SECOND);
        updatedNanos = nowNanos;
    }

    @Override
    public void onPacketSent(long nowNanos, long transportSequence, int sizeBytes) {
        silence.onSent(nowNanos);
        flight.onSent(transportSequence, sizeBytes);
        mostInFlight = Math.max(mostInFlight, flight.bytes());
    }

    @Override
    public void onPacketFeedback(long nowNanos, PacketFeedback report) {
        long acknowledged = 0;
        int reported = 0;
        int lost = 0;
        long newestSent = 0;
        long leastDelay = Long.MAX_VALUE;
        for (int i = 0; i < report.count(); i++) {
            long sequence = report.transportSequence(i);
            if (!flight.isNew(sequence)) {
                continue;
            }
            flight.onReported(sequence);
            reported++;
            if (report.received(i)) {
                acknowledged += report.sizeBytes(i);
                newestSent = report.sentNanos(i);
                queue.onPacket(nowNanos, newestSent, report.arrivalNanos(i));
                leastDelay = Math.min(leastDelay, queue.nanos());
            } else {
                lost++;
                window.onLost();
            }
        }
        if (reported == 0) {
            return;
        }
        boolean first = !heard;
        heard = true;
        loss += LOSS_SMOOTHING * ((double) lost / reported - loss);
        if (newestSent != 0) {
            roundTrip.onSample(nowNanos - newestSent);
            delayMillis += DELAY_SMOOTHING * (queue.nanos() * 1e-6 - delayMillis);
            compete(leastDelay * 1e-6, nowNanos);
        }
        silence.onFeedback(nowNanos, rtt(), flight.outstanding());
        if (first) {
            // The round trip was a guess until now.
            window.limit(Double.MAX_VALUE);
        }
        boolean used = mostInFlight >= USED * window.bytes();
        mostInFlight = flight.bytes();
        window.update(nowNanos, acknowledged, used, congestion(), rtt(), rtt() - delayMillis * MILLI);
        window.limit(limits.maxBps() * 1.1 / 8 * rtt() / SECOND);
        settle(nowNanos);
    }

    /** What share of the packets a queue that marks by delay would have marked. */
    private double congestion() {
        double half = delayTargetMillis / 2;
        return Math.max(0, Math.min(1, (delayMillis - half) / half));
    }

    /** The target rises slowly while the queue is never empty although we have backed off, and falls again fast. */
    private void compete(double leastMillis, long nowNanos) {
        double configured = settings.queueDelayMillis();
        double wanted = leastMillis > configured ? Math.min(MOST_TARGET_MS, 2 * leastMillis) : configured;
        double gain = wanted > delayTargetMillis ? TARGET_GAIN : 5 * TARGET_GAIN;
        delayTargetMillis += gain * (wanted - delayTargetMillis);
    }

    private void settle(long nowNanos) {
        double seconds = Math.min(1, (nowNanos - updatedNanos) * 1e-9);
        updatedNanos = nowNanos;
        double wanted = window.bytes() * 8 * SECOND / rtt();
        targetBps = clamp(Math.min(wanted, targetBps * (1 + RISE_PER_SECOND * seconds) + 10_000));
    }

    private double clamp(double bps) {
        return Math.max(limits.minBps(), Math.min(Math.min(limits.maxBps(), receiverEstimateBps), bps));
    }

    // ---- other reports

    @Override
    public void onReceiverReport(long nowNanos, double lossFraction, long roundTripNanos) {
        if (heard) {
            return; // its round trip lacks the time that feedback takes to be written
        }
        if (roundTripNanos > 0) {
            roundTrip.onSample(roundTripNanos);
        }
        loss = lossFraction;
        if (lossFraction > 0.1) {
            targetBps = clamp(targetBps * (1 - 0.5 * lossFraction));
        } else if (lossFraction <= 0.02) {
            targetBps = clamp(targetBps * BLIND_GROWTH);
        }
    }

    private long rtt() {
        return Math.max(LEAST_RTT, roundTrip.nanos());
    }

    @Override
    public void onReceiverEstimate(long nowNanos, long bps) {
        receiverEstimateBps = bps > 0 ? bps : Long.MAX_VALUE;
        targetBps = clamp(targetBps);
    }

    @Override
    public void onSendQueue(long nowNanos, long bytes) {
        queueBytes = bytes;
    }

    @Override
    public void onLimits(long nowNanos, RateLimits changed) {
        limits = changed;
        targetBps = clamp(targetBps);
    }

    // ---- what it wants

    @Override
    public long targetBps() {
        double waiting = queueBytes * 8 / targetBps;
        double slowing = Math.max(0, Math.min(MOST_SLOWING, waiting - PATIENCE_SECONDS));
        return limits.clamp((long) (targetBps * (1 - slowing)));
    }

    @Override
    public long pacingBps() {
        return Math.max(targetBps(), (long) (PACING * targetBps));
    }

    @Override
    public long windowBytes() {
        return heard ? (long) (settings.headroom() * window.bytes()) - flight.bytes() : Long.MAX_VALUE;
    }

    @Override
    public long nextDeadlineNanos() {
        return silence.nextDeadlineNanos();
    }

    @Override
    public void onDeadline(long nowNanos) {
        if (silence.passed(nowNanos)) {
            flight.giveUp();
            window.limit(SILENCE_FACTOR * window.bytes());
            targetBps = clamp(SILENCE_FACTOR * targetBps);
            queue.forget();
            delayMillis = 0;
        }
    }

    @Override
    public RateSnapshot snapshot() {
        return new RateSnapshot(targetBps(), roundTrip.knownNanos(), Math.max(0, Math.min(1, loss)));
    }

    @Override
    public void close() {
        // Nothing is held.
    }
}
