package revcam.v4l2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(10)
class BufferQueueTest {

    private static final String CAMERA = "/dev/video0";
    private static final String CODEC = "/dev/video11";

    private FakeKernel kernel = new FakeKernel();

    @AfterEach
    void nothingIsLeft() {
        assertEquals(0, kernel.openDescriptors());
        assertEquals(0, kernel.mappings());
    }

    private FakeDevice camera() {
        return kernel.plug(CAMERA, FakeDevice.camera("Fake Cam").offer(Fourcc.YUYV, 640, 480, 30));
    }

    @ParameterizedTest
    @EnumSource
    void picturesComeBackOnEveryAbi(Abi abi) throws Exception {
        kernel = new FakeKernel(abi, abi);
        FakeDevice camera = camera();
        try (VideoDevice device = VideoDevice.open(kernel, CAMERA);
                BufferQueue queue = device.queue(BufferType.CAPTURE, MemoryType.MMAP)) {
            List<QueueBuffer> buffers = queue.allocate(3);
            assertEquals(3, buffers.size());
            for (QueueBuffer buffer : buffers) {
                assertEquals(640 * 480 * 2, buffer.length(0));
                assertEquals(640 * 480 * 2, buffer.memory(0).capacity());
                queue.queue(buffer);
            }
            queue.streamOn();
            assertNull(queue.dequeue());
            assertFalse(queue.isAtEnd());
            long micros = 5_000_000_123_456L % (abi == Abi.ILP32_TIME32 ? 1L << 40 : Long.MAX_VALUE);
            camera.complete(BufferType.CAPTURE, 0, micros);
            camera.complete(BufferType.CAPTURE, BufferFlags.ERROR, micros + 1);
            QueueBuffer first = queue.dequeue();
            assertSame(buffers.get(0), first);
            assertEquals(micros, first.timestampMicros());
            assertTrue(first.has(BufferFlags.TIMESTAMP_MONOTONIC));
            assertFalse(first.has(BufferFlags.ERROR));
            assertEquals(640 * 480 * 2, first.bytesUsed(0));
            assertEquals(1, first.memory(0).get(100));
            QueueBuffer second = queue.dequeue();
            assertTrue(second.has(BufferFlags.ERROR));
            assertEquals(1, second.sequence());
            queue.queue(first);
            assertEquals(2, camera.queued(BufferType.CAPTURE));
            assertThrows(V4l2Exception.class, () -> queue.queue(first));
        }
    }

    /** An encoder's way: memory of the encoder, filled by the camera, timestamps carried through. */
    @ParameterizedTest
    @EnumSource
    void aCameraFillsTheMemoryOfAnEncoderOnEveryAbi(Abi abi) throws Exception {
        kernel = new FakeKernel(abi, abi);
        FakeDevice camera = camera();
        FakeDevice codec = kernel.plug(CODEC, FakeDevice.memoryToMemory("Fake Codec"));
        try (VideoDevice source = VideoDevice.open(kernel, CAMERA);
                VideoDevice encoder = VideoDevice.open(kernel, CODEC);
                BufferQueue captured = source.queue(BufferType.CAPTURE, MemoryType.DMABUF);
                BufferQueue output = encoder.queue(BufferType.OUTPUT_MPLANE, MemoryType.MMAP)) {
            assertTrue(encoder.capability().isMemoryToMemoryMultiPlanar());
            encoder.setFormat(BufferType.OUTPUT_MPLANE, new VideoFormat(640, 480, Fourcc.YUYV));
            QueueBuffer raw = output.allocate(2).get(1);
            int descriptor = output.export(raw, 0);
            QueueBuffer picture = captured.allocate(1).get(0);
            assertNull(picture.memory(0));
            V4l2Exception small = assertThrows(V4l2Exception.class,
                    () -> captured.queue(picture.setDmabuf(0, descriptor, 1000)));
            assertEquals(Errno.EINVAL, small.errno());
            captured.queue(picture.setDmabuf(0, descriptor, raw.length(0)));
            captured.streamOn();
            output.streamOn();
            camera.complete(BufferType.CAPTURE, 0, 77);
            assertSame(picture, captured.dequeue());
            assertEquals(1, raw.memory(0).get(640 * 480 * 2 - 1));
            output.queue(raw.setBytesUsed(0, picture.bytesUsed(0)).setTimestampMicros(12_345_678));
            codec.complete(BufferType.OUTPUT_MPLANE, 0, 0);
            assertSame(raw, output.dequeue());
            assertEquals(640 * 480 * 2, raw.bytesUsed(0));
            assertEquals(12_345_678, raw.timestampMicros());
            captured.streamOff();
            output.closeDescriptor(descriptor);
        }
    }

