package revcam.congestion.gcc;

import revcam.api.congestion.ArrivalRate;
import revcam.api.congestion.CongestionController;
import revcam.api.congestion.PacketFeedback;
import revcam.api.congestion.QueueDelay;
import revcam.api.congestion.RateLimits;
import revcam.api.congestion.RateSnapshot;
import revcam.congestion.gcc.OveruseDetector.Usage;

/**
 * Google Congestion Control (draft-ietf-rmcat-gcc-02) with what libwebrtc has made of it since: packet groups, a trendline
 * against an adaptive threshold, increase and decrease around the capacity last seen, a ceiling by loss, probes.
 *
 * <p>With {@link GccSettings#search} it also does what browsers do not: it takes frames for probes ({@link
 * CapacitySearch}), cuts to what arrives at that very moment, drains the queue that it has caused and comes back to just
 * below the capacity it measured meanwhile, and keeps no more in flight than a fraction of a second.
 */
final class GccController implements CongestionController {

    private static final double PACING = 2.5;
    private static final long MILLI = 1_000_000;
    private static final long SECOND = 1_000_000_000;
    private static final long ASSUMED_RTT = 200 * MILLI;
    /** Without a word for so long, the way there or back is broken. */
    private static final long SILENCE = SECOND;
    private static final double SILENCE_FACTOR = 0.6;
    private static final int SENT = 4096;

    private static final long RATE_WINDOW = 500 * MILLI;
    private static final int RATE_PACKETS = 10;
    private static final long MOMENT_WINDOW = 100 * MILLI;
    private static final int MOMENT_PACKETS = 5;

    private static final double HUNGRY = 0.65;
    private static final long ALR_PROBE = 5 * SECOND;
    private static final double FIRST_PROBE = 3;
    private static final double SECOND_PROBE = 6;
    private static final double FURTHER_PROBE = 2;
    private static final double FURTHER_IF = 0.7;

    // What only the search uses.
    private static final long EMPTY_QUEUE = 15 * MILLI;
    private static final long DRAINED = 12 * MILLI;
    private static final double DRAIN_SECONDS = 0.4;
    private static final double LEAST_DRAIN = 0.3;
    private static final long COLLAPSE_QUEUE = 40 * MILLI;
    private static final double COLLAPSED = 0.7;
    private static final long AFTERMATH = 300 * MILLI;
    private static final long LONGEST_DRAIN = 1500 * MILLI;
    private static final double BELOW_CAPACITY = 0.97;
    private static final double BELOW_PROVEN = 0.92;
    private static final double WORTH_A_JUMP = 1.08;
    private static final double LONGEST_JUMP = 1.25;
    private static final long QUIET = 0 * MILLI;
    private static final long JUMP_GAP = 200 * MILLI;
    /** A jump that was followed by overuse so soon was in vain, and the next one waits. */
    private static final long VAIN = SECOND;
    private static final long LEAST_VAIN = 1500 * MILLI;
    private static final long MOST_VAIN = 3 * SECOND;
    private static final long SETTLED = SECOND;
    private static final long SEARCH_PROBE = 2 * SECOND;
    /** For how fast to grow: flows with different round trips are to share fairly. */
    private static final long EVEN_RTT = 20 * MILLI;
    private static final long SHARED = 10 * SECOND;
    private static final long DESERTED = 1200 * MILLI;
    private static final double MOST_FASTER = 2;
    private static final double LEARN = 0.3;
    private static final double FORGET = 0.1;
    private static final double SURELY_ALONE = 1.0;
    private static final double ALONE = 1.15;
    private static final long IN_FLIGHT = 300 * MILLI;
    private static final long LEAST_WINDOW = 15_000;

    private final GccSettings settings;
    private final PacketGroups groups = new PacketGroups();
    private final OveruseDetector detector;
    private final ArrivalRate arrivals = new ArrivalRate();
    private final QueueDelay queue = new QueueDelay();
    private final DelayBasedRate delayBased;
    private final LossBasedRate lossBased;
    private final CapacitySearch search = new CapacitySearch();
    private final Probe probe = new Probe();

    private final long[] sentUpTo = new long[SENT]; // bytes sent up to and with a sequence number
    private long sentBytes;
    private long lastSentSequence = -1;
    private long reported = -1; // highest sequence number that feedback has spoken of
    private long reportedUpTo; // bytes

    private RateLimits limits;
    private long targetBps;
    private long receiverEstimateBps = Long.MAX_VALUE;
    private long rttNanos;
    private double loss;
    private boolean heard;
    private long heardNanos;
    private long silentFrom;

    private long sentSince;
    private long sentSinceNanos;
    private double sentBps;

    private int firstProbes;
    private boolean started;
    private long probedNanos;
    private long probeGap = SEARCH_PROBE;
    private long settledBps;
    private long settledNanos;

