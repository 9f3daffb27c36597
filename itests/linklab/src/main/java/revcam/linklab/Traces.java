package revcam.linklab;

import java.util.SplittableRandom;

/**
 * Capacities over time that look like those of radio links, from small Markov models; docs/congestion-control.md gives
 * the parameters and says what they are not.
 */
final class Traces {

    private static final double M = 1e6;
    private static final long STEP = 20 * Simulation.MILLI;

    private Traces() {}

    /**
     * A Wi-Fi link at the edge of its range: four rates, as a station's rate control steps through them, each held for
     * an exponential time; contention takes a varying share; now and then nothing for some tens of milliseconds.
     */
    static Capacity wifi(SplittableRandom random, double seconds) {
        double[] rates = {6 * M, 3.5 * M, 1.8 * M, 0.7 * M};
        double[] meanSeconds = {4, 2.5, 1.5, 0.6};
        double[] bps = new double[(int) (seconds * Simulation.SECOND / STEP)];
        int state = 0;
        double left = Simulation.exponential(random, meanSeconds[state]);
        int stalled = 0;
        double stepSeconds = (double) STEP / Simulation.SECOND;
        for (int i = 0; i < bps.length; i++) {
            left -= stepSeconds;
            if (left <= 0) {
                // To a neighbour; from an end inwards.
                boolean up = state == 0 || state < rates.length - 1 && random.nextBoolean();
                state += up ? 1 : -1;
                left = Simulation.exponential(random, meanSeconds[state]);
            }
            if (stalled == 0 && random.nextDouble() < 0.5 * stepSeconds) {
                stalled = 1 + random.nextInt(4);
            }
            double share = 0.65 + 0.35 * random.nextDouble();
            bps[i] = stalled > 0 ? 0 : rates[state] * share;
            stalled = Math.max(0, stalled - 1);
        }
        return Capacity.trace(STEP, bps);
    }

    /**
     * A moving LTE phone's uplink: the rate walks between 0.4 and 6 Mbit/s in eight geometric steps, twice a second; a
     * scheduler hands out each 20 ms between half and one and a half of it; a handover every half minute stops it.
     */
    static Capacity lte(SplittableRandom random, double seconds) {
        int states = 8;
        double[] bps = new double[(int) (seconds * Simulation.SECOND / STEP)];
        int state = 5;
        int outage = 0;
        double stepSeconds = (double) STEP / Simulation.SECOND;
        for (int i = 0; i < bps.length; i++) {
            if (i % 25 == 0) {
                double u = random.nextDouble();
                // Drawn towards the middle, so that it does not stay at an end.
                double up = 0.35 - 0.04 * (state - 3.5);
                state = u < up ? Math.min(states - 1, state + 1) : u < 0.7 ? Math.max(0, state - 1) : state;
            }
            if (outage == 0 && random.nextDouble() < stepSeconds / 30) {
                outage = 5 + random.nextInt(10);
            }
            double rate = 0.4 * M * StrictMath.pow(15, state / (states - 1.0));
            bps[i] = outage > 0 ? 0 : rate * (0.5 + random.nextDouble());
            outage = Math.max(0, outage - 1);
        }
        return Capacity.trace(STEP, bps);
    }
}
