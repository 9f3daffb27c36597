package revcam.v4l2;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import revcam.api.media.FrameRate;

/**
 * A device of a {@link FakeKernel}. A test completes its buffers by hand, or lets it {@link #run} as a camera does. Like vivid
 * it makes five pictures a second until somebody asks for a rate.
 */
public final class FakeDevice {

    private static final FrameRate UNASKED = FrameRate.of(5);
    private static final int CAP_DEVICE_CAPS = 0x8000_0000;
    /** V4L2_BUF_CAP_SUPPORTS_ORPHANED_BUFS */
    private static final int ORPHANED_BUFS = 1 << 4;

    private final String driver;
    private final String card;
    private final int capabilities;
    private final int planeCount;
    private final List<Offer> offers = new ArrayList<>();
    private final Map<Integer, FakeControl> controls = new TreeMap<>(Integer::compareUnsigned);
    private final Map<String, Integer> failing = new HashMap<>();
    private final Map<String, Integer> failingOnce = new HashMap<>();
    private final Map<String, Long> delays = new HashMap<>();
    private final Map<BufferType, Queue> queues = new EnumMap<>(BufferType.class);
    private final Deque<Integer> events = new ArrayDeque<>();
    private final List<Integer> subscriptions = new ArrayList<>();
    private final List<ByteBuffer> blocks = new ArrayList<>();
    private final List<Integer> encoderCommands = new ArrayList<>();
    private FakeKernel kernel;
    private volatile boolean connected;
    private volatile FrameRate rate = UNASKED;
    private volatile boolean muted;
    private volatile int damaged;
    private int strideAlignment = 1;
    private int extraBuffers;
    private int sequence;

    private record Offer(int fourcc, int width, int height, List<FrameRate> rates) {}

    private static final class FakeControl {
        private final Control control;
        private long value;

        private FakeControl(Control control) {
            this.control = control;
            value = control.defaultValue();
        }
    }

    private static final class Buffer {
        private final ByteBuffer[] blocks;
        private boolean queued;
        private int flags;
        private int[] bytesUsed;
        private long micros;
        private int sequence;

        private Buffer(ByteBuffer[] blocks) {
            this.blocks = blocks;
            bytesUsed = new int[blocks.length];
        }
    }

    private static final class Queue {
        private int width = 32;
        private int height = 32;
        private int fourcc;
        private VideoFormat.Colorimetry colorimetry = VideoFormat.Colorimetry.DEFAULT;
        private int memoryType;
        private boolean streaming;
        private boolean atEnd;
        private final List<Buffer> buffers = new ArrayList<>();
        private final Deque<Integer> queued = new ArrayDeque<>();
        private final Deque<Integer> done = new ArrayDeque<>();
    }

    private FakeDevice(String driver, String card, int capabilities, int planeCount, BufferType... types) {
        this.driver = driver;
        this.card = card;
        this.capabilities = capabilities;
        this.planeCount = planeCount;
        for (BufferType type : types) {
            queues.put(type, new Queue());
        }
    }

    /** A webcam, as uvcvideo makes one. */
    public static FakeDevice camera(String card) {
        return new FakeDevice("uvcvideo", card, 0x0420_0001, 1, BufferType.CAPTURE);
    }

    /** A camera with the multi-planar interface. */
    public static FakeDevice multiPlanarCamera(String card, int planes) {
        return new FakeDevice("fake-mplane", card, 0x0420_1000, planes, BufferType.CAPTURE_MPLANE);
    }

    /** A device that converts, as bcm2835-codec: any size, any format. */
    public static FakeDevice memoryToMemory(String card) {
        return new FakeDevice("fake-codec", card, 0x0400_4000, 1, BufferType.CAPTURE_MPLANE, BufferType.OUTPUT_MPLANE);
    }

    public FakeDevice offer(int fourcc, int width, int height, int... framesPerSecond) {
        List<FrameRate> rates = new ArrayList<>();
        for (int fps : framesPerSecond) {
            rates.add(FrameRate.of(fps));
        }
        offers.add(new Offer(fourcc, width, height, rates));
        queues.values().forEach(queue -> {
            if (queue.fourcc == 0) {
                queue.fourcc = fourcc;
                queue.width = width;
                queue.height = height;
            }
        });
        return this;
    }

