package revcam.api.congestion;

/** Bounds of a target, in bits per second of RTP including headers: {@code 0 < min <= start <= max}. */
public record RateLimits(long minBps, long startBps, long maxBps) {

    public RateLimits {
        if (minBps <= 0 || startBps < minBps || maxBps < startBps) {
            throw new IllegalArgumentException(
                    "limits must rise: min " + minBps + ", start " + startBps + ", max " + maxBps + " bit/s");
        }
    }

    public long clamp(long bps) {
        return Math.max(minBps, Math.min(maxBps, bps));
    }
}
