package revcam.rtp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import revcam.rtp.FeedbackRequests.Urgency;

class FeedbackRequestsTest {

    private static final long FRAME = 33_333_333;

    private final FeedbackRequests requests = new FeedbackRequests();
    private long now = -2 * FRAME;
    private long next;

    /** @return on how many packets each packet of a frame asks for feedback */
    private List<Integer> frame(int packets, Urgency urgency) {
        List<Integer> asked = new ArrayList<>();
        for (int i = 0; i < packets; i++) {
            asked.add(requests.packets(now, next++, i == packets - 1, urgency));
        }
        now += FRAME;
        return asked;
    }

    @Test
    void whereAllMayBeSentTheEndOfEachThirdFrameAsksOnAllThatNothingWasHeardOf() {
        assertEquals(List.of(0, 0, 3), frame(3, Urgency.LOW));
        assertEquals(List.of(0, 0), frame(2, Urgency.LOW));
        assertEquals(List.of(0), frame(1, Urgency.LOW));
        assertTrue(requests.isUnasked(next - 1));
        assertEquals(List.of(0, 8), frame(2, Urgency.LOW), "the feedback before is on its way, or lost");
        assertFalse(requests.isUnasked(next - 1));
        requests.onFeedback(2);
        frame(1, Urgency.LOW);
        frame(1, Urgency.LOW);
        requests.onFeedback(7);
        requests.onFeedback(5);
        assertEquals(List.of(3), frame(1, Urgency.LOW), "feedback that comes late takes nothing back");
    }

    @Test
    void slowFramesAllAsk() {
        frame(1, Urgency.LOW);
        now += 2 * FRAME;
        assertEquals(List.of(0, 3), frame(2, Urgency.LOW));
    }

    @Test
    void aPathAtItsLimitIsAskedAboutEachSecondPacket() {
        assertEquals(List.of(0, 2, 0, 4, 5), frame(5, Urgency.HIGH));
        requests.onFeedback(4);
        assertEquals(List.of(0, 2, 3), frame(3, Urgency.HIGH));
    }

    @Test
    void whereNothingElseWillLeaveEachPacketAsks() {
        assertEquals(List.of(1, 2), frame(2, Urgency.NOW));
    }

    @Test
    void afterSilenceOnlyTheNewestCount() {
        for (int i = 0; i < 100; i++) {
            frame(10, Urgency.LOW);
        }
        assertEquals(256, frame(1, Urgency.NOW).get(0));
    }
}
