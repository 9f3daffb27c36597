package revcam.rtp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import revcam.api.congestion.PacketFeedback;

class SendHistoryTest {

    private final Random random = new Random(3);
    private final SendHistory history = new SendHistory(1024);

    @Test
    void aReportMeetsWhatWasSentAcrossTheWrapOfTheSequence() {
        send(65_000, 66_000);

        join(encoder -> encoder.received(10).lost().received(20), 65_535, 100, feedback -> {
            assertEquals(3, feedback.count());
            assertEquals(65_535, feedback.transportSequence(0));
            assertEquals(65_537, feedback.transportSequence(2));
            assertEquals(65_537_000, feedback.sentNanos(2));
            assertEquals(100 + 65_537 % 1000, feedback.sizeBytes(2));
            assertTrue(feedback.received(0));
            assertFalse(feedback.received(1));
            assertTrue(feedback.received(2));
            assertEquals(5_000_000, feedback.arrivalNanos(2) - feedback.arrivalNanos(0));
        });
    }

    @Test
    void anArrivalIsNewsOnceAndAgainWhenItsPlaceIsTakenByAnother() {
        send(0, 10);
        assertTrue(history.acknowledge(3));
        assertFalse(history.acknowledge(3));
        send(10, 1_028);
        assertTrue(history.acknowledge(1_027));
    }

    @Test
    void theReceiversClockIsFollowedThroughItsWrap() {
        send(0, 10);
        long[] arrivals = new long[2];
        // 24 bits of 64 ms, taken as signed by the draft and as unsigned by some: both ends are passed twice.
        for (int reference = 0x700000; reference < 0x2800000; reference += 0x100000) {
            int wrapped = reference & 0xFFFFFF;
            join(encoder -> encoder.received(255), 0, wrapped, feedback -> arrivals[1] = feedback.arrivalNanos(0));
            if (reference > 0x700000) {
                assertEquals(0x100000 * 64_000_000L, arrivals[1] - arrivals[0]);
            }
            arrivals[0] = arrivals[1];
        }
    }

    @Test
    void whatWasNeverSentOrIsForgottenIsLeftOut() {
        join(encoder -> encoder.received(1).received(1), 0, 0, feedback -> assertEquals(0, feedback.count()));

        send(5_000, 7_000);
        join(run(2_000), 5_976 - 1_000, 0, feedback -> {
            assertEquals(1_000, feedback.count());
            assertEquals(5_976, feedback.transportSequence(0));
            assertEquals(5_976_000, feedback.sentNanos(0));
            assertEquals(250_000, feedback.arrivalNanos(1) - feedback.arrivalNanos(0));
        });
        join(run(500), 6_900, 0, feedback -> {
            assertEquals(100, feedback.count());
            assertEquals(6_999, feedback.transportSequence(99));
        });
        join(run(10), 7_000, 0, feedback -> assertEquals(0, feedback.count()));
        join(run(10), 4_000, 0, feedback -> assertEquals(0, feedback.count()));
    }

    @Test
    void aYoungSessionDoesNotInventItsPast() {
        send(3, 5);
        join(run(10), 0, 0, feedback -> {
            assertEquals(2, feedback.count());
            assertEquals(3, feedback.transportSequence(0));
        });
    }

    @Test
    void gapsAreMistakesOfTheCaller() {
        send(0, 5);
        assertThrows(IllegalStateException.class, () -> history.onSent(0, 6, 100));
        assertThrows(IllegalArgumentException.class, () -> new SendHistory(1000));
    }

    private static Consumer<FeedbackEncoder> run(int packets) {
        return encoder -> {
            for (int packet = 0; packet < packets; packet++) {
                encoder.received(1);
            }
        };
    }

    private void send(long from, long to) {
        for (long sequence = from; sequence < to; sequence++) {
            history.onSent(sequence * 1000, sequence, 100 + (int) (sequence % 1000));
        }
    }

    private void join(Consumer<FeedbackEncoder> content, int base, int referenceTime, Consumer<PacketFeedback> check) {
        FeedbackEncoder encoder = new FeedbackEncoder(random);
        content.accept(encoder);
        boolean[] called = new boolean[1];
        new RtcpReader().read(ByteBuffer.wrap(encoder.encode(base & 0xFFFF, referenceTime, 0)), new RtcpListener() {
            @Override
            public void onTransportFeedback(TransportFeedback feedback) {
                called[0] = true;
                check.accept(history.join(feedback));
            }
        });
        assertTrue(called[0], "the encoder of this test made no feedback");
    }
}
