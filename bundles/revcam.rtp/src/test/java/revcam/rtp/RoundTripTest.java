package revcam.rtp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Instant;
import org.junit.jupiter.api.Test;

/** The numbers are those of the example in RFC 3550, figure 2. */
class RoundTripTest {

    private static final long NTP = NtpTime.ofMillis(Instant.parse("1995-11-10T11:33:25.125Z").toEpochMilli());
    private static final int DELAY = 0x00054000;

    @Test
    void ntpTimestamps() {
        assertEquals(0xB44DB705_20000000L, NTP);
        assertEquals(0xB7052000, NtpTime.middle(NTP));
        // The era that begins in 2036 starts from zero again.
        assertEquals(0, NtpTime.ofMillis(Instant.parse("2036-02-07T06:28:16Z").toEpochMilli()));
    }

    @Test
    void theExampleOfTheRfc() {
        RoundTrip roundTrip = new RoundTrip();
        roundTrip.onSenderReport(46_853_125_000_000L, NTP);

        assertEquals(6_125_000_000L, roundTrip.onReport(46_864_500_000_000L, 0xB7052000, DELAY));
        assertEquals(6_125_000_000L, roundTrip.smoothedNanos());
    }

    @Test
    void reportsThatTellNothing() {
        RoundTrip roundTrip = new RoundTrip();
        assertEquals(0, roundTrip.onReport(1_000, 0, 0));
        assertEquals(0, roundTrip.onReport(1_000, 0xB7052000, 0));

        roundTrip.onSenderReport(0, NTP);
        assertEquals(0, roundTrip.onReport(1_000_000_000, 0xB7052001, 0), "never sent");
        assertEquals(0, roundTrip.onReport(1_000_000_000, 0xB7052000, DELAY), "answered before it was asked");
        assertEquals(0, roundTrip.smoothedNanos());
    }

    @Test
    void roundingOfTheDelayDoesNotMakeItUnknown() {
        RoundTrip roundTrip = new RoundTrip();
        roundTrip.onSenderReport(0, NTP);
        long delay = 65_537;

        assertEquals(1, roundTrip.onReport(1_000_000_000, 0xB7052000, delay));
    }

    @Test
    void everyRecentReportIsRememberedAndTheAverageFollows() {
        RoundTrip roundTrip = new RoundTrip();
        for (int second = 0; second < 20; second++) {
            roundTrip.onSenderReport(second * 1_000_000_000L, NTP + ((long) second << 32));
        }
        long now = 20_000_000_000L;
        assertEquals(0, roundTrip.onReport(now, NtpTime.middle(NTP + (3L << 32)), 0), "forgotten");
        assertEquals(16_000_000_000L, roundTrip.onReport(now, NtpTime.middle(NTP + (4L << 32)), 0));
        assertEquals(8_000_000_000L, roundTrip.onReport(now, NtpTime.middle(NTP + (12L << 32)), 0));
        assertEquals(15_000_000_000L, roundTrip.smoothedNanos());
    }
}
