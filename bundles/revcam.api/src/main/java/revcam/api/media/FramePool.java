package revcam.api.media;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;

/**
 * A fixed number of equal picture buffers for captures that have no memory of their own to lend. Nothing is allocated
 * after construction. {@link #acquire} belongs to the capture thread; leases end on any thread.
 *
 * <p>Each plane starts on a 64-byte boundary and strides are multiples of {@code strideAlignment}.
 */
public final class FramePool {

    private static final int PLANE_ALIGNMENT = 64;

    private final PooledFrame[] frames;

    /**
     * @param count pictures that may be on lease at once; 3 lets one be filled, one wait and one be encoded
     * @param strideAlignment bytes, a power of two; 64 suits every encoder we know
     */
    public FramePool(int count, PixelFormat format, int width, int height, int strideAlignment) {
        frames = new PooledFrame[count];
        for (int i = 0; i < count; i++) {
            frames[i] = new PooledFrame(format, width, height, strideAlignment);
        }
    }

    /** A free picture, on lease to the caller, or null while every one is out. */
    public PooledFrame acquire() {
        for (PooledFrame frame : frames) {
            if (frame.tryLease()) {
                return frame;
            }
        }
        return null;
    }

    /** Leases not yet closed; 0 at the end of every test. */
    public int outstanding() {
        int count = 0;
        for (PooledFrame frame : frames) {
            count += frame.leased;
        }
        return count;
    }

    /** A picture of the pool: the capture writes samples and stamps it, then hands the lease on. */
    public static final class PooledFrame implements RawFrame {

        private static final AtomicIntegerFieldUpdater<PooledFrame> LEASED =
                AtomicIntegerFieldUpdater.newUpdater(PooledFrame.class, "leased");

        private final PixelFormat format;
        private final int width;
        private final int height;
        private final int[] offsets;
        private final int[] strides;
        private final ByteBuffer data;
        private volatile int leased;
        private long captureNanos;
        private long sequence;

        private PooledFrame(PixelFormat format, int width, int height, int strideAlignment) {
            this.format = format;
            this.width = width;
            this.height = height;
            offsets = new int[format.planes()];
            strides = new int[format.planes()];
            int size = 0;
            for (int p = 0; p < offsets.length; p++) {
                offsets[p] = size;
                strides[p] = align(format.rowBytes(p, width), strideAlignment);
                size = align(size + strides[p] * format.rows(p, height), PLANE_ALIGNMENT);
            }
            data = ByteBuffer.allocateDirect(size + PLANE_ALIGNMENT).alignedSlice(PLANE_ALIGNMENT);
        }

        private static int align(int value, int alignment) {
            return (value + alignment - 1) & -alignment;
        }

        private boolean tryLease() {
            return LEASED.compareAndSet(this, 0, 1);
        }

        /** To be called once the samples are written and before the lease is handed on. */
        public PooledFrame stamp(long captureNanos, long sequence) {
            this.captureNanos = captureNanos;
            this.sequence = sequence;
            return this;
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

        /** Whoever fills a picture of a pool writes all of it. */
        @Override
        public boolean isWritable() {
            return true;
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
            leased = 0;
        }
    }
}