    @Test
    void aDrainedEncoderIsAtItsEndUntilItStreamsAnew() throws Exception {
        FakeDevice codec = kernel.plug(CODEC, FakeDevice.memoryToMemory("Fake Codec"));
        try (VideoDevice encoder = VideoDevice.open(kernel, CODEC);
                DevicePoll poll = new DevicePoll(encoder);
                BufferQueue coded = encoder.queue(BufferType.CAPTURE_MPLANE, MemoryType.MMAP)) {
            encoder.setFormat(BufferType.CAPTURE_MPLANE, new VideoFormat(640, 480, Fourcc.H264).withSizeImage(1 << 20));
            encoder.subscribe(Event.EOS, 0);
            QueueBuffer buffer = coded.allocate(1).get(0);
            coded.queue(buffer);
            coded.streamOn();
            assertNull(encoder.dequeueEvent());
            encoder.stopEncoder();
            codec.raise(Event.EOS);
            codec.complete(BufferType.CAPTURE_MPLANE, BufferFlags.LAST, 0);
            codec.drain(BufferType.CAPTURE_MPLANE);
            assertEquals(DevicePoll.READABLE | DevicePoll.EVENT,
                    poll.await(DevicePoll.READABLE | DevicePoll.EVENT, 1000));
            assertEquals(Event.EOS, encoder.dequeueEvent().type());
            assertTrue(coded.dequeue().has(BufferFlags.LAST));
            assertFalse(coded.isAtEnd());
            assertNull(coded.dequeue());
            assertTrue(coded.isAtEnd());
            coded.streamOff();
            coded.queue(buffer);
            coded.streamOn();
            assertFalse(coded.isAtEnd());
            assertNull(coded.dequeue());
            assertFalse(coded.isAtEnd());
            encoder.startEncoder();
            assertEquals(List.of(1, 0), codec.encoderCommands());
            encoder.unsubscribe(Event.EOS, 0);
            codec.raise(Event.EOS);
            assertNull(encoder.dequeueEvent());
        }
    }

    @Test
    void refusalsNameWhatWasRefused() throws Exception {
        FakeDevice camera = camera();
        try (VideoDevice device = VideoDevice.open(kernel, CAMERA);
                BufferQueue queue = device.queue(BufferType.CAPTURE, MemoryType.MMAP)) {
            camera.failOnce("VIDIOC_REQBUFS", Errno.EBUSY);
            assertEquals(Errno.EBUSY, assertThrows(V4l2Exception.class, () -> queue.allocate(3)).errno());
            camera.failOnce("mmap", Errno.ENOMEM);
            V4l2Exception full = assertThrows(V4l2Exception.class, () -> queue.allocate(3));
            assertTrue(full.getMessage().contains("mmap of 614400 bytes failed, ENOMEM"), full.getMessage());
            assertEquals(0, kernel.mappings());
            queue.queue(queue.allocate(3).get(0));
            camera.failOnce("VIDIOC_STREAMON", Errno.ESRCH);
            V4l2Exception level = assertThrows(V4l2Exception.class, queue::streamOn);
            assertTrue(level.getMessage().contains("VIDIOC_STREAMON failed, ESRCH") && level.getMessage().contains("level"),
                    level.getMessage());
            queue.streamOn();
            camera.failOnce("VIDIOC_DQBUF", Errno.EIO);
            assertEquals(Errno.EIO, assertThrows(V4l2Exception.class, queue::dequeue).errno());
            V4l2Exception busy = assertThrows(V4l2Exception.class,
                    () -> device.setFormat(BufferType.CAPTURE, new VideoFormat(640, 480, Fourcc.YUYV)));
            assertEquals(Errno.EBUSY, busy.errno());
        }
    }

    @Test
    void interruptedCallsAreRepeated() throws Exception {
        FakeDevice camera = camera();
        camera.failOnce("open", Errno.EINTR);
        try (VideoDevice device = VideoDevice.open(kernel, CAMERA)) {
            camera.failOnce("VIDIOC_G_FMT", Errno.EINTR);
            assertEquals(640, device.format(BufferType.CAPTURE).width());
        }
    }

