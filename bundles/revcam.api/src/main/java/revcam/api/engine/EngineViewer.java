package revcam.api.engine;

import org.osgi.annotation.versioning.ConsumerType;
import revcam.api.transport.NegotiationException;

/** One viewer of an engine, from its answered offer on. Any thread that may block. */
@ConsumerType
public interface EngineViewer extends AutoCloseable {

    /** The SDP answer, with all candidates. */
    String answer();

    /** See {@link revcam.api.transport.Transport#iceTag()}. */
    String iceTag();

    /** See {@link revcam.api.transport.Transport#patch}. */
    String patch(String sdpFragment) throws NegotiationException;

    /** How it is, perhaps as of a second ago; null before anything is known. Returns at once. */
    EngineStatistics statistics();

    /** Says goodbye and frees everything; {@link EngineEvents#onClosed} is not called for it. Idempotent. */
    @Override
    void close();
}
