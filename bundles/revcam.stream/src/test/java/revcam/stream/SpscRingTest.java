package revcam.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class SpscRingTest {

    @Test
    void refusesWhenFullAndKeepsOrder() {
        SpscRing<Integer> ring = new SpscRing<>(4);
        for (int i = 0; i < 4; i++) {
            assertTrue(ring.offer(i));
        }
        assertFalse(ring.offer(4));
        assertEquals(0, ring.poll());
        assertTrue(ring.offer(4));
        for (int i = 1; i <= 4; i++) {
            assertEquals(i, ring.poll());
        }
        assertNull(ring.poll());
    }

    @Test
    void itsSizeIsWhatIsInIt() {
        SpscRing<Integer> ring = new SpscRing<>(4);
        for (int round = 0; round < 6; round++) {
            assertEquals(0, ring.size());
            ring.offer(1);
            ring.offer(2);
            ring.offer(3);
            assertEquals(3, ring.size());
            ring.poll();
            assertEquals(2, ring.size());
            ring.poll();
            ring.poll();
        }
    }

    @Test
    void nothingIsLostOrTornBetweenTwoThreads() throws Exception {
        SpscRing<int[]> ring = new SpscRing<>(8);
        int count = 200_000;
        Thread producer = new Thread(() -> {
            for (int i = 0; i < count; i++) {
                int[] element = {i, -i};
                while (!ring.offer(element)) {
                    Thread.onSpinWait();
                }
            }
        });
        producer.start();
        for (int i = 0; i < count; i++) {
            int[] element;
            while ((element = ring.poll()) == null) {
                Thread.onSpinWait();
            }
            assertEquals(i, element[0]);
            assertEquals(-i, element[1]);
        }
        producer.join();
    }
}