    private boolean draining;
    private long drainedFrom;
    private long cutNanos;
    private long triedNanos;
    private long vain;
    private long vainUntil;
    private long capacityBps;
    private long jumpedNanos;
    private long queuedNanos;
    /** How much faster trains have got through than everything, when there was a queue. */
    private double faster = 1;
    private long sharedUntil;
    private long lostNanos;

    GccController(long nowNanos, RateLimits limits, RateSnapshot seed, GccSettings settings) {
        this.settings = settings;
        this.limits = limits;
        boolean known = seed.targetBps() > 0;
        targetBps = limits.clamp(known ? seed.targetBps() : limits.startBps());
        rttNanos = seed.rttNanos();
        loss = seed.lossFraction();
        firstProbes = known || !settings.probing() ? 2 : 0;
        detector = new OveruseDetector(settings.thresholdUp(), settings.thresholdDown());
        delayBased = new DelayBasedRate(nowNanos, targetBps);
        lossBased = new LossBasedRate(nowNanos, targetBps);
        probedNanos = nowNanos;
        settledNanos = nowNanos;
        settledBps = targetBps;
        jumpedNanos = nowNanos;
        queuedNanos = nowNanos - SECOND;
        sharedUntil = nowNanos;
        cutNanos = nowNanos - SECOND;
        triedNanos = nowNanos - VAIN;
        vainUntil = nowNanos;
        lostNanos = nowNanos - SECOND;
        sentSinceNanos = nowNanos;
    }

    // ---- what happens

    @Override
    public void onPacketSent(long nowNanos, long transportSequence, int sizeBytes) {
        sentBytes += sizeBytes;
        sentUpTo[(int) transportSequence & SENT - 1] = sentBytes;
        lastSentSequence = transportSequence;
        sentSince += sizeBytes;
        if (reported < 0 || inFlight() <= sizeBytes) {
            silentFrom = nowNanos;
        }
        probe.onSent(transportSequence);
        if (!started) {
            started = true;
            if (firstProbes < 2) {
                firstProbes = 1;
                startProbe(nowNanos, FIRST_PROBE * targetBps);
            }
        }
    }

    @Override
    public void onPacketFeedback(long nowNanos, PacketFeedback report) {
        int packets = 0;
        int missing = 0;
        long newestSent = 0;
        for (int i = 0; i < report.count(); i++) {
            long sequence = report.transportSequence(i);
            if (sequence <= reported || sequence > lastSentSequence) {
                continue; // told before
            }
            reported = sequence;
            packets++;
            probe.onPacket(report, i);
            if (!report.received(i)) {
                missing++;
                search.onPacket(nowNanos, report, i, 0);
                continue;
            }
            long sent = report.sentNanos(i);
            long arrival = report.arrivalNanos(i);
            newestSent = sent;
            arrivals.onPacket(arrival, report.sizeBytes(i));
            queue.onPacket(nowNanos, sent, arrival);
            search.onPacket(nowNanos, report, i, queue.nanos());
            if (groups.onPacket(sent, arrival)) {
                detector.onGroups(groups.sendDeltaNanos(), groups.arrivalDeltaNanos(), groups.arrivalNanos());
            }
        }
        if (packets == 0) {
            return;
        }
        heard = true;
        heardNanos = nowNanos;
        silentFrom = nowNanos;
        long behind = lastSentSequence - reported;
        reportedUpTo = behind < SENT ? sentUpTo[(int) reported & SENT - 1] : sentBytes;
        if (newestSent != 0) {
            smoothRtt(Math.max(MILLI, nowNanos - newestSent));
        }
        if (missing > 0) {
            lostNanos = nowNanos;
        }
        if (draining || nowNanos - cutNanos < AFTERMATH + rtt()) {
            lossBased.forget(); // what was lost when the queue ran over has been answered
        } else {
            lossBased.onPackets(nowNanos, packets, missing, rtt(), targetBps);
            loss = lossBased.fraction();
        }
        update(nowNanos);
    }