    public FakeDevice offer(Control control) {
        controls.put(control.id(), new FakeControl(control));
        return this;
    }

    /** Rows are padded to a multiple of it. */
    public FakeDevice strideAlignment(int bytes) {
        strideAlignment = bytes;
        return this;
    }

    /** REQBUFS makes so many more than it is asked for, or fewer. */
    public FakeDevice extraBuffers(int count) {
        extraBuffers = count;
        return this;
    }

    /** Fills and returns buffers at the rate that was asked for, on a thread that ends when it is unplugged. */
    public FakeDevice run() {
        Thread camera = new Thread(this::produce, "fake camera");
        camera.setDaemon(true);
        camera.start();
        return this;
    }

    private void produce() {
        long next = System.nanoTime();
        while (connected) {
            next += rate.intervalNanos();
            LockSupport.parkNanos(next - System.nanoTime());
            BufferType type = queues.keySet().iterator().next();
            if (isStreaming(type) && !muted) {
                int flags = damaged > 0 ? BufferFlags.ERROR : 0;
                damaged = Math.max(0, damaged - 1);
                complete(type, flags, System.nanoTime() / 1000);
            }
        }
    }

    /** Whether a running camera gives no pictures. */
    public void mute(boolean on) {
        muted = on;
    }

    /** So many pictures of a running camera will be damaged. */
    public void damageNext(int count) {
        damaged = count;
    }

    public int damaged() {
        return damaged;
    }

    /** A call answers with an error from now on; {@code null} ends that. */
    public void fail(String call, Errno errno) {
        locked(() -> errno == null ? failing.remove(call) : failing.put(call, errno.number()));
    }

    /** The next such call answers with an error. */
    public void failOnce(String call, Errno errno) {
        locked(() -> failingOnce.put(call, errno.number()));
    }

    /** A call takes that long from now on. */
    public void delay(String call, long millis) {
        locked(() -> delays.put(call, millis));
    }

    public boolean isStreaming(BufferType type) {
        return locked(() -> connected && queues.get(type).streaming);
    }

    /** How many buffers the driver has. */
    public int queued(BufferType type) {
        return locked(() -> queues.get(type).queued.size());
    }

    public long control(int id) {
        return locked(() -> controls.get(id).value);
    }

    /** What ENCODER_CMD was told, in order. */
    public List<Integer> encoderCommands() {
        return locked(() -> List.copyOf(encoderCommands));
    }

    public FrameRate rate() {
        return rate;
    }

    /**
     * The driver is done with its oldest buffer. The content of capture buffers: each block's bytes are 1 more than those of
     * the picture before, in the visible part and the padding.
     *
     * @return false when it had none
     */
    public boolean complete(BufferType type, int flags, long micros) {
        return locked(() -> {
            Queue queue = queues.get(type);
            Integer index = queue.queued.poll();
            if (index == null) {
                sequence++;
                return false;
            }
            Buffer buffer = queue.buffers.get(index);
            buffer.queued = false;
            buffer.flags = flags | (type.isOutput() ? 0 : BufferFlags.TIMESTAMP_MONOTONIC);
            buffer.sequence = sequence++;
            if (!type.isOutput()) {
                buffer.micros = micros;
                for (int i = 0; i < buffer.blocks.length; i++) {
                    fill(buffer.blocks[i], (byte) sequence);
                    buffer.bytesUsed[i] = sizeImage(queue, i);
                }
            }
            queue.done.add(index);
            kernel.notifyAll();
            return true;
        });
    }

    /** As {@link #complete(BufferType, int, long)}, with this content in the first block. */
    public boolean complete(BufferType type, int flags, long micros, byte[] content) {
        return locked(() -> {
            Integer index = queues.get(type).queued.peek();
            if (index == null || !complete(type, flags, micros)) {
                return false;
            }
            Buffer buffer = queues.get(type).buffers.get(index);
            buffer.blocks[0].put(0, content);
            buffer.bytesUsed[0] = content.length;
            return true;
        });
    }

    /** The timestamp of the oldest buffer that the driver has, in microseconds, or -1. */
    public long nextMicros(BufferType type) {
        return locked(() -> {
            Queue queue = queues.get(type);
            return queue.queued.isEmpty() ? -1 : queue.buffers.get(queue.queued.peek()).micros;
        });
    }

