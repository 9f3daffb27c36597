package revcam.api.packetiser;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The RTP payloads of one access unit, back to back in one array: written once by the packetiser, then read by every
 * viewer's session and kept for retransmission. It grows to the largest access unit it has seen and allocates nothing
 * after that. Not thread-safe; handed from thread to thread whole.
 */
public final class RtpPayloads {

    private byte[] bytes = new byte[16 * 1024];
    private int[] ends = new int[32];
    private int count;
    private int length;

    /** Forgets everything, keeps the memory. */
    public void clear() {
        count = 0;
        length = 0;
    }

    /** Appends to the payload under construction. */
    public RtpPayloads put(int value) {
        reserve(1);
        bytes[length++] = (byte) value;
        return this;
    }

    /** Appends 16 bits in network order to the payload under construction. */
    public RtpPayloads putShort(int value) {
        return put(value >> 8).put(value);
    }

    /** Appends {@code size} bytes of {@code source} from absolute index {@code from}; the buffer is left as it was. */
    public RtpPayloads put(ByteBuffer source, int from, int size) {
        reserve(size);
        source.get(from, bytes, length, size);
        length += size;
        return this;
    }

    /** Appends {@code size} bytes of {@code source} from index {@code from}. */
    public RtpPayloads put(byte[] source, int from, int size) {
        reserve(size);
        System.arraycopy(source, from, bytes, length, size);
        length += size;
        return this;
    }

    /** Completes the payload under construction, which must not be empty. */
    public void end() {
        if (length == (count == 0 ? 0 : ends[count - 1])) {
            throw new IllegalStateException("an RTP payload cannot be empty");
        }
        if (count == ends.length) {
            ends = Arrays.copyOf(ends, 2 * count);
        }
        ends[count++] = length;
    }

    /** Completed payloads. */
    public int count() {
        return count;
    }

    /** Bytes of all completed payloads. */
    public int totalBytes() {
        return count == 0 ? 0 : ends[count - 1];
    }

    /** The array behind every payload; it changes when this grows, so fetch it anew for each access unit. */
    public byte[] bytes() {
        return bytes;
    }

    /** Where payload {@code index} begins in {@link #bytes()}. */
    public int offset(int index) {
        return index == 0 ? 0 : ends[index - 1];
    }

    /** Bytes of payload {@code index}. */
    public int size(int index) {
        return ends[index] - offset(index);
    }

    private void reserve(int more) {
        if (length + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(length + more, bytes.length + bytes.length / 2));
        }
    }
}
