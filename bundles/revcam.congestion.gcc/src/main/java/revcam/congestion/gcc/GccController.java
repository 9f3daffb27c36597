package revcam.congestion.gcc;

import revcam.api.congestion.ArrivalRate;
import revcam.api.congestion.BytesInFlight;
import revcam.api.congestion.CongestionController;
import revcam.api.congestion.FeedbackSilence;
import revcam.api.congestion.PacketFeedback;
import revcam.api.congestion.QueueDelay;
import revcam.api.congestion.RateLimits;
import revcam.api.congestion.RateSnapshot;
import revcam.api.congestion.RoundTripTime;
import revcam.congestion.gcc.OveruseDetector.Usage;

/**
 * Google Congestion Control (draft-ietf-rmcat-gcc-02) with what libwebrtc has made of it since (its
 * GoogCcNetworkController): packet groups, a trendline against an adaptive threshold, increase and decrease around the
 * capacity last seen, a ceiling by loss, probes, less and less while nothing is heard. With {@link GccSettings#search} it
 * also does what browsers do not, see {@link CapacitySearch}.
 */
final class GccController implements CongestionController {

    private static final double PACING = 2.5;
    private static final long MILLI = 1_000_000;
    private static final long SECOND = 1_000_000_000;
    private static final long ASSUMED_RTT = 200 * MILLI;
    private static final long LEFT_IDLE = 3 * SECOND;
    /** As libwebrtc's RttBasedBackoff: after three seconds of silence, each second. */
    private static final double SILENCE_FACTOR = 0.8;
    /** What is on its way meanwhile fills a queue, so with the search a second has to do. */
    private static final double EARLY_SILENCE_FACTOR = 0.6;

    // The search asks for more recent rates than the acknowledged rate of browsers.
    private static final long RATE_WINDOW = 500 * MILLI;
    private static final int RATE_PACKETS = 10;
    private static final long MOMENT_WINDOW = 100 * MILLI;
    private static final int MOMENT_PACKETS = 5;
    private static final double HUNGRY = 0.65;
    /** It knows what arrives at this moment, so another cut need not wait for a round trip. */
    private static final long CUT_GAP = 20 * MILLI;

    private final GccSettings settings;
    private final BytesInFlight flight = new BytesInFlight();
    private final SentRate sentRate;
    private final PacketGroups groups = new PacketGroups();
    private final OveruseDetector detector;
    private final AcknowledgedRate acknowledged = new AcknowledgedRate();
    private final ArrivalRate arrivals = new ArrivalRate();
    private final QueueDelay queue = new QueueDelay();
    private final DelayBasedRate delayBased;
    private final LossBasedRate lossBased;
    private final LossThresholds reportedLoss;
    private final ApplicationLimit application = new ApplicationLimit();
    private final ProbePlan probes;
    private final FeedbackSilence silence;
    private final RoundTripTime rtt;
    /** Null as browsers do. */
    private final CapacitySearch search;

    private RateLimits limits;
    private long targetBps;
    private long receiverEstimateBps = Long.MAX_VALUE;
    private double loss;
    private boolean heard;
    private boolean unknownPath;
    private Usage usage = Usage.NORMAL;

    GccController(long nowNanos, RateLimits limits, RateSnapshot seed, GccSettings settings) {
        this.settings = settings;
        this.limits = limits;
        boolean known = seed.targetBps() > 0;
        targetBps = limits.clamp(known ? seed.targetBps() : limits.startBps());
        rtt = new RoundTripTime(seed.rttNanos(), ASSUMED_RTT);
        loss = seed.lossFraction();
        unknownPath = !known && settings.probing();
        detector = new OveruseDetector(settings.thresholdUp(), settings.thresholdDown());
        reportedLoss = new LossThresholds(nowNanos, targetBps);
        lossBased = settings.inherentLoss() ? new InherentLoss(targetBps) : new LossThresholds(nowNanos, targetBps);
        probes = new ProbePlan(nowNanos, targetBps, limits.maxBps());
        search = settings.search() ? new CapacitySearch(nowNanos, targetBps) : null;
        delayBased = search == null ? DelayBasedRate.ofBrowsers(nowNanos, targetBps) : DelayBasedRate.even(nowNanos, targetBps);
        silence = search == null ? new FeedbackSilence(3 * SECOND, 0, SECOND) : new FeedbackSilence(SECOND, 3, SECOND);
        sentRate = new SentRate(nowNanos);
    }

