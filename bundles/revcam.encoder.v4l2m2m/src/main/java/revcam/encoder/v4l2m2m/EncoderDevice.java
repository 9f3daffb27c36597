package revcam.encoder.v4l2m2m;

import java.nio.ByteBuffer;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import revcam.api.encoder.EncoderRequest;
import revcam.api.media.PixelFormat;
import revcam.api.media.RawFrame;
import revcam.api.media.StageException;
import revcam.api.media.StageException.Reason;
import revcam.v4l2.BufferQueue;
import revcam.v4l2.BufferType;
import revcam.v4l2.Control;
import revcam.v4l2.ControlId;
import revcam.v4l2.Fourcc;
import revcam.v4l2.FrameSizes;
import revcam.v4l2.LiveSettings;
import revcam.v4l2.MemoryType;
import revcam.v4l2.QueueBuffer;
import revcam.v4l2.SystemCalls;
import revcam.v4l2.V4l2Exception;
import revcam.v4l2.VideoDevice;
import revcam.v4l2.VideoFormat;

/**
 * An encoder's device, set up and streaming: formats, controls, buffers. Every call may block as long as the driver does; one
 * thread at a time.
 */
final class EncoderDevice implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(EncoderDevice.class);

    /** One that is encoded while the next is written. */
    private static final int RAW_BUFFERS = 2;
    /** For a source: two that its driver fills, one that waits, one that is encoded, and a spare one for each. */
    private static final int OFFERED_BUFFERS = 6;
    /** One that is read, one that is written, and spare ones for a reader that is late. */
    private static final int CODED_BUFFERS = 4;
    /** IDR pictures are asked for one by one; the hardware's own come only where it does not take a request. */
    private static final int FAR_APART = 0x7FFF_FFFF;

    private static final int VBR = 0;
    private static final int CBR = 1;
    private static final int HEADERS_JOINED = 1;

    final VideoDevice device;
    final BufferQueue coded;
    final List<QueueBuffer> codedBuffers;
    private final BufferType rawType;
    private BufferQueue raw;
    private List<QueueBuffer> rawBuffers;
    /** Whether pictures may be read where the capture has them. */
    private final boolean imports;
    /** The driver does not take the capture's memory. */
    private boolean refuses;
    /** What the capture was given instead. */
    private RawMemory given;
    /** Whether it may be asked again. */
    private boolean offers = true;
    private final PixelFormat format;
    private final int width;
    private final int height;
    private final int stride;
    private final int rawBytes;
    private final int sizeImage;
    private final Level level;
    private final LiveSettings live;
    private final Control bitrate;
    private final boolean forcesKeyframes;
    private boolean takesRates = true;

    /**
     * Opens a node.
     *
     * @return null when it is no H.264 encoder
     * @throws V4l2Exception when it could not be looked at, or was one and failed
     * @throws StageException UNSUPPORTED: one, but not for this request
     */
    static EncoderDevice open(SystemCalls calls, String path, V4l2M2mSettings settings, EncoderRequest request)
            throws V4l2Exception, StageException {
        VideoDevice device;
        try {
            device = VideoDevice.open(calls, path);
        } catch (V4l2Exception e) {
            if (e.call().equals("VIDIOC_QUERYCAP")) {
                return null;
            }
            throw e;
        }
        try {
            if (isEncoder(device)) {
                return new EncoderDevice(device, settings, request);
            }
        } catch (V4l2Exception | StageException | RuntimeException e) {
            device.close();
            throw e;
        }
        device.close();
        return null;
    }

    /** Whether a node is one of an H.264 encoder. @throws V4l2Exception when it cannot be opened */
    static boolean isEncoder(SystemCalls calls, String path) throws V4l2Exception {
        VideoDevice device;
        try {
            device = VideoDevice.open(calls, path);
        } catch (V4l2Exception e) {
            if (e.call().equals("VIDIOC_QUERYCAP")) {
                return false;
            }
            throw e;
        }
        try {
            return isEncoder(device);
        } finally {
            device.close();
        }
    }

    private static boolean isEncoder(VideoDevice device) throws V4l2Exception {
        return device.capability().isMemoryToMemory() && device.capability().isStreaming()
                && offers(device, codedType(device), Fourcc.H264) && !offers(device, rawType(device), Fourcc.H264);
    }

    private static BufferType rawType(VideoDevice device) {
        return device.capability().isMemoryToMemoryMultiPlanar() ? BufferType.OUTPUT_MPLANE : BufferType.OUTPUT;
    }

    private static BufferType codedType(VideoDevice device) {
        return device.capability().isMemoryToMemoryMultiPlanar() ? BufferType.CAPTURE_MPLANE : BufferType.CAPTURE;
    }

    private static boolean offers(VideoDevice device, BufferType type, int fourcc) throws V4l2Exception {
        return device.formats(type).stream().anyMatch(description -> description.fourcc() == fourcc);
    }

    private EncoderDevice(VideoDevice device, V4l2M2mSettings settings, EncoderRequest request)
            throws V4l2Exception, StageException {
        this.device = device;
        format = request.format();
        width = request.width();
        height = request.height();
        rawType = rawType(device);
        imports = settings.zeroCopy();
        BufferType codedType = codedType(device);
        int fourcc = switch (format) {
            case I420 -> Fourcc.YUV420;
            case NV12 -> Fourcc.NV12;
            case YUYV -> Fourcc.YUYV;
        };
        if (!offers(device, rawType, fourcc)) {
            throw new StageException(Reason.UNSUPPORTED, device + " does not take " + format
                    + "; choose another format at the capture, or another encoder");
        }
        level = Level.of(width, height, request.rate().fps(), Math.max(0, request.bitrateBps()));
        List<FrameSizes> sizes = device.frameSizes(fourcc);
        if (width < 2 || height < 2 || width % 2 != 0 || height % 2 != 0 || level == null
                || !sizes.isEmpty() && sizes.stream().noneMatch(size -> size.contains(width, height))) {
            throw impossible(request, sizes);
        }

        // The coded queue first (dev-encoder.rst, "Initialization"), both by themselves: some drivers do not pass sizes on.
        device.setFormat(codedType, new VideoFormat(width, height, Fourcc.H264).withSizeImage(codedBytes()));
        VideoFormat given = device.setFormat(rawType, new VideoFormat(width, height, fourcc));
        VideoFormat coded = device.format(codedType);
        if (given.fourcc() != fourcc || given.width() != width || given.height() != height
                || coded.width() != width || coded.height() != height || coded.fourcc() != Fourcc.H264) {
            throw impossible(request, sizes);
        }
        stride = Math.max(given.bytesPerLine(), format.rowBytes(0, width));
        live = device.liveSettings();
        int last = format.planes() - 1;
        rawBytes = planeOffset(last) + planeStride(last) * format.rows(last, height);
        setFrameRate(request.rate().numerator(), request.rate().denominator());
        bitrate = device.control(ControlId.VIDEO_BITRATE);
        forcesKeyframes = device.control(ControlId.VIDEO_FORCE_KEY_FRAME) != null;
        setControls(settings, request);

        if (given.sizeImage() < rawBytes) {
            throw impossible(request, sizes);
        }
        sizeImage = given.sizeImage();
        raw = device.queue(rawType, MemoryType.MMAP);
        this.coded = device.queue(codedType, MemoryType.MMAP);
        try {
            rawBuffers = raw.allocate(RAW_BUFFERS);
            codedBuffers = this.coded.allocate(CODED_BUFFERS);
            for (QueueBuffer buffer : codedBuffers) {
                this.coded.queue(buffer);
            }
            this.coded.streamOn();
            raw.streamOn();
        } catch (V4l2Exception | RuntimeException e) {
            raw.close();
            this.coded.close();
            throw e;
        }
        LOG.info("{}: {}x{} {} at {} frames/s, {} bit/s, level {}, rows of {} bytes", device, width, height, format,
                request.rate(), request.bitrateBps(), level, stride);
    }

    private StageException impossible(EncoderRequest request, List<FrameSizes> sizes) {
        return new StageException(Reason.UNSUPPORTED, device + " cannot encode " + request.width() + "x" + request.height()
                + " at " + request.rate() + " frames/s and " + request.bitrateBps() + " bit/s"
                + (sizes.isEmpty() ? "; choose another size or rate" : "; it offers even sizes of " + sizes.get(0)
                        + ", as far as H.264 level 5.1 goes"));
    }

    /** Room for the largest picture at any quantiser that matters: half of the raw one. Drivers choose less by themselves. */
    private int codedBytes() {
        return Math.max(512 << 10, width * height * 3 / 4);
    }

    private void setControls(V4l2M2mSettings settings, EncoderRequest request) throws V4l2Exception {
        // Variable by default: some firmware stalls on constant bitrate with Main profile at 1080p.
        set(ControlId.VIDEO_BITRATE_MODE, settings.constantBitrate() ? CBR : VBR);
        set(ControlId.VIDEO_REPEAT_SEQUENCE_HEADER, 1);
        set(ControlId.VIDEO_HEADER_MODE, HEADERS_JOINED);
        set(ControlId.VIDEO_B_FRAMES, 0);
        set(ControlId.VIDEO_H264_PROFILE, settings.profile().number);
        set(ControlId.VIDEO_H264_LEVEL, level.ordinal());
        // Both ways round, as each bounds the other in some drivers.
        set(ControlId.VIDEO_H264_MAX_QP, settings.maxQp());
        set(ControlId.VIDEO_H264_MIN_QP, settings.minQp());
        long pictures = forcesKeyframes || settings.gopSeconds() == 0 ? FAR_APART
                : Math.max(1, Math.round(settings.gopSeconds() * request.rate().fps()));
        set(ControlId.VIDEO_GOP_SIZE, pictures);
        set(ControlId.VIDEO_H264_I_PERIOD, pictures);
        setBitrate(request.bitrateBps());
    }

    /** Sets a control that the device has, to the nearest value that it allows; one that it does not have is left alone. */
    private void set(int id, long value) throws V4l2Exception {
        Control control = device.control(id);
        if (control == null || control.isReadOnly()) {
            return;
        }
        long allowed = Math.max(control.minimum(), Math.min(control.maximum(), value));
        if (!control.menu().isEmpty() && !control.menu().containsKey(allowed)) {
            LOG.warn("{} does not offer {} {}, only {}", device, control.name(), value, control.allowed());
            return;
        }
        device.setControl(id, (int) allowed);
    }

    /** Live; rounded down to what the driver's steps and the level allow. */
    void setBitrate(long bps) throws V4l2Exception {
        if (bitrate == null) {
            return;
        }
        long most = Math.min(bitrate.maximum(), level.maxBitrateBps());
        long within = Math.max(bitrate.minimum(), Math.min(most, bps));
        long step = Math.max(1, bitrate.step());
        live.setControl(ControlId.VIDEO_BITRATE, (int) (bitrate.minimum() + (within - bitrate.minimum()) / step * step));
    }

    /** The least that {@link #setBitrate} can set. */
    long minBitrate() {
        return bitrate == null ? 0 : bitrate.minimum();
    }

    /**
     * Tells the rate control how many pictures come in so many seconds.
     *
     * @return false where the driver cannot be told; bits per second are then to be asked for as if the first rate still held
     */
    boolean setFrameRate(int pictures, int seconds) {
        if (takesRates) {
            try {
                takesRates = live.setFrameRate(rawType, pictures, seconds);
            } catch (V4l2Exception e) {
                LOG.debug("no frame rate", e);
                takesRates = false;
            }
        }
        return takesRates;
    }

    boolean forcesKeyframes() {
        return forcesKeyframes;
    }

    /** Makes the next picture that the hardware begins an IDR picture. */
    void forceKeyframe() throws V4l2Exception {
        live.setControl(ControlId.VIDEO_FORCE_KEY_FRAME, 1);
    }

    /** Whether the frame is of the size and format that this was opened for, and lies within its memory. */
    String problemOf(RawFrame frame) {
        if (frame.width() != width || frame.height() != height || frame.format() != format) {
            return "a frame of " + frame.width() + "x" + frame.height() + " " + frame.format() + " came to an encoder of "
                    + width + "x" + height + " " + format;
        }
        for (int plane = 0; plane < format.planes(); plane++) {
            int row = format.rowBytes(plane, width);
            if (frame.planeOffset(plane) < 0 || frame.planeStride(plane) < row
                    || frame.planeOffset(plane) + (long) frame.planeStride(plane) * (format.rows(plane, height) - 1) + row
                            > frame.data().capacity()) {
                return "plane " + plane + " of a frame lies outside its memory";
            }
        }
        return null;
    }

    /** Those that take raw pictures; others after {@link #importPictures}. */
    List<QueueBuffer> rawBuffers() {
        return rawBuffers;
    }

    /** A raw picture that the hardware has read, or null. */
    QueueBuffer dequeueRaw() throws V4l2Exception {
        return raw.dequeue();
    }

    void queueRaw(QueueBuffer buffer) throws V4l2Exception {
        raw.queue(buffer);
    }

    /** Whether the hardware can be pointed to the frame's samples: a DMA-BUF with rows and planes where the driver has them. */
    boolean canImport(RawFrame frame) {
        if (!imports || frame.dmabufFd() < 0 || frame.data().capacity() < sizeImage
                || refuses && (given == null || !given.holds(frame.dmabufFd()))) {
            return false;
        }
        return fits(frame);
    }

    private boolean fits(RawFrame frame) {
        for (int plane = 0; plane < format.planes(); plane++) {
            if (frame.planeOffset(plane) != planeOffset(plane) || frame.planeStride(plane) != planeStride(plane)) {
                return false;
            }
        }
        return true;
    }

    boolean isImporting() {
        return raw.memoryType() == MemoryType.DMABUF;
    }

    /** Changes between reading pictures where they are and having them copied; to be called while the driver has none. */
    void importPictures(boolean wanted) throws V4l2Exception {
        raw.streamOff();
        raw.free();
        raw = device.queue(rawType, wanted ? MemoryType.DMABUF : MemoryType.MMAP);
        rawBuffers = raw.allocate(RAW_BUFFERS);
        raw.streamOn();
        LOG.info("{}: pictures are {}", device, wanted ? "read where the capture has them" : "copied to the driver");
    }

    /**
     * Lets the hardware read a frame where it is. The lease has to last until the buffer comes back.
     *
     * @return false when the driver refuses that memory, as it does if its pages are scattered; such is not tried again
     */
    boolean queueImported(RawFrame frame, QueueBuffer buffer) {
        buffer.setDmabuf(0, frame.dmabufFd(), frame.data().capacity()).setBytesUsed(0, rawBytes);
        int result = raw.tryQueue(buffer);
        if (result < 0) {
            LOG.info("{}: it does not take the capture's memory (error {})", device, -result);
            refuses = true;
        }
        return result >= 0;
    }

    /** Whether the frame's source has memory that the driver does not take, and could perhaps use what it takes. */
    boolean hasToOffer(RawFrame frame) {
        return offers && refuses && (given == null || given.isClosed()) && frame.dmabufFd() >= 0 && fits(frame);
    }

    /** Offers the frame's source memory that the driver takes. To be called while the driver has no picture. */
    void offerMemory(RawFrame frame) throws V4l2Exception {
        RawMemory memory = makeMemory();
        offers = memory != null && frame.offer(memory);
        if (offers) {
            given = memory;
            LOG.info("{}: the capture is given memory of the encoder's", device);
        } else if (memory != null) {
            memory.close();
        }
    }

    /** @return null where the kernel or its memory does not allow it */
    private RawMemory makeMemory() throws V4l2Exception {
        raw.streamOff();
        raw.free();
        BufferQueue queue = device.queue(rawType, MemoryType.MMAP);
        RawMemory memory = null;
        try {
            List<QueueBuffer> made = queue.allocate(OFFERED_BUFFERS);
            if (queue.canOrphan()) {
                memory = new RawMemory(queue, made, format, width, height, this::planeOffset, this::planeStride);
                queue.orphan();
            } else {
                queue.free();
            }
        } catch (V4l2Exception e) {
            LOG.info("{}: it cannot share memory with the capture, {}", device, e.getMessage());
            if (memory != null) {
                memory.close();
            }
            queue.free();
            memory = null;
        }
        importPictures(false);
        return memory;
    }

    /** Writes a frame's samples into a buffer, with the rows as far apart as the driver has them. */
    void write(RawFrame frame, QueueBuffer buffer) {
        ByteBuffer from = frame.data();
        if (from.limit() != from.capacity()) {
            from = from.duplicate().clear(); // its limit means nothing, and would be heeded
        }
        ByteBuffer to = buffer.memory(0);
        for (int plane = 0; plane < format.planes(); plane++) {
            int row = format.rowBytes(plane, width);
            int rows = format.rows(plane, height);
            int source = frame.planeOffset(plane);
            int target = planeOffset(plane);
            int sourceStride = frame.planeStride(plane);
            int targetStride = planeStride(plane);
            if (sourceStride == targetStride) {
                to.put(target, from, source, targetStride * (rows - 1) + row);
                continue;
            }
            for (int y = 0; y < rows; y++) {
                to.put(target + y * targetStride, from, source + y * sourceStride, row);
            }
        }
        buffer.setBytesUsed(0, rawBytes);
    }

    private int planeStride(int plane) {
        return format == PixelFormat.I420 && plane > 0 ? stride / 2 : stride;
    }

    private int planeOffset(int plane) {
        int offset = 0;
        for (int before = 0; before < plane; before++) {
            offset += planeStride(before) * format.rows(before, height);
        }
        return offset;
    }

    /** Gives everything back; takes as long as a hanging driver does. Idempotent. */
    @Override
    public void close() {
        if (given != null) {
            given.unwanted();
        }
        raw.close();
        coded.close();
        device.close();
    }

    @Override
    public String toString() {
        return device.toString();
    }
}
