package revcam.api.congestion;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class RoundTripTimeTest {

    private static final long MS = 1_000_000;

    @Test
    void whileNothingIsKnownItIsAssumedAndNotHandedOn() {
        RoundTripTime rtt = new RoundTripTime(0, 200 * MS);
        assertEquals(200 * MS, rtt.nanos());
        assertEquals(0, rtt.knownNanos());
        rtt.onSample(40 * MS);
        assertEquals(40 * MS, rtt.nanos(), "the first sample is all that is known");
        assertEquals(40 * MS, rtt.knownNanos());
    }

    @Test
    void aSampleWeighsAnEighth() {
        RoundTripTime rtt = new RoundTripTime(80 * MS, 200 * MS);
        rtt.onSample(160 * MS);
        assertEquals(90 * MS, rtt.nanos());
    }

    @Test
    void anAbsurdSampleIsBounded() {
        RoundTripTime rtt = new RoundTripTime(0, 200 * MS);
        rtt.onSample(Long.MAX_VALUE);
        assertEquals(10_000 * MS, rtt.nanos());
        RoundTripTime backwards = new RoundTripTime(0, 200 * MS);
        backwards.onSample(-5 * MS);
        assertEquals(MS, backwards.nanos());
    }
}
