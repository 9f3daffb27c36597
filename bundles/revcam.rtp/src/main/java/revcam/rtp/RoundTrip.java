package revcam.rtp;

/**
 * Round-trip time from sender reports and the receiver reports that refer to them (RFC 3550, section 6.4.1). It
 * remembers when each report left on the monotonic clock, so a step of the wall clock does no harm and its resolution
 * does not count.
 */
public final class RoundTrip {

    private static final int REMEMBERED = 16;
    /** Rounding of the receiver's delay, and its clock against ours. */
    private static final long TOLERANCE_NANOS = 1_000_000;

    private final int[] middles = new int[REMEMBERED];
    private final long[] sentNanos = new long[REMEMBERED];
    private int sent;
    private long smoothedNanos;

    /** A sender report with this NTP timestamp leaves. */
    public void onSenderReport(long nowNanos, long ntp) {
        int slot = sent++ & REMEMBERED - 1;
        middles[slot] = NtpTime.middle(ntp);
        sentNanos[slot] = nowNanos;
    }

    /**
     * A report block came back.
     *
     * @param lastSr {@link RtcpListener#onReceiverReport}'s
     * @param delaySinceLastSr likewise, 1/65536 s
     * @return this round trip in nanoseconds, or 0 when the report does not tell
     */
    public long onReport(long nowNanos, int lastSr, long delaySinceLastSr) {
        if (lastSr == 0) {
            return 0;
        }
        for (int back = 1; back <= Math.min(sent, REMEMBERED); back++) {
            int slot = sent - back & REMEMBERED - 1;
            if (middles[slot] == lastSr) {
                long rtt = nowNanos - sentNanos[slot] - (delaySinceLastSr * 1_000_000_000L >> 16);
                if (rtt < -TOLERANCE_NANOS) {
                    return 0;
                }
                rtt = Math.max(1, rtt);
                smoothedNanos = smoothedNanos == 0 ? rtt : smoothedNanos + (rtt - smoothedNanos) / 8;
                return rtt;
            }
        }
        return 0;
    }

    /** Moving average with the gain of 1/8 that RFC 6298 uses; 0 while unknown. */
    public long smoothedNanos() {
        return smoothedNanos;
    }
}
