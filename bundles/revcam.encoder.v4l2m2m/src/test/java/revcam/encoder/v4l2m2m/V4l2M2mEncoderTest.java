package revcam.encoder.v4l2m2m;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import revcam.api.encoder.EncoderRequest;
import revcam.api.encoder.VideoEncoder;
import revcam.api.media.FrameMemory;
import revcam.api.media.FramePool;
import revcam.api.media.FrameRate;
import revcam.api.media.PixelFormat;
import revcam.api.media.RawFrame;
import revcam.api.media.StageException;
import revcam.api.media.StageException.Reason;
import revcam.testkit.VideoEncoderConformance.MovingPicture;
import revcam.testkit.VideoEncoderConformance.Recording;
import revcam.v4l2.BufferFlags;
import revcam.v4l2.BufferQueue;
import revcam.v4l2.BufferType;
import revcam.v4l2.Control;
import revcam.v4l2.ControlId;
import revcam.v4l2.Errno;
import revcam.v4l2.FakeDevice;
import revcam.v4l2.FakeKernel;
import revcam.v4l2.Fourcc;
import revcam.v4l2.MemoryType;
import revcam.v4l2.QueueBuffer;
import revcam.v4l2.VideoDevice;

/** The choreography, against a fake kernel; real streams are made in itests/guest. */
class V4l2M2mEncoderTest {

    private static final int WIDTH = 330;
    private static final int HEIGHT = 190;
    private static final FrameRate FPS = FrameRate.of(30);
    private static final long BPS = 610_000;
    private static final String NODE = "/dev/video11";

    private static final byte[] SPS = {0, 0, 0, 1, 0x67, 0x42, (byte) 0xc0, 31};
    private static final byte[] PPS = {0, 0, 0, 1, 0x68, 1, 2};
    private static final byte[] IDR = {0, 0, 0, 1, 0x65, 9, 9};
    private static final byte[] DELTA = {0, 0, 0, 1, 0x41, 7};

    @TempDir
    Path root;

    private final FakeKernel kernel = new FakeKernel();
    private final FakeDevice device = FakeDevice.memoryToMemory("Fake Codec").strideAlignment(64)
            .offer(Fourcc.YUV420, WIDTH, HEIGHT).offer(Fourcc.H264, WIDTH, HEIGHT)
            .offer(number(ControlId.VIDEO_BITRATE, 25_000, 25_000_000, 25_000, 10_000_000))
            .offer(number(ControlId.VIDEO_REPEAT_SEQUENCE_HEADER, 0, 1, 1, 0))
            .offer(number(ControlId.VIDEO_GOP_SIZE, 0, Integer.MAX_VALUE, 1, 60))
            .offer(number(ControlId.VIDEO_H264_LEVEL, 0, 15, 1, 11))
            .offer(number(ControlId.VIDEO_H264_PROFILE, 0, 4, 1, 4))
            .offer(new Control(ControlId.VIDEO_FORCE_KEY_FRAME, "Force Key Frame", Control.Type.BUTTON, 0, 1, 1, 0, 0,
                    Map.of()));
    private final Recording recording = new Recording();
    private final FramePool pool = new FramePool(1, PixelFormat.I420, WIDTH, HEIGHT, 16);
    private VideoEncoder encoder;
    private long nanos = 1_000_000_999;
    private long index;
    /** Memory that a camera was offered, and whether it takes it. */
    private final List<FrameMemory> offered = new CopyOnWriteArrayList<>();
    private volatile boolean takesMemory;

    private static Control number(int id, long min, long max, long step, long value) {
        return new Control(id, "control " + Integer.toHexString(id), Control.Type.INTEGER, min, max, step, value, 0, Map.of());
    }

    @BeforeEach
    void plug() throws IOException {
        Path node = Files.createDirectories(root.resolve("sys/class/video4linux/video11"));
        Files.writeString(node.resolve("name"), "fake-codec\n");
        kernel.plug(NODE, device);
    }

