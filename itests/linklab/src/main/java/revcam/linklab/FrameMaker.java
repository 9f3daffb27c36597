package revcam.linklab;

/** An encoder and its packetiser on the simulation's time, in place of the model's sizes. Called by the simulation alone. */
@FunctionalInterface
public interface FrameMaker {

    /**
     * A frame, as far as a network can tell.
     *
     * @param keyframe whether it can be decoded without those before it
     * @param payloadBytes of each of its RTP payloads, in sending order
     */
    record Made(boolean keyframe, int[] payloadBytes) {}

    /**
     * @param captureNanos on the simulation's clock
     * @param bitrateBps what the encoder may spend from this frame on
     * @param keyframe whether a key frame is wanted
     * @return null where rate control left the frame out
     */
    Made make(long captureNanos, long bitrateBps, boolean keyframe);
}
