package com.example.mosaic;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** Writes access units of constrained baseline H.264 (ITU-T H.264, clauses 7.3 and 9.2). */
final class H264Writer {

    private static final int[] ZIGZAG = {0, 1, 4, 8, 5, 2, 3, 6, 9, 12, 13, 10, 7, 11, 14, 15};
    private static final int[] IN_ORDER = {0, 1, 2, 3};

    // Table 9-5: a column for each number of coefficients, a code for each number of trailing ones.
    private static final String[][] TOKEN = table(
            "1|000101 01|00000111 000100 001|000000111 00000110 0000101 00011|0000000111 000000110 00000101 000011"
            + "|00000000111 0000000110 000000101 0000100|0000000001111 00000000110 0000000101 00000100"
            + "|0000000001011 0000000001110 00000000101 000000100|0000000001000 0000000001010 0000000001101 0000000100"
            + "|00000000001111 00000000001110 0000000001001 00000000100"
            + "|00000000001011 00000000001010 00000000001101 0000000001100"
            + "|000000000001111 000000000001110 00000000001001 00000000001100"
            + "|000000000001011 000000000001010 000000000001101 00000000001000"
            + "|0000000000001111 000000000000001 000000000001001 000000000001100"
            + "|0000000000001011 0000000000001110 0000000000001101 000000000001000"
            + "|0000000000000111 0000000000001010 0000000000001001 0000000000001100"
            + "|0000000000000100 0000000000000110 0000000000000101 0000000000001000");
    private static final String[][] CHROMA_TOKEN = table("01|000111 1|000100 000110 001|000011 0000011 0000010 000101"
            + "|000010 00000011 00000010 0000000");
    // Tables 9-7 to 9-9: a row for each number of coefficients, a code for each number of zeros between them.
    private static final String[][] ZEROS = table(
            "|1 011 010 0011 0010 00011 00010 000011 000010 0000011 0000010 00000011 00000010 000000011 000000010 000000001"
            + "|111 110 101 100 011 0101 0100 0011 0010 00011 00010 000011 000010 000001 000000"
            + "|0101 111 110 101 0100 0011 100 011 0010 00011 00010 000001 00001 000000"
            + "|00011 111 0101 0100 110 101 100 0011 011 0010 00010 00001 00000"
            + "|0101 0100 0011 111 110 101 100 011 0010 00001 0001 00000|000001 00001 111 110 101 100 011 010 0001 001 000000"
            + "|000001 00001 101 100 011 11 010 0001 001 000000|000001 0001 00001 011 11 10 010 001 000000"
            + "|000001 000000 0001 11 10 001 01 00001|00001 00000 001 11 10 01 0001|0000 0001 001 010 1 011"
            + "|0000 0001 01 1 001|000 001 1 01|00 01 1|0 1");
    private static final String[][] CHROMA_ZEROS = table("|1 01 001 000|1 01 00|1 0");
    // Table 9-10: a row for each number of zeros left, a code for each number of them before this coefficient.
    private static final String[][] RUN = table("|1 0|1 01 00|11 10 01 00|11 10 01 001 000|11 10 011 010 001 000"
            + "|11 000 001 011 010 101 100|111 110 101 100 011 010 001 0001 00001 000001 0000001 00000001 000000001"
            + " 0000000001 00000000001");

    private byte[] unit = new byte[1 << 16];
    private int length;
    private int zeros; // bytes of it, in a row
    private int pending; // bits that do not make a byte yet
    private int pendingBits;

    private static String[][] table(String rows) {
        return Arrays.stream(rows.split("\\|", -1)).map(row -> row.split(" ")).toArray(String[][]::new);
    }

    void begin() {
        length = 0;
    }

    /** The access unit; lent until the next one begins. */
    ByteBuffer unit() {
        return ByteBuffer.wrap(unit, 0, length);
    }

    // ---- bits

    private void bits(int value, int count) {
        for (int i = count - 1; i >= 0; i--) {
            pending = pending << 1 | value >> i & 1;
            if (++pendingBits == 8) {
                octet(pending & 0xff);
                pendingBits = 0;
            }
        }
    }

    private void code(String code) {
        bits(Integer.parseInt(code, 2), code.length());
    }

    void ue(int value) {
        int count = 32 - Integer.numberOfLeadingZeros(value + 1);
        bits(0, count - 1);
        bits(value + 1, count);
    }

    private void se(int value) {
        ue(value > 0 ? 2 * value - 1 : -2 * value);
    }

    /** Clause 7.4.1: three bytes that look like a start code are parted. */
    private void octet(int value) {
        if (zeros >= 2 && value <= 3) {
            raw(3);
            zeros = 0;
        }
        raw(value);
        zeros = value == 0 ? zeros + 1 : 0;
    }

