package revcam.stream.rate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PacketOverheadTest {

    private static final int HEADER = 32;
    private static final int PAYLOAD = 1_140;

    private long now = -7_000_000_000L;

    /** @return bits per second of RTP */
    private double send(PacketOverhead overhead, double seconds, long encoderBps, int fps, int slices) {
        long rtpBytes = 0;
        for (int i = 0; i < fps * seconds; i++) {
            now += 1_000_000_000L / fps;
            int sliceBytes = (int) (encoderBps / 8 / fps / slices);
            int packets = slices * ((sliceBytes + PAYLOAD - 1) / PAYLOAD);
            overhead.onFrame(now, packets, (long) slices * sliceBytes, PAYLOAD);
            rtpBytes += (long) slices * sliceBytes + (long) packets * HEADER;
        }
        return 8 * rtpBytes / seconds;
    }

    @ParameterizedTest
    @CsvSource({"2000000,30,1", "2000000,30,4", "300000,30,1", "100000,30,1", "100000,30,2", "8000000,60,4", "50000,5,1"})
    void whatLeavesIsWhatTheViewerCanTake(long rtpBps, int fps, int slices) {
        PacketOverhead overhead = new PacketOverhead(fps);
        double sent = 0;
        for (int i = 0; i < 8; i++) {
            sent = send(overhead, 2, overhead.encoderBps(rtpBps, HEADER, PAYLOAD), fps, slices);
        }
        assertEquals(rtpBps, sent, 0.02 * rtpBps);
    }

    @Test
    void afterAFallOfTheRateItHoldsAtOnce() {
        PacketOverhead overhead = new PacketOverhead(30);
        send(overhead, 5, overhead.encoderBps(2_000_000, HEADER, PAYLOAD), 30, 2);
        double sent = send(overhead, 0.5, overhead.encoderBps(300_000, HEADER, PAYLOAD), 30, 2);
        assertEquals(300_000, sent, 0.05 * 300_000);
    }

    @Test
    void anEncoderWithLittleToSayIsNotToldLess() {
        PacketOverhead overhead = new PacketOverhead(30);
        send(overhead, 5, 20_000, 30, 1);
        assertTrue(overhead.encoderBps(2_000_000, HEADER, PAYLOAD) > 1_920_000);
    }

    @Test
    void howeverSmallTheRateHalfIsForThePictures() {
        PacketOverhead overhead = new PacketOverhead(30);
        send(overhead, 5, 10_000, 30, 4);
        assertEquals(5_000, overhead.encoderBps(10_000, HEADER, PAYLOAD));
    }

    @Test
    void theMostThatLeavesCoversWhatIsMeasured() {
        PacketOverhead overhead = new PacketOverhead(30);
        double sent = send(overhead, 5, 2_000_000, 30, 2);
        assertTrue(PacketOverhead.mostRtpBps(2_000_000, 30, 2, HEADER, PAYLOAD) >= sent);
    }
}
