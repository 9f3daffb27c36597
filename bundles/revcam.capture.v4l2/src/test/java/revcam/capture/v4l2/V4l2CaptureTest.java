package revcam.capture.v4l2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import revcam.api.capture.VideoCapture;
import revcam.api.media.FrameMemory;
import revcam.api.media.FrameRate;
import revcam.api.media.PixelFormat;
import revcam.api.media.RawFrame;
import revcam.api.media.StageException;
import revcam.api.media.StageException.Reason;
import revcam.testkit.VideoCaptureConformance.Frames;
import revcam.v4l2.Abi;
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
import revcam.v4l2.VideoFormat;

@Timeout(30)
class V4l2CaptureTest {

    @TempDir
    Path root;

    private static final String BY_ID_PATTERN = Pattern.quote(Bench.BY_ID);

    private Bench bench;
    private final Frames frames = new Frames();

    @BeforeEach
    void machine() {
        bench = new Bench(root);
    }

    @AfterEach
    void nothingIsLeft() throws Exception {
        frames.closeAll();
        bench.unplug();
        bench.assertNothingIsLeft();
    }

    private static FakeDevice webcam() {
        return FakeDevice.camera("Fake Cam").offer(Fourcc.MJPEG, 1280, 720, 30).offer(Fourcc.YUYV, 320, 240, 30, 15)
                .offer(Fourcc.YUYV, 640, 480, 15);
    }

    @Test
    void theCameraIsAlwaysAskedForARate() throws Exception {
        FakeDevice camera = bench.plug(webcam());
        try (VideoCapture capture = bench.factory().open(Bench.request("", 320, 240, 30), frames)) {
            assertNotNull(capture);
            frames.next().close();
            assertEquals(FrameRate.of(30), camera.rate());
        }
    }

    @ParameterizedTest
    @CsvSource({"320, 240, 30, 320x240 30", "320, 240, 12, 320x240 15", "640, 480, 30, 640x480 15", "1280, 720, 30, 640x480 15"})
    void theModeIsOneThatTheCameraOffers(int width, int height, int fps, String mode) throws Exception {
        FakeDevice camera = bench.plug(webcam());
        try (VideoCapture capture = bench.factory().open(Bench.request("", width, height, fps), frames);
                RawFrame frame = frames.next()) {
            assertNotNull(capture);
            assertEquals(mode, frame.width() + "x" + frame.height() + " " + camera.rate());
            assertEquals(PixelFormat.I420, frame.format());
        }
    }

    @Test
    void aCameraThatIsTooFastIsThinned() throws Exception {
        bench.plug(FakeDevice.camera("Fast").offer(Fourcc.NV12, 320, 240, 60));
        try (VideoCapture capture = bench.factory().open(Bench.request("", 320, 240, 20), frames)) {
            assertNotNull(capture);
            frames.next().close();
            long begin = System.nanoTime();
            for (int i = 0; i < 20; i++) {
                frames.next().close();
            }
            double fps = 20e9 / (System.nanoTime() - begin);
            assertTrue(fps < 30, fps + " frames a second");
        }
    }

    @Test
    void yuyvBecomesI420() {
        Samples samples = new Samples(CameraFormat.YUYV, 4, 2);
        ByteBuffer from = ByteBuffer.allocate(22);
        // Rows of 11 bytes: Y 1 to 4 and 5 to 8, U 10, 20 above 21, 40, V 100, 110 above 103, 110.
        from.put(0, new byte[] {1, 10, 2, 100, 3, 20, 4, 110, -1, -1, -1, 5, 21, 6, 103, 7, 40, 8, 110});
        RawFrame to = new revcam.api.media.FramePool(1, PixelFormat.I420, 4, 2, 8).acquire();
        samples.yuyvToI420(from, 11, to);
        byte[] row = new byte[4];
        to.data().get(to.planeOffset(0), row);
        assertEquals("[1, 2, 3, 4]", java.util.Arrays.toString(row));
        to.data().get(to.planeOffset(0) + to.planeStride(0), row);
        assertEquals("[5, 6, 7, 8]", java.util.Arrays.toString(row));
        assertEquals(16, to.data().get(to.planeOffset(1)));
        assertEquals(30, to.data().get(to.planeOffset(1) + 1));
        assertEquals(102, to.data().get(to.planeOffset(2)));
        assertEquals(110, to.data().get(to.planeOffset(2) + 1));
    }

