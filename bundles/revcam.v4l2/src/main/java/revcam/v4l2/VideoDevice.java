package revcam.v4l2;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import revcam.api.media.FrameRate;

/**
 * An open device node. The calls allocate and may block for as long as the driver does (a hung encoder firmware holds them for
 * seconds), so they belong to whoever sets the device up; buffers go through a {@link BufferQueue}. Any thread, and several
 * at once as far as the driver allows.
 *
 * <p>{@link #close()} has to come after the last call of any other thread has returned: the kernel gives the descriptor's
 * number to whoever opens something next. Calls that begin later fail with EBADF.
 */
public final class VideoDevice implements AutoCloseable {

    private static final int FMT_FLAG_COMPRESSED = 1;
    private static final int FMT_FLAG_EMULATED = 2;
    private static final int CAP_DEVICE_CAPS = 0x8000_0000;
    private static final int NEXT_CONTROL = 0x8000_0000;
    /** Makes {@code v4l2_pix_format} say how colours are meant. */
    private static final int PIX_FMT_PRIV_MAGIC = 0xFEED_CAFE;
    private static final int FRMSIZE_DISCRETE = 1;
    private static final int TIME_PER_FRAME = 0x1000;
    /** Of a list that a driver might never end. */
    private static final int MAX_ENUMERATED = 4096;

    private final SystemCalls calls;
    private final String path;
    private final Capability capability;
    private volatile int fd;
    private Abi abi;

    private VideoDevice(SystemCalls calls, String path, int fd) throws V4l2Exception {
        this.calls = calls;
        this.path = path;
        this.fd = fd;
        abi = calls.abi();
        capability = queryCapability();
        chooseTimes();
    }

    /**
     * Opens a node, without waiting for anybody who has it open.
     *
     * @param path such as {@code /dev/video0} or a link to it
     */
    public static VideoDevice open(SystemCalls calls, String path) throws V4l2Exception {
        int fd = retried(() -> calls.open(path));
        if (fd < 0) {
            throw new V4l2Exception(path, "open", -fd);
        }
        try {
            return new VideoDevice(calls, path, fd);
        } catch (V4l2Exception | RuntimeException e) {
            calls.close(fd);
            throw e;
        }
    }

    /** As it was opened. */
    public String path() {
        return path;
    }

    public Capability capability() {
        return capability;
    }

    /** The formats that a queue offers, in the driver's order. */
    public List<FormatDescription> formats(BufferType type) throws V4l2Exception {
        List<FormatDescription> formats = new ArrayList<>();
        ByteBuffer memory = allocate(Struct.FMTDESC);
        for (int index = 0; index < MAX_ENUMERATED; index++) {
            put(memory, Field.FMTDESC_INDEX, index);
            put(memory, Field.FMTDESC_TYPE, type.number());
            if (!enumerate(Request.ENUM_FMT, memory)) {
                break;
            }
            int flags = get(memory, Field.FMTDESC_FLAGS);
            formats.add(new FormatDescription(get(memory, Field.FMTDESC_PIXELFORMAT),
                    text(memory, Field.FMTDESC_DESCRIPTION), (flags & FMT_FLAG_COMPRESSED) != 0,
                    (flags & FMT_FLAG_EMULATED) != 0));
        }
        return formats;
    }

    /** The sizes offered in a format; none where the driver does not tell. */
    public List<FrameSizes> frameSizes(int fourcc) throws V4l2Exception {
        List<FrameSizes> sizes = new ArrayList<>();
        ByteBuffer memory = allocate(Struct.FRMSIZEENUM);
        for (int index = 0; index < MAX_ENUMERATED; index++) {
            put(memory, Field.FRMSIZE_INDEX, index);
            put(memory, Field.FRMSIZE_PIXEL_FORMAT, fourcc);
            if (!enumerate(Request.ENUM_FRAMESIZES, memory)) {
                break;
            }
            if (get(memory, Field.FRMSIZE_TYPE) == FRMSIZE_DISCRETE) {
                sizes.add(FrameSizes.of(get(memory, Field.FRMSIZE_WIDTH), get(memory, Field.FRMSIZE_HEIGHT)));
            } else {
                sizes.add(new FrameSizes(
                        get(memory, Field.FRMSIZE_MIN_WIDTH), get(memory, Field.FRMSIZE_MAX_WIDTH),
                        get(memory, Field.FRMSIZE_STEP_WIDTH), get(memory, Field.FRMSIZE_MIN_HEIGHT),
                        get(memory, Field.FRMSIZE_MAX_HEIGHT), get(memory, Field.FRMSIZE_STEP_HEIGHT)));
                break;
            }
        }
        return sizes;
    }

