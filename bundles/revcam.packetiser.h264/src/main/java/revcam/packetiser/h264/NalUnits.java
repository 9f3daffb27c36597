package revcam.packetiser.h264;

import java.util.Arrays;
import revcam.api.media.StageException;

/** Where the NAL units of a byte stream are (ITU-T H.264, Annex B). */
final class NalUnits {

    private static final int START_CODE_BYTES = 3;

    private int[] starts = new int[16];
    private int[] ends = new int[16];
    private int count;

    int count() {
        return count;
    }

    /** Index of the unit's header. */
    int start(int unit) {
        return starts[unit];
    }

    int end(int unit) {
        return ends[unit];
    }

    /**
     * Finds the units of the first {@code size} bytes; empty ones do not count.
     *
     * @throws StageException it does not begin with a start code
     */
    void scan(byte[] in, int size) throws StageException {
        count = 0;
        int code = nextStartCode(in, 0, size);
        for (int at = 0; at < code; at++) {
            if (in[at] != 0) {
                throw H264Packetiser.broken("no start code at the beginning");
            }
        }
        if (code == size && size > 0) {
            throw H264Packetiser.broken("no start code");
        }
        while (code < size) {
            int start = code + START_CODE_BYTES;
            code = nextStartCode(in, start, size);
            int end = code;
            // A NAL unit never ends in zero: those belong to a start code of four bytes, or are padding.
            while (end > start && in[end - 1] == 0) {
                end--;
            }
            if (end > start) {
                add(start, end);
            }
        }
    }

    private void add(int start, int end) {
        if (count == starts.length) {
            starts = Arrays.copyOf(starts, 2 * count);
            ends = Arrays.copyOf(ends, 2 * count);
        }
        starts[count] = start;
        ends[count++] = end;
    }

    /** Index of the next 00 00 01, or {@code limit}. Looks at where its last byte would be, mostly at every third byte. */
    private static int nextStartCode(byte[] in, int from, int limit) {
        for (int last = from + START_CODE_BYTES - 1; last < limit; ) {
            int value = in[last];
            if (value == 0) {
                last++; // one of its first two, perhaps
            } else if (value == 1 && in[last - 1] == 0 && in[last - 2] == 0) {
                return last - START_CODE_BYTES + 1;
            } else {
                last += START_CODE_BYTES;
            }
        }
        return limit;
    }
}
