package revcam.api.encoder;

import org.osgi.annotation.versioning.ConsumerType;
import revcam.api.media.FrameRate;
import revcam.api.media.RawFrame;

/**
 * One stream's encoder. Every call, from {@link VideoEncoderFactory#open} to {@link #close()}, comes from one thread, which
 * belongs to this encoder alone. A native encoder that hangs is therefore abandoned, with that thread, rather than freed
 * under it.
 *
 * <p>One that is to replace another is auditioned first: given a copy of a picture to make an IDR picture of, which is
 * thrown away. If that fails it never serves. The first frame after that has to become an IDR picture again.
 *
 * <p>Software answers inside {@link #encode}; hardware answers later, on a thread of its own, and for some frames
 * never. The engine pairs results with inputs by capture time alone.
 */
@ConsumerType
public interface VideoEncoder extends AutoCloseable {

    /**
     * How many frames it can hold at once: 1 for an encoder that answers inside {@link #encode}. A frame counts from
     * {@code encode} until its lease is closed; the engine never gives more, and takes two seconds in which a held lease
     * is not closed for a hang. Asked once, after opening.
     */
    int maxInFlight();

    /**
     * Takes one frame over: the encoder closes the lease as soon as it has read the samples, also when it fails. Errors
     * go to {@link EncodedSink#onFailed}.
     *
     * @param keyframe make this an IDR picture with its parameter sets; hardware that cannot aim makes the next possible
     *     one
     */
    void encode(RawFrame frame, boolean keyframe);

    /**
     * New targets from the next frame on, without an IDR and without reopening. Values below {@link #minBitrateBps()}
     * are taken as that.
     */
    void setRate(long bitrateBps, FrameRate rate);

    /**
     * The lowest bitrate that works at the size and frame rate it was opened for: some hardware stalls below it. With fewer
     * frames a second it is taken to be less in proportion. 0 when there is none. Asked once, after opening.
     */
    default long minBitrateBps() {
        return 0;
    }

    /**
     * How many frames it has read where the source put them, by their DMA-BUF, rather than copied: 0 for one in software, whose
     * reading is the encoding. Any thread.
     */
    default long framesInPlace() {
        return 0;
    }

    /**
     * Emits what is still inside, then frees everything. When it returns no thread of the encoder is in the sink and no
     * lease is held. Idempotent.
     */
    @Override
    void close();
}