    @AfterEach
    void nothingIsLeft() {
        if (encoder != null) {
            Thread firmware = new Thread(() -> {
                while (!device.encoderCommands().contains(1)) {
                    LockSupport.parkNanos(1_000_000);
                }
                device.drain(BufferType.CAPTURE_MPLANE);
            });
            firmware.setDaemon(true);
            firmware.start();
            encoder.close();
        }
        await("descriptors and mappings are given back", () -> kernel.openDescriptors() == 0 && kernel.mappings() == 0);
        assertEquals(0, pool.outstanding(), "leases");
    }

    private V4l2M2mEncoderFactory factory(Object... settings) {
        Map<String, Object> properties = new HashMap<>();
        for (int i = 0; i < settings.length; i += 2) {
            properties.put((String) settings[i], settings[i + 1]);
        }
        return new V4l2M2mEncoderFactory(properties, () -> kernel, root);
    }

    private void open(Object... settings) throws StageException {
        encoder = factory(settings).open(request(WIDTH, HEIGHT), recording);
    }

    private static EncoderRequest request(int width, int height) {
        return new EncoderRequest(width, height, PixelFormat.I420, FPS, BPS);
    }

    private static void await(String what, BooleanSupplier condition) {
        for (long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(30); !condition.getAsBoolean();) {
            assertTrue(System.nanoTime() < until, () -> "within thirty seconds, " + what);
            LockSupport.parkNanos(200_000);
        }
    }

    /** Gives the next frame. @return its capture time */
    private long feed(boolean keyframe) {
        FramePool.PooledFrame[] frame = new FramePool.PooledFrame[1];
        await("a lease ends", () -> (frame[0] = pool.acquire()) != null);
        MovingPicture.draw(frame[0], index);
        frame[0].stamp(nanos, index++);
        long captured = nanos;
        nanos += FPS.intervalNanos();
        encoder.encode(frame[0], keyframe);
        return captured;
    }

    private int raw() {
        return device.queued(BufferType.OUTPUT_MPLANE);
    }

    /** The hardware takes its oldest raw picture. @return that one's timestamp */
    private long consume() {
        await("a picture comes to the driver", () -> raw() > 0);
        long micros = device.nextMicros(BufferType.OUTPUT_MPLANE);
        device.complete(BufferType.OUTPUT_MPLANE, 0, 0);
        return micros;
    }

    private void produce(long micros, int flags, byte[]... parts) {
        device.complete(BufferType.CAPTURE_MPLANE, flags, micros, join(parts));
    }

    private static byte[] join(byte[]... parts) {
        ByteBuffer joined = ByteBuffer.allocate(1000);
        for (byte[] part : parts) {
            joined.put(part);
        }
        byte[] bytes = new byte[joined.flip().remaining()];
        joined.get(bytes);
        return bytes;
    }

    private void awaitUnits(int count) {
        await(count + " units come out", () -> recording.units.size() >= count);
        assertEquals(count, recording.units.size());
    }

    @Test
    void controlsAreSetAsTheRequestAndWebRtcNeedThem() throws StageException {
        open("profile", "constrained-baseline");
        assertEquals(600_000, device.control(ControlId.VIDEO_BITRATE), "rounded down to a step");
        assertEquals(1, device.control(ControlId.VIDEO_REPEAT_SEQUENCE_HEADER));
        assertEquals(1, device.control(ControlId.VIDEO_H264_PROFILE));
        assertEquals(9, device.control(ControlId.VIDEO_H264_LEVEL), "level 3.1");
        assertEquals(30, device.rate().fps());
        assertEquals(4, device.queued(BufferType.CAPTURE_MPLANE));
    }

    @Test
    void rowsLieAsTheDriverHasThem() throws StageException {
        open();
        feed(false);
        await("it comes to the driver", () -> raw() == 1);
        ByteBuffer content = device.content(BufferType.OUTPUT_MPLANE, 0, 0);
        byte[] picture = MovingPicture.i420(WIDTH, HEIGHT, 0);
        int stride = 384;
        for (int y = 0; y < HEIGHT; y++) {
            for (int x = 0; x < WIDTH; x += 7) {
                assertEquals(picture[y * WIDTH + x], content.get(y * stride + x), "Y at " + x + "," + y);
            }
        }
        int u = stride * HEIGHT;
        int v = u + stride / 2 * (HEIGHT / 2);
        for (int y = 0; y < HEIGHT / 2; y++) {
            assertEquals(picture[WIDTH * HEIGHT + y * (WIDTH / 2) + 3], content.get(u + y * stride / 2 + 3), "U in row " + y);
            assertEquals(picture[WIDTH * HEIGHT * 5 / 4 + y * (WIDTH / 2) + 3], content.get(v + y * stride / 2 + 3), "V");
        }
        assertEquals(0, pool.outstanding(), "the lease ends when the samples are copied");
    }