    @Test
    void aDriverMayMakeMoreBuffersOrNone() throws Exception {
        FakeDevice camera = camera().extraBuffers(2);
        try (VideoDevice device = VideoDevice.open(kernel, CAMERA);
                BufferQueue queue = device.queue(BufferType.CAPTURE, MemoryType.MMAP)) {
            assertEquals(5, queue.allocate(3).size());
            queue.free();
            camera.extraBuffers(-3);
            assertEquals(Errno.ENOMEM, assertThrows(V4l2Exception.class, () -> queue.allocate(3)).errno());
        }
    }

    @Test
    void pollTellsOfPicturesWakeUpsAndTheEnd() throws Exception {
        FakeDevice camera = camera();
        try (VideoDevice device = VideoDevice.open(kernel, CAMERA);
                DevicePoll poll = new DevicePoll(device);
                BufferQueue queue = device.queue(BufferType.CAPTURE, MemoryType.MMAP)) {
            for (QueueBuffer buffer : queue.allocate(2)) {
                queue.queue(buffer);
            }
            assertNotEquals(0, poll.await(DevicePoll.READABLE, 1000) & DevicePoll.ERROR);
            queue.streamOn();
            assertEquals(0, poll.await(DevicePoll.READABLE, 5));
            poll.wake();
            assertEquals(DevicePoll.WOKEN, poll.await(DevicePoll.READABLE, 1000));
            assertEquals(0, poll.await(DevicePoll.READABLE, 5));
            Thread waker = new Thread(poll::wake);
            waker.start();
            assertEquals(DevicePoll.WOKEN, poll.await(0, -1));
            waker.join();
            camera.complete(BufferType.CAPTURE, 0, 1);
            assertEquals(DevicePoll.READABLE, poll.await(DevicePoll.READABLE, 1000));
            kernel.unplug(CAMERA);
            assertNotEquals(0, poll.await(DevicePoll.READABLE, -1) & DevicePoll.HANGUP);
            assertTrue(assertThrows(V4l2Exception.class, queue::dequeue).isGone());
        }
    }

    /** Whoever still reads a picture after the end unmaps it when done. */
    @Test
    void memoryMayOutliveTheDevice() throws Exception {
        FakeDevice camera = camera();
        QueueBuffer kept;
        BufferQueue queue;
        try (VideoDevice device = VideoDevice.open(kernel, CAMERA)) {
            queue = device.queue(BufferType.CAPTURE, MemoryType.MMAP);
            List<QueueBuffer> buffers = queue.allocate(2);
            queue.queue(buffers.get(0));
            queue.queue(buffers.get(1));
            queue.streamOn();
            camera.complete(BufferType.CAPTURE, 0, 1);
            kept = queue.dequeue();
            queue.streamOff();
            buffers.get(1).unmap();
        }
        assertEquals(1, kernel.mappings());
        assertEquals(1, kept.memory(0).get(0));
        assertEquals(-Errno.EBADF.number(), queue.tryQueue(kept));
        kept.unmap();
        kept.unmap();
        assertNull(kept.memory(0));
    }

    /** What the fake would allocate itself is answered before it: every buffer is done at once. */
    @Test
    void aBuffersWayDoesNotAllocate() throws Exception {
        boolean[] swift = {false};
        kernel = new FakeKernel() {
            @Override
            public int ioctl(int fd, int number, ByteBuffer argument) {
                return swift[0] ? 0 : super.ioctl(fd, number, argument);
            }
        };
        kernel.plug(CAMERA, FakeDevice.multiPlanarCamera("Planes", 2).offer(Fourcc.NV12M, 640, 480, 30));
        try (VideoDevice device = VideoDevice.open(kernel, CAMERA);
                BufferQueue queue = device.queue(BufferType.CAPTURE_MPLANE, MemoryType.MMAP)) {
            QueueBuffer buffer = queue.allocate(1).get(0);
            assertEquals(2, buffer.planes());
            swift[0] = true;
            ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            long allocated = Long.MAX_VALUE;
            for (int round = 0; round < 5; round++) {
                long before = threads.getThreadAllocatedBytes(Thread.currentThread().getId());
                for (int i = 0; i < 1000; i++) {
                    queue.queue(buffer.setTimestampMicros(i));
                    assertSame(buffer, queue.dequeue());
                }
                allocated = Math.min(allocated, threads.getThreadAllocatedBytes(Thread.currentThread().getId()) - before);
            }
            assertTrue(allocated < 1000, allocated + " bytes for 1000 rounds");
            swift[0] = false;
        }
    }
}
