package revcam.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import revcam.api.media.ForwardingFrame;
import revcam.api.media.FramePool;
import revcam.api.media.PixelFormat;
import revcam.api.media.RawFrame;

class LeasesTest {

    private static final int OPEN = 4;

    private final AtomicInteger returned = new AtomicInteger();
    private final Leases leases = new Leases(OPEN, returned::incrementAndGet);

    /** Counts how often it is given back. */
    private static final class Counted extends ForwardingFrame {
        private final AtomicInteger closed = new AtomicInteger();

        Counted() {
            super(new FramePool(1, PixelFormat.I420, 16, 16, 16).acquire().stamp(1, 1));
        }

        @Override
        public void close() {
            closed.incrementAndGet();
        }
    }

    @Test
    void noneIsMadeForEachFrame() {
        Set<Lease> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        for (int i = 0; i < 100; i++) {
            Lease lease = leases.next().lend(new Counted());
            seen.add(lease);
            lease.close();
        }
        assertEquals(2 * OPEN, seen.size());
        assertEquals(100, returned.get());
    }

    @Test
    void whatIsOutIsNotLentAgainAndComesBackInTheEnd() {
        Counted kept = new Counted();
        Lease held = leases.next().lend(kept);
        for (int i = 0; i < 100; i++) {
            Lease lease = leases.next();
            assertNotSame(held, lease);
            lease.lend(new Counted()).close();
        }
        assertEquals(0, kept.closed.get());
        leases.close();
        assertEquals(1, kept.closed.get());
        held.close();
        assertEquals(1, kept.closed.get(), "a second call does nothing");
        assertEquals(101, returned.get());
    }

    @Test
    void closingOneTwiceEndsNoOther() {
        Lease twice = leases.next().lend(new Counted());
        twice.close();
        twice.close();
        List<Counted> frames = new ArrayList<>();
        for (int i = 0; i < 5 * OPEN; i++) {
            Counted frame = new Counted();
            frames.add(frame);
            Lease lease = leases.next().lend(frame);
            assertNotSame(twice, lease, "it may be closed a third time");
            twice.close();
            assertEquals(0, frame.closed.get());
            lease.close();
        }
        assertTrue(frames.stream().allMatch(frame -> frame.closed.get() == 1));
        assertEquals(5 * OPEN + 1, returned.get());
    }

    /** As an encoder's threads may. */
    @Test
    void eachFrameGoesBackOnceWhoeverClosesFirst() throws Exception {
        CyclicBarrier together = new CyclicBarrier(2);
        Lease[] now = new Lease[1];
        Thread other = new Thread(() -> {
            try {
                for (int i = 0; i < 2_000; i++) {
                    together.await();
                    now[0].close();
                    together.await();
                }
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        });
        other.start();
        for (int i = 0; i < 2_000; i++) {
            Counted frame = new Counted();
            now[0] = leases.next().lend(frame);
            together.await();
            now[0].close();
            together.await();
            assertEquals(1, frame.closed.get());
            assertEquals(i + 1, returned.get());
        }
        other.join();
    }

    /** Of an engine that holds more than it should. */
    @Test
    void whenAllAreOutThereAreOthers() {
        Set<Lease> out = Collections.newSetFromMap(new IdentityHashMap<>());
        List<Counted> frames = new ArrayList<>();
        for (int i = 0; i < 3 * OPEN; i++) {
            Counted frame = new Counted();
            frames.add(frame);
            assertTrue(out.add(leases.next().lend(frame)));
        }
        out.forEach(RawFrame::close);
        assertTrue(frames.stream().allMatch(frame -> frame.closed.get() == 1));
    }

    @Test
    void itShowsTheFrameThatItIsLentWith() {
        FramePool pool = new FramePool(1, PixelFormat.NV12, 32, 16, 64);
        Lease lease = leases.next();
        for (int i = 0; i < 2; i++) {
            FramePool.PooledFrame frame = pool.acquire().stamp(100 + i, i);
            lease.lend(frame);
            assertEquals(100 + i, lease.captureNanos());
            assertEquals(i, lease.sequence());
            assertEquals(32, lease.width());
            assertEquals(16, lease.height());
            assertEquals(PixelFormat.NV12, lease.format());
            assertSame(frame.data(), lease.data());
            assertEquals(frame.planeOffset(1), lease.planeOffset(1));
            assertEquals(frame.planeStride(1), lease.planeStride(1));
            assertEquals(-1, lease.dmabufFd());
            assertEquals(false, lease.isWritable(), "a picture that was passed on is nobody's to change");
            lease.close();
            assertEquals(0, pool.outstanding());
        }
    }
}
