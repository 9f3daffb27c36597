package com.example.mosaic;

import java.nio.ByteBuffer;
import revcam.api.encoder.EncodedSink;
import revcam.api.encoder.EncoderRequest;
import revcam.api.encoder.VideoEncoder;
import revcam.api.media.FrameRate;
import revcam.api.media.RawFrame;
import revcam.api.media.StageException;

/**
 * Shows each 4x4 block of samples as its mean. A macroblock is intra 16x16 with DC coefficients alone, or, where the picture
 * has not changed, skipped. With deblocking off every block decodes to one value, so a "cell" per block is all there is to
 * remember of the picture that viewers have.
 */
final class MosaicEncoder implements VideoEncoder {

    private static final long IDR_NANOS = 2_000_000_000L;

    /** One plane in cells of 4x4 samples. */
    private static final class Plane {
        final int columns;
        final int rows;
        final int[] sums; // of the 16 samples under each cell, in the frame that came last
        final int[] shown; // what viewers have in its place

        Plane(int columns, int rows) {
            this.columns = columns;
            this.rows = rows;
            sums = new int[columns * rows];
            shown = new int[columns * rows];
        }
    }

    private final EncodedSink sink;
    private final int width;
    private final int height;
    private final int columns; // in macroblocks
    private final int rows;
    private final Plane[] planes;
    private final byte[] line;
    private final H264Writer writer = new H264Writer();

    private double bitsPerFrame;
    private double debt; // bits spent beyond what was due
    private int qp = 30;
    private int frameNumber;
    private int idrs;
    private long lastIdrNanos;

    MosaicEncoder(EncoderRequest request, EncodedSink sink) {
        this.sink = sink;
        width = request.width();
        height = request.height();
        columns = (width + 15) / 16;
        rows = (height + 15) / 16;
        planes = new Plane[] {
            new Plane(4 * columns, 4 * rows), new Plane(2 * columns, 2 * rows), new Plane(2 * columns, 2 * rows)};
        line = new byte[16 * columns];
        setRate(request.bitrateBps(), request.rate());
    }

    @Override
    public int maxInFlight() {
        return 1; // it answers inside encode
    }

    @Override
    public void setRate(long bitrateBps, FrameRate rate) {
        bitsPerFrame = bitrateBps / rate.fps();
    }

    @Override
    public void encode(RawFrame frame, boolean keyframe) {
        long captured = frame.captureNanos();
        try (frame) { // from here on nobody needs the samples: the lease ends as early as it can
            for (int p = 0; p < planes.length; p++) {
                sum(frame, p);
            }
        } catch (RuntimeException e) {
            sink.onFailed(new StageException(StageException.Reason.FAILED, "mosaic cannot read the frame: " + e, e));
            return;
        }
        boolean idr = keyframe || idrs == 0 || captured - lastIdrNanos >= IDR_NANOS;
        if (idr) {
            idrs++;
            lastIdrNanos = captured;
            frameNumber = 0;
        }
        ByteBuffer unit = picture(idr);
        steer(8.0 * unit.remaining());
        frameNumber++;
        sink.onAccessUnit(unit, captured, idr);
    }

    /** Adds up the samples under each cell. Beyond the picture's edge its last samples go on. */
    private void sum(RawFrame frame, int p) {
        Plane plane = planes[p];
        int visible = p == 0 ? width : width / 2;
        int lines = p == 0 ? height : height / 2;
        java.util.Arrays.fill(plane.sums, 0);
        for (int y = 0; y < 4 * plane.rows; y++) {
            frame.data().get(frame.planeOffset(p) + Math.min(y, lines - 1) * frame.planeStride(p), line, 0, visible);
            java.util.Arrays.fill(line, visible, 4 * plane.columns, line[visible - 1]);
            for (int x = 0, cell = y / 4 * plane.columns; x < 4 * plane.columns; x += 4, cell++) {
                plane.sums[cell] += (line[x] & 0xff) + (line[x + 1] & 0xff) + (line[x + 2] & 0xff) + (line[x + 3] & 0xff);
            }
        }
    }

    private ByteBuffer picture(boolean idr) {
        writer.begin();
        if (idr) {
            writer.parameterSets(width, height);
        }
        writer.beginSlice(idr, frameNumber, idrs, qp);
        int skipped = 0;
        for (int y = 0; y < rows; y++) {
            for (int x = 0; x < columns; x++) {
                if (!idr && unchanged(x, y)) {
                    skipped++;
                    continue;
                }
                if (!idr) {
                    writer.ue(skipped);
                    skipped = 0;
                }
                macroblock(x, y, idr);
            }
        }
        if (skipped > 0) {
            writer.ue(skipped);
        }
        writer.endSlice();
        return writer.unit();
    }

    /** Whether viewers have the macroblock already, within what the quantiser would leave anyway. */
    private boolean unchanged(int x, int y) {
        int tolerance = 16 + 4 * (1 << qp / 6);
        for (int p = 0; p < planes.length; p++) {
            Plane plane = planes[p];
            int size = p == 0 ? 4 : 2;
            for (int i = 0; i < size * size; i++) {
                int cell = (size * y + i / size) * plane.columns + size * x + i % size;
                if (Math.abs(plane.sums[cell] - 16 * plane.shown[cell]) > tolerance) {
                    return false;
                }
            }
        }
        return true;
    }

    private void macroblock(int x, int y, boolean idr) {
        int[] luma = Transform.levels(planes[0].sums, planes[0].shown, planes[0].columns, x, y, 4, qp);
        int chromaQp = Transform.chromaQp(qp);
        int[] cb = Transform.levels(planes[1].sums, planes[1].shown, planes[1].columns, x, y, 2, chromaQp);
        int[] cr = Transform.levels(planes[2].sums, planes[2].shown, planes[2].columns, x, y, 2, chromaQp);
        writer.macroblock(idr, luma, cb, cr);
    }

    /** Six steps of the quantiser double or halve what a picture takes; what was overspent is saved over half a second. */
    private void steer(double bits) {
        debt = Math.max(debt + bits - bitsPerFrame, -5 * bitsPerFrame);
        double due = Math.max(bitsPerFrame - debt / 15, bitsPerFrame / 4);
        int change = (int) Math.round(4 * Math.log(bits / due) / Math.log(2));
        qp = Math.max(0, Math.min(51, qp + Math.max(-2, Math.min(4, change))));
    }

    @Override
    public void close() {
        // Nothing is inside, no thread, nothing native.
    }
}
