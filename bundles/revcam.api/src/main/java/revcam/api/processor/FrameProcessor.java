package revcam.api.processor;

import org.osgi.annotation.versioning.ConsumerType;
import revcam.api.media.RawFrame;

/**
 * Changes the pictures of one source. The engine calls from one thread, from {@link FrameProcessorFactory#open} to
 * {@link #close}, and that thread does nothing else: a processor needs none of its own, and one that is slow costs pictures,
 * not latency, for only the newest waits. What every encoder and engine gets has been through here.
 */
@ConsumerType
public interface FrameProcessor extends AutoCloseable {

    /**
     * Makes a picture of a picture. Allocates nothing in the steady state.
     *
     * <p>The lease of {@code frame} becomes the processor's. It may give back the same frame, as it is or, where
     * {@link RawFrame#isWritable} says so, drawn into; or a frame of its own after it has closed the other. Nobody else
     * reads {@code frame} meanwhile.
     *
     * @return a lease that becomes the engine's, with the same {@link RawFrame#captureNanos} and
     *     {@link RawFrame#sequence}, even sides, and a size and format that are the same every time; null when every
     *     frame of its own is out, and this picture, closed, is lost
     * @throws RuntimeException it cannot go on: the engine closes {@code frame}, sets the processor aside and shows the
     *     pictures without it
     */
    RawFrame process(RawFrame frame);

    /** No call comes after this; called once. Leases that are out stay readable until each is closed. */
    @Override
    void close();
}
