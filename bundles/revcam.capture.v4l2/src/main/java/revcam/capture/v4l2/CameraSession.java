package revcam.capture.v4l2;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import revcam.api.capture.CaptureRequest;
import revcam.api.media.FrameMemory;
import revcam.api.media.FramePool;
import revcam.api.media.FrameRate;
import revcam.api.media.PixelFormat;
import revcam.api.media.RawFrame;
import revcam.api.media.StageException;
import revcam.api.media.StageException.Reason;
import revcam.v4l2.BufferFlags;
import revcam.v4l2.BufferQueue;
import revcam.v4l2.BufferType;
import revcam.v4l2.DevicePoll;
import revcam.v4l2.Errno;
import revcam.v4l2.MemoryType;
import revcam.v4l2.QueueBuffer;
import revcam.v4l2.SystemCalls;
import revcam.v4l2.V4l2Exception;
import revcam.v4l2.VideoDevice;
import revcam.v4l2.VideoFormat;

/**
 * A camera that streams, from its opening until it is closed or goes away. Frames are lent straight from the driver's
 * memory where their layout is one that encoders know, and copied otherwise. An encoder that cannot read the driver's memory
 * in place may give memory of its own, which the driver fills from then on. All calls come from one thread, except
 * {@link #wake()} and {@link #offer}.
 */
