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

/** Copies the capture's pictures into libwebrtc's memory, and gives each to every viewer's encoder. Any thread. */
final class FrameFeed {

    private static final Logger LOG = LoggerFactory.getLogger(FrameFeed.class);

    private final CustomVideoSource source;
    private boolean closed; // guarded by this, as the next two
    private boolean complained;
    private ByteBuffer packed; // rows without padding

    FrameFeed(CustomVideoSource source) {
        this.source = source;
    }

    /** Takes over the lease. One that libwebrtc will not have is left out: the next may be of another size or format. */
    synchronized void give(RawFrame next) {
        try (RawFrame frame = next) {
            if (!closed) {
                push(frame);
            }
        } catch (Exception e) {
            if (!complained) {
                LOG.warn("a picture could not be given to libwebrtc", e);
                complained = true;
            }
        }
    }

    /** Waits until no picture is in use: the source may be freed after that. Idempotent. */
    synchronized void close() {
        closed = true;
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