    /** The rates offered at a size; none where the driver does not tell. */
    public List<FrameRates> frameRates(int fourcc, int width, int height) throws V4l2Exception {
        List<FrameRates> rates = new ArrayList<>();
        ByteBuffer memory = allocate(Struct.FRMIVALENUM);
        for (int index = 0; index < MAX_ENUMERATED; index++) {
            put(memory, Field.FRMIVAL_INDEX, index);
            put(memory, Field.FRMIVAL_PIXEL_FORMAT, fourcc);
            put(memory, Field.FRMIVAL_WIDTH, width);
            put(memory, Field.FRMIVAL_HEIGHT, height);
            if (!enumerate(Request.ENUM_FRAMEINTERVALS, memory)) {
                break;
            }
            FrameRate fastest = rate(get(memory, Field.FRMIVAL_NUMERATOR), get(memory, Field.FRMIVAL_DENOMINATOR));
            if (get(memory, Field.FRMIVAL_TYPE) == FRMSIZE_DISCRETE) {
                if (fastest != null) {
                    rates.add(new FrameRates(fastest, fastest));
                }
            } else {
                FrameRate slowest = rate(get(memory, Field.FRMIVAL_MAX_NUMERATOR), get(memory, Field.FRMIVAL_MAX_DENOMINATOR));
                if (fastest != null && slowest != null) {
                    rates.add(new FrameRates(slowest, fastest));
                }
                break;
            }
        }
        return rates;
    }

    public VideoFormat format(BufferType type) throws V4l2Exception {
        ByteBuffer memory = allocate(Struct.FORMAT);
        put(memory, Field.FORMAT_TYPE, type.number());
        call(Request.G_FMT, memory);
        return format(type, memory);
    }

    /**
     * Asks for a format. A driver changes what it cannot do rather than refuse.
     *
     * @return what it is now, padding of rows included
     */
    public VideoFormat setFormat(BufferType type, VideoFormat wanted) throws V4l2Exception {
        return format(Request.S_FMT, type, wanted);
    }

    /** What {@link #setFormat} would make of it. */
    public VideoFormat tryFormat(BufferType type, VideoFormat wanted) throws V4l2Exception {
        return format(Request.TRY_FMT, type, wanted);
    }

    /** Pictures per second, or null where the driver has no such setting. */
    public FrameRate frameRate(BufferType type) throws V4l2Exception {
        ByteBuffer memory = allocate(Struct.STREAMPARM);
        put(memory, Field.STREAMPARM_TYPE, type.number());
        return parameters(Request.G_PARM, type, memory) ? rate(type, memory) : null;
    }

    /**
     * Asks for a frame rate (VIDIOC_S_PARM). Without it some drivers run at their slowest.
     *
     * @return what it is now, or null where the driver has no such setting
     */
    public FrameRate setFrameRate(BufferType type, FrameRate wanted) throws V4l2Exception {
        ByteBuffer memory = allocate(Struct.STREAMPARM);
        return setFrameRate(type, wanted.numerator(), wanted.denominator(), memory) ? rate(type, memory) : null;
    }

    /** @return whether the driver has such a setting; it is in the memory then */
    boolean setFrameRate(BufferType type, int pictures, int seconds, ByteBuffer memory) throws V4l2Exception {
        clear(memory);
        put(memory, Field.STREAMPARM_TYPE, type.number());
        put(memory, numerator(type), seconds);
        put(memory, denominator(type), pictures);
        return parameters(Request.S_PARM, type, memory);
    }

    /** Every control there is, disabled ones and classes left out. */
    public List<Control> controls() throws V4l2Exception {
        List<Control> controls = new ArrayList<>();
        ByteBuffer memory = allocate(Struct.QUERY_EXT_CTRL);
        int id = 0;
        for (int count = 0; count < MAX_ENUMERATED; count++) {
            clear(memory);
            put(memory, Field.QUERY_EXT_CTRL_ID, id | NEXT_CONTROL);
            if (!enumerate(Request.QUERY_EXT_CTRL, memory)) {
                break;
            }
            Control control = control(memory);
            if (Integer.compareUnsigned(control.id(), id) <= 0) {
                break;
            }
            id = control.id();
            if (!control.isDisabled() && control.type() != Control.Type.CLASS) {
                controls.add(control);
            }
        }
        return controls;
    }