    @Test
    void yuyvIsPassedOnWhenAskedFor() throws Exception {
        bench.plug(webcam());
        try (VideoCapture capture = bench.factory("format=YUYV").open(Bench.request("", 320, 240, 30), frames);
                RawFrame frame = frames.next()) {
            assertNotNull(capture);
            assertEquals(PixelFormat.YUYV, frame.format());
            assertTrue(frame.dmabufFd() >= 0);
        }
    }

    /** A driver pads rows as it likes; each sample is where the frame says, in the driver's memory and in a copy. */
    @ParameterizedTest
    @CsvSource({"YUV420, 0, true", "NV12, 0, true", "YUV420, -3, false", "NV12, -3, false", "YUYV, 0, false"})
    void rowsLieWhereTheFrameSays(CameraFormat format, int extraBuffers, boolean lent) throws Exception {
        FakeDevice camera = bench.plug(FakeDevice.camera("Padded").strideAlignment(100).extraBuffers(extraBuffers)
                .offer(format.fourcc, 320, 240, 30));
        camera.mute(true);
        try (VideoCapture capture = bench.factory().open(Bench.request("", 320, 240, 30), frames)) {
            assertNotNull(capture);
            assertTrue(camera.complete(BufferType.CAPTURE, 0, System.nanoTime() / 1000, padded(format)));
            try (RawFrame frame = frames.next()) {
                assertEquals(lent, frame.planeStride(0) == 400, "stride " + frame.planeStride(0));
                for (int plane = 0; plane < frame.format().planes(); plane++) {
                    for (int y = 0; y < frame.format().rows(plane, 240); y++) {
                        for (int at = 0; at < frame.format().rowBytes(plane, 320); at++) {
                            boolean pairs = frame.format() == PixelFormat.NV12 && plane == 1;
                            byte expected = pairs ? sample(1 + at % 2, at / 2, y) : sample(plane, at, y);
                            byte found = frame.data().get(frame.planeOffset(plane) + y * frame.planeStride(plane) + at);
                            if (expected != found) {
                                assertEquals(expected, found, "plane " + plane + " at " + at + "," + y);
                            }
                        }
                    }
                }
            }
        }
    }

    private static byte sample(int plane, int x, int y) {
        return (byte) (16 + (3 * x + 7 * y + 50 * plane) % 200);
    }

    /** A picture of 320x240 with rows of 400 bytes, or 700 where a sample takes two. */
    private static byte[] padded(CameraFormat format) {
        int row = format == CameraFormat.YUYV ? 700 : 400;
        byte[] bytes = new byte[format == CameraFormat.YUYV ? row * 240 : row * 240 * 3 / 2];
        for (int y = 0; y < 240; y++) {
            for (int x = 0; x < 320; x++) {
                switch (format) {
                    case YUYV -> {
                        bytes[y * row + 2 * x] = sample(0, x, y);
                        bytes[y * row + 2 * x + 1] = sample(1 + x % 2, x / 2, y / 2);
                    }
                    case YUV420 -> {
                        bytes[y * row + x] = sample(0, x, y);
                        bytes[row * 240 + y / 2 * 200 + x / 2] = sample(1, x / 2, y / 2);
                        bytes[row * 240 + 200 * 120 + y / 2 * 200 + x / 2] = sample(2, x / 2, y / 2);
                    }
                    default -> {
                        bytes[y * row + x] = sample(0, x, y);
                        bytes[row * 240 + y / 2 * row + x] = sample(1 + x % 2, x / 2, y / 2);
                    }
                }
            }
        }
        return bytes;
    }

