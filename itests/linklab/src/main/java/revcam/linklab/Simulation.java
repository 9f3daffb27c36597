package revcam.linklab;

import java.util.PriorityQueue;
import java.util.SplittableRandom;

/**
 * Virtual time: actions run in order of their moment and, at one moment, in the order they were scheduled. Nothing else
 * orders anything, and every random number comes from {@link #random}, so a run is a function of its seed. One thread.
 */
final class Simulation implements Timeline {

    static final long MILLI = 1_000_000;
    static final long SECOND = 1_000_000_000;

    private record Event(long at, long order, Runnable action) implements Comparable<Event> {
        @Override
        public int compareTo(Event other) {
            return at != other.at ? Long.compare(at, other.at) : Long.compare(order, other.order);
        }
    }

    private final PriorityQueue<Event> events = new PriorityQueue<>();
    private final long seed;
    private long now;
    private long scheduled;

    Simulation(long seed) {
        this.seed = seed;
    }

    @Override
    public long now() {
        return now;
    }

    @Override
    public void at(long nanos, Runnable action) {
        events.add(new Event(Math.max(now, nanos), scheduled++, action));
    }

    void after(long nanos, Runnable action) {
        at(now + nanos, action);
    }

    void every(long nanos, Runnable action) {
        after(nanos, () -> {
            action.run();
            every(nanos, action);
        });
    }

    /** Runs everything up to and including this moment. */
    void run(long until) {
        while (!events.isEmpty() && events.peek().at <= until) {
            Event event = events.poll();
            now = event.at;
            event.action.run();
        }
        now = until;
    }

    @Override
    public SplittableRandom random(String part) {
        long mixed = seed;
        for (int i = 0; i < part.length(); i++) {
            mixed = mixed * 0x9E3779B97F4A7C15L + part.charAt(i);
        }
        return new SplittableRandom(mixed);
    }

    /** A draw from N(0, 1); polar method, with {@link StrictMath} so that it is the same everywhere. */
    static double gaussian(SplittableRandom random) {
        while (true) {
            double u = 2 * random.nextDouble() - 1;
            double v = 2 * random.nextDouble() - 1;
            double s = u * u + v * v;
            if (s > 0 && s < 1) {
                return u * StrictMath.sqrt(-2 * StrictMath.log(s) / s);
            }
        }
    }

    /** A draw from the exponential distribution with this mean. */
    static double exponential(SplittableRandom random, double mean) {
        return -mean * StrictMath.log(1 - random.nextDouble());
    }
}
