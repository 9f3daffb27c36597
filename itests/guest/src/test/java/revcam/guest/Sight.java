package revcam.guest;

import dev.onvoid.webrtc.media.video.I420Buffer;
import java.nio.ByteBuffer;
import java.util.Arrays;
import revcam.view.PictureObserver;

/**
 * What a viewer sees, picture by picture: the guest's camera, which shows coloured bars, or that there is no signal, which is
 * grey.
 */
final class Sight implements PictureObserver {

    /** Mean distance of chroma samples from no colour; the bars have 40. */
    private static final int COLOURFUL = 15;

    private long[] camera = new long[1024];
    private int cameraPictures;
    private int greyPictures;
    private long latestNanos;

    @Override
    public void onPicture(long nanos, I420Buffer picture) {
        boolean colourful = colour(picture) > COLOURFUL;
        synchronized (this) {
            latestNanos = nanos;
            if (!colourful) {
                greyPictures++;
                return;
            }
            if (cameraPictures == camera.length) {
                camera = Arrays.copyOf(camera, 2 * cameraPictures);
            }
            camera[cameraPictures++] = nanos;
        }
    }

    private static double colour(I420Buffer picture) {
        ByteBuffer plane = picture.getDataU();
        int columns = picture.getWidth() / 2;
        int rows = picture.getHeight() / 2;
        long sum = 0;
        for (int y = 0; y < rows; y++) {
            for (int x = 0; x < columns; x++) {
                sum += Math.abs((plane.get(y * picture.getStrideU() + x) & 0xff) - 128);
            }
        }
        return (double) sum / (rows * columns);
    }

    /** How many of the camera's pictures there have been. */
    synchronized int cameraPictures() {
        return cameraPictures;
    }

    synchronized int greyPictures() {
        return greyPictures;
    }

    synchronized long latestNanos() {
        return latestNanos;
    }

    /** When the first of the camera's pictures came that came later than a time; 0 for none yet. */
    synchronized long firstAfter(long nanos) {
        for (int i = 0; i < cameraPictures; i++) {
            if (camera[i] > nanos) {
                return camera[i];
            }
        }
        return 0;
    }

    /** Longest time in seconds without one of the camera's pictures, from a time to the latest of them. */
    synchronized double longestGap(long fromNanos) {
        long longest = 0;
        long before = fromNanos;
        for (int i = 0; i < cameraPictures; i++) {
            if (camera[i] > fromNanos) {
                longest = Math.max(longest, camera[i] - before);
                before = camera[i];
            }
        }
        return longest / 1e9;
    }
}
