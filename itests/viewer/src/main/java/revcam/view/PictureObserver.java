package revcam.view;

import dev.onvoid.webrtc.media.video.I420Buffer;

/** Looks at what is shown. Called on libwebrtc's decoding thread, which it must not hold up. */
@FunctionalInterface
public interface PictureObserver {

    /**
     * @param nanos when the picture came out of the decoder, by {@link System#nanoTime()}
     * @param picture borrowed for the length of this call
     */
    void onPicture(long nanos, I420Buffer picture);
}
