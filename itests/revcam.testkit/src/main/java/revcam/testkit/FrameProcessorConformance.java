package revcam.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import revcam.api.media.FrameRate;
import revcam.api.media.PixelFormat;
import revcam.api.media.RawFrame;
import revcam.api.processor.FrameProcessor;
import revcam.api.processor.FrameProcessorFactory;
import revcam.api.processor.ProcessorRequest;

/** What every {@link FrameProcessorFactory} owes the engine, as it is configured to do something. */
public abstract class FrameProcessorConformance {

    private static final int GUARD = 256;
    private static final byte UNTOUCHED = 0x5A;

    /** The provider under test; it changes pictures of any format from 320x240 up. */
    protected abstract FrameProcessorFactory factory() throws Exception;

    @Test
    void picturesOfEveryLayoutComeOutWhole() throws Exception {
        for (PixelFormat format : PixelFormat.values()) {
            comeOutWhole(format, 640, 480, 0);
            comeOutWhole(format, 322, 242, 30);
            comeOutWhole(format, 338, 254, 14);
        }
    }

    private void comeOutWhole(PixelFormat format, int width, int height, int padding) throws Exception {
        for (boolean writable : new boolean[] {true, false}) {
            try (FrameProcessor processor = open(format, width, height)) {
                String shape = null;
                for (int i = 0; i < 3; i++) {
                    Picture picture = new Picture(format, width, height, padding, writable, i);
                    byte[] before = picture.bytes();
                    RawFrame made = processor.process(picture);
                    assertNotNull(made);
                    assertEquals(picture.captureNanos(), made.captureNanos(), "capture time");
                    assertEquals(picture.sequence(), made.sequence(), "sequence");
                    assertTrue(made.width() % 2 == 0 && made.height() % 2 == 0, "odd sides");
                    assertTrue(made.data().isDirect(), "native code needs a direct buffer");
                    String now = made.format() + " " + made.width() + "x" + made.height();
                    assertTrue(shape == null || shape.equals(now), now + " after " + shape);
                    shape = now;
                    assertTrue(made == picture || picture.closed > 0, "the lease of a picture that was replaced must end");
                    assertTrue(made != picture || picture.closed == 0, "a lease that has ended was handed on");
                    picture.assertNothingOutsideWasWritten(before);
                    if (!writable) {
                        assertArrayEquals(before, picture.bytes(), "a picture that may not be written to was");
                    }
                    made.close();
                }
            }
        }
    }

    @Test
    void leasesOutliveIt() throws Exception {
        FrameProcessor processor = open(PixelFormat.I420, 640, 480);
        RawFrame made = processor.process(new Picture(PixelFormat.I420, 640, 480, 0, false, 0));
        processor.close();
        byte[] before = VideoCaptureConformance.samples(made);
        assertArrayEquals(before, VideoCaptureConformance.samples(made));
        made.close();
        made.close();
    }

    /** Who keeps all that it gives starves it: it has to lose pictures, and to go on. */
    @Test
    void withoutMemoryItLosesPicturesAndRecovers() throws Exception {
        try (FrameProcessor processor = open(PixelFormat.I420, 640, 480)) {
            List<RawFrame> held = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                Picture picture = new Picture(PixelFormat.I420, 640, 480, 0, false, i);
                RawFrame made = processor.process(picture);
                if (made == null) {
                    assertTrue(picture.closed > 0, "the lease of a picture that was lost must end");
                    break;
                }
                held.add(made);
                assertTrue(made == picture || held.size() < 50, "it must not have memory without end");
            }
            held.forEach(RawFrame::close);
            RawFrame next = processor.process(new Picture(PixelFormat.I420, 640, 480, 0, false, 1000));
            assertNotNull(next, "it did not recover");
            next.close();
        }
    }

    @Test
    void theSteadyStateAllocatesNothing() throws Exception {
        com.sun.management.ThreadMXBean threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        for (boolean writable : new boolean[] {true, false}) {
            try (FrameProcessor processor = open(PixelFormat.I420, 640, 480)) {
                Picture picture = new Picture(PixelFormat.I420, 640, 480, 0, writable, 0);
                long least = Long.MAX_VALUE;
                // The compiler, too, allocates on this thread at times: the least of many is what the code does.
                for (int round = 0; round < 20; round++) {
                    long before = threads.getCurrentThreadAllocatedBytes();
                    for (int i = 0; i < 5; i++) {
                        picture.closed = 0;
                        picture.captureNanos = System.nanoTime();
                        processor.process(picture).close();
                    }
                    least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
                }
                assertEquals(0, least, "bytes for five pictures");
            }
        }
    }

    private FrameProcessor open(PixelFormat format, int width, int height) throws Exception {
        FrameProcessor processor = factory().open(new ProcessorRequest("test", width, height, format, FrameRate.of(30)));
        assertNotNull(processor, "it must have something to do");
        return processor;
    }

    /** A picture with a guard around its memory, and padding in every row. */
    public static final class Picture implements RawFrame {

        private final PixelFormat format;
        private final int width;
        private final int height;
        private final boolean writable;
        private final int[] offsets;
        private final int[] strides;
        private final ByteBuffer data;
        private final long sequence;
        private long captureNanos = System.nanoTime();
        private int closed;

        /** @param padding bytes at the end of every row */
        public Picture(PixelFormat format, int width, int height, int padding, boolean writable, long sequence) {
            this.format = format;
            this.width = width;
            this.height = height;
            this.writable = writable;
            this.sequence = sequence;
            offsets = new int[format.planes()];
            strides = new int[format.planes()];
            int size = GUARD;
            for (int plane = 0; plane < offsets.length; plane++) {
                offsets[plane] = size;
                strides[plane] = format.rowBytes(plane, width) + padding;
                size += strides[plane] * format.rows(plane, height);
            }
            data = ByteBuffer.allocateDirect(size + GUARD);
            for (int i = 0; i < data.capacity(); i++) {
                data.put(i, UNTOUCHED);
            }
            for (int plane = 0; plane < offsets.length; plane++) {
                for (int y = 0; y < format.rows(plane, height); y++) {
                    for (int x = 0; x < format.rowBytes(plane, width); x++) {
                        data.put(offsets[plane] + y * strides[plane] + x, (byte) (16 + (x * 7 + y * 3 + plane * 50) % 220));
                    }
                }
            }
        }

        private byte[] bytes() {
            byte[] bytes = new byte[data.capacity()];
            data.get(0, bytes);
            return bytes;
        }

        private void assertNothingOutsideWasWritten(byte[] before) {
            byte[] after = bytes();
            for (int plane = 0; plane < offsets.length; plane++) {
                for (int y = 0; y < format.rows(plane, height); y++) {
                    int at = offsets[plane] + y * strides[plane];
                    System.arraycopy(before, at, after, at, format.rowBytes(plane, width));
                }
            }
            assertArrayEquals(before, after, "written to outside of the picture");
        }

        @Override
        public PixelFormat format() {
            return format;
        }

        @Override
        public int width() {
            return width;
        }

        @Override
        public int height() {
            return height;
        }

        @Override
        public ByteBuffer data() {
            return data;
        }

        @Override
        public int planeOffset(int plane) {
            return offsets[plane];
        }

        @Override
        public int planeStride(int plane) {
            return strides[plane];
        }

        @Override
        public boolean isWritable() {
            return writable;
        }

        @Override
        public long captureNanos() {
            return captureNanos;
        }

        @Override
        public long sequence() {
            return sequence;
        }

        @Override
        public void close() {
            closed++;
        }
    }
}
