package revcam.encoder.x264;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;

/**
 * Where the memory of frames lies. A capture has a few buffers that it fills again and again, and JNA makes an object to tell an
 * address: so those of the latest are kept. One thread.
 */
final class FrameAddresses {

    /** More than a capture has, as a rule; with more of them each is asked for anew. */
    private static final int KEPT = 16;

    private final ByteBuffer[] buffers = new ByteBuffer[KEPT];
    private final long[] addresses = new long[KEPT];
    private int next;

    /** @param data direct */
    long of(ByteBuffer data) {
        for (int i = 0; i < KEPT; i++) {
            if (buffers[i] == data) {
                return addresses[i];
            }
        }
        long address = Pointer.nativeValue(Native.getDirectBufferPointer(data));
        buffers[next] = data;
        addresses[next] = address;
        next = (next + 1) % KEPT;
        return address;
    }
}