    private void raw(int value) {
        if (length == unit.length) {
            unit = Arrays.copyOf(unit, 2 * length);
        }
        unit[length++] = (byte) value;
    }

    private void beginNal(int header) {
        for (int value : new int[] {0, 0, 0, 1, header}) {
            raw(value);
        }
        zeros = 0;
    }

    void endSlice() {
        bits(1, 1);
        bits(0, (8 - pendingBits) % 8);
    }

    // ---- syntax

    void parameterSets(int width, int height) {
        int columns = (width + 15) / 16;
        int rows = (height + 15) / 16;
        beginNal(0x67);
        bits(66, 8);
        bits(0xc0, 8);
        bits(columns * rows <= 3600 ? 31 : columns * rows <= 8192 ? 40 : 51, 8);
        for (int value : new int[] {0, 0, 2, 1}) { // id, 4 bits of frame number, output in decoding order, one reference
            ue(value);
        }
        bits(0, 1);
        ue(columns - 1);
        ue(rows - 1);
        bits(0b111, 3); // whole frames, direct 8x8, cropping
        for (int value : new int[] {0, (16 * columns - width) / 2, 0, (16 * rows - height) / 2}) {
            ue(value);
        }
        bits(0, 1);
        endSlice();
        beginNal(0x68);
        bits(0b11_0_0_1_1_1_0_00, 10); // ids 0 and 0, CAVLC, no fields, one slice group, one reference each way, no weights
        for (int i = 0; i < 3; i++) {
            se(0); // QP 26, the same for switching slices and for chroma
        }
        bits(0b100, 3); // slices say whether they are deblocked
        endSlice();
    }

    void beginSlice(boolean idr, int frameNumber, int idrNumber, int qp) {
        beginNal(idr ? 0x65 : 0x41);
        ue(0);
        ue(idr ? 7 : 5);
        ue(0);
        bits(frameNumber, 4);
        if (idr) {
            ue(idrNumber & 1);
            bits(0, 2);
        } else {
            bits(0, 3);
        }
        se(qp - 26);
        ue(1);
    }

    /** Intra 16x16 by DC prediction, with no more than DC coefficients. */
    void macroblock(boolean idr, int[] luma, int[] cb, int[] cr) {
        boolean chroma = Arrays.stream(cb).anyMatch(level -> level != 0) || Arrays.stream(cr).anyMatch(level -> level != 0);
        ue((idr ? 3 : 8) + (chroma ? 4 : 0));
        ue(0);
        se(0);
        residual(luma, ZIGZAG, TOKEN, ZEROS);
        if (chroma) {
            residual(cb, IN_ORDER, CHROMA_TOKEN, CHROMA_ZEROS);
            residual(cr, IN_ORDER, CHROMA_TOKEN, CHROMA_ZEROS);
        }
    }

    private void residual(int[] coefficients, int[] scan, String[][] tokens, String[][] totalZeros) {
        int[] levels = new int[scan.length]; // those that are not 0, the highest frequency first
        int[] runs = new int[scan.length]; // zeros before each
        int total = 0;
        int left = -1; // zeros below the highest
        for (int i = scan.length - 1; i >= 0; i--) {
            if (coefficients[scan[i]] != 0) {
                levels[total++] = coefficients[scan[i]];
                left = Math.max(left, 0);
            } else if (total > 0) {
                runs[total - 1]++;
                left++;
            }
        }
        int ones = 0;
        while (ones < Math.min(3, total) && Math.abs(levels[ones]) == 1) {
            ones++;
        }
        code(tokens[total][ones]);
        for (int i = 0; i < ones; i++) {
            bits(levels[i] < 0 ? 1 : 0, 1);
        }
        int suffix = total > 10 && ones < 3 ? 1 : 0;
        for (int i = ones; i < total; i++) {
            int level = Math.abs(levels[i]);
            level(2 * level - (levels[i] < 0 ? 1 : 2) - (i == ones && ones < 3 ? 2 : 0), suffix);
            suffix = Math.max(suffix, 1);
            suffix += suffix < 6 && level > 3 << suffix - 1 ? 1 : 0;
        }
        if (total > 0 && total < scan.length) {
            code(totalZeros[total][left]);
        }
        for (int i = 0; i < total - 1 && left > 0; i++) {
            code(RUN[Math.min(left, 7)][runs[i]]);
            left -= runs[i];
        }
    }

    /** Clause 9.2.2.1, the other way round. */
    private void level(int code, int suffix) {
        int escape = suffix == 0 ? 30 : 15 << suffix;
        if (code >= escape) {
            bits(1, 16);
            bits(code - escape, 12);
        } else if (suffix == 0 && code >= 14) {
            bits(1, 15);
            bits(code - 14, 4);
        } else {
            bits(1, (code >> suffix) + 1);
            bits(code & (1 << suffix) - 1, suffix);
        }
    }
}
