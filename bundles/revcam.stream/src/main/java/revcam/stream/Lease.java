package revcam.stream;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import revcam.api.media.FrameMemory;
import revcam.api.media.PixelFormat;
import revcam.api.media.RawFrame;

/**
 * A frame on lease to an encoder or an engine, which is how it is known what is inside one. Once closed it is lent again, with
 * another frame; {@link Leases} says what that means to one who closes it twice.
 *
 * <p>One thread lends; leases end on any.
 */
final class Lease implements RawFrame {

    private static final int FREE = 0;
    private static final int OPEN = 1;
    /** Between the two, while the frame is given back: nobody may lend it yet. */
    private static final int ENDING = 2;

    private final Runnable onReturn;
    private final AtomicInteger state = new AtomicInteger();
    private volatile boolean closedTwice;
    // Written by the one who lends, while it is free. They outlive the lease, for an encoder that still asks for the time.
    private RawFrame frame;
    private FrameMailbox.Delivery delivery;

    /** @param onReturn run each time that it ends, after the frame was given back */
    Lease(Runnable onReturn) {
        this.onReturn = onReturn;
    }

    /** With a frame of the engine's own. */
    Lease lend(RawFrame own) {
        return lend(own, null);
    }

    /** With a capture's frame, of which this takes one hold over. */
    Lease lend(FrameMailbox.Delivery taken) {
        return lend(taken.frame(), taken);
    }

    private Lease lend(RawFrame next, FrameMailbox.Delivery taken) {
        frame = next;
        delivery = taken;
        state.set(OPEN);
        return this;
    }

    /** Whether it may be lent. */
    boolean isFree() {
        return state.get() == FREE;
    }

    /** Whether somebody closed it who had already done so. */
    boolean wasClosedTwice() {
        return closedTwice;
    }

    @Override
    public void close() {
        if (!state.compareAndSet(OPEN, ENDING)) {
            closedTwice = true;
            return;
        }
        if (delivery == null) {
            frame.close();
        } else {
            delivery.release();
        }
        state.set(FREE);
        onReturn.run();
    }

    @Override
    public PixelFormat format() {
        return frame.format();
    }

    @Override
    public int width() {
        return frame.width();
    }

    @Override
    public int height() {
        return frame.height();
    }

    @Override
    public ByteBuffer data() {
        return frame.data();
    }

    @Override
    public int planeOffset(int plane) {
        return frame.planeOffset(plane);
    }

    @Override
    public int planeStride(int plane) {
        return frame.planeStride(plane);
    }

    @Override
    public int dmabufFd() {
        return frame.dmabufFd();
    }

    @Override
    public boolean offer(FrameMemory memory) {
        return frame.offer(memory);
    }

    @Override
    public long captureNanos() {
        return frame.captureNanos();
    }

    @Override
    public long sequence() {
        return frame.sequence();
    }
}