    /** The stream is kept: a sign instead of the picture, and the picture again when the camera is. */
    @Test
    void anUnpluggedCameraIsShownToBeAwayAndComesBack() throws Exception {
        bench.plug(FakeDevice.camera("Fake Cam").offer(Fourcc.NV12, 320, 240, 30));
        try (VideoCapture capture = bench.factory().open(Bench.request("", 320, 240, 30), frames)) {
            assertNotNull(capture);
            RawFrame kept = frames.next();
            byte before = kept.data().get(0);
            bench.unplug();
            long sequence = assertSigned(1_000);
            assertEquals(before, kept.data().get(0), "a picture on lease changed");
            kept.close();
            bench.plug(FakeDevice.camera("Fake Cam").offer(Fourcc.NV12, 320, 240, 30));
            long plugged = System.nanoTime();
            RawFrame frame = frames.next();
            while (isSign(frame)) {
                frame.close();
                frame = frames.next();
            }
            assertTrue(System.nanoTime() - plugged < 2_000_000_000L, "back after more than two seconds");
            assertTrue(frame.sequence() > sequence);
            frame.close();
        }
    }

    /** As long as another program has the node open, some drivers keep it. */
    @Test
    void aCameraWhoseNodeStaysIsBackAsSoon() throws Exception {
        FakeDevice camera = bench.plug(FakeDevice.camera("Fake Cam").offer(Fourcc.NV12, 320, 240, 30));
        try (VideoCapture capture = bench.factory().open(Bench.request(Bench.BY_ID, 320, 240, 30), frames)) {
            assertNotNull(capture);
            frames.next().close();
            camera.fail("open", Errno.ENODEV);
            camera.failOnce("VIDIOC_DQBUF", Errno.ENODEV);
            assertSigned(2_000);
            // Longer than what is tried after one, two and four seconds would be near.
            long until = System.nanoTime() + 3_500_000_000L;
            while (System.nanoTime() < until) {
                frames.next().close();
            }
            camera.fail("open", null);
            long back = System.nanoTime();
            nextThat(frame -> !isSign(frame)).close();
            assertTrue(System.nanoTime() - back < 2_000_000_000L, "back after more than two seconds");
        }
    }

    @Test
    void aCameraThatComesBackElsewhereIsFoundByItsName() throws Exception {
        bench.plug(webcam());
        try (VideoCapture capture = bench.factory().open(Bench.request("/dev/video0", 320, 240, 30), frames)) {
            assertNotNull(capture);
            frames.next().close();
            bench.unplug();
            assertSigned(1_000);
            bench.kernel.plug(Bench.BY_ID, webcam()).run();
            RawFrame frame = frames.next();
            while (isSign(frame)) {
                frame.close();
                frame = frames.next();
            }
            frame.close();
        } finally {
            bench.kernel.unplug(Bench.BY_ID);
        }
    }

    @ParameterizedTest
    @CsvSource({"VIDIOC_DQBUF, EIO", "VIDIOC_QBUF, ENODEV", "VIDIOC_DQBUF, EPROTO"})
    void aCameraThatFailsIsOpenedAnew(String call, Errno errno) throws Exception {
        FakeDevice camera = bench.plug(webcam());
        try (VideoCapture capture = bench.factory().open(Bench.request("", 320, 240, 30), frames)) {
            assertNotNull(capture);
            frames.next().close();
            camera.failOnce(call, errno);
            assertSigned(2_000);
            RawFrame frame = frames.next();
            while (isSign(frame)) {
                frame.close();
                frame = frames.next();
            }
            frame.close();
        }
    }

    @Test
    void aSilentCameraIsOpenedAnew() throws Exception {
        FakeDevice camera = bench.plug(webcam());
        try (VideoCapture capture = bench.factory().open(Bench.request("", 320, 240, 30), frames)) {
            assertNotNull(capture);
            frames.next().close();
            camera.mute(true);
            assertSigned(5_000);
            camera.mute(false);
            RawFrame frame = frames.next();
            while (isSign(frame)) {
                frame.close();
                frame = frames.next();
            }
            frame.close();
        }
    }

    @Test
    void closingDoesNotWaitForTheCamera() throws Exception {
        FakeDevice camera = bench.plug(webcam());
        VideoCapture capture = bench.factory().open(Bench.request("", 320, 240, 30), frames);
        frames.next().close();
        camera.mute(true);
        Thread.sleep(100);
        long begin = System.nanoTime();
        capture.close();
        assertTrue(System.nanoTime() - begin < 200_000_000L, "closing took " + (System.nanoTime() - begin) + " ns");
    }