    /** Describes a control, or null when the device does not have it. */
    public Control control(int id) throws V4l2Exception {
        ByteBuffer memory = allocate(Struct.QUERY_EXT_CTRL);
        put(memory, Field.QUERY_EXT_CTRL_ID, id);
        if (!enumerate(Request.QUERY_EXT_CTRL, memory)) {
            return null;
        }
        Control control = control(memory);
        return control.isDisabled() ? null : control;
    }

    /** The value of a number of 32 bits: of any type but INTEGER64. */
    public int getControl(int id) throws V4l2Exception {
        ByteBuffer memory = allocate(Struct.CONTROL);
        put(memory, Field.CONTROL_ID, id);
        check(controlCall(id), ioctl(Request.G_CTRL, memory));
        return get(memory, Field.CONTROL_VALUE);
    }

    /**
     * Sets a number of 32 bits: of any type but INTEGER64. Drivers clamp what is out of range or refuse with ERANGE.
     *
     * @return the value as the driver took it
     */
    public int setControl(int id, int value) throws V4l2Exception {
        return setControl(id, value, allocate(Struct.CONTROL));
    }

    int setControl(int id, int value, ByteBuffer memory) throws V4l2Exception {
        put(memory, Field.CONTROL_ID, id);
        put(memory, Field.CONTROL_VALUE, value);
        int result = ioctl(Request.S_CTRL, memory);
        if (result < 0) {
            throw new V4l2Exception(path, controlCall(id), -result);
        }
        return get(memory, Field.CONTROL_VALUE);
    }

    /** For what is set again and again while pictures flow. */
    public LiveSettings liveSettings() {
        return new LiveSettings(this);
    }

    /** The value of an INTEGER64. */
    public long getControl64(int id) throws V4l2Exception {
        return control64(Request.G_EXT_CTRLS, id, 0);
    }

    /** Sets an INTEGER64. @return the value as the driver took it */
    public long setControl64(int id, long value) throws V4l2Exception {
        return control64(Request.S_EXT_CTRLS, id, value);
    }

    /** A queue of this device, without buffers yet. */
    public BufferQueue queue(BufferType type, MemoryType memoryType) {
        return new BufferQueue(this, type, memoryType);
    }

    /** @param type see {@link Event} @param id of a control, else 0 */
    public void subscribe(int type, int id) throws V4l2Exception {
        subscription(Request.SUBSCRIBE_EVENT, type, id);
    }

    public void unsubscribe(int type, int id) throws V4l2Exception {
        subscription(Request.UNSUBSCRIBE_EVENT, type, id);
    }

    /** The oldest event that waits, or null. {@link DevicePoll#EVENT} says when there is one. */
    public Event dequeueEvent() throws V4l2Exception {
        ByteBuffer memory = allocate(Struct.EVENT);
        int result = ioctl(Request.DQEVENT, memory);
        // ENOENT: none waits; EAGAIN is not documented for it but costs nothing to take for the same.
        if (result == -Errno.ENOENT.number() || result == -Errno.EAGAIN.number()) {
            return null;
        }
        check(Request.DQEVENT.symbol, result);
        return new Event(get(memory, Field.EVENT_TYPE), get(memory, Field.EVENT_ID), get(memory, Field.EVENT_CHANGES),
                get(memory, Field.EVENT_PENDING), get(memory, Field.EVENT_SEQUENCE));
    }

    /** Lets an encoder go on after a drain ({@code V4L2_ENC_CMD_START}). */
    public void startEncoder() throws V4l2Exception {
        encoderCommand(0);
    }

    /** Makes an encoder drain: it encodes what it has, then says that it is at its end ({@code V4L2_ENC_CMD_STOP}). */
    public void stopEncoder() throws V4l2Exception {
        encoderCommand(1);
    }

    /** Closes the node; its queues have to be closed, or all but their mapped memory is gone. Idempotent. */
    @Override
    public synchronized void close() {
        int open = fd;
        fd = -1;
        if (open >= 0) {
            calls.close(open);
        }
    }

