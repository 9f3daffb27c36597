package revcam.congestion.gcc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class PacketGroupsTest {

    private final PacketGroups groups = new PacketGroups();

    private boolean packet(double sentMillis, double arrivalMillis) {
        return groups.onPacket((long) (sentMillis * 1e6), (long) (arrivalMillis * 1e6));
    }

    @Test
    void framesAreComparedByTheirLastPackets() {
        packet(0, 1000);
        packet(4, 1009);
        packet(33, 1042); // the first group is complete, but there is none before it
        packet(36, 1052);
        assertTrue(packet(66, 1066));
        assertEquals(32_000_000, groups.sendDeltaNanos());
        assertEquals(43_000_000, groups.arrivalDeltaNanos());
        assertEquals(1_052_000_000, groups.arrivalNanos());
    }

    @Test
    void aGroupIsFiveMillisecondsOfSending() {
        packet(0, 0);
        assertFalse(packet(5, 20), "five milliseconds later still belongs to the first");
        assertFalse(packet(10.1, 40), "nothing to compare with yet");
        assertTrue(packet(30, 60));
        assertEquals(5_100_000, groups.sendDeltaNanos());
    }

    @Test
    void whatAPauseOfTheRadioHeldUpAndReleasedTogetherIsOneGroup() {
        packet(0, 100);
        packet(20, 120);
        assertTrue(packet(40, 190)); // held up
        assertFalse(packet(60, 191));
        assertFalse(packet(80, 192));
        assertTrue(packet(100, 200));
        assertEquals(60_000_000, groups.sendDeltaNanos(), "from the last packet before the pause to the last released");
        assertEquals(72_000_000, groups.arrivalDeltaNanos());
    }

    @Test
    void aQueueIsNotMistakenForAPause() {
        packet(0, 100);
        packet(20, 125);
        assertTrue(packet(40, 150));
        assertTrue(packet(60, 175), "each arrives later than it left, so each is a group");
    }

    @Test
    void aClockThatJumpsBeginsAnew() {
        packet(0, 100);
        packet(20, 120);
        assertTrue(packet(40, 140));
        assertFalse(packet(60, 99_000));
        assertFalse(packet(80, 99_020));
        assertTrue(packet(100, 99_040));
        assertEquals(20_000_000, groups.arrivalDeltaNanos());
    }

    @Test
    void aPacketThatOvertookOthersBelongsToThem() {
        packet(0, 100);
        packet(20, 150);
        assertFalse(packet(40, 130));
        assertTrue(packet(60, 170));
        assertEquals(40_000_000, groups.sendDeltaNanos());
        assertEquals(50_000_000, groups.arrivalDeltaNanos(), "the last to arrive counts");
    }
}
