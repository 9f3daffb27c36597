package revcam.stream.rate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * One rate for all viewers, and who of them cannot keep up with it. A viewer that is far behind is thinned rather than
 * obeyed: it no longer counts, and gets whole pictures left out ({@link Thinning}) until it can take them all again.
 *
 * <p>Not thread-safe. Rates are bits per second of RTP with headers, times those of one monotonic clock in nanoseconds.
 */
public final class SharedRate {

    /** Under this share of what half of the others can take, a viewer is far behind them. */
    static final double BEHIND_OTHERS = 0.5;
    /** Under this share of the rate it cannot follow what is sent. Less would be a controller's ordinary swing. */
    static final double BEHIND_RATE = 0.9;
    /** From this share of the rate on it can again. */
    static final double BACK = 0.8;
    static final long BEHIND_NANOS = TimeUnit.SECONDS.toNanos(4);
    /** One whose path takes nothing at all must not keep the picture from the others for longer. */
    static final long STUCK_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
    static final long BACK_NANOS = TimeUnit.SECONDS.toNanos(3);
    /** One that falls behind again and again has to keep up for longer each time. */
    static final long MOST_BACK_NANOS = TimeUnit.MINUTES.toNanos(1);
    /** What a controller with probes needs to find out what the path carries, a second or so, and some to spare. */
    static final long NEW_NANOS = TimeUnit.SECONDS.toNanos(2);
    /** A controller may not find out what the path carries from the little that a thinned viewer gets. */
    static final long RETRY_NANOS = TimeUnit.SECONDS.toNanos(15);
    static final long MOST_RETRY_NANOS = TimeUnit.MINUTES.toNanos(4);
    static final long RETRY_LENGTH_NANOS = TimeUnit.SECONDS.toNanos(4);
    /** Loss that a controller may not answer: what is lost beyond it cannot be counted as taken. */
    static final double TOLERABLE_LOSS = 0.1;

    /** How a viewer stands. */
    public enum Standing {
        /** Just come: gets every picture, does not count yet. */
        NEW,
        /** Counts. */
        HEALTHY,
        /** Gets what it can take, does not count. */
        THINNED,
        /** Was thinned, gets every picture for a while, does not count. */
        RETRIED
    }

    /** One viewer's. */
    public final class Share {

        private Standing standing = Standing.NEW;
        private long sinceNanos;
        private long takesBps;
        private boolean backedUp;
        private boolean stuck;
        private long stuckNanos;
        private boolean behind;
        private long behindNanos;
        private boolean back;
        private long backNanos;
        private long patienceNanos = BACK_NANOS;
        private long retryNanos = RETRY_NANOS;

        private Share(long now) {
            sinceNanos = now;
        }

        /**
         * @param targetBps what its congestion controller leaves for pictures
         * @param loss in its last receiver report, 0 to 1; NaN where unknown
         * @param backedUp whether what it has been given waits to leave
         */
        public void report(long targetBps, double loss, boolean backedUp) {
            this.backedUp = backedUp;
            takesBps = loss > TOLERABLE_LOSS ? Math.round(targetBps * (1 - loss)) : targetBps;
        }

        public Standing standing() {
            return standing;
        }

        /** Whether it has a say in what the others get. */
        public boolean counts() {
            return standing == Standing.HEALTHY;
        }

        public boolean isThinned() {
            return standing == Standing.THINNED;
        }

        /** What it can take. */
        public long takesBps() {
            return takesBps;
        }

        /** It has gone. */
        public void leave() {
            shares.remove(this);
        }

        private void become(Standing next, long now) {
            standing = next;
            sinceNanos = now;
            stuck = false;
            behind = false;
            back = false;
        }
    }

    private final List<Share> shares = new ArrayList<>();
    private RatePolicy policy;
    private long minBps;
    private long maxBps;
    private long rateBps;
    private long[] takes = new long[8];
    private int counted;

    public SharedRate(RatePolicy policy, long minBps, long maxBps) {
        configure(policy, minBps, maxBps);
        rateBps = maxBps;
    }

    public void configure(RatePolicy policy, long minBps, long maxBps) {
        this.policy = policy;
        this.minBps = minBps;
        this.maxBps = maxBps;
    }

    /** Another viewer; to be reported before the next {@link #settle}. */
    public Share join(long now) {
        Share share = new Share(now);
        shares.add(share);
        return share;
    }

    /** How many are thinned. */
    public int thinned() {
        int count = 0;
        for (int i = 0; i < shares.size(); i++) {
            count += shares.get(i).isThinned() ? 1 : 0;
        }
        return count;
    }

