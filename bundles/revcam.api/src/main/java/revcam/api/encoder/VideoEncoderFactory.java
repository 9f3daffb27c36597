package revcam.api.encoder;

import org.osgi.annotation.versioning.ConsumerType;
import revcam.api.media.StageException;

/** A kind of encoder, published as an OSGi service with the property {@link #NAME}. */
@ConsumerType
public interface VideoEncoderFactory {

    /** Service property: the name that configuration and people use, such as {@code x264}. */
    String NAME = "revcam.encoder";

    /**
     * Service property: bits per pixel, such as 0.01, below which its pictures break up; a number, or text that is one.
     * Where less than that is left for the stream, the engine gives it fewer pictures, or smaller ones. None when absent.
     */
    String FLOOR = "revcam.encoder.floor";

    /** The RTP encoding name of what it produces (IANA "RTP Payload Format Media Types"), such as {@code H264}. */
    String codec();

    /**
     * Opens an encoder. May take as long as a device needs, ten seconds at most; called on the thread that makes all
     * calls to this encoder, perhaps while another one of the same factory is still open.
     *
     * @param sink told of every result; see {@link EncodedSink} for the threads
     * @throws StageException UNAVAILABLE (no library, no device), UNSUPPORTED (size, format or rate out of range)
     */
    VideoEncoder open(EncoderRequest request, EncodedSink sink) throws StageException;
}
