package revcam.api.encoder;

import java.nio.ByteBuffer;
import org.osgi.annotation.versioning.ProviderType;
import revcam.api.media.StageException;

/**
 * Where an encoder puts its results: one thread at a time, which may be the one inside {@link VideoEncoder#encode}. No
 * call blocks.
 */
@ProviderType
public interface EncodedSink {

    /**
     * One complete access unit, in decoding order.
     *
     * @param data from position to limit; for H.264 a byte stream (ITU-T H.264 Annex B) that holds the parameter sets
     *     before every IDR. Borrowed: it is read, and not kept, during this call; direct or not.
     * @param captureNanos {@link revcam.api.media.RawFrame#captureNanos()} of the frame it came from
     * @param keyframe an IDR picture
     */
    void onAccessUnit(ByteBuffer data, long captureNanos, boolean keyframe);

    /** Rate control decided to spend nothing on the frame with this capture time. Hardware may never say so. */
    void onSkipped(long captureNanos);

    /** The encoder is of no further use; nothing comes after this but {@link VideoEncoder#close()} from the engine. */
    void onFailed(StageException cause);
}
