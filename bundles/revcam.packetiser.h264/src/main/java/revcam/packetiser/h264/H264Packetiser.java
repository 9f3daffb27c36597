package revcam.packetiser.h264;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import revcam.api.media.StageException;
import revcam.api.media.StageException.Reason;
import revcam.api.packetiser.Packetiser;
import revcam.api.packetiser.RtpFormat;
import revcam.api.packetiser.RtpPayloads;

/**
 * Packetization mode 1 of RFC 6184: parameter sets together in a STAP-A, other NAL units alone, or in FU-As when they
 * are too large. Input is a byte stream (ITU-T H.264, Annex B). Allocates only when the SPS changes, and for an
 * access unit that is larger than any before.
 *
 * <p>Left out is what a receiver has no use for: access unit delimiters, filler data, ends of sequence and stream,
 * x264's note of its settings, and the types that H.264 leaves unspecified, which RFC 6184 uses for its own structures.
 */
final class H264Packetiser implements Packetiser {

    private static final int MIN_PAYLOAD_BYTES = 100;
    private static final int CLOCK_RATE_HZ = 90_000;

    // NAL unit types: ITU-T H.264, table 7-1, and RFC 6184, table 1.
    private static final int SLICE = 1;
    private static final int IDR_SLICE = 5;
    private static final int SEI = 6;
    private static final int SPS = 7;
    private static final int PPS = 8;
    private static final int DELIMITER = 9;
    private static final int FILLER = 12;
    private static final int STAP_A = 24;
    private static final int FU_A = 28;

    /** The types that make an access unit a place to begin at. */
    private static final int INDEPENDENT = 1 << IDR_SLICE | 1 << SPS | 1 << PPS;

    private static final int F_AND_NRI = 0xE0;
    private static final int F = 0x80;
    private static final int NRI = 0x60;
    private static final int TYPE = 0x1F;
    private static final int FU_START = 0x80;
    private static final int FU_END = 0x40;
    private static final int FU_OVERHEAD_BYTES = 2;

    private static final int USER_DATA_UNREGISTERED = 5;
    /** The UUID under which x264 writes its version and settings. */
    private static final long X264_UUID_HIGH = 0xDC45E9BD_E6D948B7L;
    private static final long X264_UUID_LOW = 0x962CD820_D923EEEFL;

    private final NalUnits units = new NalUnits();
    /** The access unit, which is read byte by byte: several times as fast from here as from memory outside the heap. */
    private byte[] copy = new byte[16 * 1024];
    private byte[] sps = new byte[0];
    private RtpFormat format;
    private boolean keyframe;

    @Override
    public void packetise(ByteBuffer accessUnit, int maxPayloadBytes, RtpPayloads out) throws StageException {
        if (maxPayloadBytes < MIN_PAYLOAD_BYTES) {
            throw new IllegalArgumentException(
                    "payloads of " + maxPayloadBytes + " bytes are too small; at least " + MIN_PAYLOAD_BYTES);
        }
        int size = accessUnit.remaining();
        if (size > copy.length) {
            copy = new byte[Math.max(size, copy.length + copy.length / 2)];
        }
        accessUnit.get(accessUnit.position(), copy, 0, size);
        units.scan(copy, size);
        if (readTypes(copy)) {
            write(copy, maxPayloadBytes, out);
        }
    }

    /** Takes note of a new SPS; answers whether there is a slice, without which the rest is of no use. */
    private boolean readTypes(byte[] in) throws StageException {
        boolean slice = false;
        int seen = 0;
        for (int unit = 0; unit < units.count(); unit++) {
            int type = in[units.start(unit)] & TYPE;
            slice |= type >= SLICE && type <= IDR_SLICE;
            seen |= 1 << type;
            if (type == SPS) {
                readSps(in, units.start(unit), units.end(unit));
            }
        }
        keyframe = (seen & INDEPENDENT) == INDEPENDENT;
        return slice;
    }

    private void readSps(byte[] in, int start, int end) throws StageException {
        if (!Arrays.equals(in, start, end, sps, 0, sps.length)) {
            byte[] changed = Arrays.copyOfRange(in, start, end);
            SequenceParameterSet parsed = SequenceParameterSet.parse(changed);
            format = new RtpFormat(
                    "H264",
                    CLOCK_RATE_HZ,
                    Map.of(
                            "packetization-mode", "1",
                            "profile-level-id", parsed.profileLevelId(),
                            "level-asymmetry-allowed", "1"),
                    parsed.width(),
                    parsed.height());
            sps = changed;
        }
    }

