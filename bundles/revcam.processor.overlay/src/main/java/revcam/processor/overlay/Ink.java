package revcam.processor.overlay;

import java.nio.ByteBuffer;
import java.util.Arrays;
import revcam.api.media.PixelFormat;
import revcam.api.media.RawFrame;

/** A finished drawing: which samples of a picture it changes, and how. Drawing allocates nothing. */
final class Ink {

    /** Changes {@code sample} to {@code (sample * keep + add) / 256}, in runs of neighbours. */
    private static final class Plane {

        private final int[] rows;
        private final int[] columns;
        /** Where each run begins in the two arrays below; one more than there are runs. */
        private final int[] starts;
        private final short[] keep;
        private final char[] add;

        Plane(int[] rows, int[] columns, int[] starts, short[] keep, char[] add) {
            this.rows = rows;
            this.columns = columns;
            this.starts = starts;
            this.keep = keep;
            this.add = add;
        }

        void draw(ByteBuffer data, int origin, int stride, int step) {
            for (int run = 0; run < rows.length; run++) {
                int at = origin + rows[run] * stride + columns[run] * step;
                for (int i = starts[run]; i < starts[run + 1]; i++, at += step) {
                    data.put(at, (byte) ((data.get(at) & 0xFF) * keep[i] + add[i] >> 8));
                }
            }
        }
    }

    /** Takes samples row by row, from the left. */
    static final class Builder {

        private int[] rows = new int[64];
        private int[] columns = new int[64];
        private int[] starts = new int[64];
        private short[] keep = new short[256];
        private char[] add = new char[256];
        private int runs;
        private int samples;
        private int nextRow = -1;
        private int nextColumn;

        /**
         * @param keeps share of what is there, 0 to 1
         * @param adds a sample's worth of something else
         */
        void add(int row, int column, float keeps, float adds) {
            int kept = Math.round(256 * keeps);
            if (kept == 256) {
                return;
            }
            if (row != nextRow || column != nextColumn) {
                if (runs == rows.length - 1) {
                    rows = Arrays.copyOf(rows, 2 * rows.length);
                    columns = Arrays.copyOf(columns, 2 * columns.length);
                    starts = Arrays.copyOf(starts, 2 * starts.length);
                }
                rows[runs] = row;
                columns[runs] = column;
                starts[runs++] = samples;
            }
            if (samples == keep.length) {
                keep = Arrays.copyOf(keep, 2 * keep.length);
                add = Arrays.copyOf(add, 2 * add.length);
            }
            keep[samples] = (short) kept;
            // With the half that makes the shift round; what is kept and what is added are never more than a sample.
            add[samples++] = (char) Math.min(255 * (256 - kept) + 128, Math.round(256 * adds) + 128);
            nextRow = row;
            nextColumn = column + 1;
        }

        private Plane build() {
            starts[runs] = samples;
            return new Plane(Arrays.copyOf(rows, runs), Arrays.copyOf(columns, runs), Arrays.copyOf(starts, runs + 1),
                    Arrays.copyOf(keep, samples), Arrays.copyOf(add, samples));
        }
    }

    private final Plane y;
    private final Plane u;
    private final Plane v;

    Ink(Builder y, Builder u, Builder v) {
        this.y = y.build();
        this.u = u.build();
        this.v = v.build();
    }

    /**
     * Draws into an I420 or NV12 picture, in which all of it must lie.
     *
     * @param left where the drawing's left edge is, even; so is {@code top}
     */
    void draw(RawFrame frame, int left, int top) {
        ByteBuffer data = frame.data();
        y.draw(data, frame.planeOffset(0) + top * frame.planeStride(0) + left, frame.planeStride(0), 1);
        boolean pairs = frame.format() == PixelFormat.NV12;
        int step = pairs ? 2 : 1;
        int chroma = top / 2 * frame.planeStride(1) + left / 2 * step;
        u.draw(data, frame.planeOffset(1) + chroma, frame.planeStride(1), step);
        int second = pairs ? frame.planeOffset(1) + 1 : frame.planeOffset(2);
        v.draw(data, second + chroma, frame.planeStride(1), step);
    }
}