    /** The next dequeue of a capture buffer beyond those that are done meets EPIPE. */
    public void drain(BufferType type) {
        locked(() -> {
            queues.get(type).atEnd = true;
            kernel.notifyAll();
            return null;
        });
    }

    public void raise(int event) {
        locked(() -> {
            if (subscriptions.contains(event)) {
                events.add(event);
            }
            kernel.notifyAll();
            return null;
        });
    }

    /** What lies in an output buffer's block, whoever's memory it is. */
    public ByteBuffer content(BufferType type, int index, int plane) {
        return locked(() -> queues.get(type).buffers.get(index).blocks[plane]);
    }

    private interface Action<T> {
        T run();
    }

    private <T> T locked(Action<T> action) {
        if (kernel == null) {
            return action.run();
        }
        synchronized (kernel) {
            return action.run();
        }
    }

    void connect(FakeKernel kernel) {
        this.kernel = kernel;
        connected = true;
    }

    void disconnect() {
        connected = false;
    }

    boolean isConnected() {
        return connected;
    }

    void closed() {
        queues.values().forEach(queue -> {
            queue.streaming = false;
            queue.buffers.clear();
            queue.queued.clear();
            queue.done.clear();
        });
        rate = UNASKED;
    }

    void delay(String call) {
        Long millis = locked(() -> delays.get(call));
        if (millis != null) {
            LockSupport.parkNanos(millis * 1_000_000);
        }
    }

    /** The positive error number, or 0. */
    int injected(String call) {
        Integer once = failingOnce.remove(call);
        return once != null ? once : failing.getOrDefault(call, 0);
    }

    int poll(int happens) {
        int happened = 0;
        boolean idle = true;
        for (Map.Entry<BufferType, Queue> entry : queues.entrySet()) {
            Queue queue = entry.getValue();
            boolean ready = !queue.done.isEmpty() || queue.atEnd || failing.containsKey(Request.DQBUF.symbol);
            idle &= !queue.streaming || queue.queued.isEmpty() && !ready;
            if (queue.streaming && ready) {
                happened |= entry.getKey().isOutput() ? DevicePoll.WRITABLE : DevicePoll.READABLE;
            }
        }
        happened |= events.isEmpty() ? 0 : DevicePoll.EVENT;
        // As vb2 does: an error at once when the queue does not stream, and for devices with two when neither has a buffer.
        boolean streams = queues.values().stream().anyMatch(queue -> queue.streaming);
        boolean error = injected("poll") != 0 || (queues.size() == 1 ? !streams : idle);
        return happened & happens | (error && (happens & 5) != 0 ? DevicePoll.ERROR : 0);
    }

    /** The block at an offset that QUERYBUF told. */
    ByteBuffer block(int offset) {
        return offset % 4096 == 0 && offset / 4096 < blocks.size() ? blocks.get(offset / 4096) : null;
    }

    /** By identity: buffers are equal when their content is. */
    private int offset(ByteBuffer block) {
        int index = 0;
        while (blocks.get(index) != block) {
            index++;
        }
        return index * 4096;
    }

    int ioctl(Request request, ByteBuffer memory) {
        if (!connected) {
            return -Errno.ENODEV.number();
        }
        int injected = injected(request.symbol);
        if (injected != 0) {
            return -injected;
        }
        if (memory.capacity() < request.struct.size(abi())) {
            throw new IllegalStateException(request + " with " + memory.capacity() + " bytes");
        }
        return switch (request) {
            case QUERYCAP -> queryCapability(memory);
            case ENUM_FMT -> enumerateFormats(memory);
            case ENUM_FRAMESIZES -> enumerateSizes(memory);
            case ENUM_FRAMEINTERVALS -> enumerateRates(memory);
            case G_FMT -> getFormat(memory);
            case S_FMT, TRY_FMT -> setFormat(memory, request == Request.S_FMT);
            case G_PARM, S_PARM -> parameters(memory, request == Request.S_PARM);
            case QUERY_EXT_CTRL -> queryControl(memory);
            case QUERYMENU -> queryMenu(memory);
            case G_CTRL, S_CTRL -> control(memory, request == Request.S_CTRL);
            case G_EXT_CTRLS, S_EXT_CTRLS -> controls(memory, request == Request.S_EXT_CTRLS);
            case REQBUFS -> requestBuffers(memory);
            case QUERYBUF -> queryBuffer(memory);
            case QBUF -> queueBuffer(memory);
            case DQBUF -> dequeueBuffer(memory);
            case EXPBUF -> exportBuffer(memory);
            case STREAMON, STREAMOFF -> stream(memory, request == Request.STREAMON);
            case SUBSCRIBE_EVENT -> subscribe(memory);
            case UNSUBSCRIBE_EVENT ->
                subscriptions.remove((Integer) get(memory, Field.EVENT_SUBSCRIPTION_TYPE)) ? 0 : -Errno.EINVAL.number();
            case DQEVENT -> dequeueEvent(memory);
            case ENCODER_CMD -> {
                encoderCommands.add(get(memory, Field.ENCODER_CMD_CMD));
                yield 0;
            }
        };
    }