    @Test
    void closingEndsTheSearch() throws Exception {
        bench.plug(webcam());
        VideoCapture capture = bench.factory().open(Bench.request("", 320, 240, 30), frames);
        frames.next().close();
        bench.unplug();
        assertSigned(1_000);
        long begin = System.nanoTime();
        capture.close();
        assertTrue(System.nanoTime() - begin < 300_000_000L);
    }

    @Test
    void damagedPicturesAreLeftOutAndCounted() throws Exception {
        FakeDevice camera = bench.plug(webcam());
        try (VideoCapture capture = bench.factory().open(Bench.request("", 320, 240, 30), frames)) {
            assertNotNull(capture);
            long before;
            try (RawFrame frame = frames.next()) {
                before = frame.sequence();
            }
            camera.damageNext(3);
            await(() -> camera.damaged() == 0);
            RawFrame frame = frames.next();
            long gap = 0;
            while (gap < 4) {
                gap = Math.max(gap, frame.sequence() - before);
                before = frame.sequence();
                frame.close();
                frame = frames.next();
            }
            frame.close();
            assertEquals(4, gap);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "open, EACCES, UNAVAILABLE, usermod",
        "open, EBUSY, BUSY, fuser",
        "VIDIOC_S_FMT, EBUSY, BUSY, fuser",
        "VIDIOC_STREAMON, EBUSY, BUSY, fuser",
        "VIDIOC_STREAMON, EIO, UNAVAILABLE, dmesg",
        "VIDIOC_REQBUFS, ENOMEM, UNAVAILABLE, CMA",
        "VIDIOC_QBUF, EIO, UNAVAILABLE, dmesg",
        "mmap, ENOMEM, UNAVAILABLE, CMA",
    })
    void whatTheKernelRefusesIsSaid(String call, Errno errno, Reason reason, String advice) throws Exception {
        bench.plug(webcam()).fail(call, errno);
        StageException refusal = assertThrows(StageException.class,
                () -> bench.factory("device=" + Bench.BY_ID).open(Bench.request("", 320, 240, 30), frames));
        assertEquals(reason, refusal.reason(), refusal.getMessage());
        assertTrue(refusal.getMessage().matches(BY_ID_PATTERN + ": " + call + "( of \\d+ bytes| \\w{4} \\d+x\\d+)? failed, " + errno + " .*")
                && refusal.getMessage().contains(advice), refusal.getMessage());
    }

    /** Their size is in the number of the call, so a driver that has others does not know it. */
    @Test
    void structuresOfAnotherSizeAreSaid() throws Exception {
        Bench other = new Bench(root, new FakeKernel(Abi.LP64, Abi.ILP32_TIME64));
        other.plug(webcam());
        StageException refusal = assertThrows(StageException.class,
                () -> other.factory("device=" + Bench.BY_ID, "format=YUYV").open(Bench.request("", 320, 240, 30), frames));
        assertEquals(Reason.UNAVAILABLE, refusal.reason(), refusal.getMessage());
        assertTrue(refusal.getMessage().startsWith(Bench.BY_ID + ": VIDIOC_S_FMT YUYV 320x240 failed, ENOTTY "), refusal.getMessage());
        other.assertNothingIsLeft();
        other.unplug();
    }

    /** What opens well and fails while it streams is in the log, as there is nobody to tell it to. */
    @ParameterizedTest
    @CsvSource({"VIDIOC_DQBUF, EIO", "VIDIOC_QBUF, ENODEV", "poll, EIO"})
    void whatFailsWhileItStreamsIsLogged(String call, Errno errno) throws Exception {
        FakeDevice camera = bench.plug(webcam());
        PrintStream error = System.err;
        ByteArrayOutputStream log = new ByteArrayOutputStream();
        System.setErr(new PrintStream(log, true));
        try (VideoCapture capture = bench.factory("device=" + Bench.BY_ID).open(Bench.request("", 320, 240, 30), frames)) {
            assertNotNull(capture);
            frames.next().close();
            camera.fail(call, errno);
            String said = Bench.BY_ID + ": " + call + " failed, " + errno + " ";
            await(() -> log.toString().contains(said));
            camera.fail(call, null);
        } finally {
            System.setErr(error);
        }
    }

