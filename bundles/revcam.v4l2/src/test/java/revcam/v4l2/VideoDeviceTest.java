package revcam.v4l2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import revcam.api.media.FrameRate;

class VideoDeviceTest {

    private static final String PATH = "/dev/video0";

    private final FakeKernel kernel = new FakeKernel();
    private final FakeDevice camera = kernel.plug(PATH, FakeDevice.camera("Fake Cam")
            .offer(Fourcc.YUYV, 640, 480, 30, 15).offer(Fourcc.YUYV, 1280, 720, 10).offer(Fourcc.MJPEG, 1280, 720, 30));

    @Test
    void aDeviceSaysWhatItIs() throws Exception {
        try (VideoDevice device = VideoDevice.open(kernel, PATH)) {
            assertEquals("uvcvideo", device.capability().driver());
            assertEquals("Fake Cam", device.capability().card());
            assertEquals("usb-fake-1.1", device.capability().busInfo());
            assertTrue(device.capability().isCapture() && device.capability().isStreaming());
            assertFalse(device.capability().isCaptureMultiPlanar() || device.capability().isMemoryToMemory());
        }
        assertEquals(0, kernel.openDescriptors());
    }

    @Test
    void formatsSizesAndRatesAreListed() throws Exception {
        try (VideoDevice device = VideoDevice.open(kernel, PATH)) {
            assertEquals(List.of(
                    new FormatDescription(Fourcc.YUYV, "fake YUYV", false, false),
                    new FormatDescription(Fourcc.MJPEG, "fake MJPG", true, false)), device.formats(BufferType.CAPTURE));
            assertEquals(List.of(), device.formats(BufferType.OUTPUT_MPLANE));
            assertEquals(List.of(FrameSizes.of(640, 480), FrameSizes.of(1280, 720)), device.frameSizes(Fourcc.YUYV));
            assertEquals(List.of(new FrameRates(FrameRate.of(30), FrameRate.of(30)),
                    new FrameRates(FrameRate.of(15), FrameRate.of(15))), device.frameRates(Fourcc.YUYV, 640, 480));
            assertEquals(List.of(), device.frameRates(Fourcc.YUYV, 320, 240));
        }
    }

    @Test
    void theDriversStrideIsToldWhateverItIs() throws Exception {
        camera.strideAlignment(100);
        try (VideoDevice device = VideoDevice.open(kernel, PATH)) {
            VideoFormat format = device.setFormat(BufferType.CAPTURE, new VideoFormat(600, 400, Fourcc.YUYV));
            assertEquals(640, format.width());
            assertEquals(480, format.height());
            assertEquals(1300, format.bytesPerLine());
            assertEquals(1300 * 480, format.sizeImage());
            assertEquals(format, device.format(BufferType.CAPTURE));
            assertEquals(1280, device.tryFormat(BufferType.CAPTURE, new VideoFormat(1300, 700, Fourcc.YUYV)).width());
            assertEquals(format, device.format(BufferType.CAPTURE));
        }
    }

    @ParameterizedTest
    @EnumSource
    void planesOfAFormatAreReadOnEveryAbi(Abi abi) throws Exception {
        FakeKernel other = new FakeKernel(abi, abi);
        other.plug(PATH, FakeDevice.multiPlanarCamera("Planes", 3).strideAlignment(64).offer(Fourcc.YUV420M, 720, 480, 30));
        try (VideoDevice device = VideoDevice.open(other, PATH)) {
            assertTrue(device.capability().isCaptureMultiPlanar());
            VideoFormat format = device.setFormat(BufferType.CAPTURE_MPLANE, new VideoFormat(720, 480, Fourcc.YUV420M));
            assertEquals(List.of(new VideoFormat.Plane(768, 768 * 480), new VideoFormat.Plane(384, 384 * 240),
                    new VideoFormat.Plane(384, 384 * 240)), format.planes());
            assertEquals(8, format.colorimetry().colorspace());
        }
    }

    @Test
    void aRateIsAskedForAndItsAnswerTold() throws Exception {
        try (VideoDevice device = VideoDevice.open(kernel, PATH)) {
            device.setFormat(BufferType.CAPTURE, new VideoFormat(640, 480, Fourcc.YUYV));
            assertEquals(FrameRate.of(5), device.frameRate(BufferType.CAPTURE));
            assertEquals(FrameRate.of(15), device.setFrameRate(BufferType.CAPTURE, FrameRate.of(12)));
            assertEquals(FrameRate.of(15), camera.rate());
            camera.fail("VIDIOC_S_PARM", Errno.ENOTTY);
            assertNull(device.setFrameRate(BufferType.CAPTURE, FrameRate.of(12)));
        }
    }

