package revcam.api.engine;

import org.osgi.annotation.versioning.ConsumerType;
import revcam.api.media.RawFrame;
import revcam.api.transport.NegotiationException;

/** An engine that is open for one stream. */
@ConsumerType
public interface MediaEngine extends AutoCloseable {

    /**
     * A picture, as long as anyone watches through this engine. On the capture's thread: returns at once. The lease goes over
     * to the engine, which closes it soon, on any thread; also after {@link #close()}, when pictures may still arrive.
     */
    void onFrame(RawFrame frame);

    /**
     * Answers a viewer and waits for it. Any thread that may block for a few hundred milliseconds.
     *
     * @param events told what becomes of the viewer; on any thread, perhaps before this has returned
     */
    EngineViewer join(EngineOffer offer, EngineEvents events) throws NegotiationException;

    /** Says goodbye to all viewers, without events, and frees everything. Any thread that may block; idempotent. */
    @Override
    void close();
}
