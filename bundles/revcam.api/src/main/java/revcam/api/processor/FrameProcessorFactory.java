package revcam.api.processor;

import org.osgi.annotation.versioning.ConsumerType;
import revcam.api.media.StageException;

/**
 * A kind of frame processor, published as an OSGi service with the property {@link #NAME}. One serves a stream at a time,
 * the best by the configured preference and the service ranking; without any, pictures go on as they are.
 */
@ConsumerType
public interface FrameProcessorFactory {

    /** Service property: the name that configuration and people use, such as {@code overlay}. */
    String NAME = "revcam.processor";

    /**
     * Makes a processor for pictures of one size and format; a source that changes either gets another. Called on the
     * thread that will process, which may block: pictures wait meanwhile, the newest alone.
     *
     * @return null when there is nothing to do as things are configured: then the pictures pass without any cost, and it
     *     is asked again once its service properties, or the pictures, have changed
     * @throws StageException UNSUPPORTED (such pictures can never work), UNAVAILABLE (something is missing now)
     */
    FrameProcessor open(ProcessorRequest request) throws StageException;
}
