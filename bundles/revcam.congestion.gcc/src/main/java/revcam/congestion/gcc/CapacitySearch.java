package revcam.congestion.gcc;

import revcam.api.congestion.BusyRate;
import revcam.api.congestion.PacketFeedback;
import revcam.congestion.gcc.OveruseDetector.Usage;

/**
 * What goes beyond the browsers' algorithm, which needs 10 to 15 s for a link that has become three times as wide. Every
 * frame is taken for a probe ({@link PacketTrains}), and the target jumps towards what they prove. An arrival rate that
 * collapses is overuse at once. After too much the queue is drained, and the target comes back to a little below what was
 * measured meanwhile: as if it had been cut by little, for others may share the link without showing. Where they do show, in
 * a queue that is not of our own making alone, it is not drained. No more is in flight than a fraction of a second.
 */
final class CapacitySearch {

    private static final long MILLI = 1_000_000;
    private static final long SECOND = 1_000_000_000;

    private static final long EMPTY_QUEUE = 15 * MILLI;
    private static final long DRAINED = 12 * MILLI;
    private static final double DRAIN_SECONDS = 0.4;
    private static final double LEAST_DRAIN = 0.5;
    private static final double MOST_DRAIN = 0.9;
    private static final long LONGEST_DRAIN = 1500 * MILLI;
    /** What is shorter may be one large frame, which passes. */
    private static final long REAL_QUEUE = 40 * MILLI;
    private static final double COLLAPSED = 0.7;
    /** So many packets that all took more than twice as long as they should have are no jitter: that comes in one gap. */
    private static final int FALLEN_STEPS = 3;
    private static final double FALLEN = 0.5;
    private static final long FALLEN_QUEUE = 30 * MILLI;
    /** A measurement while the queue drains is short, so it has to be so far below the one before. */
    private static final double FAR_LESS = 0.9;
    private static final long AFTERMATH = 300 * MILLI;
    private static final double BELOW_CAPACITY = 0.95;
    private static final double BELOW_PROVEN = 0.92;
    private static final double WORTH_A_JUMP = 1.08;
    /** The first jump makes a queue of a few milliseconds at the most; each that stays without one doubles the next. */
    private static final double FIRST_JUMP = 0.08;
    private static final double LONGEST_JUMP = 1;
    /** So soon after a cut only what is proven far beyond doubt is a reason to jump: others fall and rise with us. */
    private static final long CALM = 3 * SECOND;
    private static final double BEYOND_DOUBT = 1.5;
    /** A jump that was followed by overuse so soon was in vain, and the next one waits. */
    private static final long VAIN = SECOND;
    private static final long LEAST_VAIN = 1500 * MILLI;
    private static final long MOST_VAIN = 3 * SECOND;
    private static final long SETTLED = SECOND;
    private static final double SETTLED_WITHIN = 0.05;
    private static final double PROBE = 2;
    private static final long PROBE_GAP = 2 * SECOND;
    private static final long MOST_PROBE_GAP = 5 * SECOND;
    /** Others are believed in for so long after the last sign of them, */
    private static final long SHARED = 10 * SECOND;
    /** but not if the queue stays empty: they would have filled it. */
    private static final long DESERTED = 1200 * MILLI;
    private static final double MOST_FASTER = 2;
    private static final double LEARN = 0.3;
    private static final double FORGET = 0.1;
    private static final double ALONE = 1.15;
    private static final long BUSY = 500 * MILLI;
    private static final long BUSY_MOMENT = 100 * MILLI;
    /** What is heard of within this time can be acted upon before the next frame leaves. */
    private static final long PROMPT = 40 * MILLI;
    /** After a loss, beside a round trip, nothing is tried. */
    private static final long LOSS_GAP = 200 * MILLI;
    private static final int ACK_FADE = 32;
    private static final long FRAMES = 30 * MILLI;

    /**
     * How boldly to act, by how soon it is heard what came of it.
     *
     * @param jumpGap from one jump to the next, beside a round trip
     * @param inFlight what may be under way, beside what the path itself holds
     * @param leastWindow bytes
     */
    private record Reaction(long jumpGap, long inFlight, long leastWindow) {
        static final Reaction USUAL = new Reaction(200 * MILLI, 60 * MILLI, 15_000);
        /** Little more than a frame under way, of which less is caught in a path that suddenly carries less. */
        static final Reaction PROMPT = new Reaction(100 * MILLI, 40 * MILLI, 8_000);
    }