    private Abi abi() {
        return kernel.real();
    }

    private int queryCapability(ByteBuffer memory) {
        text(memory, Field.CAPABILITY_DRIVER, driver);
        text(memory, Field.CAPABILITY_CARD, card);
        text(memory, Field.CAPABILITY_BUS_INFO, "usb-fake-1.1");
        put(memory, Field.CAPABILITY_CAPABILITIES, CAP_DEVICE_CAPS | 0x7FFF_0000);
        put(memory, Field.CAPABILITY_DEVICE_CAPS, capabilities);
        return 0;
    }

    private int enumerateFormats(ByteBuffer memory) {
        // Of a device that converts: an encoder, with raw pictures on the one side and coded ones on the other.
        boolean raw = get(memory, Field.FMTDESC_TYPE) % 8 == 2;
        List<Integer> formats = offers.stream().map(Offer::fourcc)
                .filter(fourcc -> queues.size() == 1 || raw != (fourcc == Fourcc.H264)).distinct().toList();
        int index = get(memory, Field.FMTDESC_INDEX);
        if (queue(get(memory, Field.FMTDESC_TYPE)) == null || index >= formats.size()) {
            return -Errno.EINVAL.number();
        }
        int fourcc = formats.get(index);
        put(memory, Field.FMTDESC_FLAGS, fourcc == Fourcc.MJPEG || fourcc == Fourcc.H264 ? 1 : 0);
        text(memory, Field.FMTDESC_DESCRIPTION, "fake " + Fourcc.text(fourcc));
        put(memory, Field.FMTDESC_PIXELFORMAT, fourcc);
        return 0;
    }

    private int enumerateSizes(ByteBuffer memory) {
        int fourcc = get(memory, Field.FRMSIZE_PIXEL_FORMAT);
        List<Offer> sizes = offers.stream().filter(offer -> offer.fourcc == fourcc).toList();
        int index = get(memory, Field.FRMSIZE_INDEX);
        if (index >= sizes.size()) {
            return -Errno.EINVAL.number();
        }
        put(memory, Field.FRMSIZE_TYPE, 1);
        put(memory, Field.FRMSIZE_WIDTH, sizes.get(index).width);
        put(memory, Field.FRMSIZE_HEIGHT, sizes.get(index).height);
        return 0;
    }

    private int enumerateRates(ByteBuffer memory) {
        int index = get(memory, Field.FRMIVAL_INDEX);
        for (Offer offer : offers) {
            if (offer.fourcc == get(memory, Field.FRMIVAL_PIXEL_FORMAT) && offer.width == get(memory, Field.FRMIVAL_WIDTH)
                    && offer.height == get(memory, Field.FRMIVAL_HEIGHT) && index < offer.rates.size()) {
                put(memory, Field.FRMIVAL_TYPE, 1);
                put(memory, Field.FRMIVAL_NUMERATOR, offer.rates.get(index).denominator());
                put(memory, Field.FRMIVAL_DENOMINATOR, offer.rates.get(index).numerator());
                return 0;
            }
        }
        return -Errno.EINVAL.number();
    }

    private int getFormat(ByteBuffer memory) {
        int type = get(memory, Field.FORMAT_TYPE);
        Queue queue = queue(type);
        if (queue == null) {
            return -Errno.EINVAL.number();
        }
        writeFormat(memory, queue, BufferType.CAPTURE_MPLANE.number() <= type);
        return 0;
    }

