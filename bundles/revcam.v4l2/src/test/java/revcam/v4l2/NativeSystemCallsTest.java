package revcam.v4l2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real kernel, with what every machine has. */
class NativeSystemCallsTest {

    private static final int POLLIN = 1;

    private final NativeSystemCalls calls = NativeSystemCalls.load();

    @Test
    void errorsComeBackAsNegativeNumbers(@TempDir Path directory) {
        assertEquals(-Errno.ENOENT.number(), calls.open(directory.resolve("video0").toString()));
        assertEquals(-Errno.EBADF.number(), calls.close(9999));
        assertEquals(-Errno.EBADF.number(), calls.ioctl(9999, Request.QUERYCAP.number(calls.abi()), direct(104)));
        assertEquals(-Errno.EBADF.number(), calls.map(9999, 4096, 0));
    }

    @Test
    void aFileIsNoVideoDevice(@TempDir Path directory) throws Exception {
        Path file = Files.createFile(directory.resolve("video0"));
        V4l2Exception refusal = assertThrows(V4l2Exception.class, () -> VideoDevice.open(calls, file.toString()));
        assertEquals(Errno.ENOTTY, refusal.errno());
        assertTrue(refusal.getMessage().contains("video0: VIDIOC_QUERYCAP failed, ENOTTY")
                && refusal.getMessage().contains("no V4L2 device"), refusal.getMessage());
    }

    @Test
    void memoryIsMappedReadAndWritten(@TempDir Path directory) throws Exception {
        Path file = Files.write(directory.resolve("memory"), new byte[8192]);
        int fd = calls.open(file.toString());
        long address = calls.map(fd, 4096, 4096);
        assertTrue(address > 0, "mmap: " + address);
        ByteBuffer memory = calls.memory(address, 4096);
        memory.putInt(4, 0x04030201);
        assertEquals(address, calls.address(memory));
        assertEquals(0, calls.unmap(address, 4096));
        assertEquals(0, calls.close(fd));
        assertEquals(3, Files.readAllBytes(file)[4096 + 6]);
    }

    @Test
    void pollWaitsForAWakeUpAndNothingOnTheWayAllocates() {
        int fd = calls.eventfd();
        ByteBuffer descriptors = direct(8);
        ByteBuffer counter = direct(8);
        descriptors.putInt(0, fd).putShort(4, (short) POLLIN);
        assertEquals(0, calls.poll(descriptors, 1, 10));
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long allocated = Long.MAX_VALUE;
        for (int round = 0; round < 5; round++) {
            long before = threads.getThreadAllocatedBytes(Thread.currentThread().getId());
            for (int i = 0; i < 1000; i++) {
                counter.putLong(0, 1);
                assertEquals(8, calls.write(fd, counter, 8));
                assertEquals(1, calls.poll(descriptors, 1, -1));
                assertEquals(8, calls.read(fd, counter, 8));
                assertEquals(-Errno.EAGAIN.number(), calls.read(fd, counter, 8));
                assertEquals(-Errno.ENOTTY.number(), calls.ioctl(fd, Request.DQBUF.number(calls.abi()), descriptors));
                descriptors.putInt(0, fd).putShort(4, (short) POLLIN);
            }
            allocated = Math.min(allocated, threads.getThreadAllocatedBytes(Thread.currentThread().getId()) - before);
        }
        assertEquals(0, calls.close(fd));
        assertTrue(allocated < 1000, allocated + " bytes for 1000 rounds");
    }

    @Test
    void descriptorsAreDuplicated() {
        int fd = calls.eventfd();
        int copy = calls.duplicate(fd);
        assertTrue(copy > fd);
        assertEquals(0, calls.close(fd));
        assertEquals(0, calls.close(copy));
    }

    private static ByteBuffer direct(int bytes) {
        return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
    }
}