    @Test
    void resultsAreMatchedByTimestampAndWhatIsMissingWasSkipped() throws StageException {
        open();
        List<Long> captured = new ArrayList<>();
        long[] micros = new long[4];
        for (int i = 0; i < 4; i++) {
            captured.add(feed(false));
            micros[i] = consume();
        }
        produce(micros[0], BufferFlags.KEYFRAME, SPS, PPS, IDR);
        produce(micros[3], 0, DELTA);
        awaitUnits(2);
        assertEquals(captured.get(0), recording.units.get(0).captureNanos);
        assertTrue(recording.units.get(0).keyframe);
        assertEquals(captured.get(3), recording.units.get(1).captureNanos);
        assertFalse(recording.units.get(1).keyframe);
        assertEquals(captured.subList(1, 3), recording.skipped);
    }

    @Test
    void equalTimesInMicrosecondsAreToldApart() throws StageException {
        open();
        long first = feed(false);
        nanos = first + 1;
        long second = feed(false);
        long before = consume();
        long after = consume();
        assertTrue(before < after, before + " and " + after);
        produce(before, 0, SPS, PPS, IDR);
        produce(after, 0, DELTA);
        awaitUnits(2);
        assertEquals(first, recording.units.get(0).captureNanos);
        assertEquals(second, recording.units.get(1).captureNanos);
    }

    @Test
    void parameterSetsThatCameOnceAreRepeated() throws StageException {
        open();
        feed(false);
        long first = consume();
        produce(first, 0, SPS, PPS);
        produce(first, BufferFlags.KEYFRAME, IDR);
        feed(false);
        produce(consume(), BufferFlags.KEYFRAME, IDR);
        awaitUnits(2);
        assertArrayEquals(join(SPS, PPS, IDR), recording.units.get(0).bytes);
        assertArrayEquals(join(SPS, PPS, IDR), recording.units.get(1).bytes);
    }

    @Test
    void aPictureThatSpansBuffersIsPutTogether() throws StageException {
        open();
        feed(false);
        long micros = consume();
        byte[] whole = new byte[512 * 1024 + 5];
        System.arraycopy(join(SPS, PPS, IDR), 0, whole, 0, SPS.length + PPS.length + IDR.length);
        device.complete(BufferType.CAPTURE_MPLANE, 0, micros, java.util.Arrays.copyOf(whole, 512 * 1024));
        device.complete(BufferType.CAPTURE_MPLANE, 0, micros, new byte[5]);
        awaitUnits(1);
        assertArrayEquals(whole, recording.units.get(0).bytes);
    }

    @Test
    void aKeyframeIsAimed() throws StageException {
        open();
        feed(false);
        await("it comes to the driver", () -> raw() == 1);
        feed(true);
        LockSupport.parkNanos(50_000_000);
        assertEquals(1, raw(), "the request would concern a picture before it");
        assertEquals(0, device.control(ControlId.VIDEO_FORCE_KEY_FRAME));
        consume();
        await("now it goes in", () -> raw() == 1);
        assertEquals(1, device.control(ControlId.VIDEO_FORCE_KEY_FRAME));
        consume();
    }

    @Test
    void aDamagedPictureIsDroppedAndTheNextIsAnIdr() throws StageException {
        open();
        feed(false);
        produce(consume(), BufferFlags.ERROR, SPS, PPS, IDR);
        await("it is skipped", () -> recording.skipped.size() == 1);
        feed(false);
        consume();
        assertEquals(1, device.control(ControlId.VIDEO_FORCE_KEY_FRAME));
    }