    private int setFormat(ByteBuffer memory, boolean set) {
        int type = get(memory, Field.FORMAT_TYPE);
        Queue queue = queue(type);
        if (queue == null) {
            return -Errno.EINVAL.number();
        }
        if (set && !queue.buffers.isEmpty()) {
            return -Errno.EBUSY.number();
        }
        Queue chosen = set ? queue : new Queue();
        boolean multiPlanar = BufferType.CAPTURE_MPLANE.number() <= type;
        int width = get(memory, multiPlanar ? Field.PIX_MP_WIDTH : Field.PIX_WIDTH);
        int height = get(memory, multiPlanar ? Field.PIX_MP_HEIGHT : Field.PIX_HEIGHT);
        int fourcc = get(memory, multiPlanar ? Field.PIX_MP_PIXELFORMAT : Field.PIX_PIXELFORMAT);
        chosen.width = width;
        chosen.height = height;
        chosen.fourcc = fourcc;
        if (!offers.isEmpty()) {
            boolean known = offers.stream().anyMatch(offer -> offer.fourcc == fourcc);
            Offer nearest = offers.stream().filter(offer -> !known || offer.fourcc == fourcc)
                    .min((a, b) -> Long.compare(distance(a, width, height), distance(b, width, height))).orElseThrow();
            chosen.width = nearest.width;
            chosen.height = nearest.height;
            chosen.fourcc = nearest.fourcc;
        }
        writeFormat(memory, chosen, multiPlanar);
        return 0;
    }

    private static long distance(Offer offer, int width, int height) {
        return Math.abs((long) offer.width - width) + Math.abs((long) offer.height - height);
    }

    private void writeFormat(ByteBuffer memory, Queue queue, boolean multiPlanar) {
        put(memory, multiPlanar ? Field.PIX_MP_WIDTH : Field.PIX_WIDTH, queue.width);
        put(memory, multiPlanar ? Field.PIX_MP_HEIGHT : Field.PIX_HEIGHT, queue.height);
        put(memory, multiPlanar ? Field.PIX_MP_PIXELFORMAT : Field.PIX_PIXELFORMAT, queue.fourcc);
        put(memory, multiPlanar ? Field.PIX_MP_FIELD : Field.PIX_FIELD, VideoFormat.FIELD_NONE);
        put(memory, multiPlanar ? Field.PIX_MP_COLORSPACE : Field.PIX_COLORSPACE, 8);
        if (!multiPlanar) {
            put(memory, Field.PIX_BYTESPERLINE, stride(queue));
            put(memory, Field.PIX_SIZEIMAGE, sizeImage(queue, 0));
            return;
        }
        memory.put(Field.PIX_MP_NUM_PLANES.at(abi()), (byte) planeCount);
        for (int plane = 0; plane < planeCount; plane++) {
            int at = plane * Field.PLANE_FORMAT_BYTES;
            memory.putInt(Field.PIX_MP_BYTESPERLINE.at(abi()) + at, planeStride(queue, plane));
            memory.putInt(Field.PIX_MP_SIZEIMAGE.at(abi()) + at, sizeImage(queue, plane));
        }
    }

    private int stride(Queue queue) {
        int row = queue.fourcc == Fourcc.YUYV ? 2 * queue.width : queue.width;
        return (row + strideAlignment - 1) / strideAlignment * strideAlignment;
    }

    private int planeStride(Queue queue, int plane) {
        return plane > 0 && planeCount == 3 ? stride(queue) / 2 : stride(queue);
    }

    private int sizeImage(Queue queue, int plane) {
        if (queue.fourcc == Fourcc.H264 || queue.fourcc == Fourcc.MJPEG) {
            return 512 * 1024;
        }
        if (queue.fourcc == Fourcc.YUYV) {
            return stride(queue) * queue.height;
        }
        return planeCount == 1 ? stride(queue) * queue.height * 3 / 2
                : planeStride(queue, plane) * (plane == 0 ? queue.height : queue.height / 2);
    }

