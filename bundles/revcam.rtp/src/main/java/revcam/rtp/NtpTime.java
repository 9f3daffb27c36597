package revcam.rtp;

/** NTP timestamps as RTCP carries them: seconds since 1900 in 32.32 fixed point (RFC 3550, section 4). */
public final class NtpTime {

    private static final long SECONDS_FROM_1900_TO_1970 = 2_208_988_800L;

    private NtpTime() {}

    /** @param unixMillis {@link System#currentTimeMillis()} */
    public static long ofMillis(long unixMillis) {
        long seconds = Math.floorDiv(unixMillis, 1000L) + SECONDS_FROM_1900_TO_1970;
        long fraction = (Math.floorMod(unixMillis, 1000L) << 32) / 1000;
        return seconds << 32 | fraction;
    }

    /** The middle 32 bits, which reports refer to as LSR: 16.16 fixed point seconds. */
    public static int middle(long ntp) {
        return (int) (ntp >>> 16);
    }
}