    private final PacketTrains trains = new PacketTrains();
    private final BusyRate busy = new BusyRate();
    private long least = Long.MAX_VALUE; // in this feedback
    private long previousLeast;
    private long standing;
    private long firstQueue; // in this feedback
    private long lastQueue;
    private long momentBps;
    private long fallenBps; // 0 for not
    private boolean narrowing;
    private boolean crowded;
    private long firstSent; // of this feedback
    private long lastSent;
    private long longest; // in this feedback; 0 before its first packet
    private long unheardNanos;
    private double jump = FIRST_JUMP;
    private boolean draining;
    private long drainedFrom;
    private long reducedNanos;
    private long cutNanos;
    private long capacityBps;
    private long jumpedNanos;
    private long triedNanos;
    private long vain;
    private long vainUntil;
    private long queuedNanos;
    private long lostNanos;
    /** How much faster trains have got through than everything, when there was a queue. */
    private double faster = 1;
    private long sharedUntil;
    private long settledBps;
    private long settledNanos;
    private long probeGap = PROBE_GAP;

    CapacitySearch(long nowNanos, long targetBps) {
        jumpedNanos = nowNanos;
        queuedNanos = nowNanos - SECOND;
        lostNanos = nowNanos - SECOND;
        cutNanos = nowNanos - SECOND;
        reducedNanos = nowNanos - CALM;
        triedNanos = nowNanos - VAIN;
        vainUntil = nowNanos;
        sharedUntil = nowNanos;
        settledNanos = nowNanos;
        settledBps = targetBps;
    }

    /** One packet of a feedback, in sending order; {@code queueNanos} is how long it waited in the network. */
    void onPacket(long nowNanos, PacketFeedback report, int index, long queueNanos) {
        trains.onPacket(nowNanos, report, index, queueNanos);
        if (report.received(index)) {
            busy.onPacket(nowNanos, report.arrivalNanos(index), report.sizeBytes(index), queueNanos);
            firstSent = least == Long.MAX_VALUE ? report.sentNanos(index) : firstSent;
            lastSent = report.sentNanos(index);
            firstQueue = longest == 0 ? queueNanos : firstQueue;
            lastQueue = queueNanos;
            least = Math.min(least, queueNanos);
            longest = Math.max(longest, nowNanos - report.sentNanos(index) - queueNanos);
        } else {
            lostNanos = nowNanos;
        }
    }

    /** That was one feedback. */
    void onFeedback() {
        if (least != Long.MAX_VALUE) {
            boolean whole = lastSent - firstSent >= FRAMES;
            standing = whole ? least : Math.min(least, previousLeast);
            if (whole) {
                previousLeast = least;
                least = Long.MAX_VALUE;
            }
            unheardNanos = Math.max(longest, unheardNanos - unheardNanos / ACK_FADE);
        }
        longest = 0;
    }

    /** What was lost when the queue ran over has been answered by the cut. */
    boolean excusesLoss(long nowNanos, long rttNanos) {
        return draining || nowNanos - cutNanos < AFTERMATH + rttNanos;
    }

    boolean shared(long nowNanos) {
        return nowNanos - sharedUntil < 0;
    }

    boolean draining() {
        return draining;
    }

    /** The slope over the last twenty groups says so a quarter of a second later. */
    boolean collapsed(long nowNanos, long targetBps, long momentBps, long acknowledgedBps) {
        crowded = shared(nowNanos);
        long fastest = busy.fastestBps(FALLEN_STEPS);
        fallenBps = !crowded && lastQueue > FALLEN_QUEUE && fastest < FALLEN * targetBps ? fastest : 0;
        this.momentBps = fallenBps > 0 ? fallenBps : momentBps;
        narrowing = !crowded && lastQueue > REAL_QUEUE && lastQueue >= firstQueue;
        return fallenBps > 0
                || !crowded && standing > REAL_QUEUE && momentBps > 0 && momentBps < COLLAPSED * acknowledgedBps;
    }

    /** Whether the slope is that of a large frame, which makes no queue that lasts. Where others are, every queue counts. */
    boolean passes(long nowNanos, long queueNanos) {
        return !shared(nowNanos) && queueNanos < REAL_QUEUE;
    }

    /** What the path carries when it is ours alone, or 0. What arrives has pauses in it, and a short while of it is noisy. */
    long capacityBps(long nowNanos, long momentBps, long acknowledgedBps) {
        if (fallenBps > 0) {
            return fallenBps;
        }
        if (faster > ALONE) {
            return 0;
        }
        return busy.bps(momentBps < COLLAPSED * acknowledgedBps ? BUSY_MOMENT : BUSY, nowNanos - 2 * SECOND);
    }

    // ---- draining

