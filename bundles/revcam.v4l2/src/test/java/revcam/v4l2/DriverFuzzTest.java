package revcam.v4l2;

import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;
import revcam.api.media.FrameRate;

/** Whatever a driver puts into the kernel's structures, it is taken or refused by the one exception there is for it. */
class DriverFuzzTest {

    static Stream<byte[]> drivers() {
        byte[] zeros = new byte[600];
        byte[] many = new byte[2000];
        for (int i = 0; i < many.length; i++) {
            many[i] = (byte) (i * 7 % 5 == 0 ? 0 : i);
        }
        return Stream.of(zeros, many);
    }

    @MethodSource("drivers")
    @FuzzTest(maxDuration = "5m")
    void driver(byte[] data) {
        for (Abi abi : Abi.values()) {
            try (VideoDevice device = VideoDevice.open(new Driver(data, abi), "/dev/video0")) {
                assertNotNull(device.capability().toString());
                for (FormatDescription format : device.formats(BufferType.CAPTURE)) {
                    assertNotNull(format.toString());
                }
                for (FrameSizes sizes : device.frameSizes(Fourcc.YUYV)) {
                    assertNotNull(sizes.toString() + sizes.nearestWidth(1280) + sizes.nearestHeight(720));
                }
                for (FrameRates rates : device.frameRates(Fourcc.YUYV, 640, 480)) {
                    assertTrue(rates.nearest(FrameRate.of(30)).fps() > 0);
                }
                for (Control control : device.controls()) {
                    assertNotNull(control.toString());
                }
                for (BufferType type : BufferType.values()) {
                    assertNotNull(device.format(type).toString());
                    device.setFrameRate(type, FrameRate.of(30));
                }
                device.dequeueEvent();
            } catch (V4l2Exception e) {
                assertNotNull(e.getMessage());
            }
        }
    }

    /** Its answers, and the bytes it puts into structures, come from the data; when that is used up it fails. */
    private record Driver(ByteBuffer script, Abi abi) implements SystemCalls {

        private static final int EINVAL = 22;

        Driver(byte[] data, Abi abi) {
            this(ByteBuffer.wrap(data), abi);
        }

        @Override
        public int open(String path) {
            return 5;
        }

        @Override
        public int close(int fd) {
            return 0;
        }

        @Override
        public int ioctl(int fd, int request, ByteBuffer argument) {
            if (!script.hasRemaining()) {
                return -EINVAL;
            }
            int answer = script.get();
            // An interrupted call is made again, and would be for ever.
            if (answer < 0) {
                return answer == -4 ? -EINVAL : answer;
            }
            for (int i = 0; i < argument.capacity() && script.hasRemaining(); i++) {
                argument.put(i, script.get());
            }
            return 0;
        }

        @Override
        public long address(ByteBuffer memory) {
            return 4096;
        }

        @Override
        public long map(int fd, long length, long offset) {
            return -EINVAL;
        }

        @Override
        public ByteBuffer memory(long address, int length) {
            throw new UnsupportedOperationException();
        }

        @Override
        public int unmap(long address, long length) {
            return 0;
        }

        @Override
        public int poll(ByteBuffer descriptors, int count, int timeoutMillis) {
            return 0;
        }

        @Override
        public int eventfd() {
            return 6;
        }

        @Override
        public int read(int fd, ByteBuffer memory, int bytes) {
            return 0;
        }

        @Override
        public int write(int fd, ByteBuffer memory, int bytes) {
            return bytes;
        }

        @Override
        public int duplicate(int fd) {
            return 7;
        }
    }
}