    @Override
    public String toString() {
        return capability.card() + " (" + path + ")";
    }

    SystemCalls calls() {
        return calls;
    }

    /** -1 once closed. */
    int fd() {
        return fd;
    }

    Abi abi() {
        return abi;
    }

    ByteBuffer allocate(Struct struct) {
        return ByteBuffer.allocateDirect(struct.size(abi)).order(ByteOrder.nativeOrder());
    }

    /** The kernel's answer; does not allocate. */
    int ioctl(Request request, ByteBuffer memory) {
        int result;
        do {
            result = calls.ioctl(fd, request.number(abi), memory);
        } while (result == -Errno.EINTR.number());
        return result;
    }

    void call(Request request, ByteBuffer memory) throws V4l2Exception {
        check(request.symbol, ioctl(request, memory));
    }

    void check(String call, int result) throws V4l2Exception {
        if (result < 0) {
            throw new V4l2Exception(path, call, -result);
        }
    }

    void put(ByteBuffer memory, Field field, int value) {
        memory.putInt(field.at(abi), value);
    }

    int get(ByteBuffer memory, Field field) {
        return memory.getInt(field.at(abi));
    }

    private interface Call {
        int run();
    }

    private static int retried(Call call) {
        int result;
        do {
            result = call.run();
        } while (result == -Errno.EINTR.number());
        return result;
    }

    private Capability queryCapability() throws V4l2Exception {
        ByteBuffer memory = allocate(Struct.CAPABILITY);
        call(Request.QUERYCAP, memory);
        int capabilities = get(memory, Field.CAPABILITY_CAPABILITIES);
        return new Capability(text(memory, Field.CAPABILITY_DRIVER), text(memory, Field.CAPABILITY_CARD),
                text(memory, Field.CAPABILITY_BUS_INFO),
                (capabilities & CAP_DEVICE_CAPS) != 0 ? get(memory, Field.CAPABILITY_DEVICE_CAPS) : capabilities);
    }

    /** 32-bit kernels before 5.6 know times of 32 bits only: they do not know the other form's VIDIOC_QUERYBUF at all. */
    private void chooseTimes() {
        if (abi == Abi.ILP32_TIME64 && capability.isStreaming() && !knowsQuerybuf()) {
            abi = Abi.ILP32_TIME32;
            if (!knowsQuerybuf()) {
                abi = Abi.ILP32_TIME64;
            }
        }
    }

    private boolean knowsQuerybuf() {
        ByteBuffer memory = allocate(Struct.BUFFER);
        put(memory, Field.BUFFER_TYPE, BufferType.CAPTURE.number());
        return ioctl(Request.QUERYBUF, memory) != -Errno.ENOTTY.number();
    }

    /** @return false at the end of the list, and where the driver has none */
    private boolean enumerate(Request request, ByteBuffer memory) throws V4l2Exception {
        int result = ioctl(request, memory);
        if (result == -Errno.EINVAL.number() || result == -Errno.ENOTTY.number()) {
            return false;
        }
        check(request.symbol, result);
        return true;
    }

    private VideoFormat format(Request request, BufferType type, VideoFormat wanted) throws V4l2Exception {
        ByteBuffer memory = allocate(Struct.FORMAT);
        put(memory, Field.FORMAT_TYPE, type.number());
        VideoFormat.Colorimetry colorimetry = wanted.colorimetry();
        if (type.isMultiPlanar()) {
            put(memory, Field.PIX_MP_WIDTH, wanted.width());
            put(memory, Field.PIX_MP_HEIGHT, wanted.height());
            put(memory, Field.PIX_MP_PIXELFORMAT, wanted.fourcc());
            put(memory, Field.PIX_MP_FIELD, wanted.field());
            put(memory, Field.PIX_MP_COLORSPACE, colorimetry.colorspace());
            putByte(memory, Field.PIX_MP_YCBCR_ENC, colorimetry.ycbcrEncoding());
            putByte(memory, Field.PIX_MP_QUANTIZATION, colorimetry.quantization());
            putByte(memory, Field.PIX_MP_XFER_FUNC, colorimetry.transferFunction());
            putByte(memory, Field.PIX_MP_NUM_PLANES, wanted.planes().size());
            for (int plane = 0; plane < wanted.planes().size(); plane++) {
                int at = plane * Field.PLANE_FORMAT_BYTES;
                memory.putInt(Field.PIX_MP_BYTESPERLINE.at(abi) + at, wanted.planes().get(plane).bytesPerLine());
                memory.putInt(Field.PIX_MP_SIZEIMAGE.at(abi) + at, wanted.planes().get(plane).sizeImage());
            }
        } else {
            put(memory, Field.PIX_WIDTH, wanted.width());
            put(memory, Field.PIX_HEIGHT, wanted.height());
            put(memory, Field.PIX_PIXELFORMAT, wanted.fourcc());
            put(memory, Field.PIX_FIELD, wanted.field());
            put(memory, Field.PIX_BYTESPERLINE, wanted.bytesPerLine());
            put(memory, Field.PIX_SIZEIMAGE, wanted.sizeImage());
            put(memory, Field.PIX_COLORSPACE, colorimetry.colorspace());
            put(memory, Field.PIX_PRIV, PIX_FMT_PRIV_MAGIC);
            put(memory, Field.PIX_YCBCR_ENC, colorimetry.ycbcrEncoding());
            put(memory, Field.PIX_QUANTIZATION, colorimetry.quantization());
            put(memory, Field.PIX_XFER_FUNC, colorimetry.transferFunction());
        }
        check(request.symbol + " " + wanted, ioctl(request, memory));
        return format(type, memory);
    }

