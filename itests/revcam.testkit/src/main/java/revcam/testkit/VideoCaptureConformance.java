package revcam.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import revcam.api.capture.CaptureRequest;
import revcam.api.capture.FrameSink;
import revcam.api.capture.VideoCapture;
import revcam.api.capture.VideoCaptureFactory;
import revcam.api.media.FrameRate;
import revcam.api.media.RawFrame;
import revcam.api.media.StageException;

/** What every {@link VideoCaptureFactory} owes the engine. */
public abstract class VideoCaptureConformance {

    private static final long PATIENCE_SECONDS = 30;

    /** The provider under test. */
    protected abstract VideoCaptureFactory factory() throws Exception;

    /** One that it can serve exactly; about 30 frames a second. */
    protected abstract CaptureRequest request() throws Exception;

    @Test
    void framesComeInOrderInTheSizeAskedForAndAtTheRate() throws Exception {
        CaptureRequest request = request();
        Frames frames = new Frames();
        List<Long> times = new ArrayList<>();
        try (VideoCapture capture = factory().open(request, frames)) {
            assertNotNull(capture);
            long sequence = -1;
            for (int i = 0; i < 31; i++) {
                try (RawFrame frame = frames.next()) {
                    assertEquals(request.width(), frame.width());
                    assertEquals(request.height(), frame.height());
                    assertSamplesLieInTheBuffer(frame);
                    assertTrue(frame.sequence() > sequence, "sequence " + frame.sequence() + " after " + sequence);
                    assertTrue(i > 0 || frame.sequence() == 0, "first sequence " + frame.sequence());
                    assertTrue(i == 0 || frame.captureNanos() > times.get(i - 1), "capture time must rise");
                    assertTrue(frame.captureNanos() <= System.nanoTime(), "capture time must have passed");
                    sequence = frame.sequence();
                    times.add(frame.captureNanos());
                }
            }
        }
        List<Long> intervals = new ArrayList<>();
        for (int i = 1; i < times.size(); i++) {
            intervals.add(times.get(i) - times.get(i - 1));
        }
        intervals.sort(null);
        double median = intervals.get(intervals.size() / 2);
        double asked = request.rate().intervalNanos();
        // Wide, for machines that are busy: it tells a paced source from a free-running or a stalled one.
        assertTrue(median > 0.5 * asked && median < 2 * asked, "median interval " + median + " ns, asked " + asked);
        frames.assertNeverEnded();
    }

    @Test
    void aLeaseOutlivesItsSource() throws Exception {
        Frames frames = new Frames();
        RawFrame frame;
        byte[] before;
        try (VideoCapture capture = factory().open(request(), frames)) {
            assertNotNull(capture);
            frame = frames.next();
            before = samples(frame);
        }
        assertArrayEquals(before, samples(frame));
        frame.close();
        frame.close();
        frames.closeAll();
    }

    @Test
    void nothingIsWrittenToALeasedFrame() throws Exception {
        Frames frames = new Frames();
        try (VideoCapture capture = factory().open(request(), frames)) {
            assertNotNull(capture);
            try (RawFrame held = frames.next()) {
                byte[] before = samples(held);
                for (int i = 0; i < 12; i++) {
                    frames.next().close();
                }
                assertArrayEquals(before, samples(held));
            }
        }
        frames.closeAll();
    }

    @Test
    void nothingComesAfterClose() throws Exception {
        Frames frames = new Frames();
        VideoCapture capture = factory().open(request(), frames);
        frames.next().close();
        capture.close();
        int calls = frames.calls.get();
        TimeUnit.NANOSECONDS.sleep(4 * request().rate().intervalNanos());
        assertEquals(calls, frames.calls.get(), "calls into the sink after close()");
        capture.close();
        frames.assertNeverEnded();
        frames.closeAll();
    }

    @Test
    void nothingIsMadeThatIsNotWanted() throws Exception {
        Frames frames = new Frames();
        frames.wanted = false;
        try (VideoCapture capture = factory().open(request(), frames)) {
            assertNotNull(capture);
            frames.awaitAsked(5);
            assertEquals(0, frames.delivered.get(), "frames that nobody wanted");
            frames.wanted = true;
            try (RawFrame frame = frames.next()) {
                assertNotNull(frame);
            }
        }
        frames.closeAll();
    }

