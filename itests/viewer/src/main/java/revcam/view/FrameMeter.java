package revcam.view;

import dev.onvoid.webrtc.media.video.I420Buffer;
import dev.onvoid.webrtc.media.video.VideoFrame;
import dev.onvoid.webrtc.media.video.VideoTrackSink;
import java.util.Arrays;
import revcam.api.media.TimeStrip;

/**
 * Counts decoded pictures and reads the time strip off each. Called on libwebrtc's decoding threads, read from any. Of
 * several sessions the newest that has a picture counts; what comes of an earlier one after that does not.
 *
 * <p>Latency is from the capture's clock to the moment at which the decoded picture is handed out, so it is right where
 * camera and viewer share a clock; it holds the jitter buffer, but no screen.
 */
final class FrameMeter {

    /** An hour at 60 frames a second. */
    private static final int MAX_LATENCIES = 216_000;

    /** The pictures of one session. */
    final class Session implements VideoTrackSink {

        @Override
        public void onVideoFrame(VideoFrame frame) {
            FrameMeter.this.onVideoFrame(this, frame);
        }
    }

    private final PictureObserver observer;
    private Session current;
    private Session next;
    private long switchGapNanos;
    private int frames;
    private int withStrip;
    private int skipped;
    private int lastCounter = -1;
    private int width;
    private int height;
    private long firstNanos;
    private long lastNanos;
    private long longestGapNanos;
    private int[] latencies = new int[1024];
    private int latencyCount;

    FrameMeter(PictureObserver observer) {
        this.observer = observer;
    }

    /** Where the next session's pictures are to go to. */
    synchronized Session next() {
        next = new Session();
        return next;
    }

    private synchronized boolean isCounted(Session session, long now) {
        if (session == next && session != current) {
            switchGapNanos = current == null ? 0 : Math.max(switchGapNanos, now - lastNanos);
            current = session;
            // Another engine may have given the same picture once more.
            lastCounter = -1;
            notifyAll();
        }
        return session == current;
    }

    /** @return false when none of this session's pictures came until {@code untilNanos} */
    synchronized boolean awaitPicture(Session session, long untilNanos) throws InterruptedException {
        while (current != session) {
            long millis = (untilNanos - System.nanoTime()) / 1_000_000;
            if (millis <= 0) {
                return false;
            }
            wait(millis);
        }
        return true;
    }

    /** The longest from a session's last picture to the next one's first; 0 where there was one session. */
    synchronized double switchGapMillis() {
        return switchGapNanos / 1e6;
    }

    private void onVideoFrame(Session session, VideoFrame frame) {
        long now = System.nanoTime();
        long millis = System.currentTimeMillis();
        try {
            if (!isCounted(session, now)) {
                return;
            }
            // Often the very buffer itself; if it is another, it is ours to release.
            I420Buffer picture = frame.buffer.toI420();
            try {
                TimeStrip.Reading reading = TimeStrip.fits(picture.getWidth(), picture.getHeight())
                        ? TimeStrip.read(picture.getDataY(), 0, picture.getStrideY(), picture.getWidth(), picture.getHeight())
                        : null;
                count(now, millis, picture.getWidth(), picture.getHeight(), reading);
                observer.onPicture(now, picture);
            } finally {
                if (picture != frame.buffer) {
                    picture.release();
                }
            }
        } finally {
            frame.release();
        }
    }

    private synchronized void count(long now, long millis, int w, int h, TimeStrip.Reading reading) {
        frames++;
        width = w;
        height = h;
        if (frames == 1) {
            firstNanos = now;
        } else {
            longestGapNanos = Math.max(longestGapNanos, now - lastNanos);
        }
        lastNanos = now;
        notifyAll();
        if (reading == null) {
            return;
        }
        withStrip++;
        if (lastCounter >= 0) {
            // Modulo 2^16, as the strip counts.
            int advance = reading.counter() - lastCounter & 0xFFFF;
            skipped += advance > 0 && advance < 0x8000 ? advance - 1 : 0;
        }
        lastCounter = reading.counter();
        if (latencyCount < MAX_LATENCIES) {
            if (latencyCount == latencies.length) {
                latencies = Arrays.copyOf(latencies, 2 * latencyCount);
            }
            latencies[latencyCount++] = reading.latencyMillis(millis);
        }
    }

    /** @return false when there was none until {@code untilNanos} */
    synchronized boolean awaitFirst(long untilNanos) throws InterruptedException {
        while (frames == 0) {
            long millis = (untilNanos - System.nanoTime()) / 1_000_000;
            if (millis <= 0) {
                return false;
            }
            wait(millis);
        }
        return true;
    }

    synchronized int frames() {
        return frames;
    }

    synchronized int withStrip() {
        return withStrip;
    }

    /** Pictures that the source made and that were never seen, by the strip's counter. */
    synchronized int skipped() {
        return skipped;
    }

    synchronized int width() {
        return width;
    }

    synchronized int height() {
        return height;
    }

    synchronized long firstNanos() {
        return firstNanos;
    }

    /** From the first picture to the last. */
    synchronized double seconds() {
        return (lastNanos - firstNanos) / 1e9;
    }

    synchronized double longestGapMillis() {
        return longestGapNanos / 1e6;
    }

    /**
     * @param share 0.5 for the median
     * @return milliseconds, NaN without a strip
     */
    synchronized double latencyMillis(double share) {
        if (latencyCount == 0) {
            return Double.NaN;
        }
        int[] sorted = Arrays.copyOf(latencies, latencyCount);
        Arrays.sort(sorted);
        return sorted[(int) Math.min(latencyCount - 1, Math.floor(share * latencyCount))];
    }
}
