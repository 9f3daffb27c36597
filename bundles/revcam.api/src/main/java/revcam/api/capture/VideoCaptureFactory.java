package revcam.api.capture;

import org.osgi.annotation.versioning.ConsumerType;
import revcam.api.media.StageException;

/**
 * A kind of picture source, published as an OSGi service with the property {@link #NAME}. The engine picks one by its
 * configured preference and opens it once per stream.
 */
@ConsumerType
public interface VideoCaptureFactory {

    /** Service property: the name that configuration and people use, such as {@code pattern}. */
    String NAME = "revcam.capture";

    /**
     * Starts a source. May take as long as the device needs; called on a thread that may block.
     *
     * @param sink told of every picture, on a thread of the source's own, from before this call returns at the earliest
     * @throws StageException UNAVAILABLE (no device, no clip), UNSUPPORTED (this size or rate can never work)
     */
    VideoCapture open(CaptureRequest request, FrameSink sink) throws StageException;
}