    private VideoFormat format(BufferType type, ByteBuffer memory) throws V4l2Exception {
        List<VideoFormat.Plane> planes = new ArrayList<>();
        if (!type.isMultiPlanar()) {
            planes.add(new VideoFormat.Plane(get(memory, Field.PIX_BYTESPERLINE), get(memory, Field.PIX_SIZEIMAGE)));
            return new VideoFormat(get(memory, Field.PIX_WIDTH), get(memory, Field.PIX_HEIGHT),
                    get(memory, Field.PIX_PIXELFORMAT), get(memory, Field.PIX_FIELD),
                    new VideoFormat.Colorimetry(get(memory, Field.PIX_COLORSPACE), get(memory, Field.PIX_YCBCR_ENC),
                            get(memory, Field.PIX_QUANTIZATION), get(memory, Field.PIX_XFER_FUNC)),
                    planes);
        }
        int count = getByte(memory, Field.PIX_MP_NUM_PLANES);
        if (count < 1 || count > BufferQueue.MAX_PLANES) {
            throw new V4l2Exception(path, Request.G_FMT.symbol, Errno.EINVAL.number(),
                    "its driver answers with " + count + " planes, which cannot be; use another device");
        }
        for (int plane = 0; plane < count; plane++) {
            int at = plane * Field.PLANE_FORMAT_BYTES;
            planes.add(new VideoFormat.Plane(memory.getInt(Field.PIX_MP_BYTESPERLINE.at(abi) + at),
                    memory.getInt(Field.PIX_MP_SIZEIMAGE.at(abi) + at)));
        }
        return new VideoFormat(get(memory, Field.PIX_MP_WIDTH), get(memory, Field.PIX_MP_HEIGHT),
                get(memory, Field.PIX_MP_PIXELFORMAT), get(memory, Field.PIX_MP_FIELD),
                new VideoFormat.Colorimetry(get(memory, Field.PIX_MP_COLORSPACE), getByte(memory, Field.PIX_MP_YCBCR_ENC),
                        getByte(memory, Field.PIX_MP_QUANTIZATION), getByte(memory, Field.PIX_MP_XFER_FUNC)),
                planes);
    }

    private boolean parameters(Request request, BufferType type, ByteBuffer memory) throws V4l2Exception {
        int result = ioctl(request, memory);
        if (result == -Errno.ENOTTY.number()) {
            return false;
        }
        check(request.symbol, result);
        Field flags = type.isOutput() ? Field.STREAMPARM_OUTPUT_CAPABILITY : Field.STREAMPARM_CAPTURE_CAPABILITY;
        return (get(memory, flags) & TIME_PER_FRAME) != 0;
    }

    private FrameRate rate(BufferType type, ByteBuffer memory) {
        return rate(get(memory, numerator(type)), get(memory, denominator(type)));
    }

    private static Field numerator(BufferType type) {
        return type.isOutput() ? Field.STREAMPARM_OUTPUT_NUMERATOR : Field.STREAMPARM_CAPTURE_NUMERATOR;
    }