    /**
     * Weighs what all have reported; to be called after every report, and at least once a second.
     *
     * @return the rate to serve them with; the most that is to be sent while there is nobody
     */
    public long settle(long now) {
        if (shares.isEmpty()) {
            rateBps = maxBps;
            return rateBps;
        }
        admit(now);
        for (int i = 0; i < shares.size(); i++) {
            Share share = shares.get(i);
            if (share.standing == Standing.HEALTHY) {
                watch(share, now);
            }
        }
        rate();
        for (int i = 0; i < shares.size(); i++) {
            Share share = shares.get(i);
            if (share.standing == Standing.THINNED || share.standing == Standing.RETRIED) {
                mayReturn(share, now);
            }
        }
        return rateBps;
    }

    /** New viewers count once they can take the rate, or have had the time to find out. */
    private void admit(long now) {
        boolean anybody = false;
        for (int i = 0; i < shares.size(); i++) {
            anybody |= shares.get(i).standing == Standing.HEALTHY;
        }
        for (int i = 0; i < shares.size(); i++) {
            Share share = shares.get(i);
            boolean ready = share.standing == Standing.NEW
                    && (share.takesBps >= rateBps || now - share.sinceNanos >= NEW_NANOS);
            if (share.standing != Standing.HEALTHY && (ready || !anybody && isNextBest(share))) {
                share.become(Standing.HEALTHY, now);
            }
        }
        rate();
    }

    /** Where nobody counts: new viewers do, else whoever could keep up if nobody else watched. */
    private boolean isNextBest(Share share) {
        if (share.standing == Standing.NEW) {
            return true;
        }
        for (int i = 0; i < shares.size(); i++) {
            if (shares.get(i).standing == Standing.NEW) {
                return false;
            }
        }
        takes[0] = share.takesBps;
        return share.takesBps >= minBps && share.takesBps >= BEHIND_RATE * bounded(policy.rateBps(takes, 1, maxBps));
    }

    private void rate() {
        count(false);
        if (counted == 0) {
            count(true);
            rateBps = bounded(policy.rateBps(takes, counted, maxBps));
            counted = 0;
        } else {
            rateBps = bounded(policy.rateBps(takes, counted, maxBps));
        }
    }

    private void count(boolean everybody) {
        counted = 0;
        if (takes.length < shares.size()) {
            takes = new long[2 * shares.size()];
        }
        for (int i = 0; i < shares.size(); i++) {
            Share share = shares.get(i);
            if (everybody || share.standing == Standing.HEALTHY) {
                takes[counted++] = share.takesBps;
            }
        }
        Arrays.sort(takes, 0, counted);
    }

    private long bounded(long bps) {
        return Math.max(minBps, Math.min(maxBps, bps));
    }

    private void watch(Share share, long now) {
        if (now - share.sinceNanos >= MOST_BACK_NANOS) {
            share.patienceNanos = BACK_NANOS;
            share.retryNanos = RETRY_NANOS;
        }
        boolean behind = share.takesBps < minBps || share.takesBps < BEHIND_RATE * rateBps
                || counted > 1 && share.takesBps < BEHIND_OTHERS * others(share);
        if (behind && !share.behind) {
            share.behindNanos = now;
        }
        share.behind = behind;
        if (share.backedUp && !share.stuck) {
            share.stuckNanos = now;
        }
        share.stuck = share.backedUp;
        boolean stuck = share.stuck && counted > 1 && now - share.stuckNanos >= STUCK_NANOS;
        if (stuck || behind && now - share.behindNanos >= BEHIND_NANOS) {
            share.become(Standing.THINNED, now);
            rate();
        }
    }

    /** What half of the other viewers that count can take, bounded by what is sent at all. */
    private long others(Share share) {
        int own = Arrays.binarySearch(takes, 0, counted, share.takesBps);
        int middle = (counted - 2) / 2;
        return Math.min(maxBps, takes[middle < own ? middle : middle + 1]);
    }

    private void mayReturn(Share share, long now) {
        boolean back = share.takesBps >= BACK * rateBps && !share.backedUp;
        if (back && !share.back) {
            share.backNanos = now;
        }
        share.back = back;
        if (back && now - share.backNanos >= share.patienceNanos) {
            share.patienceNanos = Math.min(MOST_BACK_NANOS, 2 * share.patienceNanos);
            share.become(Standing.HEALTHY, now);
        } else if (share.standing == Standing.RETRIED && !back && now - share.sinceNanos >= RETRY_LENGTH_NANOS) {
            share.retryNanos = Math.min(MOST_RETRY_NANOS, 2 * share.retryNanos);
            share.become(Standing.THINNED, now);
        } else if (share.standing == Standing.THINNED && now - share.sinceNanos >= share.retryNanos) {
            share.become(Standing.RETRIED, now);
        }
    }
}