    /** The target was cut because a queue grew. */
    void onCut(long nowNanos, long acknowledgedBps, long plainBps, long queueNanos) {
        reducedNanos = nowNanos;
        jump = FIRST_JUMP;
        if (acknowledgedBps <= 0 || queueNanos < DRAINED || !alone(nowNanos, acknowledgedBps, plainBps)) {
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
        capacityBps = acknowledgedBps;
        trains.forget();
    }

    /**
     * Whether the queue is all of our own making. A frame that meets others' packets in the queue still gets through faster
     * than we do on the whole while the queue is there, for the others wait behind it; where we are alone both are the
     * capacity. Against others, draining would be giving way, and jumping taking theirs.
     */
    private boolean alone(long nowNanos, long acknowledgedBps, long plainBps) {
        long train = trains.queuedBps(nowNanos);
        long through = busy.bps(BUSY, nowNanos - 2 * SECOND);
        if (train > 0) {
            double ratio = Math.min(MOST_FASTER, (double) train / (through > 0 ? through : Math.min(acknowledgedBps, plainBps)));
            faster += (ratio - faster) * (ratio > faster ? LEARN : FORGET);
            sharedUntil = faster > ALONE ? nowNanos + SHARED : nowNanos;
        }
        return train > 0 && faster <= ALONE;
    }

    /** What may be sent while the queue drains: less the more there is; no limit otherwise. */
    long ceilingBps() {
        if (!draining) {
            return Long.MAX_VALUE;
        }
        double share = 1 - standing * 1e-9 / DRAIN_SECONDS;
        return (long) (capacityBps * Math.max(LEAST_DRAIN, Math.min(MOST_DRAIN, share)));
    }

    /** @return the rate to go on at now that the queue is drained, or 0 */
    long drain(long nowNanos) {
        long since = busy.bps(2 * BUSY_MOMENT, drainedFrom);
        if (standing > REAL_QUEUE && since > 0 && since < FAR_LESS * capacityBps) {
            capacityBps = since; // when it was cut, most of what had been measured was from before the path became narrow
        }
        if (standing < DRAINED) {
            draining = false;
            jumpedNanos = nowNanos;
            return (long) (BELOW_CAPACITY * capacityBps);
        }
        if (nowNanos - drainedFrom > LONGEST_DRAIN) {
            draining = false; // others fill the queue
        }
        return 0;
    }

    // ---- more

    /** @return the rate to jump to, or 0 */
    long jump(long nowNanos, long queueNanos, long targetBps, long rttNanos, boolean hungry) {
        if (!mayLook(nowNanos, queueNanos, rttNanos)) {
            return 0;
        }
        long proven = trains.provenBps(nowNanos);
        double worth = nowNanos - reducedNanos < CALM ? BELOW_PROVEN * BEYOND_DOUBT : WORTH_A_JUMP;
        long gap = rttNanos + reaction().jumpGap;
        if (BELOW_PROVEN * proven <= worth * targetBps || !hungry || nowNanos - jumpedNanos <= gap || nowNanos - vainUntil < 0) {
            return 0;
        }
        triedNanos = nowNanos;
        jumpedNanos = nowNanos;
        long to = (long) Math.min(BELOW_PROVEN * proven, (1 + jump) * targetBps);
        jump = Math.min(LONGEST_JUMP, 2 * jump);
        return to;
    }

    private boolean mayLook(long nowNanos, long queueNanos, long rttNanos) {
        if (queueNanos > EMPTY_QUEUE) {
            queuedNanos = nowNanos;
        }
        if (shared(nowNanos)) {
            if (nowNanos - queuedNanos < DESERTED) {
                return false;
            }
            sharedUntil = nowNanos;
        }
        return nowNanos - lostNanos >= rttNanos + LOSS_GAP;
    }

    /** The rate to probe at because the target has stood still and frames prove nothing, or 0. */
    double probeBps(long nowNanos, long probedNanos, long targetBps) {
        boolean due = nowNanos - settledNanos > SETTLED && nowNanos - probedNanos > probeGap;
        return due && !shared(nowNanos) && trains.provenBps(nowNanos) == 0 ? PROBE * targetBps : 0;
    }

    /** Probes in vain become rarer. */
    void onProbed(long nowNanos, boolean more) {
        probeGap = more ? PROBE_GAP : Math.min(2 * probeGap, MOST_PROBE_GAP);
        jumpedNanos = more ? nowNanos : jumpedNanos;
    }

    static boolean worthAJump(long bps, long targetBps) {
        return bps > WORTH_A_JUMP * targetBps;
    }

    void onTarget(long nowNanos, long bps) {
        if (Math.abs(bps - settledBps) > SETTLED_WITHIN * settledBps) {
            settledBps = bps;
            settledNanos = nowNanos;
        }
    }

    /** The receiver is not heard of. */
    void forget() {
        draining = false;
        trains.forget();
        busy.forget();
        standing = 0;
        previousLeast = 0;
        longest = 0;
        fallenBps = 0;
        narrowing = false;
    }

    private Reaction reaction() {
        return unheardNanos > 0 && unheardNanos < PROMPT ? Reaction.PROMPT : Reaction.USUAL;
    }

    /** What may be in flight. A path that suddenly carries less shows in that before it is certain. */
    long windowBytes(long targetBps) {
        long bps = narrowing && momentBps > 0 ? Math.min(targetBps, momentBps) : targetBps;
        Reaction reaction = crowded ? Reaction.USUAL : reaction();
        return Math.max(reaction.leastWindow, (long) (bps / 8e9 * (unheardNanos + reaction.inFlight)));
    }
}
