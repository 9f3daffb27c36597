package revcam.packetiser.h264;

import java.nio.ByteBuffer;
import java.util.Arrays;
import revcam.api.media.StageException;

/** Where the NAL units of a byte stream are (ITU-T H.264, Annex B). */
final class NalUnits {

    private static final int START_CODE_BYTES = 3;
    private static final long LOW_BITS = 0x0101010101010101L;
    private static final long HIGH_BITS = 0x8080808080808080L;

    private int[] starts = new int[16];
    private int[] ends = new int[16];
    private int count;

    int count() {
        return count;
    }

    /** Absolute index of the unit's header. */
    int start(int unit) {
        return starts[unit];
    }

    int end(int unit) {
        return ends[unit];
    }

    /**
     * Finds the units from position to limit; empty ones do not count.
     *
     * @throws StageException it does not begin with a start code
     */
    void scan(ByteBuffer in) throws StageException {
        count = 0;
        int limit = in.limit();
        int code = nextStartCode(in, in.position(), limit);
        for (int at = in.position(); at < code; at++) {
            if (in.get(at) != 0) {
                throw H264Packetiser.broken("no start code at the beginning");
            }
        }
        if (code == limit && in.hasRemaining()) {
            throw H264Packetiser.broken("no start code");
        }
        while (code < limit) {
            int start = code + START_CODE_BYTES;
            code = nextStartCode(in, start, limit);
            int end = code;
            // A NAL unit never ends in zero: those belong to a start code of four bytes, or are padding.
            while (end > start && in.get(end - 1) == 0) {
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

    /** Index of the next 00 00 01, or {@code limit}. Words without a zero byte, nearly all, are passed over whole. */
    private static int nextStartCode(ByteBuffer in, int from, int limit) {
        int at = from;
        while (at <= limit - START_CODE_BYTES) {
            while (at <= limit - Long.BYTES && !hasZeroByte(in.getLong(at))) {
                at += Long.BYTES;
            }
            for (int stop = Math.min(at + Long.BYTES, limit - START_CODE_BYTES + 1); at < stop; at++) {
                if (in.get(at) == 0 && in.get(at + 1) == 0 && in.get(at + 2) == 1) {
                    return at;
                }
            }
        }
        return limit;
    }

    private static boolean hasZeroByte(long word) {
        return (word - LOW_BITS & ~word & HIGH_BITS) != 0;
    }
}