    @ParameterizedTest
    @EnumSource
    void controlsAreListedReadAndSetOnEveryAbi(Abi abi) throws Exception {
        FakeKernel other = new FakeKernel(abi, abi);
        FakeDevice device = other.plug(PATH, FakeDevice.camera("Controls").offer(Fourcc.YUYV, 640, 480, 30));
        Control flip = new Control(ControlId.HORIZONTAL_FLIP, "Horizontal Flip", Control.Type.BOOLEAN, 0, 1, 1, 0, 0, Map.of());
        Control exposure = new Control(0x009a0901, "Auto Exposure", Control.Type.MENU, 0, 3, 1, 3, 0,
                Map.of(1L, "Manual Mode", 3L, "Aperture Priority Mode"));
        Control rate = new Control(0x009f0902, "Pixel Rate", Control.Type.INTEGER64, 1, 1L << 40, 1, 7, 0, Map.of());
        Control disabled = new Control(0x00980900, "Brightness", Control.Type.INTEGER, 0, 9, 1, 5, 1, Map.of());
        device.offer(exposure).offer(flip).offer(rate).offer(disabled)
                .offer(new Control(0x009a0001, "Camera Controls", Control.Type.CLASS, 0, 0, 0, 0, 4, Map.of()));
        try (VideoDevice open = VideoDevice.open(other, PATH)) {
            assertEquals(List.of(flip, exposure, rate), open.controls());
            assertEquals("auto_exposure", exposure.key());
            assertEquals("1 (Manual Mode), 3 (Aperture Priority Mode)", exposure.allowed());
            assertEquals(exposure, open.control(exposure.id()));
            assertNull(open.control(ControlId.ROTATE));
            assertEquals(3, open.getControl(exposure.id()));
            assertEquals(1, open.setControl(flip.id(), 5));
            assertEquals(1, device.control(flip.id()));
            assertEquals(1L << 39, open.setControl64(rate.id(), 1L << 39));
            assertEquals(1L << 39, open.getControl64(rate.id()));
            V4l2Exception missing = assertThrows(V4l2Exception.class, () -> open.setControl(ControlId.ROTATE, 90));
            assertTrue(missing.getMessage().contains("control 0x980922"), missing.getMessage());
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatChangesLiveIsSetOnEveryAbi(Abi abi) throws Exception {
        FakeKernel other = new FakeKernel(abi, abi);
        FakeDevice device = other.plug(PATH, FakeDevice.camera("Live").offer(Fourcc.YUYV, 640, 480, 30, 15, 5)
                .offer(new Control(0x00980900, "Brightness", Control.Type.INTEGER, 0, 9, 1, 5, 0, Map.of())));
        try (VideoDevice open = VideoDevice.open(other, PATH)) {
            open.setFormat(BufferType.CAPTURE, new VideoFormat(640, 480, Fourcc.YUYV));
            LiveSettings live = open.liveSettings();
            for (int fps : new int[] {15, 5, 30}) {
                assertTrue(live.setFrameRate(BufferType.CAPTURE, fps * 1000, 1000));
                assertEquals(fps, device.rate().fps());
            }
            assertEquals(3, live.setControl(0x00980900, 3));
            assertEquals(9, live.setControl(0x00980900, 10), "as the driver took it");
            device.fail("VIDIOC_S_PARM", Errno.ENOTTY);
            assertFalse(live.setFrameRate(BufferType.CAPTURE, 15, 1));
            V4l2Exception missing = assertThrows(V4l2Exception.class, () -> live.setControl(ControlId.ROTATE, 90));
            assertTrue(missing.getMessage().contains("control 0x980922"), missing.getMessage());
        }
    }

    /** What the fake would allocate itself is answered before it. */
    @Test
    void whatChangesLiveDoesNotAllocate() throws Exception {
        boolean[] swift = {false};
        FakeKernel quick = new FakeKernel() {
            @Override
            public int ioctl(int fd, int number, ByteBuffer argument) {
                return swift[0] ? 0 : super.ioctl(fd, number, argument);
            }
        };
        quick.plug(PATH, FakeDevice.camera("Live").offer(Fourcc.YUYV, 640, 480, 30));
        try (VideoDevice device = VideoDevice.open(quick, PATH)) {
            LiveSettings live = device.liveSettings();
            swift[0] = true;
            ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            long allocated = Long.MAX_VALUE;
            for (int round = 0; round < 5; round++) {
                long before = threads.getThreadAllocatedBytes(Thread.currentThread().getId());
                for (int i = 0; i < 1000; i++) {
                    live.setFrameRate(BufferType.CAPTURE, 30_000 + i, 1000);
                    live.setControl(ControlId.VIDEO_BITRATE, i);
                }
                allocated = Math.min(allocated, threads.getThreadAllocatedBytes(Thread.currentThread().getId()) - before);
            }
            assertTrue(allocated < 1000, allocated + " bytes for 1000 rounds");
            swift[0] = false;
        }
    }

    /** A 32-bit process that was built for times of 64 bits, on a kernel that has none. */
    @Test
    void aWrongSizeOfStructuresIsNoticedAndCorrected() throws Exception {
        FakeKernel old = new FakeKernel(Abi.ILP32_TIME64, Abi.ILP32_TIME32);
        old.plug(PATH, FakeDevice.camera("Old").offer(Fourcc.YUYV, 640, 480, 30));
        try (VideoDevice device = VideoDevice.open(old, PATH)) {
            assertEquals(Abi.ILP32_TIME32, device.abi());
        }
    }

    /** What cannot be corrected is refused with ENOTTY, as the number of the call holds the size. */
    @Test
    void aWrongSizeOfStructuresIsRefused() throws Exception {
        FakeKernel other = new FakeKernel(Abi.LP64, Abi.ILP32_TIME64);
        other.plug(PATH, FakeDevice.camera("Other").offer(Fourcc.YUYV, 640, 480, 30));
        try (VideoDevice device = VideoDevice.open(other, PATH)) {
            V4l2Exception refusal = assertThrows(V4l2Exception.class,
                    () -> device.setFormat(BufferType.CAPTURE, new VideoFormat(640, 480, Fourcc.YUYV)));
            assertEquals(Errno.ENOTTY, refusal.errno());
            assertTrue(refusal.getMessage().contains("VIDIOC_S_FMT YUYV 640x480"), refusal.getMessage());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "open, EBUSY, fuser -v /dev/video0",
        "open, EACCES, usermod -aG video",
        "open, ENODEV, plug it in again",
        "VIDIOC_QUERYCAP, EIO, dmesg",
        "VIDIOC_QUERYCAP, ENOTTY, no V4L2 device",
        "VIDIOC_QUERYCAP, ENOMEM, CMA",
        "VIDIOC_QUERYCAP, ESRCH, level",
    })
    void whatFailsSaysWhatToDo(String call, Errno errno, String advice) {
        camera.fail(call, errno);
        V4l2Exception failure = assertThrows(V4l2Exception.class, () -> VideoDevice.open(kernel, PATH));
        assertEquals(errno, failure.errno());
        assertEquals(call, failure.call());
        assertEquals(PATH, failure.device());
        String message = failure.getMessage();
        assertTrue(message.startsWith(PATH + ": " + call + " failed, " + errno) && message.contains(advice), message);
        assertEquals(0, kernel.openDescriptors());
    }

    @Test
    void aMissingNodeIsGone() {
        V4l2Exception failure = assertThrows(V4l2Exception.class, () -> VideoDevice.open(kernel, "/dev/video7"));
        assertTrue(failure.isGone() && failure.getMessage().contains("ls -l /dev/v4l/by-id"), failure.getMessage());
    }

    @Test
    void anUnpluggedDeviceSaysSo() throws Exception {
        try (VideoDevice device = VideoDevice.open(kernel, PATH)) {
            kernel.unplug(PATH);
            V4l2Exception failure = assertThrows(V4l2Exception.class, () -> device.formats(BufferType.CAPTURE));
            assertEquals(Errno.ENODEV, failure.errno());
            assertTrue(failure.isGone());
        }
        assertEquals(0, kernel.openDescriptors());
    }

    @Test
    void aClosedDeviceIsNotCalled() throws Exception {
        VideoDevice device = VideoDevice.open(kernel, PATH);
        device.close();
        device.close();
        assertEquals(Errno.EBADF, assertThrows(V4l2Exception.class, () -> device.format(BufferType.CAPTURE)).errno());
    }

    @Test
    void sizesInStepsHaveANearest() {
        FrameSizes sizes = new FrameSizes(32, 1920, 2, 32, 1080, 2);
        assertTrue(sizes.contains(640, 480));
        assertEquals(642, sizes.nearestWidth(641));
        assertEquals(1920, sizes.nearestWidth(5000));
        assertEquals(32, sizes.nearestHeight(1));
        assertEquals(30, new FrameSizes(16, 31, 7, 16, 31, 7).nearestWidth(31));
    }

    @Test
    void fourccsAreSpelt() {
        assertEquals(0x56595559, Fourcc.YUYV);
        assertEquals("YUYV", Fourcc.text(Fourcc.YUYV));
        assertEquals("Y16 -BE", Fourcc.text(Fourcc.of("Y16 ") | 1 << 31));
        assertThrows(IllegalArgumentException.class, () -> Fourcc.of("I420P"));
    }
}