    private static Field denominator(BufferType type) {
        return type.isOutput() ? Field.STREAMPARM_OUTPUT_DENOMINATOR : Field.STREAMPARM_CAPTURE_DENOMINATOR;
    }

    /** A time per frame as a rate; null for what drivers say when they do not know. */
    private static FrameRate rate(int seconds, int frames) {
        return seconds < 1 || frames < 1 ? null : new FrameRate(frames, seconds);
    }

    private Control control(ByteBuffer memory) throws V4l2Exception {
        int id = get(memory, Field.QUERY_EXT_CTRL_ID);
        Control.Type type = Control.Type.of(get(memory, Field.QUERY_EXT_CTRL_TYPE));
        long minimum = memory.getLong(Field.QUERY_EXT_CTRL_MINIMUM.at(abi));
        long maximum = memory.getLong(Field.QUERY_EXT_CTRL_MAXIMUM.at(abi));
        return new Control(id, text(memory, Field.QUERY_EXT_CTRL_NAME), type, minimum, maximum,
                memory.getLong(Field.QUERY_EXT_CTRL_STEP.at(abi)), memory.getLong(Field.QUERY_EXT_CTRL_DEFAULT.at(abi)),
                get(memory, Field.QUERY_EXT_CTRL_FLAGS), type.isMenu() ? menu(id, type, minimum, maximum) : Map.of());
    }

    /** A driver leaves out the items that this device cannot do. */
    private Map<Long, String> menu(int id, Control.Type type, long minimum, long maximum) throws V4l2Exception {
        Map<Long, String> items = new LinkedHashMap<>();
        ByteBuffer memory = allocate(Struct.QUERYMENU);
        for (long index = Math.max(0, minimum); index <= maximum && index < MAX_ENUMERATED; index++) {
            clear(memory);
            put(memory, Field.QUERYMENU_ID, id);
            put(memory, Field.QUERYMENU_INDEX, (int) index);
            if (enumerate(Request.QUERYMENU, memory)) {
                items.put(index, type == Control.Type.MENU ? text(memory, Field.QUERYMENU_NAME)
                        : Long.toString(memory.getLong(Field.QUERYMENU_VALUE.at(abi))));
            }
        }
        return items;
    }

    private long control64(Request request, int id, long value) throws V4l2Exception {
        ByteBuffer control = allocate(Struct.EXT_CONTROL);
        put(control, Field.EXT_CONTROL_ID, id);
        control.putLong(Field.EXT_CONTROL_VALUE64.at(abi), value);
        ByteBuffer memory = allocate(Struct.EXT_CONTROLS);
        put(memory, Field.EXT_CONTROLS_COUNT, 1);
        Field.EXT_CONTROLS_CONTROLS.put(abi, memory, calls.address(control));
        check(controlCall(id), ioctl(request, memory));
        return control.getLong(Field.EXT_CONTROL_VALUE64.at(abi));
    }

    private static String controlCall(int id) {
        return "control 0x" + Integer.toHexString(id);
    }

    private void subscription(Request request, int type, int id) throws V4l2Exception {
        ByteBuffer memory = allocate(Struct.EVENT_SUBSCRIPTION);
        put(memory, Field.EVENT_SUBSCRIPTION_TYPE, type);
        put(memory, Field.EVENT_SUBSCRIPTION_ID, id);
        call(request, memory);
    }

    private void encoderCommand(int command) throws V4l2Exception {
        ByteBuffer memory = allocate(Struct.ENCODER_CMD);
        put(memory, Field.ENCODER_CMD_CMD, command);
        call(Request.ENCODER_CMD, memory);
    }

    private void putByte(ByteBuffer memory, Field field, int value) {
        memory.put(field.at(abi), (byte) value);
    }

    private int getByte(ByteBuffer memory, Field field) {
        return memory.get(field.at(abi)) & 0xFF;
    }

    /** Up to the first NUL. */
    private String text(ByteBuffer memory, Field field) {
        byte[] bytes = new byte[field.bytes(abi)];
        memory.get(field.at(abi), bytes);
        int length = 0;
        while (length < bytes.length && bytes[length] != 0) {
            length++;
        }
        return new String(bytes, 0, length, StandardCharsets.UTF_8).strip();
    }

    private static void clear(ByteBuffer memory) {
        for (int i = 0; i < memory.capacity(); i++) {
            memory.put(i, (byte) 0);
        }
    }
}
