package revcam.stream.rate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** Pictures on simulated time: 30 a second, an IDR picture five times as large as the others. */
class ThinningTest {

    private static final long FRAME_NANOS = 33_333_333;

    private final Thinning thinning = new Thinning();
    private long now = -3_000_000_000L;
    private int frame;
    private long bits;
    private int admitted;
    private double queueBits;
    private double longestSeconds;

    /** @return whether everything that was admitted could be decoded */
    private boolean play(double seconds, long streamBps, long takesBps, int gop) {
        boolean decodable = true;
        boolean whole = true;
        for (int i = 0; i < 30 * seconds; i++, frame++) {
            now += FRAME_NANOS;
            boolean key = frame % gop == 0;
            long bytes = Math.round(streamBps / 30.0 / 8 * gop / (gop + 4) * (key ? 5 : 1));
            boolean got = thinning.admits(now, key, bytes);
            decodable &= !got || key || whole;
            whole = got && (key || whole);
            bits += got ? 8 * bytes : 0;
            admitted += got ? 1 : 0;
            queueBits = Math.max(0, queueBits - takesBps / 30.0) + (got ? 8 * bytes : 0);
            longestSeconds = Math.max(longestSeconds, queueBits / takesBps);
        }
        return decodable;
    }

    @Test
    void usuallyEverythingPasses() {
        assertTrue(play(10, 2_000_000, 2_000_000, 60));
        assertEquals(300, admitted);
        assertFalse(thinning.asks(now, false));
        assertTrue(thinning.asks(now, true));
        assertTrue(thinning.asks(now, true), "others are spaced by the conductor");
    }

    @Test
    void aThinnedViewerGetsWhatItCanTakeAndCanDecodeAllOfIt() {
        play(1, 2_000_000, 2_000_000, 60);
        admitted = 0;
        bits = 0;
        thinning.set(now, true, 1_200_000);
        assertTrue(play(60, 2_000_000, 1_200_000, 60));
        assertTrue(bits <= 60 * 1_200_000, bits / 60 + " bit/s");
        assertTrue(admitted > 300, "many more than the 30 IDR pictures: " + admitted);
        assertTrue(longestSeconds < 0.75, "waits " + longestSeconds + " s before its path");
        assertEquals(1800 - admitted, thinning.dropped());
    }

    @Test
    void withLessThanThatItGetsIdrPicturesAlone() {
        thinning.set(now, true, 150_000);
        assertTrue(play(60, 2_000_000, 150_000, 60));
        assertTrue(admitted >= 15 && admitted <= 30, admitted + " of 30 IDR pictures");
        assertTrue(bits <= 60.5 * 150_000, bits / 60 + " bit/s");
    }

    @Test
    void afterwardsTheFirstItGetsIsAnIdrPictureThatItAsksFor() {
        thinning.set(now, true, 300_000);
        play(5, 2_000_000, 300_000, 60);
        thinning.set(now, false, 2_000_000);
        assertTrue(thinning.asks(now, false));
        now += FRAME_NANOS;
        assertFalse(thinning.admits(now, false, 1_000));
        assertFalse(thinning.asks(now, false), "not with every picture");
        assertTrue(thinning.admits(now, true, 5_000));
        assertTrue(thinning.admits(now, false, 1_000));
        assertFalse(thinning.asks(now + 10_000_000_000L, false));
    }

    @Test
    void itAsksForAnIdrPictureWhenItHasSavedUpForOneButSeldom() {
        thinning.set(now, true, 300_000);
        int asked = 0;
        int got = 0;
        boolean key = true;
        for (int i = 0; i < 60 * 30; i++) {
            now += FRAME_NANOS;
            boolean admits = thinning.admits(now, key, key ? 20_000 : 6_000);
            got += admits && key ? 1 : 0;
            key = thinning.asks(now, true);
            asked += key ? 1 : 0;
        }
        assertTrue(asked >= 26 && asked <= 30, asked + " in a minute");
        assertEquals(asked, got - 1, "and gets them");
    }
}