    @Test
    void ratesChangeLive() throws StageException {
        open();
        feed(false);
        consume();
        encoder.setRate(1_234_567, FrameRate.of(10));
        feed(false);
        consume();
        assertEquals(1_225_000, device.control(ControlId.VIDEO_BITRATE));
        assertEquals(10, device.rate().fps(), 0.01);
        encoder.setRate(1, FrameRate.of(10));
        feed(false);
        consume();
        assertTrue(device.control(ControlId.VIDEO_BITRATE) >= 25_000);
    }

    @Test
    void theFloorGrowsWithThePicture() throws StageException {
        open("minBitsPerPixel", "0.02");
        assertEquals(Math.round(0.02 * WIDTH * HEIGHT * 30), encoder.minBitrateBps());
    }

    /** A camera's picture in exported memory, laid out as the encoder wants it. */
    private final class CameraFrame implements RawFrame {
        private final ByteBuffer memory;
        private final int descriptor;
        private final long captured = nanos += FPS.intervalNanos();
        private volatile boolean closed;

        CameraFrame(ByteBuffer memory, int descriptor) {
            this.memory = memory;
            this.descriptor = descriptor;
        }

        @Override
        public PixelFormat format() {
            return PixelFormat.I420;
        }

        @Override
        public int width() {
            return WIDTH;
        }

        @Override
        public int height() {
            return HEIGHT;
        }

        @Override
        public ByteBuffer data() {
            return memory;
        }

        @Override
        public int planeOffset(int plane) {
            return plane == 0 ? 0 : plane == 1 ? 384 * HEIGHT : 384 * HEIGHT * 5 / 4;
        }

        @Override
        public int planeStride(int plane) {
            return plane == 0 ? 384 : 192;
        }

        @Override
        public int dmabufFd() {
            return descriptor;
        }

        @Override
        public long captureNanos() {
            return captured;
        }

        @Override
        public long sequence() {
            return 0;
        }

        @Override
        public boolean offer(FrameMemory memory) {
            offered.add(memory);
            return takesMemory;
        }

        @Override
        public void close() {
            closed = true;
        }
    }

    /** A camera whose driver has scattered memory is given some of the encoder's, and as long as it has that nothing is copied. */
    @Test
    void scatteredMemoryIsReplacedByTheEncoders() throws Exception {
        kernel.plug("/dev/video0", FakeDevice.camera("Fake Camera").strideAlignment(64).offer(Fourcc.YUV420, WIDTH, HEIGHT, 30));
        try (VideoDevice source = VideoDevice.open(kernel, "/dev/video0");
                BufferQueue captured = source.queue(BufferType.CAPTURE, MemoryType.MMAP)) {
            QueueBuffer buffer = captured.allocate(1).get(0);
            int descriptor = captured.export(buffer, 0);
            open();
            device.failOnce("VIDIOC_QBUF", Errno.EFAULT);
            takesMemory = true;
            for (int i = 0; i < 3; i++) {
                CameraFrame scattered = new CameraFrame(buffer.memory(0), descriptor);
                encoder.encode(scattered, false);
                await("it is copied", () -> scattered.closed);
                consume();
            }
            assertEquals(1, offered.size(), "offers");
            FrameMemory memory = offered.get(0);
            assertEquals(384 * HEIGHT * 5 / 4, memory.planeOffset(2));
            assertEquals(192, memory.planeStride(2));
            CameraFrame inPlace = new CameraFrame(memory.data(3), memory.dmabufFd(3));
            encoder.encode(inPlace, false);
            await("it comes to the driver", () -> raw() == 1);
            assertSame(memory.data(3), device.content(BufferType.OUTPUT_MPLANE, 0, 0));
            assertFalse(inPlace.closed, "the hardware reads it");
            consume();
            await("the lease ends", () -> inPlace.closed);
            assertEquals(1, encoder.framesInPlace());

            // The camera came back with memory of its own.
            memory.close();
            takesMemory = false;
            for (int i = 0; i < 3; i++) {
                CameraFrame scattered = new CameraFrame(buffer.memory(0), descriptor);
                encoder.encode(scattered, false);
                await("it is copied", () -> scattered.closed);
                consume();
            }
            assertEquals(2, offered.size(), "one that is not taken is not offered again");
            assertNull(recording.failure);
            captured.closeDescriptor(descriptor);
        }
    }

