package revcam.browser;

import java.util.Arrays;
import java.util.List;

/**
 * What a page saw in one measuring window; filled from {@code probe.js}.
 *
 * @param seconds length of the window, on the clock of the statistics
 * @param stats growth of the counters of {@code inbound-rtp} (W3C webrtc-stats) over the window
 * @param width of the newest decoded frame, pixels
 * @param height of the newest decoded frame, pixels
 * @param strips decoded frames whose time strip was readable
 * @param unreadable decoded frames whose time strip was not
 * @param gaps frames missing between decoded ones, by the strip's counter
 * @param backwards decoded frames whose counter did not advance
 * @param latencies from capture to presentation, one per presented frame, milliseconds
 * @param joins WHEP offers since the page was loaded, in order
 */
public record Watch(
        double seconds,
        Stats stats,
        int width,
        int height,
        int strips,
        int unreadable,
        int gaps,
        int backwards,
        double[] latencies,
        List<Join> joins) {

    /**
     * @param packetsLost packets found missing, also those that came again on the retransmissions' own SSRC
     * @param nackCount NACK messages that the page sent
     * @param rttMillis of the candidate pair, now
     * @param fmtp format parameters of the codec in use
     * @param mime its type, such as video/H264
     */
    public record Stats(
            long framesDecoded,
            long keyFramesDecoded,
            long framesDropped,
            long packetsReceived,
            long packetsLost,
            long retransmittedPacketsReceived,
            long bytesReceived,
            long freezeCount,
            long nackCount,
            long pliCount,
            double jitterBufferDelay,
            double rttMillis,
            String fmtp,
            String mime) {}

    /**
     * One WHEP exchange. Times are milliseconds since the POST, null for what has not happened.
     *
     * @param status of HTTP, 0 without an answer
     * @param sent everything the page sent in its body, as SDP
     * @param answer until the answer was there
     * @param ice until ICE was connected
     * @param dtls until ICE and DTLS were connected
     * @param decoded until the first decoded frame was handed to the page
     * @param presented until the first frame was composed for the screen
     */
    public record Join(
            int status, String sent, Double answer, Double ice, Double dtls, Double decoded, Double presented) {}

    public double framesPerSecond() {
        return stats.framesDecoded / seconds;
    }

    public double kilobitsPerSecond() {
        return stats.bytesReceived * 8 / 1e3 / seconds;
    }

    /** Of {@link #latencies}; the smallest value that {@code fraction} of them do not exceed. */
    public double latency(double fraction) {
        return percentile(latencies, fraction);
    }

    /** The nearest-rank percentile; NaN of nothing. */
    public static double percentile(double[] values, double fraction) {
        if (values.length == 0) {
            return Double.NaN;
        }
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[Math.max(0, (int) Math.ceil(fraction * sorted.length) - 1)];
    }

    @Override
    public String toString() {
        return String.format(
                "%dx%d, %.2f fps, %.0f kbit/s, %d frames in %.1f s, %d missing, lost %d, dropped %d, freezes %d,"
                        + " NACK %d, PLI %d, latency p50 %.0f p95 %.0f p99 %.0f max %.0f ms",
                width, height, framesPerSecond(), kilobitsPerSecond(), stats.framesDecoded, seconds, gaps,
                stats.packetsLost, stats.framesDropped, stats.freezeCount, stats.nackCount, stats.pliCount,
                latency(0.5), latency(0.95), latency(0.99), latency(1));
    }
}
