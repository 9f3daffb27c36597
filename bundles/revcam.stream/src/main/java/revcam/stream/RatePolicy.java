package revcam.stream;

/**
 * How the viewers' targets become one target for the encoder: the slowest healthy viewer decides. Fed one viewer after
 * the other, then asked.
 */
final class RatePolicy {

    /** RTP and its extensions on top of H.264 in full packets of about 1200 bytes. */
    static final double RTP_OVERHEAD = 1.03;

    private long slowestBps;

    void begin() {
        slowestBps = Long.MAX_VALUE;
    }

    void viewer(long targetBps) {
        slowestBps = Math.min(slowestBps, targetBps);
    }

    /** @param maxBps the configured bitrate, which holds while nobody is watching */
    long encoderBps(long maxBps) {
        return slowestBps == Long.MAX_VALUE ? maxBps : Math.min(maxBps, Math.round(slowestBps / RTP_OVERHEAD));
    }
}
