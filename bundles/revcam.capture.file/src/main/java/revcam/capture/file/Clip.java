package revcam.capture.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import revcam.api.media.RawFrame;

/** Where the pictures of a clip come from, without end: after the last one comes the first. */
interface Clip extends AutoCloseable {

    /**
     * Puts the next picture into {@code frame}, an I420 frame of the clip's size whose rows lie back to back. Blocks until
     * it is there; called on one thread.
     *
     * @param number of pictures that the source has shown or had to drop before
     * @throws IOException fit for a person
     */
    void read(RawFrame frame, long number) throws IOException;

    /** Any thread; a {@link #read} that blocks fails soon. */
    @Override
    void close();

    /** All samples of a plane whose rows lie back to back. */
    static ByteBuffer plane(RawFrame frame, int plane) {
        return frame.data().slice(
                frame.planeOffset(plane), frame.planeStride(plane) * frame.format().rows(plane, frame.height()));
    }
}