    private void update(long nowNanos) {
        measureSent(nowNanos);
        Usage usage = detector.usage();
        long acknowledged = arrivals.bps(RATE_WINDOW, RATE_PACKETS);
        boolean shared = nowNanos - sharedUntil < 0;
        if (settings.search() && !shared) {
            long moment = arrivals.bps(MOMENT_WINDOW, MOMENT_PACKETS);
            if (queue.nanos() > COLLAPSE_QUEUE && moment > 0 && moment < COLLAPSED * acknowledged) {
                usage = Usage.OVERUSING; // the slope over the last twenty groups will say so in a quarter of a second
            }
            if (usage == Usage.OVERUSING || draining) {
                acknowledged = moment > 0 ? Math.min(moment, acknowledged) : acknowledged;
            }
        }
        boolean hungry = sentBps >= HUNGRY * targetBps;
        long probed = probe.result(reported);
        if (probed > 0) {
            onProbed(nowNanos, probed);
        }
        boolean cut = delayBased.update(nowNanos, usage, acknowledged, settings.search() ? EVEN_RTT : rtt(), hungry && !draining);
        if (settings.search()) {
            if (cut) {
                beginDraining(nowNanos, acknowledged);
            } else if (draining) {
                drain(nowNanos);
            } else if (usage == Usage.NORMAL) {
                lookForMore(nowNanos, hungry);
            }
        } else if (!hungry && probe.idle() && settings.probing() && nowNanos - probedNanos >= ALR_PROBE) {
            startProbe(nowNanos, FURTHER_PROBE * targetBps);
        }
        settle(nowNanos);
    }

    /** Takes over the least of what delay, loss, the receiver and the limits allow. */
    private void settle(long nowNanos) {
        delayBased.limit(limits.minBps(), limits.maxBps());
        lossBased.limit(limits.minBps(), limits.maxBps());
        long least = Math.min(Math.min(delayBased.bps(), lossBased.bps()), receiverEstimateBps);
        if (draining) {
            least = Math.min(least, drainBps());
        }
        targetBps = limits.clamp(least);
        if (Math.abs(targetBps - settledBps) > 0.05 * settledBps) {
            settledBps = targetBps;
            settledNanos = nowNanos;
        }
    }

    private void measureSent(long nowNanos) {
        long elapsed = nowNanos - sentSinceNanos;
        if (elapsed >= RATE_WINDOW) {
            sentBps = sentSince * 8e9 / elapsed;
            sentSince = 0;
            sentSinceNanos = nowNanos;
        }
    }

    // ---- probes

    private void startProbe(long nowNanos, double bps) {
        long most = Math.min(limits.maxBps() * 2, 20_000_000);
        probe.begin(nowNanos, Math.min((long) bps, Math.max(most, targetBps)));
        probedNanos = nowNanos;
    }

    private void onProbed(long nowNanos, long bps) {
        boolean more = bps > WORTH_A_JUMP * targetBps;
        if (more && !draining && detector.usage() != Usage.OVERUSING) {
            raise(nowNanos, bps);
        }
        if (firstProbes == 1) {
            firstProbes = 2;
            startProbe(nowNanos, Math.max(SECOND_PROBE / FIRST_PROBE * bps, bps));
        } else if (more && targetBps < limits.maxBps()) {
            startProbe(nowNanos, FURTHER_PROBE * bps);
        }
        probeGap = more ? SEARCH_PROBE : Math.min(2 * probeGap, ALR_PROBE);
    }

    private void raise(long nowNanos, long toBps) {
        delayBased.set(nowNanos, Math.max(delayBased.bps(), toBps));
        lossBased.raise(toBps);
        jumpedNanos = nowNanos;
    }

    // ---- beyond what browsers do

    private void beginDraining(long nowNanos, long acknowledged) {
        if (acknowledged <= 0 || queue.nanos() < DRAINED || !alone(nowNanos, acknowledged)) {
            return;
        }
        if (!draining) {
            drainedFrom = nowNanos;
            // Token buckets let the packets of a frame through at once, however little they let through in the long run.
            vain = nowNanos - triedNanos < VAIN ? Math.min(MOST_VAIN, Math.max(LEAST_VAIN, 2 * vain)) : vain / 2;
            vainUntil = nowNanos + vain;
        }
        draining = true;
        cutNanos = nowNanos;
        capacityBps = acknowledged;
        search.forget();
    }

    /**
     * Whether the queue is all of our own making. A frame that meets others' packets in the queue still gets through faster
     * than we send on the whole, for the others wait behind it; where we are alone both are the capacity. Against others,
     * draining would be giving way, and jumping taking theirs.
     */
    private boolean alone(long nowNanos, long acknowledged) {
        long train = search.queuedBps(nowNanos);
        if (train > 0) {
            double ratio = Math.min(MOST_FASTER, (double) train / acknowledged);
            faster += (ratio - faster) * (ratio > faster ? LEARN : FORGET);
            sharedUntil = faster > ALONE ? nowNanos + SHARED : nowNanos;
        }
        return train > 0 && faster <= ALONE;
    }

    /** Sends less the more there is to drain. */
    private long drainBps() {
        double share = 1 - queue.nanos() * 1e-9 / DRAIN_SECONDS;
        return (long) (capacityBps * Math.max(LEAST_DRAIN, Math.min(DelayBasedRate.BETA, share)));
    }