    private int parameters(ByteBuffer memory, boolean set) {
        boolean output = get(memory, Field.STREAMPARM_TYPE) % 8 == 2;
        Field numerator = output ? Field.STREAMPARM_OUTPUT_NUMERATOR : Field.STREAMPARM_CAPTURE_NUMERATOR;
        Field denominator = output ? Field.STREAMPARM_OUTPUT_DENOMINATOR : Field.STREAMPARM_CAPTURE_DENOMINATOR;
        if (set) {
            FrameRate wanted = new FrameRate(get(memory, denominator), get(memory, numerator));
            Queue queue = queues.values().iterator().next();
            rate = offers.stream().filter(o -> o.fourcc == queue.fourcc && o.width == queue.width && o.height == queue.height)
                    .flatMap(o -> o.rates.stream())
                    .min((a, b) -> Double.compare(Math.abs(a.fps() - wanted.fps()), Math.abs(b.fps() - wanted.fps())))
                    .orElse(wanted);
        }
        put(memory, output ? Field.STREAMPARM_OUTPUT_CAPABILITY : Field.STREAMPARM_CAPTURE_CAPABILITY, 0x1000);
        put(memory, numerator, rate.denominator());
        put(memory, denominator, rate.numerator());
        return 0;
    }

    private int queryControl(ByteBuffer memory) {
        int id = get(memory, Field.QUERY_EXT_CTRL_ID);
        FakeControl found;
        if ((id & 0x8000_0000) != 0) {
            int after = id & 0x7FFF_FFFF;
            found = controls.entrySet().stream().filter(e -> Integer.compareUnsigned(e.getKey(), after) > 0)
                    .map(Map.Entry::getValue).findFirst().orElse(null);
        } else {
            found = controls.get(id);
        }
        if (found == null) {
            return -Errno.EINVAL.number();
        }
        Control control = found.control;
        put(memory, Field.QUERY_EXT_CTRL_ID, control.id());
        put(memory, Field.QUERY_EXT_CTRL_TYPE, control.type() == Control.Type.COMPOUND ? 0x100 : control.type().ordinal() + 1);
        text(memory, Field.QUERY_EXT_CTRL_NAME, control.name());
        memory.putLong(Field.QUERY_EXT_CTRL_MINIMUM.at(abi()), control.minimum());
        memory.putLong(Field.QUERY_EXT_CTRL_MAXIMUM.at(abi()), control.maximum());
        memory.putLong(Field.QUERY_EXT_CTRL_STEP.at(abi()), control.step());
        memory.putLong(Field.QUERY_EXT_CTRL_DEFAULT.at(abi()), control.defaultValue());
        put(memory, Field.QUERY_EXT_CTRL_FLAGS, control.flags());
        return 0;
    }

    private int queryMenu(ByteBuffer memory) {
        FakeControl found = controls.get(get(memory, Field.QUERYMENU_ID));
        String item = found == null ? null : found.control.menu().get((long) get(memory, Field.QUERYMENU_INDEX));
        if (item == null) {
            return -Errno.EINVAL.number();
        }
        if (found.control.type() == Control.Type.MENU) {
            text(memory, Field.QUERYMENU_NAME, item);
        } else {
            memory.putLong(Field.QUERYMENU_VALUE.at(abi()), Long.parseLong(item));
        }
        return 0;
    }

    private int control(ByteBuffer memory, boolean set) {
        FakeControl found = controls.get(get(memory, Field.CONTROL_ID));
        if (found == null) {
            return -Errno.EINVAL.number();
        }
        if (set) {
            found.value = clamped(found.control, get(memory, Field.CONTROL_VALUE));
        }
        put(memory, Field.CONTROL_VALUE, (int) found.value);
        return 0;
    }

    private int controls(ByteBuffer memory, boolean set) {
        if (get(memory, Field.EXT_CONTROLS_COUNT) != 1) {
            return -Errno.EINVAL.number();
        }
        long address = abi() == Abi.LP64 ? memory.getLong(Field.EXT_CONTROLS_CONTROLS.at(abi()))
                : memory.getInt(Field.EXT_CONTROLS_CONTROLS.at(abi()));
        ByteBuffer control = kernel.at(address);
        FakeControl found = controls.get(get(control, Field.EXT_CONTROL_ID));
        if (found == null) {
            return -Errno.EINVAL.number();
        }
        if (set) {
            found.value = clamped(found.control, control.getLong(Field.EXT_CONTROL_VALUE64.at(abi())));
        }
        control.putLong(Field.EXT_CONTROL_VALUE64.at(abi()), found.value);
        return 0;
    }

    private static long clamped(Control control, long value) {
        return Math.max(control.minimum(), Math.min(control.maximum(), value));
    }