    @Test
    void withoutACameraThereIsAWord() throws Exception {
        assertRefused(Reason.UNAVAILABLE, "no camera is plugged in", "");
        assertRefused(Reason.UNAVAILABLE, "nothing is plugged in there", "usb-Gone-video-index0");
        assertRefused(Reason.UNSUPPORTED, "by-id", "../video0");
        bench.plug("video11", FakeDevice.memoryToMemory("encoder"));
        assertRefused(Reason.UNAVAILABLE, "no camera is plugged in", "");
        assertRefused(Reason.UNSUPPORTED, "is no camera", "video11");
        bench.kernel.unplug("/dev/video11");
    }

    @Test
    void compressedPicturesAloneAreRefused() throws Exception {
        bench.plug(FakeDevice.camera("Jpeg Cam").offer(Fourcc.MJPEG, 1280, 720, 30));
        assertRefused(Reason.UNAVAILABLE, "MJPG", "");
        assertRefused(Reason.UNSUPPORTED, "only uncompressed", "video0");
    }

    @Test
    void aFormatThatTheCameraLacksIsRefused() throws Exception {
        bench.plug(webcam());
        StageException refusal = assertThrows(StageException.class,
                () -> bench.factory("format=nv12").open(Bench.request("video0", 320, 240, 30), frames));
        assertTrue(refusal.getMessage().contains("format = auto"), refusal.getMessage());
    }

    @Test
    void theFirstThatIsNoConverterAndNotBroken() throws Exception {
        bench.plug("video9", FakeDevice.camera("Broken").offer(Fourcc.MJPEG, 1280, 720, 30));
        FakeDevice camera = bench.plug("video10", webcam());
        camera.run();
        try (VideoCapture capture = bench.factory().open(Bench.request("", 320, 240, 30), frames)) {
            assertNotNull(capture);
            frames.next().close();
        }
        bench.kernel.unplug("/dev/video9");
        bench.kernel.unplug("/dev/video10");
    }

    @Test
    void controlsAreSetAndFollowTheConfiguration() throws Exception {
        FakeDevice camera = bench.plug(webcam()
                .offer(new Control(ControlId.HORIZONTAL_FLIP, "Horizontal Flip", Control.Type.BOOLEAN, 0, 1, 1, 0, 0, Map.of()))
                .offer(new Control(ControlId.VERTICAL_FLIP, "Vertical Flip", Control.Type.BOOLEAN, 0, 1, 1, 0, 0, Map.of()))
                .offer(new Control(0x00980900, "Brightness", Control.Type.INTEGER, -64, 64, 1, 0, 0, Map.of()))
                .offer(new Control(0x009a0901, "Auto Exposure", Control.Type.MENU, 0, 3, 1, 3, 0,
                        Map.of(1L, "Manual Mode", 3L, "Aperture Priority Mode")))
                .offer(new Control(0x009a0902, "Exposure Time, Absolute", Control.Type.INTEGER, 1, 5000, 1, 157, 0, Map.of())));
        V4l2CaptureFactory factory = bench.factory("rotate=180", "flip=vertical", "exposure=12.5",
                "controls=brightness=-7, gamma=3, auto_exposure=2");
        try (VideoCapture capture = factory.open(Bench.request("", 320, 240, 30), frames)) {
            assertNotNull(capture);
            assertEquals(1, camera.control(ControlId.HORIZONTAL_FLIP));
            assertEquals(0, camera.control(ControlId.VERTICAL_FLIP));
            assertEquals(-7, camera.control(0x00980900));
            assertEquals(1, camera.control(0x009a0901));
            assertEquals(125, camera.control(0x009a0902));
            frames.next().close();
            factory.modified(Map.of("rotate", "180", "flip", "vertical", "exposure", "auto", "controls", "Brightness=9"));
            await(() -> camera.control(0x00980900) == 9);
            assertEquals(3, camera.control(0x009a0901));
            assertTrue(camera.isStreaming(BufferType.CAPTURE), "it went on");
            factory.modified(Map.of("flip", "both"));
            await(() -> camera.control(ControlId.VERTICAL_FLIP) == 1 && camera.control(ControlId.HORIZONTAL_FLIP) == 1);
        }
    }