    private void drain(long nowNanos) {
        if (queue.nanos() < DRAINED) {
            draining = false;
            delayBased.set(nowNanos, Math.max(limits.minBps(), (long) (resumeShare() * capacityBps)));
            lossBased.raise(delayBased.bps());
            jumpedNanos = nowNanos;
        } else if (nowNanos - drainedFrom > LONGEST_DRAIN) {
            draining = false; // others fill the queue
        }
    }

    /** The less sure it is that nobody else is there, the more is left to others. */
    private double resumeShare() {
        double sure = Math.max(0, Math.min(1, (ALONE - faster) / (ALONE - SURELY_ALONE)));
        return DelayBasedRate.BETA + sure * (BELOW_CAPACITY - DelayBasedRate.BETA);
    }

    private void lookForMore(long nowNanos, boolean hungry) {
        if (queue.nanos() > EMPTY_QUEUE) {
            queuedNanos = nowNanos;
        }
        if (nowNanos - sharedUntil < 0) {
            if (nowNanos - queuedNanos < DESERTED) {
                return;
            }
            sharedUntil = nowNanos; // others would have filled the queue by now
        }
        if (nowNanos - queuedNanos < QUIET || nowNanos - lostNanos < rtt() + JUMP_GAP) {
            return;
        }
        long proven = search.provenBps(nowNanos);
        double more = Math.min(BELOW_PROVEN * proven, LONGEST_JUMP * targetBps);
        if (more > WORTH_A_JUMP * targetBps && hungry && nowNanos - jumpedNanos > rtt() + JUMP_GAP
                && nowNanos - vainUntil >= 0) {
            raise(nowNanos, (long) more);
            triedNanos = nowNanos;
        } else if (settings.probing() && proven == 0 && probe.idle() && nowNanos - settledNanos > SETTLED
                && nowNanos - probedNanos > probeGap && targetBps < limits.maxBps()) {
            startProbe(nowNanos, FURTHER_PROBE * targetBps);
        }
    }

    // ---- other reports

    @Override
    public void onReceiverReport(long nowNanos, double lossFraction, long roundTripNanos) {
        if (roundTripNanos > 0) {
            smoothRtt(roundTripNanos);
        }
        if (!heard) {
            loss = lossFraction;
            lossBased.onLoss(nowNanos, lossFraction, rtt(), targetBps);
            delayBased.set(nowNanos, limits.maxBps());
            settle(nowNanos);
        }
    }

    private void smoothRtt(long sample) {
        long bounded = Math.min(sample, 10 * SECOND);
        rttNanos = rttNanos == 0 ? bounded : rttNanos + (bounded - rttNanos) / 8;
    }

    private long rtt() {
        return rttNanos == 0 ? ASSUMED_RTT : rttNanos;
    }

    @Override
    public void onReceiverEstimate(long nowNanos, long bps) {
        receiverEstimateBps = bps > 0 ? bps : Long.MAX_VALUE;
        settle(nowNanos);
    }

    @Override
    public void onLimits(long nowNanos, RateLimits changed) {
        limits = changed;
        settle(nowNanos);
    }

    // ---- what it wants

    @Override
    public long targetBps() {
        return targetBps;
    }

    @Override
    public long pacingBps() {
        return Math.max((long) (PACING * targetBps), probe.bps());
    }

    @Override
    public long paddingBps() {
        return probe.bps();
    }

    private long inFlight() {
        return sentBytes - reportedUpTo;
    }

    @Override
    public long windowBytes() {
        if (!heard || !settings.search()) {
            return Long.MAX_VALUE;
        }
        long window = (long) (targetBps / 8e9 * (rtt() + IN_FLIGHT));
        return Math.max(LEAST_WINDOW, window) - inFlight();
    }

    @Override
    public long nextDeadlineNanos() {
        long next = probe.nextDeadlineNanos();
        if (heard && inFlight() > 0) {
            long silence = silentFrom + Math.max(SILENCE, 3 * rtt());
            next = next == Long.MAX_VALUE || silence - next < 0 ? silence : next;
        }
        return next;
    }

    @Override
    public void onDeadline(long nowNanos) {
        probe.onDeadline(nowNanos);
        if (heard && inFlight() > 0 && nowNanos - silentFrom >= Math.max(SILENCE, 3 * rtt())) {
            silentFrom = nowNanos;
            // Whatever was on its way is taken for lost, so that a little may leave to see whether anything comes back.
            reportedUpTo = sentBytes;
            delayBased.set(nowNanos, (long) (SILENCE_FACTOR * targetBps));
            draining = false;
            search.forget();
            arrivals.clear();
            queue.forget();
            settle(nowNanos);
        }
    }

    @Override
    public RateSnapshot snapshot() {
        return new RateSnapshot(targetBps, rttNanos, Math.max(0, Math.min(1, loss)));
    }

    @Override
    public void close() {
        // Nothing is held.
    }
}