    // ---- what happens

    @Override
    public void onPacketSent(long nowNanos, long transportSequence, int sizeBytes) {
        flight.onSent(transportSequence, sizeBytes);
        sentRate.onSent(sizeBytes);
        application.onSent(nowNanos, sizeBytes, targetBps);
        silence.onSent(nowNanos);
        probes.onSent(transportSequence);
        if (unknownPath) {
            unknownPath = false;
            probes.begin(nowNanos);
        }
    }

    @Override
    public void onPacketFeedback(long nowNanos, PacketFeedback report) {
        int packets = 0;
        long newestSent = 0;
        for (int i = 0; i < report.count(); i++) {
            long sequence = report.transportSequence(i);
            if (!flight.isNew(sequence)) {
                continue;
            }
            flight.onReported(sequence);
            packets++;
            newestSent = onReported(nowNanos, report, i) ? report.sentNanos(i) : newestSent;
        }
        if (packets == 0) {
            return;
        }
        heard = true;
        if (newestSent != 0) {
            rtt.onSample(nowNanos - newestSent);
        }
        if (search != null) {
            search.onFeedback();
        }
        silence.onFeedback(nowNanos, rtt.nanos(), flight.outstanding());
        update(nowNanos);
    }

    /** @return whether it arrived */
    private boolean onReported(long nowNanos, PacketFeedback report, int index) {
        long sent = report.sentNanos(index);
        int size = report.sizeBytes(index);
        boolean received = report.received(index);
        probes.onPacket(report, index);
        lossBased.onPacket(sent, size, received);
        if (received) {
            long arrival = report.arrivalNanos(index);
            acknowledged.onPacket(sent, arrival, size);
            arrivals.onPacket(arrival, size);
            queue.onPacket(nowNanos, sent, arrival);
            if (groups.onPacket(sent, arrival)) {
                detector.onGroups(groups.sendDeltaNanos(), groups.arrivalDeltaNanos(), groups.arrivalNanos());
            }
        }
        if (search != null) {
            search.onPacket(nowNanos, report, index, received ? queue.nanos() : 0);
        }
        return received;
    }

    private void update(long nowNanos) {
        long probed = probes.result(nowNanos, flight.reported());
        if (probed > 0) {
            onProbed(nowNanos, probed);
        }
        if (search == null) {
            asBrowsersDo(nowNanos);
        } else {
            searching(nowNanos);
        }
        settle(nowNanos);
    }

    private void asBrowsersDo(long nowNanos) {
        Usage before = usage;
        usage = detector.usage();
        long rate = acknowledged.bps();
        boolean idle = application.limited();
        delayBased.update(nowNanos, usage, rate, rtt.nanos(), !idle);
        onLoss(nowNanos, rate);
        if (settings.probing()) {
            if (idle) {
                probes.whileIdle(nowNanos);
            }
            if (usage == Usage.NORMAL && before != Usage.NORMAL && (idle || application.endedWithin(nowNanos, LEFT_IDLE))) {
                probes.onNormal(nowNanos);
            }
        }
    }

    private void searching(long nowNanos) {
        usage = detector.usage();
        long rate = arrivals.bps(RATE_WINDOW, RATE_PACKETS);
        long moment = arrivals.bps(MOMENT_WINDOW, MOMENT_PACKETS);
        long plain = moment > 0 ? Math.min(moment, rate) : rate;
        if (search.collapsed(nowNanos, targetBps, moment, rate)) {
            usage = Usage.OVERUSING;
        } else if (usage == Usage.OVERUSING && search.passes(nowNanos, queue.nanos())) {
            usage = Usage.UNDERUSING;
        }
        if (!search.shared(nowNanos) && (usage == Usage.OVERUSING || search.draining())) {
            long capacity = search.capacityBps(nowNanos, moment, rate);
            rate = capacity > 0 ? capacity : plain;
        }
        boolean hungry = sentRate.bps(nowNanos) >= HUNGRY * targetBps;
        boolean cut = delayBased.update(nowNanos, usage, rate, CUT_GAP, hungry && !search.draining());
        if (cut) {
            search.onCut(nowNanos, rate, plain, queue.nanos());
        } else if (search.draining()) {
            long resumed = search.drain(nowNanos);
            if (resumed > 0) {
                delayBased.set(nowNanos, Math.max(limits.minBps(), resumed));
                lossBased.raise(delayBased.bps());
            }
        } else if (usage == Usage.NORMAL) {
            lookForMore(nowNanos, hungry);
        }
        if (search.excusesLoss(nowNanos, rtt.nanos())) {
            lossBased.forget();
        } else {
            onLoss(nowNanos, rate);
        }
    }

