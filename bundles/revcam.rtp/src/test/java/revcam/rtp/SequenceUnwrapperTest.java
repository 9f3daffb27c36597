package revcam.rtp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;
import org.junit.jupiter.api.Test;

class SequenceUnwrapperTest {

    @Test
    void followsWrapsInBothDirections() {
        SequenceUnwrapper unwrapper = new SequenceUnwrapper();

        assertEquals(65534, unwrapper.unwrap(65534));
        assertEquals(65537, unwrapper.unwrap(1));
        assertEquals(65535, unwrapper.unwrap(65535));
        assertEquals(65536, unwrapper.unwrap(0));
    }

    @Test
    void recoversAnyWalkOfStepsBelowHalfTheRange() {
        Random random = new Random(5);
        SequenceUnwrapper unwrapper = new SequenceUnwrapper();
        long sequence = unwrapper.unwrap(40_000);
        for (int step = 0; step < 100_000; step++) {
            sequence += random.nextInt(-32_768, 32_768);
            assertEquals(sequence, unwrapper.unwrap((int) sequence & 0xFFFF));
        }
    }
}