final class CameraSession implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(CameraSession.class);

    /** Stay with the driver: one that it fills, and the one that it fills next. */
    private static final int KEPT = 2;
    /** For copies: one being filled, one waiting, one being encoded, one for a second encoder while they are swapped. */
    private static final int COPIES = 4;
    private static final int STRIDE_ALIGNMENT = 64;
    private static final int WAIT_MILLIS = 250;

    private final VideoDevice device;
    private final BufferType type;
    private final CameraFormat source;
    private final PixelFormat frames;
    private final VideoFormat format;
    private final FrameRate rate;
    private final int bufferCount;
    private final boolean movable;
    private final DevicePoll poll;
    private BufferQueue queue;
    private List<QueueBuffer> buffers;
    /** Null where pictures are copied. */
    private CameraFrame[] lendable;
    /** That the driver fills; null for its own. */
    private FrameMemory memory;
    /** To be used next, or null; guarded by this. */
    private FrameMemory offered;
    /** What was offered is tried, or did not work: whoever sees it closed may offer other memory at once; guarded by this. */
    private boolean declines;
    private boolean closed;
    /** Null where pictures are lent. */
    private final FramePool copies;
    private final Samples samples;

    private CameraSession(VideoDevice device, CaptureRequest request, V4l2Settings settings)
            throws V4l2Exception, StageException {
        this.device = device;
        type = CameraMode.queueOf(device);
        CameraControls controls = new CameraControls(device);
        controls.orient(settings);
        CameraMode mode = CameraMode.choose(device, request, settings);
        source = mode.format();
        frames = mode.frames();
        format = device.setFormat(type, new VideoFormat(mode.width(), mode.height(), source.fourcc));
        checkLayout();
        // Always: drivers begin at whatever rate was used last, or at their slowest.
        FrameRate answered = device.setFrameRate(type, mode.rate());
        rate = answered == null ? mode.rate() : answered;
        controls.adjust(settings);
        boolean foreign = source.blocks > 1 || frames != source.samples;
        bufferCount = foreign ? KEPT + 1 : settings.buffers();
        queue = device.queue(type, MemoryType.MMAP);
        buffers = queue.allocate(bufferCount);
        movable = queue.canOrphan();
        // A driver may make fewer than it was asked for.
        boolean copied = foreign || buffers.size() < KEPT + 2;
        samples = copied ? new Samples(source, format.width(), format.height()) : null;
        copies = copied ? new FramePool(COPIES, frames, format.width(), format.height(), STRIDE_ALIGNMENT) : null;
        lendable = copied ? null : new CameraFrame[buffers.size()];
        DevicePoll opened = null;
        try {
            for (QueueBuffer buffer : buffers) {
                checkLength(buffer);
            }
            queueAll();
            opened = new DevicePoll(device);
            poll = opened;
            queue.streamOn();
        } catch (V4l2Exception | StageException | RuntimeException e) {
            if (opened != null) {
                opened.close();
            }
            retireBuffers();
            throw e;
        }
        LOG.info("{} gives {} {} as {}, {} frames a second{}{}", device, source, size(), frames, rate,
                copied ? ", copied" : "", shortOf(request));
    }

    /**
     * Opens a camera and lets it stream.
     *
     * @throws StageException what cannot work whatever is tried
     */
    static CameraSession open(SystemCalls calls, String path, CaptureRequest request, V4l2Settings settings)
            throws V4l2Exception, StageException {
        VideoDevice device = VideoDevice.open(calls, path);
        try {
            if (!device.capability().isCapture() || !device.capability().isStreaming()) {
                throw new StageException(Reason.UNSUPPORTED, device + " is no camera; the devices there are: v4l2-ctl "
                        + "--list-devices");
            }
            return new CameraSession(device, request, settings);
        } catch (V4l2Exception | StageException | RuntimeException e) {
            device.close();
            throw e;
        }
    }

    int width() {
        return format.width();
    }

    int height() {
        return format.height();
    }

    PixelFormat frames() {
        return frames;
    }

    FrameRate rate() {
        return rate;
    }

    /** Gives the driver its buffers. */
    private void queueAll() throws V4l2Exception {
        for (QueueBuffer buffer : buffers) {
            if (lendable != null && memory == null) {
                lendable[buffer.index()] = lendable(buffer);
            }
            queue.queue(buffer);
        }
    }

    /** Any thread; see {@link RawFrame#offer}. */
    private synchronized boolean offer(FrameMemory memory) {
        if (closed || declines || offered != null || !movable || !fits(memory)) {
            return false;
        }
        offered = memory;
        return true;
    }

    /** Whether the driver would put its pictures just where whoever made the memory expects them. */
    private boolean fits(FrameMemory memory) {
        if (memory.format() != source.samples || memory.width() != width() || memory.height() != height()
                || memory.buffers() < KEPT + 2 || memory.data(0).capacity() < format.planes().get(0).sizeImage()) {
            return false;
        }
        for (int plane = 0; plane < source.samples.planes(); plane++) {
            if (memory.planeOffset(plane) != source.offset(plane, bytesPerLine(0), height())
                    || memory.planeStride(plane) != source.stride(plane, bytesPerLine(0))) {
                return false;
            }
        }
        return true;
    }

    /** Changes to memory that was offered, or back from some that is not wanted any more. */
    private void settle() throws V4l2Exception {
        FrameMemory next;
        synchronized (this) {
            next = offered;
            offered = null;
            declines |= next != null;
        }
        if (next == null && (memory == null || memory.isWanted())) {
            return;
        }
        try {
            moveTo(next);
            synchronized (this) {
                declines &= next == null;
            }
            LOG.info("{} puts its pictures into {}", device, next == null ? "its own memory" : "the encoder's memory");
        } catch (V4l2Exception e) {
            if (next == null) {
                throw e;
            }
            LOG.info("{} does not take the encoder's memory, {}", device, e.getMessage());
            moveTo(null);
        }
    }

    private void moveTo(FrameMemory next) throws V4l2Exception {
        memory = next;
        try {
            queue.streamOff();
            retireBuffers();
            buffers = List.of();
            queue.orphan();
            queue = device.queue(type, next == null ? MemoryType.MMAP : MemoryType.DMABUF);
            List<QueueBuffer> made = queue.allocate(next == null ? bufferCount : next.buffers());
            buffers = next == null ? made : made.subList(0, Math.min(made.size(), next.buffers()));
        } catch (V4l2Exception e) {
            if (next != null) {
                next.close();
            }
            throw e;
        }
        lendable = new CameraFrame[buffers.size()];
        if (next != null) {
            AtomicInteger held = new AtomicInteger(buffers.size());
            for (QueueBuffer buffer : buffers) {
                ByteBuffer data = next.data(buffer.index());
                buffer.setDmabuf(0, next.dmabufFd(buffer.index()), data.capacity());
                lendable[buffer.index()] = new CameraFrame(buffer, data, source, width(), height(), bytesPerLine(0),
                        next.dmabufFd(buffer.index()), () -> {
                            if (held.decrementAndGet() == 0) {
                                next.close();
                            }
                        }, this::offer);
            }
        }
        queueAll();
        queue.streamOn();
    }

    /** Controls that were changed while it streams. */
    void adjust(V4l2Settings settings) throws V4l2Exception {
        new CameraControls(device).adjust(settings);
    }

    /** The next picture, to be made use of by {@link #frame} or {@link #skip}; null when none came yet or it was woken. */
    QueueBuffer await() throws V4l2Exception {
        settle();
        giveBackReturned();
        int happened = poll.await(DevicePoll.READABLE, WAIT_MILLIS);
        if ((happened & ~DevicePoll.WOKEN) == 0) {
            return null;
        }
        QueueBuffer buffer = queue.dequeue();
        if (buffer == null && (happened & (DevicePoll.ERROR | DevicePoll.HANGUP)) != 0) {
            // It would be said again at once, and for ever.
            throw new V4l2Exception(device.path(), "poll", Errno.EIO.number());
        }
        return buffer;
    }

    /** Ends an {@link #await}, from any thread. */
    void wake() {
        poll.wake();
    }

    /** Whether the driver filled it, and wholly. */
    boolean isWhole(QueueBuffer buffer) {
        boolean whole = !buffer.has(BufferFlags.ERROR);
        for (int block = 0; block < source.blocks; block++) {
            whole &= buffer.bytesUsed(block) >= source.bytes(block, bytesPerLine(block), width(), height());
        }
        return whole;
    }

    /** A lease on the picture, or null when every one is out; the buffer goes back to the driver when it can. */
    RawFrame frame(QueueBuffer buffer, long captureNanos, long sequence) throws V4l2Exception {
        if (copies == null) {
            if (lent() >= buffers.size() - KEPT) {
                queue.queue(buffer);
                return null;
            }
            return lendable[buffer.index()].lend(captureNanos, sequence);
        }
        FramePool.PooledFrame frame = copies.acquire();
        if (frame != null) {
            copy(buffer, frame);
            frame.stamp(captureNanos, sequence);
        }
        try {
            queue.queue(buffer);
        } catch (V4l2Exception e) {
            if (frame != null) {
                frame.close();
            }
            throw e;
        }
        return frame;
    }

    private void copy(QueueBuffer buffer, FramePool.PooledFrame frame) {
        if (frames != source.samples) {
            samples.yuyvToI420(buffer.memory(0), bytesPerLine(0), frame);
            return;
        }
        for (int plane = 0; plane < source.samples.planes(); plane++) {
            int block = source.block(plane);
            int bytesPerLine = bytesPerLine(block);
            samples.copyPlane(plane, buffer.memory(block),
                    buffer.dataOffset(block) + source.offset(plane, bytesPerLine, height()),
                    source.stride(plane, bytesPerLine), frame);
        }
    }

    /** Gives a picture back unused. */
    void skip(QueueBuffer buffer) throws V4l2Exception {
        queue.queue(buffer);
    }

    /** Stops the camera. Frames on lease stay readable, their memory goes with the lease. */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            if (offered != null) {
                offered.close();
                offered = null;
            }
        }
        poll.close();
        try {
            queue.streamOff();
        } catch (V4l2Exception e) {
            LOG.debug("{}", e.getMessage());
        }
        retireBuffers();
        device.close();
    }

    @Override
    public String toString() {
        return device.toString();
    }

    private String size() {
        return format.width() + "x" + format.height();
    }

    private String shortOf(CaptureRequest request) {
        boolean other = width() != request.width() || height() != request.height() || rate.fps() < 0.9 * request.rate().fps();
        return other ? "; that is the nearest to " + request.width() + "x" + request.height() + " at " + request.rate() + " that it offers" : "";
    }

    private void retireBuffers() {
        for (QueueBuffer buffer : buffers) {
            if (lendable != null && lendable[buffer.index()] != null) {
                lendable[buffer.index()].retire();
            } else {
                buffer.unmap();
            }
        }
    }

    private void giveBackReturned() throws V4l2Exception {
        if (lendable != null) {
            for (CameraFrame frame : lendable) {
                if (frame.takeReturned()) {
                    queue.queue(frame.buffer());
                }
            }
        }
    }

    private int lent() {
        int lent = 0;
        for (CameraFrame frame : lendable) {
            lent += frame.isLent() ? 1 : 0;
        }
        return lent;
    }

    private CameraFrame lendable(QueueBuffer buffer) {
        int descriptor = -1;
        try {
            descriptor = queue.export(buffer, 0);
        } catch (V4l2Exception e) {
            LOG.debug("{}: pictures cannot be shared with hardware, {}", device, e.errno());
        }
        int exported = descriptor;
        BufferQueue exporter = queue;
        return new CameraFrame(buffer, buffer.memory(0), source, width(), height(), bytesPerLine(0), exported,
                () -> {
                    if (exported >= 0) {
                        exporter.closeDescriptor(exported);
                    }
                }, this::offer);
    }

    private int bytesPerLine(int block) {
        int told = format.planes().get(block).bytesPerLine();
        return told == 0 ? source.samples.rowBytes(source.blocks == 1 ? 0 : block, width()) : told;
    }

    private void checkLayout() throws StageException {
        if (format.fourcc() != source.fourcc || format.planes().size() != source.blocks
                || (format.width() | format.height()) % 2 != 0) {
            throw new StageException(Reason.UNAVAILABLE, device + " offers " + source + " and then gives " + format + " in "
                    + format.planes().size() + " planes; ask for another size, or set format in revcam.capture.v4l2.cfg");
        }
        for (int block = 0; block < source.blocks; block++) {
            int bytesPerLine = bytesPerLine(block);
            int needed = source.bytes(block, bytesPerLine, width(), height());
            if (bytesPerLine < source.samples.rowBytes(block, width()) || needed > format.planes().get(block).sizeImage()
                    || source == CameraFormat.YUV420 && bytesPerLine % 2 != 0) {
                throw new StageException(Reason.UNAVAILABLE, device + " says that a picture of " + format + " has rows of "
                        + bytesPerLine + " bytes and " + format.planes().get(block).sizeImage() + " bytes in all, which cannot be; "
                        + "ask for another size, or set format in revcam.capture.v4l2.cfg");
            }
        }
    }

    private void checkLength(QueueBuffer buffer) throws StageException {
        for (int block = 0; block < source.blocks; block++) {
            if (buffer.length(block) < source.bytes(block, bytesPerLine(block), width(), height())) {
                throw new StageException(Reason.UNAVAILABLE, device + " made buffers of " + buffer.length(block)
                        + " bytes, too small for " + format + "; ask for another size");
            }
        }
    }
}