    private void write(byte[] in, int maxPayloadBytes, RtpPayloads out) {
        for (int unit = 0; unit < units.count(); ) {
            int start = units.start(unit);
            int type = in[start] & TYPE;
            if (type == SPS || type == PPS) {
                unit = writeParameterSets(in, unit, maxPayloadBytes, out);
            } else {
                if (worthSending(in, type, start, units.end(unit))) {
                    writeUnit(in, start, units.end(unit), maxPayloadBytes, out);
                }
                unit++;
            }
        }
    }

    private static boolean worthSending(byte[] in, int type, int start, int end) {
        return type >= SLICE
                && type < STAP_A
                && (type < DELIMITER || type > FILLER)
                && !(type == SEI && isX264Settings(in, start, end));
    }

    /** {@code sei_message()} (ITU-T H.264, section 7.3.2.3.1): type, size, and for this type a UUID. */
    private static boolean isX264Settings(byte[] in, int start, int end) {
        int at = start + 1;
        if (end - at < 18 || in[at++] != USER_DATA_UNREGISTERED) {
            return false;
        }
        while (at < end && in[at] == (byte) 0xFF) {
            at++;
        }
        at++;
        return end - at >= 16 && bigEndian(in, at) == X264_UUID_HIGH && bigEndian(in, at + 8) == X264_UUID_LOW;
    }

    private static long bigEndian(byte[] in, int at) {
        long value = 0;
        for (int index = 0; index < 8; index++) {
            value = value << 8 | in[at + index] & 0xFF;
        }
        return value;
    }

    /** Writes the run of parameter sets that begins at {@code first}; answers the unit after it. */
    private int writeParameterSets(byte[] in, int first, int maxPayloadBytes, RtpPayloads out) {
        int after = first;
        int bytes = 1;
        int header = 0;
        for (; after < units.count(); after++) {
            int unitHeader = in[units.start(after)];
            int size = units.end(after) - units.start(after);
            if ((unitHeader & TYPE) != SPS && (unitHeader & TYPE) != PPS || bytes + 2 + size > maxPayloadBytes) {
                break;
            }
            bytes += 2 + size;
            // F is set if any is, NRI is the highest of all (RFC 6184, section 5.7).
            header = (header | unitHeader) & F | Math.max(header & NRI, unitHeader & NRI);
        }
        if (after - first < 2) {
            writeUnit(in, units.start(first), units.end(first), maxPayloadBytes, out);
            return first + 1;
        }
        out.put(header | STAP_A);
        for (int unit = first; unit < after; unit++) {
            int size = units.end(unit) - units.start(unit);
            out.putShort(size).put(in, units.start(unit), size);
        }
        out.end();
        return after;
    }

    /** Writes one NAL unit, whole if it fits and else in fragments of equal size, to within a byte. */
    private static void writeUnit(byte[] in, int start, int end, int maxPayloadBytes, RtpPayloads out) {
        int size = end - start;
        if (size <= maxPayloadBytes) {
            out.put(in, start, size);
            out.end();
            return;
        }
        int header = in[start];
        int indicator = header & F_AND_NRI | FU_A;
        int most = maxPayloadBytes - FU_OVERHEAD_BYTES;
        int left = size - 1;
        int at = start + 1;
        int position = FU_START;
        for (int fragments = (left + most - 1) / most; fragments > 0; fragments--) {
            int part = (left + fragments - 1) / fragments;
            if (fragments == 1) {
                position = FU_END;
            }
            out.put(indicator).put(position | header & TYPE).put(in, at, part);
            out.end();
            at += part;
            left -= part;
            position = 0;
        }
    }

    @Override
    public boolean isKeyframe() {
        return keyframe;
    }

    @Override
    public RtpFormat format() {
        return format;
    }

    @Override
    public void close() {
        // Nothing is held.
    }

    static StageException broken(String what) {
        return new StageException(Reason.FAILED, what + ": the encoder must give whole access units of H.264 as a byte"
                + " stream (ITU-T H.264, Annex B)");
    }
}
