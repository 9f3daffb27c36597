package revcam.encoder.v4l2m2m;

import java.nio.ByteBuffer;

/**
 * Looks at what the hardware made, and sees to it that every IDR picture comes with its parameter sets: some drivers emit them
 * once, in the first buffer or in one of their own. Reads as far as the first slice, which comes after a few bytes.
 */
final class ParameterSets {

    private static final int SLICE = 1;
    private static final int IDR = 5;
    private static final int SPS = 7;
    private static final int PPS = 8;

    private byte[] kept = new byte[0];
    private boolean keptSps;
    private boolean idr;
    private boolean slices;
    private ByteBuffer joined = ByteBuffer.allocate(0);

    /** Whether the unit last given to {@link #complete} is an IDR picture. */
    boolean isIdr() {
        return idr;
    }

    /** Whether the unit last given to {@link #complete} holds a picture, and not parameter sets alone. */
    boolean hasPicture() {
        return slices;
    }

    /**
     * Examines a piece of byte stream (ITU-T H.264, Annex B), from position to limit.
     *
     * @return the same, or a copy of it behind the parameter sets that it lacks; null for an IDR picture whose parameter sets
     *     were never seen, which nobody can decode
     */
    ByteBuffer complete(ByteBuffer unit) {
        idr = false;
        slices = false;
        boolean sps = false;
        int setsFrom = -1;
        int picture = unit.limit();
        for (int at = start(unit, unit.position()); at < unit.limit(); at = start(unit, at)) {
            int type = unit.get(at) & 0x1f;
            if (type >= SLICE && type <= IDR) {
                slices = true;
                idr = type == IDR;
                picture = codeBefore(unit, at);
                break;
            }
            if (type == SPS || type == PPS) {
                sps |= type == SPS;
                if (setsFrom < 0) {
                    setsFrom = codeBefore(unit, at);
                }
            }
        }
        if (sps) {
            if (!same(unit, setsFrom, picture)) {
                kept = new byte[picture - setsFrom];
                unit.get(setsFrom, kept);
            }
            keptSps = true;
        } else if (setsFrom >= 0) {
            // Picture parameter sets by themselves belong behind the sequence's.
            append(unit, setsFrom, picture);
        }
        if (!idr || sps) {
            return unit;
        }
        return keptSps ? join(unit, picture) : null;
    }

    private boolean same(ByteBuffer unit, int from, int to) {
        if (kept.length != to - from) {
            return false;
        }
        for (int i = 0; i < kept.length; i++) {
            if (kept[i] != unit.get(from + i)) {
                return false;
            }
        }
        return true;
    }

    private void append(ByteBuffer unit, int from, int to) {
        byte[] both = java.util.Arrays.copyOf(kept, kept.length + to - from);
        unit.get(from, both, kept.length, to - from);
        kept = both;
    }

    private ByteBuffer join(ByteBuffer unit, int picture) {
        int bytes = kept.length + unit.limit() - picture;
        if (joined.capacity() < bytes) {
            joined = ByteBuffer.allocateDirect(bytes * 2);
        }
        joined.clear().put(kept).put(unit.slice(picture, unit.limit() - picture)).flip();
        return joined;
    }

    /** The first byte behind the next start code, or the limit. */
    private static int start(ByteBuffer unit, int from) {
        for (int at = from; at + 3 < unit.limit(); at++) {
            if (unit.get(at) == 0 && unit.get(at + 1) == 0 && unit.get(at + 2) == 1) {
                return at + 3;
            }
        }
        return unit.limit();
    }

    /** Where the start code of the NAL unit at {@code at} begins, with the zero byte that may belong to it. */
    private static int codeBefore(ByteBuffer unit, int at) {
        int code = at - 3;
        return code > unit.position() && unit.get(code - 1) == 0 ? code - 1 : code;
    }
}