    private int requestBuffers(ByteBuffer memory) {
        Queue queue = queue(get(memory, Field.REQUESTBUFFERS_TYPE));
        if (queue == null) {
            return -Errno.EINVAL.number();
        }
        if (queue.streaming) {
            return -Errno.EBUSY.number();
        }
        queue.buffers.clear();
        queue.queued.clear();
        queue.done.clear();
        int count = get(memory, Field.REQUESTBUFFERS_COUNT);
        if (count > 0) {
            count += extraBuffers;
            queue.memoryType = get(memory, Field.REQUESTBUFFERS_MEMORY);
            for (int i = 0; i < count; i++) {
                ByteBuffer[] made = new ByteBuffer[planeCount];
                for (int plane = 0; plane < planeCount && queue.memoryType == MemoryType.MMAP.number(); plane++) {
                    made[plane] = FakeKernel.direct(sizeImage(queue, plane));
                    blocks.add(made[plane]);
                }
                queue.buffers.add(new Buffer(made));
            }
        }
        put(memory, Field.REQUESTBUFFERS_COUNT, count);
        put(memory, Field.REQUESTBUFFERS_CAPABILITIES, ORPHANED_BUFS);
        return 0;
    }

    private Buffer buffer(ByteBuffer memory, Queue queue) {
        int index = get(memory, Field.BUFFER_INDEX);
        return queue == null || index < 0 || index >= queue.buffers.size()
                || get(memory, Field.BUFFER_MEMORY) != queue.memoryType ? null : queue.buffers.get(index);
    }

    private ByteBuffer planes(ByteBuffer memory) {
        Field field = Field.BUFFER_M;
        return kernel.at(abi() == Abi.LP64 ? memory.getLong(field.at(abi())) : memory.getInt(field.at(abi())));
    }

    private int plane(int plane, Field field) {
        return plane * Struct.PLANE.size(abi()) + field.at(abi());
    }

    private static boolean isMultiPlanar(int type) {
        return type >= BufferType.CAPTURE_MPLANE.number();
    }

    private int queryBuffer(ByteBuffer memory) {
        int type = get(memory, Field.BUFFER_TYPE);
        Buffer buffer = buffer(memory, queue(type));
        if (buffer == null) {
            return -Errno.EINVAL.number();
        }
        if (!isMultiPlanar(type)) {
            put(memory, Field.BUFFER_LENGTH, buffer.blocks[0].capacity());
            put(memory, Field.BUFFER_M, offset(buffer.blocks[0]));
            return 0;
        }
        if (get(memory, Field.BUFFER_LENGTH) < planeCount) {
            return -Errno.EINVAL.number();
        }
        for (int i = 0; i < planeCount; i++) {
            planes(memory).putInt(plane(i, Field.PLANE_LENGTH), buffer.blocks[i].capacity());
            planes(memory).putInt(plane(i, Field.PLANE_M), offset(buffer.blocks[i]));
        }
        put(memory, Field.BUFFER_LENGTH, planeCount);
        return 0;
    }

    private int queueBuffer(ByteBuffer memory) {
        int type = get(memory, Field.BUFFER_TYPE);
        Queue queue = queue(type);
        Buffer buffer = buffer(memory, queue);
        if (buffer == null || buffer.queued || isMultiPlanar(type) && get(memory, Field.BUFFER_LENGTH) != planeCount) {
            return -Errno.EINVAL.number();
        }
        boolean output = type % 8 == 2;
        for (int i = 0; i < planeCount; i++) {
            if (queue.memoryType == MemoryType.DMABUF.number()) {
                int fd = isMultiPlanar(type) ? planes(memory).getInt(plane(i, Field.PLANE_M)) : get(memory, Field.BUFFER_M);
                int length = isMultiPlanar(type) ? planes(memory).getInt(plane(i, Field.PLANE_LENGTH))
                        : get(memory, Field.BUFFER_LENGTH);
                ByteBuffer block = kernel.dmabuf(fd);
                if (block == null || length < sizeImage(queue, i)) {
                    return block == null ? -Errno.EBADF.number() : -Errno.EINVAL.number();
                }
                buffer.blocks[i] = block;
            }
            if (output) {
                buffer.bytesUsed[i] = isMultiPlanar(type) ? planes(memory).getInt(plane(i, Field.PLANE_BYTESUSED))
                        : get(memory, Field.BUFFER_BYTESUSED);
            }
        }
        buffer.micros = Field.BUFFER_SECONDS.get(abi(), memory) * 1_000_000 + Field.BUFFER_MICROSECONDS.get(abi(), memory);
        buffer.queued = true;
        queue.queued.add(get(memory, Field.BUFFER_INDEX));
        // What the kernel leaves there: callers must not take it for theirs.
        put(memory, Field.BUFFER_FLAGS, 0x4003);
        return 0;
    }

