package revcam.engine.libwebrtc;

import dev.onvoid.webrtc.media.FourCC;
import dev.onvoid.webrtc.media.video.CustomVideoSource;
import dev.onvoid.webrtc.media.video.NativeI420Buffer;
import dev.onvoid.webrtc.media.video.VideoBufferConverter;
import dev.onvoid.webrtc.media.video.VideoFrame;
import java.nio.ByteBuffer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import revcam.api.media.PixelFormat;
import revcam.api.media.RawFrame;

/**
 * Copies the capture's pictures into libwebrtc's memory, on a thread of its own, and gives each to every viewer's encoder.
 * The newest wins: one that comes while another is copied replaces the one that waits.
 */
final class FrameFeed {

    private static final Logger LOG = LoggerFactory.getLogger(FrameFeed.class);
    private static final long STOP_MILLIS = 3_000;

    private final CustomVideoSource source;
    private final Thread thread;
    private RawFrame newest; // guarded by this
    private boolean closed; // guarded by this
    private ByteBuffer packed; // the thread: rows without padding

    FrameFeed(String stream, CustomVideoSource source) {
        this.source = source;
        thread = new Thread(this::run, "revcam.libwebrtc-" + stream);
        thread.setDaemon(true);
        thread.start();
    }

    /** Takes over the lease. Any thread; returns at once. */
    void offer(RawFrame frame) {
        RawFrame unused;
        synchronized (this) {
            unused = closed ? frame : newest;
            newest = closed ? null : frame;
            notifyAll();
        }
        if (unused != null) {
            unused.close();
        }
    }

    /** Waits until no picture is in use; idempotent. */
    void close() {
        RawFrame unused;
        synchronized (this) {
            closed = true;
            unused = newest;
            newest = null;
            notifyAll();
        }
        if (unused != null) {
            unused.close();
        }
        try {
            thread.join(STOP_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        boolean complained = false;
        for (RawFrame next; (next = take()) != null; ) {
            try (RawFrame frame = next) {
                push(frame);
            } catch (Exception e) {
                if (!complained) {
                    LOG.warn("a picture could not be given to libwebrtc", e);
                    complained = true;
                }
            }
        }
    }

    /** @return null when it is over */
    private synchronized RawFrame take() {
        while (newest == null && !closed) {
            try {
                wait();
            } catch (InterruptedException e) {
                return null;
            }
        }
        RawFrame taken = newest;
        newest = null;
        return taken;
    }

    private void push(RawFrame frame) throws Exception {
        NativeI420Buffer buffer = NativeI420Buffer.allocate(frame.width(), frame.height());
        try {
            if (frame.format() == PixelFormat.I420) {
                copy(frame, 0, buffer.getDataY(), buffer.getStrideY());
                copy(frame, 1, buffer.getDataU(), buffer.getStrideU());
                copy(frame, 2, buffer.getDataV(), buffer.getStrideV());
            } else {
                VideoBufferConverter.convertToI420(pack(frame), buffer,
                        frame.format() == PixelFormat.NV12 ? FourCC.NV12 : FourCC.YUY2);
            }
            // The source stamps it with its own clock, as libwebrtc wants it.
            source.pushFrame(new VideoFrame(buffer, frame.captureNanos()));
        } finally {
            // The encoders hold it as long as they need it.
            buffer.release();
        }
    }

    private static void copy(RawFrame frame, int plane, ByteBuffer to, int stride) {
        int rows = frame.format().rows(plane, frame.height());
        int rowBytes = frame.format().rowBytes(plane, frame.width());
        if (stride == frame.planeStride(plane)) {
            to.put(0, frame.data(), frame.planeOffset(plane), stride * (rows - 1) + rowBytes);
            return;
        }
        for (int row = 0; row < rows; row++) {
            to.put(row * stride, frame.data(), frame.planeOffset(plane) + row * frame.planeStride(plane), rowBytes);
        }
    }

    /** The planes one after the other and no padding, as the converter takes them. */
    private ByteBuffer pack(RawFrame frame) {
        int bytes = 0;
        for (int plane = 0; plane < frame.format().planes(); plane++) {
            bytes += frame.format().rowBytes(plane, frame.width()) * frame.format().rows(plane, frame.height());
        }
        if (packed == null || packed.capacity() != bytes) {
            packed = ByteBuffer.allocateDirect(bytes);
        }
        int at = 0;
        for (int plane = 0; plane < frame.format().planes(); plane++) {
            int rowBytes = frame.format().rowBytes(plane, frame.width());
            for (int row = 0; row < frame.format().rows(plane, frame.height()); row++) {
                packed.put(at, frame.data(), frame.planeOffset(plane) + row * frame.planeStride(plane), rowBytes);
                at += rowBytes;
            }
        }
        return packed;
    }
}