    @Test
    void contiguousMemoryOfACameraIsReadInPlace() throws Exception {
        FakeDevice camera = kernel.plug("/dev/video0", FakeDevice.camera("Fake Camera").strideAlignment(64)
                .offer(Fourcc.YUV420, WIDTH, HEIGHT, 30));
        try (VideoDevice source = VideoDevice.open(kernel, "/dev/video0");
                BufferQueue captured = source.queue(BufferType.CAPTURE, MemoryType.MMAP)) {
            QueueBuffer buffer = captured.allocate(1).get(0);
            int descriptor = captured.export(buffer, 0);
            open();
            feed(false);
            consume();
            for (int i = 0; i < 2; i++) {
                CameraFrame frame = new CameraFrame(buffer.memory(0), descriptor);
                encoder.encode(frame, false);
                await("it comes to the driver", () -> raw() == 1);
                assertFalse(frame.closed, "the hardware reads it");
                consume();
                await("the lease ends", () -> frame.closed);
            }
            assertSame(buffer.memory(0), device.content(BufferType.OUTPUT_MPLANE, 1, 0));

            // A copy for an audition has no such memory.
            nanos += FPS.intervalNanos();
            feed(false);
            consume();
            assertNull(recording.failure);

            device.failOnce("VIDIOC_QBUF", Errno.EFAULT);
            CameraFrame scattered = new CameraFrame(buffer.memory(0), descriptor);
            encoder.encode(scattered, false);
            await("it is copied", () -> scattered.closed);
            consume();
            assertEquals(2, encoder.framesInPlace());
            assertNull(recording.failure);
            captured.closeDescriptor(descriptor);
        }
        assertFalse(camera.isStreaming(BufferType.CAPTURE));
    }

    @Test
    void hardwareThatReturnsNoPictureIsAHang() throws StageException {
        device.delay("VIDIOC_STREAMOFF", 1_500);
        V4l2M2mEncoderFactory factory = factory();
        encoder = factory.open(request(WIDTH, HEIGHT), recording);
        long began = System.nanoTime();
        feed(false);
        await("it fails", () -> recording.failure != null);
        double seconds = (System.nanoTime() - began) / 1e9;
        assertTrue(seconds > 1.9 && seconds < 3, seconds + " s");
        assertEquals(Reason.FAILED, recording.failure.reason());
        StageException busy = assertThrows(StageException.class, () -> factory.open(request(WIDTH, HEIGHT), recording));
        assertTrue(busy.getMessage().contains("being reset"), busy.getMessage());
        long closing = System.nanoTime();
        encoder.close();
        assertTrue(System.nanoTime() - closing < 500_000_000, "closing does not wait for the driver");
        await("the device is given back", () -> kernel.openDescriptors() == 0);
        device.delay("VIDIOC_STREAMOFF", 0);
        awaitReopened(factory);
    }

    /** Soon after the device was given back. */
    private void awaitReopened(V4l2M2mEncoderFactory factory) {
        await("it can be opened again", () -> {
            try {
                encoder = factory.open(request(WIDTH, HEIGHT), new Recording());
                return true;
            } catch (StageException e) {
                return false;
            }
        });
    }

    /** Each once, with the picture in the driver: the failure is told, the picture and the device are given back. */
    @ParameterizedTest
    @CsvSource({"VIDIOC_DQBUF, EIO", "VIDIOC_DQBUF, ENODEV", "VIDIOC_QBUF, EIO", "VIDIOC_QBUF, ENODEV", "VIDIOC_QBUF, ETIME"})
    void aDriverThatFailsEndsTheEncoder(String call, Errno errno) throws StageException {
        V4l2M2mEncoderFactory factory = factory();
        encoder = factory.open(request(WIDTH, HEIGHT), recording);
        device.fail(call, errno);
        feed(false);
        await("it fails", () -> recording.failure != null);
        assertEquals(Reason.FAILED, recording.failure.reason());
        String message = recording.failure.getMessage();
        assertTrue(message.contains(call) && message.contains(errno.name()), message);
        await("the lease ends", () -> pool.outstanding() == 0);
        await("the device is given back", () -> kernel.openDescriptors() == 0);
        device.fail(call, null);
        encoder.close();
        awaitReopened(factory);
    }