    @Test
    void aBadSettingIsRefusedAndTheLastGoodStays() throws Exception {
        FakeDevice camera = bench.plug(webcam());
        V4l2CaptureFactory factory = bench.factory("device=video0");
        for (Map<String, Object> bad : java.util.List.<Map<String, Object>>of(Map.of("controls", "brightness"),
                Map.of("exposure", "-1"), Map.of("rotate", "45"), Map.of("buffers", "2"), Map.of("format", "MJPEG"))) {
            factory.modified(bad);
            try (VideoCapture capture = factory.open(Bench.request("", 320, 240, 30), frames)) {
                assertNotNull(capture);
                assertTrue(camera.isStreaming(BufferType.CAPTURE));
            }
        }
    }

    @Test
    void aDriverWithFewBuffersIsCopiedFrom() throws Exception {
        bench.plug(FakeDevice.camera("Few").extraBuffers(-3).offer(Fourcc.YUV420, 320, 240, 30));
        try (VideoCapture capture = bench.factory().open(Bench.request("", 320, 240, 30), frames);
                RawFrame frame = frames.next()) {
            assertNotNull(capture);
            assertEquals(-1, frame.dmabufFd());
            byte value = frame.data().get(frame.planeOffset(0));
            assertEquals(value, frame.data().get(frame.planeOffset(2) + 119 * frame.planeStride(2) + 159));
        }
    }

    /** Memory that an encoder made and gave away, with rows of so many bytes. */
    private final class EncoderMemory implements FrameMemory {
        private final int stride;
        private final BufferQueue queue;
        private final List<QueueBuffer> buffers;
        private final int[] descriptors;
        private volatile boolean wanted = true;
        private volatile boolean closed;

        EncoderMemory(int stride) throws Exception {
            this.stride = stride;
            bench.kernel.plug("/dev/video11", FakeDevice.memoryToMemory("Codec").strideAlignment(stride)
                    .offer(Fourcc.NV12, 320, 240));
            try (VideoDevice encoder = VideoDevice.open(bench.kernel, "/dev/video11")) {
                encoder.setFormat(BufferType.OUTPUT_MPLANE, new VideoFormat(320, 240, Fourcc.NV12));
                queue = encoder.queue(BufferType.OUTPUT_MPLANE, MemoryType.MMAP);
                buffers = queue.allocate(4);
                descriptors = new int[4];
                for (int i = 0; i < 4; i++) {
                    descriptors[i] = queue.export(buffers.get(i), 0);
                }
                queue.orphan();
            }
        }

        boolean holds(RawFrame frame) {
            return buffers.stream().anyMatch(buffer -> buffer.memory(0) == frame.data());
        }

        @Override
        public PixelFormat format() {
            return PixelFormat.NV12;
        }

        @Override
        public int width() {
            return 320;
        }

        @Override
        public int height() {
            return 240;
        }

        @Override
        public int planeOffset(int plane) {
            return plane * 240 * stride;
        }

        @Override
        public int planeStride(int plane) {
            return stride;
        }

        @Override
        public int buffers() {
            return 4;
        }

        @Override
        public ByteBuffer data(int buffer) {
            return buffers.get(buffer).memory(0);
        }

        @Override
        public int dmabufFd(int buffer) {
            return descriptors[buffer];
        }

        @Override
        public boolean isWanted() {
            return wanted;
        }

        @Override
        public void close() {
            assertFalse(closed, "closed twice");
            closed = true;
            buffers.forEach(QueueBuffer::unmap);
            IntStream.of(descriptors).forEach(queue::closeDescriptor);
        }
    }

