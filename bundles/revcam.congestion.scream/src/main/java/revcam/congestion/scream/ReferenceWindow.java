package revcam.congestion.scream;

/**
 * How many bytes the path should hold (RFC 8298, section 4.1.2, as reworked in draft-johansson-ccwg-rfc8298bis-screamv2):
 * grows by about a segment per round trip, more carefully near where it last met congestion and by a share of itself when
 * it has met none for a while; shrinks once per round trip, by loss or by how far the queueing delay is above half its
 * target, which stands in for the ECN marks that do not reach this process.
 */
final class ReferenceWindow {

    static final int SEGMENT = 1250;
    private static final long LEAST = 3 * SEGMENT;
    private static final double LOSS_BETA = 0.7;
    /** Loss without a queue is more likely the radio's. */
    private static final double STRAY_LOSS_BETA = 0.95;
    /** Most that delay takes off per round trip. */
    private static final double MOST_BACK_OFF = 0.15;
    private static final double MULTIPLICATIVE = 0.02;
    /** So long without congestion until growth is a share of the window. */
    private static final int CALM_ROUND_TRIPS = 5;
    /** Who grows by this per round trip of this length grows by more when it is longer, so that all end at the same rate. */
    private static final double EVEN_RTT = 150e6;
    private static final double LEAST_EVENING = 0.2;
    private static final double MOST_EVENING = 4;
    private static final double INFLECTION_SHARPNESS = 4;
    private static final double LEAST_GROWTH = 0.25;

    private double bytes;
    private double inflection;
    private long decidedNanos;
    private boolean lost;
    private int calmRoundTrips;

    ReferenceWindow(long nowNanos, double bytes) {
        this.bytes = Math.max(LEAST, bytes);
        inflection = 1;
        decidedNanos = nowNanos;
    }

    double bytes() {
        return bytes;
    }

    void limit(double most) {
        bytes = Math.max(LEAST, Math.min(bytes, most));
    }

    void onLost() {
        lost = true;
    }

    /**
     * @param acknowledged bytes that the feedback reported received
     * @param used whether the window, not the source, limits what is in flight
     * @param congestion virtual share of marked packets, 0 to 1
     * @param pathNanos of the round trip, what is not queueing
     */
    void update(long nowNanos, long acknowledged, boolean used, double congestion, long rttNanos, double pathNanos) {
        double evening = pathNanos / EVEN_RTT;
        if (nowNanos - decidedNanos >= rttNanos) {
            decidedNanos = nowNanos;
            if (lost || congestion > 0) {
                if (calmRoundTrips > 0 || bytes > inflection) {
                    inflection = bytes;
                }
                double factor = !lost ? 1 : congestion > 0 ? LOSS_BETA : STRAY_LOSS_BETA;
                bytes *= Math.min(factor, 1 - MOST_BACK_OFF * congestion);
                calmRoundTrips = 0;
            } else {
                calmRoundTrips++;
            }
            lost = false;
        }
        if (used && congestion < 1 && !lost) {
            grow(acknowledged, Math.max(LEAST_EVENING, Math.min(MOST_EVENING, evening * evening)));
        }
        bytes = Math.max(LEAST, bytes);
    }

    private void grow(long acknowledged, double evening) {
        double distance = INFLECTION_SHARPNESS * (bytes - inflection) / inflection;
        double careful = Math.max(LEAST_GROWTH, Math.min(1, distance * distance));
        double perWindow = SEGMENT * careful * evening;
        if (calmRoundTrips >= CALM_ROUND_TRIPS) {
            perWindow = SEGMENT * evening + MULTIPLICATIVE * bytes;
        }
        bytes += perWindow * Math.min(1, acknowledged / bytes);
    }
}