    /** A consumer that keeps every lease starves the source, which must go on and show the loss. */
    @Test
    void aSourceWithoutBuffersDropsAndRecovers() throws Exception {
        Frames frames = new Frames();
        try (VideoCapture capture = factory().open(request(), frames)) {
            assertNotNull(capture);
            List<RawFrame> held = new ArrayList<>();
            RawFrame frame = frames.next();
            while (frame != null) {
                held.add(frame);
                assertTrue(held.size() < 100, "a source must not lend buffers without end");
                frame = frames.poll(10 * request().rate().intervalNanos());
            }
            long last = held.get(held.size() - 1).sequence();
            held.forEach(RawFrame::close);
            try (RawFrame next = frames.next()) {
                assertTrue(next.sequence() > last + 1, "sequence " + next.sequence() + " hides the loss after " + last);
            }
            frames.assertNeverEnded();
        }
        frames.closeAll();
    }

    @Test
    void anImpossibleSizeIsRefused() throws Exception {
        CaptureRequest good = request();
        CaptureRequest odd = new CaptureRequest(good.source(), 641, 359, FrameRate.of(30));
        StageException refusal =
                assertThrows(StageException.class, () -> factory().open(odd, new Frames()));
        assertEquals(StageException.Reason.UNSUPPORTED, refusal.reason());
        assertTrue(refusal.getMessage().contains("641"), refusal.getMessage());
    }

    private static void assertSamplesLieInTheBuffer(RawFrame frame) {
        assertTrue(frame.data().isDirect(), "native code needs a direct buffer");
        for (int plane = 0; plane < frame.format().planes(); plane++) {
            int rowBytes = frame.format().rowBytes(plane, frame.width());
            int rows = frame.format().rows(plane, frame.height());
            assertTrue(frame.planeStride(plane) >= rowBytes, "stride of plane " + plane);
            int end = frame.planeOffset(plane) + (rows - 1) * frame.planeStride(plane) + rowBytes;
            assertTrue(frame.planeOffset(plane) >= 0 && end <= frame.data().capacity(), "plane " + plane + " overruns");
        }
    }

    /** The visible samples, plane by plane without padding. */
    protected static byte[] samples(RawFrame frame) {
        int size = 0;
        for (int plane = 0; plane < frame.format().planes(); plane++) {
            size += frame.format().rowBytes(plane, frame.width()) * frame.format().rows(plane, frame.height());
        }
        byte[] samples = new byte[size];
        int at = 0;
        for (int plane = 0; plane < frame.format().planes(); plane++) {
            int rowBytes = frame.format().rowBytes(plane, frame.width());
            for (int y = 0; y < frame.format().rows(plane, frame.height()); y++) {
                frame.data().get(frame.planeOffset(plane) + y * frame.planeStride(plane), samples, at, rowBytes);
                at += rowBytes;
            }
        }
        return samples;
    }

    /** A sink that keeps what it is given until the test takes it. */
    public static final class Frames implements FrameSink {

        private final BlockingQueue<RawFrame> queue = new LinkedBlockingQueue<>();
        private final AtomicInteger calls = new AtomicInteger();
        private final AtomicInteger asked = new AtomicInteger();
        private final AtomicInteger delivered = new AtomicInteger();
        private final BlockingQueue<StageException> ended = new LinkedBlockingQueue<>();
        private volatile boolean wanted = true;

        @Override
        public boolean wanted() {
            calls.incrementAndGet();
            asked.incrementAndGet();
            return wanted;
        }

        @Override
        public void onFrame(RawFrame frame) {
            calls.incrementAndGet();
            delivered.incrementAndGet();
            queue.add(frame);
        }

        @Override
        public void onEnded(StageException cause) {
            calls.incrementAndGet();
            ended.add(cause);
        }

        /** The oldest frame not yet taken; fails when none comes. */
        public RawFrame next() throws InterruptedException {
            RawFrame frame = poll(TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS));
            assertNotNull(frame, () -> "no frame within " + PATIENCE_SECONDS + " s; ended: " + ended.peek());
            return frame;
        }

        /** As {@link #next}, but null when none comes in time. */
        public RawFrame poll(long nanos) throws InterruptedException {
            return queue.poll(nanos, TimeUnit.NANOSECONDS);
        }

        /** Why the source ended; fails when it does not. */
        public StageException end() throws InterruptedException {
            StageException cause = ended.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
            assertNotNull(cause, "the source did not end");
            return cause;
        }

        /** Ends the leases nobody took. */
        public void closeAll() {
            for (RawFrame frame = queue.poll(); frame != null; frame = queue.poll()) {
                frame.close();
            }
        }

        private void awaitAsked(int times) throws InterruptedException {
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
            while (asked.get() < times) {
                assertTrue(System.nanoTime() < deadline, "wanted() was asked only " + asked.get() + " times");
                Thread.sleep(1);
            }
        }

        private void assertNeverEnded() {
            assertNull(ended.peek());
        }
    }
}