    @Test
    void memoryOfAnEncoderIsFilledAsLongAsItIsWanted() throws Exception {
        bench.plug(FakeDevice.camera("Fake Cam").offer(Fourcc.NV12, 320, 240, 30));
        EncoderMemory memory = new EncoderMemory(320);
        try (VideoCapture capture = bench.factory().open(Bench.request("", 320, 240, 30), frames)) {
            assertNotNull(capture);
            RawFrame old = frames.next();
            byte before = old.data().get(0);
            assertTrue(old.offer(memory));
            RawFrame inside = nextThat(memory::holds);
            assertEquals(inside.data().get(0), inside.data().get(inside.planeOffset(1)), "the camera writes there");
            assertTrue(IntStream.of(memory.descriptors).anyMatch(fd -> fd == inside.dmabufFd()), "descriptor");
            assertEquals(before, old.data().get(0), "a picture on lease changed");
            old.close();
            for (int i = 0; i < 10; i++) {
                RawFrame next = frames.next();
                assertTrue(memory.holds(next), "it stays there");
                next.close();
            }

            memory.wanted = false;
            nextThat(frame -> !memory.holds(frame)).close();
            assertFalse(memory.closed, "a picture in it is on lease");
            byte kept = inside.data().get(0);
            frames.next().close();
            assertEquals(kept, inside.data().get(0), "a picture on lease changed");
            inside.close();
            assertTrue(memory.closed);
        }
    }

    @Test
    void memoryThatDoesNotFitOrWorkIsDeclined() throws Exception {
        FakeDevice camera = bench.plug(FakeDevice.camera("Fake Cam").offer(Fourcc.NV12, 320, 240, 30));
        EncoderMemory padded = new EncoderMemory(512);
        EncoderMemory refused = new EncoderMemory(320);
        EncoderMemory late = new EncoderMemory(320);
        try (VideoCapture capture = bench.factory().open(Bench.request("", 320, 240, 30), frames)) {
            assertNotNull(capture);
            RawFrame frame = frames.next();
            assertFalse(frame.offer(padded), "rows are elsewhere");
            camera.failOnce("VIDIOC_REQBUFS", Errno.EINVAL);
            assertTrue(frame.offer(refused));
            await(() -> refused.closed);
            frame.close();
            frame = frames.next();
            assertFalse(isSign(frame), "the camera goes on");
            assertFalse(frame.offer(late), "it did not work before");
            frame.close();
        }
        padded.close();
        late.close();
    }

    /** What the camera gives until then goes unused. */
    private RawFrame nextThat(Predicate<RawFrame> condition) throws InterruptedException {
        long deadline = System.nanoTime() + 30_000_000_000L;
        while (true) {
            RawFrame frame = frames.next();
            if (condition.test(frame)) {
                return frame;
            }
            frame.close();
            assertFalse(System.nanoTime() > deadline, "no such picture comes");
        }
    }

    private void assertRefused(Reason reason, String saying, String device) {
        StageException refusal = assertThrows(StageException.class,
                () -> bench.factory().open(Bench.request(device, 320, 240, 30), frames));
        assertEquals(reason, refusal.reason(), refusal.getMessage());
        assertTrue(refusal.getMessage().contains(saying), refusal.getMessage());
    }

    /** @return the sign's sequence number */
    private long assertSigned(long withinMillis) throws InterruptedException {
        long begin = System.nanoTime();
        while (true) {
            try (RawFrame frame = frames.next()) {
                if (isSign(frame)) {
                    long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);
                    assertTrue(millis < withinMillis, "the sign came after " + millis + " ms");
                    return frame.sequence();
                }
            }
        }
    }

    /** A fake picture is the same byte all over, and the sign has grey and white. */
    private static boolean isSign(RawFrame frame) {
        boolean grey = false;
        boolean white = false;
        for (int x = 0; x < frame.width(); x++) {
            int luma = frame.data().get(frame.planeOffset(0) + frame.height() / 2 * frame.planeStride(0) + x) & 0xFF;
            grey |= luma == 56;
            white |= luma == 225;
        }
        return grey && white;
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + 30_000_000_000L;
        while (!condition.getAsBoolean()) {
            assertFalse(System.nanoTime() > deadline, "it did not come to pass");
            Thread.sleep(5);
        }
    }
}
