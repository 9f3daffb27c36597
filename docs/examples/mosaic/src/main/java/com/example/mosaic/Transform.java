package com.example.mosaic;

/** Prediction, transform and quantisation of DC coefficients, and what a decoder makes of them (ITU-T H.264, 8.3 and 8.5). */
final class Transform {

    private static final int[] FORWARD = {13107, 11916, 10082, 9362, 8192, 7282};
    private static final int[] BACKWARD = {10, 11, 13, 14, 16, 18};
    private static final String CHROMA_QP = "\35\36\37\40\40\41\42\42\43\43\44\44\45\45\45\46\46\46\47\47\47\47"; // from 30
    /** More than a baseline level can be coded with. */
    private static final int LARGEST = 2000;

    private Transform() {}

    static int chromaQp(int qp) {
        return qp < 30 ? qp : CHROMA_QP.charAt(qp - 30);
    }

    /**
     * Codes one plane of a macroblock and notes what it will look like.
     *
     * @param size cells in a row of the macroblock: 4 for luma, 2 for chroma
     * @return the quantised coefficients, row by row
     */
    static int[] levels(int[] sums, int[] shown, int columns, int x, int y, int size, int qp) {
        int first = size * y * columns + size * x;
        int[] prediction = new int[size * size];
        int[] levels = new int[size * size];
        for (int i = 0; i < levels.length; i++) {
            prediction[i] = size == 4 ? luma(shown, columns, x, y, first)
                    : chroma(shown, columns, x, y, first, i / 2, i % 2);
            levels[i] = sums[first + i / size * columns + i % size] - 16 * prediction[i];
        }
        hadamard(levels, size);
        int shift = 16 + qp / 6;
        for (int i = 0; i < levels.length; i++) {
            long value = Math.abs(size == 4 ? levels[i] / 2 : levels[i]);
            int level = (int) Math.min(LARGEST, value * FORWARD[qp % 6] + (1L << shift) / 3 >> shift);
            levels[i] = levels[i] < 0 ? -level : level;
        }
        int[] decoded = levels.clone();
        hadamard(decoded, size);
        for (int i = 0; i < decoded.length; i++) {
            int scaled = decoded[i] * 16 * BACKWARD[qp % 6];
            int dc = size == 2 ? scaled << qp / 6 >> 5
                    : qp >= 36 ? scaled << qp / 6 - 6 : scaled + (1 << 5 - qp / 6) >> 6 - qp / 6;
            shown[first + i / size * columns + i % size] = Math.max(0, Math.min(255, prediction[i] + (dc + 32 >> 6)));
        }
        return levels;
    }

    private static void hadamard(int[] m, int size) {
        for (int stride = 1; stride < m.length; stride *= 2) {
            for (int i = 0; i < m.length; i++) {
                if ((i & stride) == 0) {
                    int sum = m[i] + m[i + stride];
                    m[i + stride] = m[i] - m[i + stride];
                    m[i] = sum;
                }
            }
        }
        if (size == 4) { // the standard's rows are sorted by their changes of sign
            for (int i = 0; i < 4; i++) {
                order(m, 4 * i, 1);
            }
            for (int i = 0; i < 4; i++) {
                order(m, i, 4);
            }
        }
    }

    private static void order(int[] m, int at, int step) {
        int second = m[at + step];
        m[at + step] = m[at + 2 * step];
        m[at + 2 * step] = m[at + 3 * step];
        m[at + 3 * step] = second;
    }

    /** Intra 16x16 DC: the mean of the cells above and to the left. */
    private static int luma(int[] shown, int columns, int x, int y, int first) {
        int sum = 0;
        for (int i = 0; i < 4; i++) {
            sum += (y > 0 ? shown[first - columns + i] : 0) + (x > 0 ? shown[first + i * columns - 1] : 0);
        }
        return x > 0 && y > 0 ? sum + 4 >> 3 : x > 0 || y > 0 ? sum + 2 >> 2 : 128;
    }

    /** Chroma DC, cell by cell: the corners off the diagonal keep to their own side. */
    private static int chroma(int[] shown, int columns, int x, int y, int first, int row, int column) {
        int above = y > 0 ? shown[first - columns + column] : -1;
        int left = x > 0 ? shown[first + row * columns - 1] : -1;
        if (above >= 0 && left >= 0) {
            return row == column ? above + left + 1 >> 1 : row == 0 ? above : left;
        }
        return above >= 0 ? above : left >= 0 ? left : 128;
    }
}