    private int dequeueBuffer(ByteBuffer memory) {
        int type = get(memory, Field.BUFFER_TYPE);
        Queue queue = queue(type);
        if (queue == null || get(memory, Field.BUFFER_MEMORY) != queue.memoryType || !queue.streaming) {
            return -Errno.EINVAL.number();
        }
        Integer index = queue.done.poll();
        if (index == null) {
            return queue.atEnd ? -Errno.EPIPE.number() : -Errno.EAGAIN.number();
        }
        Buffer buffer = queue.buffers.get(index);
        put(memory, Field.BUFFER_INDEX, index);
        put(memory, Field.BUFFER_FLAGS, buffer.flags);
        put(memory, Field.BUFFER_SEQUENCE, buffer.sequence);
        Field.BUFFER_SECONDS.put(abi(), memory, buffer.micros / 1_000_000);
        Field.BUFFER_MICROSECONDS.put(abi(), memory, buffer.micros % 1_000_000);
        if (!isMultiPlanar(type)) {
            put(memory, Field.BUFFER_BYTESUSED, buffer.bytesUsed[0]);
            return 0;
        }
        for (int i = 0; i < planeCount; i++) {
            planes(memory).putInt(plane(i, Field.PLANE_BYTESUSED), buffer.bytesUsed[i]);
            planes(memory).putInt(plane(i, Field.PLANE_DATA_OFFSET), 0);
        }
        return 0;
    }

    private int exportBuffer(ByteBuffer memory) {
        Queue queue = queue(get(memory, Field.EXPORTBUFFER_TYPE));
        int index = get(memory, Field.EXPORTBUFFER_INDEX);
        int plane = get(memory, Field.EXPORTBUFFER_PLANE);
        if (queue == null || queue.memoryType != MemoryType.MMAP.number() || index >= queue.buffers.size() || plane >= planeCount) {
            return -Errno.EINVAL.number();
        }
        put(memory, Field.EXPORTBUFFER_FD, kernel.newDmabuf(queue.buffers.get(index).blocks[plane]));
        return 0;
    }

    private int stream(ByteBuffer memory, boolean on) {
        Queue queue = queue(memory.getInt(0));
        if (queue == null || on && queue.buffers.isEmpty()) {
            return -Errno.EINVAL.number();
        }
        queue.streaming = on;
        if (!on) {
            queue.atEnd = false;
            queue.queued.clear();
            queue.done.clear();
            queue.buffers.forEach(buffer -> buffer.queued = false);
        }
        kernel.notifyAll();
        return 0;
    }

    private int subscribe(ByteBuffer memory) {
        subscriptions.add(get(memory, Field.EVENT_SUBSCRIPTION_TYPE));
        return 0;
    }

    private int dequeueEvent(ByteBuffer memory) {
        Integer event = events.poll();
        if (event == null) {
            return -Errno.ENOENT.number();
        }
        put(memory, Field.EVENT_TYPE, event);
        put(memory, Field.EVENT_PENDING, events.size());
        return 0;
    }

    private Queue queue(int type) {
        for (Map.Entry<BufferType, Queue> entry : queues.entrySet()) {
            if (entry.getKey().number() == type) {
                return entry.getValue();
            }
        }
        return null;
    }

    private int get(ByteBuffer memory, Field field) {
        return memory.getInt(field.at(abi()));
    }

    private void put(ByteBuffer memory, Field field, int value) {
        memory.putInt(field.at(abi()), value);
    }

    private void text(ByteBuffer memory, Field field, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        memory.put(field.at(abi()), bytes, 0, Math.min(bytes.length, field.bytes(abi()) - 1));
    }

    private static void fill(ByteBuffer block, byte value) {
        for (int i = 0; i < block.capacity(); i++) {
            block.put(i, value);
        }
    }
}
