package revcam.mtu;

import java.io.IOException;

/**
 * Finds the largest packet that a path carries, by answered probes alone (packetisation layer path MTU discovery, RFC 8899):
 * what routers say only tells where to look first. So it finds a black hole, too, where they drop what is too big and say
 * nothing, and tells it from loss: a size counts as too big only after silence to ten probes of it, the last six of which
 * took turns with probes of the largest size that passes. One thread.
 */
final class PathSearch {

    /** What keeps larger packets from passing. */
    enum Limit {
        /** Nothing: the largest size that was asked for passes. */
        NONE("nothing up to there"),
        INTERFACE("this machine's interface"),
        ROUTER("a router, which says so"),
        BLACK_HOLE("a black hole: larger ones vanish");

        final String words;

        Limit(String words) {
            this.words = words;
        }
    }

    /**
     * @param bytes of the largest IP packet that passes
     * @param sent probes of sizes that pass
     * @param lost how many of those were not answered
     */
    record Result(int bytes, Limit limit, int sent, int lost) {

        int lostPercent() {
            return Math.round(100f * lost / sent);
        }
    }

    private static final int TRIES = 4;
    private static final int FIRST_TRIES = 6;
    private static final int CONFIRMATIONS = 6;

    private final Prober prober;
    /** By size, so that loss is counted of those that turn out to pass. */
    private final int[] sent;
    private final int[] lost;

    private PathSearch(Prober prober, int most) {
        this.prober = prober;
        sent = new int[most + 1];
        lost = new int[most + 1];
    }

    /**
     * @param least bytes of a packet that has to pass, a multiple of the prober's step
     * @param most bytes of the largest packet to try
     * @return null if not even the smallest is answered
     */
    static Result search(Prober prober, int least, int most) throws IOException {
        return new PathSearch(prober, most).search(least, most - most % prober.stepBytes());
    }

    private Result search(int least, int most) throws IOException {
        int step = prober.stepBytes();
        if (probe(least, FIRST_TRIES) != Prober.Outcome.ANSWERED) {
            return null;
        }
        int passes = least;
        int fails = most + step;
        Prober.Outcome failure = null;
        int told = 0;
        int guess = most;
        while (true) {
            while (fails - passes > step) {
                int size = guess > passes && guess < fails ? guess : passes + (fails - passes) / 2 / step * step;
                Prober.Outcome outcome = probe(size, TRIES);
                if (outcome == Prober.Outcome.ANSWERED) {
                    passes = size;
                    guess = size == told ? size + step : 0;
                } else {
                    fails = size;
                    failure = outcome;
                    told = prober.toldBytes() / step * step;
                    guess = told == passes ? passes + step : told;
                }
            }
            if (failure == Prober.Outcome.SILENT) {
                failure = confirm(passes, fails);
            }
            if (failure != Prober.Outcome.ANSWERED) {
                return result(passes, failure);
            }
            // Only lost. What was taken for too big before may have been the same.
            passes = fails;
            fails = most + step;
            failure = null;
            guess = most;
        }
    }

    /** The first outcome that is not silence. */
    private Prober.Outcome probe(int bytes, int tries) throws IOException {
        Prober.Outcome outcome = Prober.Outcome.SILENT;
        for (int i = 0; i < tries && outcome == Prober.Outcome.SILENT; i++) {
            outcome = prober.probe(bytes);
            sent[bytes]++;
            lost[bytes] += outcome == Prober.Outcome.ANSWERED ? 0 : 1;
        }
        return outcome;
    }

    private Prober.Outcome confirm(int passes, int fails) throws IOException {
        Prober.Outcome outcome = Prober.Outcome.SILENT;
        for (int i = 0; i < CONFIRMATIONS && outcome == Prober.Outcome.SILENT; i++) {
            probe(passes, 1);
            outcome = probe(fails, 1);
        }
        return outcome;
    }

    private Result result(int passes, Prober.Outcome failure) {
        int probes = 0;
        int unanswered = 0;
        for (int size = 0; size <= passes; size++) {
            probes += sent[size];
            unanswered += lost[size];
        }
        Limit limit = failure == null ? Limit.NONE : switch (failure) {
            case TOO_BIG -> Limit.ROUTER;
            case INTERFACE -> Limit.INTERFACE;
            default -> Limit.BLACK_HOLE;
        };
        return new Result(passes, limit, probes, unanswered);
    }
}