    /** A driver that has drained says so by an empty last buffer, or by EPIPE alone. */
    @Test
    void aDrainedDriverIsNotWaitedFor() throws StageException {
        open();
        feed(false);
        long micros = consume();
        Thread firmware = new Thread(() -> {
            await("it is told to drain", () -> device.encoderCommands().contains(1));
            produce(micros, 0, SPS, PPS, IDR);
            device.drain(BufferType.CAPTURE_MPLANE);
        });
        firmware.start();
        long began = System.nanoTime();
        encoder.close();
        double seconds = (System.nanoTime() - began) / 1e9;
        encoder = null;
        assertTrue(seconds < 0.7, "closing took " + seconds + " s");
        assertEquals(1, recording.units.size(), "what was inside comes out");
        assertNull(recording.failure);
    }

    @Test
    void aMissingResultAloneIsNoHang() throws StageException {
        open();
        feed(false);
        consume();
        LockSupport.parkNanos(2_300_000_000L);
        assertNull(recording.failure);
        feed(false);
        produce(consume(), 0, SPS, PPS, IDR);
        awaitUnits(1);
    }

    @Test
    void refusalsSayWhatToDo() {
        device.fail("VIDIOC_REQBUFS", Errno.ENOMEM);
        refused(Reason.UNAVAILABLE, NODE + ": VIDIOC_REQBUFS", " failed, ENOMEM ", "cma");
        device.fail("VIDIOC_REQBUFS", null);
        device.fail("VIDIOC_STREAMON", Errno.ESRCH);
        refused(Reason.UNSUPPORTED, NODE + ": VIDIOC_STREAMON failed, ESRCH ", "level");
        device.fail("VIDIOC_STREAMON", null);
        device.fail("VIDIOC_S_FMT", Errno.EBUSY);
        refused(Reason.BUSY, NODE + ": VIDIOC_S_FMT ", " failed, EBUSY ", "fuser -v " + NODE);
        device.fail("VIDIOC_S_FMT", null);
        device.fail("open", Errno.EACCES);
        refused(Reason.UNAVAILABLE, NODE + ": open failed, EACCES ", "usermod");
        device.fail("open", null);
        kernel.unplug(NODE);
        refused(Reason.UNAVAILABLE, NODE);
    }

    private void refused(Reason reason, String... saying) {
        StageException refusal = assertThrows(StageException.class, this::open);
        assertEquals(reason, refusal.reason(), refusal.getMessage());
        for (String part : saying) {
            assertTrue(refusal.getMessage().contains(part), refusal.getMessage());
        }
        assertEquals(0, kernel.openDescriptors());
        assertEquals(0, kernel.mappings());
    }

    @Test
    void aMachineWithoutSuchADeviceIsToldWhatThereIsToDo() throws IOException {
        Files.delete(root.resolve("sys/class/video4linux/video11/name"));
        Files.delete(root.resolve("sys/class/video4linux/video11"));
        StageException refusal = assertThrows(StageException.class, this::open);
        assertEquals(Reason.UNAVAILABLE, refusal.reason());
        assertTrue(refusal.getMessage().contains("no device here encodes H.264"), refusal.getMessage());
    }

    @Test
    void aSizeThatTheDriverDoesNotTakeIsRefused() {
        StageException refusal = assertThrows(StageException.class, () -> factory().open(request(640, 480), recording));
        assertEquals(Reason.UNSUPPORTED, refusal.reason());
        assertTrue(refusal.getMessage().contains("640x480"), refusal.getMessage());
    }

    @Test
    void levelsFit() {
        assertEquals(Level.L3_1, Level.of(320, 180, 30, 500_000));
        assertEquals(Level.L3_1, Level.of(1280, 720, 30, 14_000_000));
        assertEquals(Level.L3_2, Level.of(1280, 720, 30, 14_000_001));
        assertEquals(Level.L3_2, Level.of(1280, 720, 60, 4_000_000));
        assertEquals(Level.L4_0, Level.of(1920, 1080, 30, 4_000_000));
        assertEquals(Level.L4_2, Level.of(1920, 1080, 50, 4_000_000));
        assertNull(Level.of(1 << 20, 190, 30, 1));
    }
}