    private void lookForMore(long nowNanos, boolean hungry) {
        long more = search.jump(nowNanos, queue.nanos(), targetBps, rtt.nanos(), hungry);
        if (more > 0) {
            raise(nowNanos, more);
            delayBased.climb();
        } else if (settings.probing() && probes.idle() && targetBps < limits.maxBps()) {
            double bps = search.probeBps(nowNanos, probes.probedNanos(), targetBps);
            if (bps > 0) {
                probes.start(nowNanos, bps);
            }
        }
    }

    private void onProbed(long nowNanos, long bps) {
        boolean more = search == null ? bps > targetBps : CapacitySearch.worthAJump(bps, targetBps);
        if (more && detector.usage() != Usage.OVERUSING && (search == null || !search.draining())) {
            raise(nowNanos, bps);
        }
        if (search != null) {
            search.onProbed(nowNanos, more);
        }
    }

    private void raise(long nowNanos, long toBps) {
        delayBased.set(nowNanos, Math.max(delayBased.bps(), toBps));
        lossBased.raise(toBps);
    }

    private void onLoss(long nowNanos, long rate) {
        lossBased.onFeedback(nowNanos, rtt.nanos(), targetBps, delayBased.bps(), rate, application.limited());
        loss = lossBased.fraction();
    }

    /** Takes over the least of what delay, loss, the receiver and the limits allow. */
    private void settle(long nowNanos) {
        delayBased.limit(limits.minBps(), limits.maxBps());
        long least = Math.min(delayBased.bps(), receiverEstimateBps);
        if (heard) {
            lossBased.limit(limits.minBps(), limits.maxBps());
            least = Math.min(least, lossBased.bps());
        } else {
            reportedLoss.limit(limits.minBps(), limits.maxBps());
            least = Math.min(least, reportedLoss.bps());
        }
        if (search != null) {
            least = Math.min(least, search.ceilingBps());
        }
        targetBps = limits.clamp(least);
        probes.onEstimate(nowNanos, targetBps);
        if (search != null) {
            search.onTarget(nowNanos, targetBps);
        }
    }

    // ---- other reports

    @Override
    public void onReceiverReport(long nowNanos, double lossFraction, long roundTripNanos) {
        if (roundTripNanos > 0) {
            rtt.onSample(roundTripNanos);
        }
        if (!heard) {
            // Loss is all that there is to go by.
            loss = lossFraction;
            reportedLoss.onLoss(nowNanos, lossFraction, rtt.nanos(), targetBps);
            delayBased.set(nowNanos, limits.maxBps());
            settle(nowNanos);
        }
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
        probes.onCeiling(nowNanos, changed.maxBps(), heard && settings.probing());
    }

    // ---- what it wants

    @Override
    public long targetBps() {
        return targetBps;
    }

    @Override
    public long pacingBps() {
        return Math.max((long) (PACING * targetBps), probes.bps());
    }

    @Override
    public long paddingBps() {
        return probes.bps();
    }

    @Override
    public long windowBytes() {
        return !heard || search == null ? Long.MAX_VALUE : search.windowBytes(targetBps) - flight.bytes();
    }

    @Override
    public long nextDeadlineNanos() {
        long next = probes.nextDeadlineNanos();
        long end = silence.nextDeadlineNanos();
        return next == Long.MAX_VALUE || end != Long.MAX_VALUE && end - next < 0 ? end : next;
    }

    @Override
    public void onDeadline(long nowNanos) {
        probes.onDeadline(nowNanos);
        if (silence.passed(nowNanos)) {
            delayBased.set(nowNanos, (long) ((search == null ? SILENCE_FACTOR : EARLY_SILENCE_FACTOR) * targetBps));
            if (search != null) {
                // Whatever was on its way is taken for lost, so that a little may leave to see whether anything comes back.
                flight.giveUp();
                search.forget();
                acknowledged.clear();
                arrivals.clear();
                queue.forget();
            }
            settle(nowNanos);
        }
    }

    @Override
    public RateSnapshot snapshot() {
        return new RateSnapshot(targetBps, rtt.knownNanos(), Math.max(0, Math.min(1, loss)));
    }

    @Override
    public void close() {
        // Nothing is held.
    }
}
