package revcam.api.engine;

import org.osgi.annotation.versioning.ConsumerType;
import revcam.api.media.RawFrame;
import revcam.api.transport.NegotiationException;

/** An engine that is open for one stream. */
@ConsumerType
public interface MediaEngine extends AutoCloseable {

    /**
     * A picture, as long as anyone watches through this engine. On the thread that opened it and will close it, one call at
     * a time. It may take as long as a frame lasts: of the pictures that come meanwhile only the newest is given next, and
     * one that takes five seconds has the engine set aside. The lease goes over to the engine, which closes it soon, on any
     * thread; to throw ends the engine.
     */
    void onFrame(RawFrame frame);

    /**
     * Answers a viewer, and waits until that is done: a few hundred milliseconds, at most eight seconds. Any thread, several
     * at once, also while a picture is given.
     *
     * @param events told what becomes of the viewer; on any thread, perhaps before this has returned
     * @throws NegotiationException the offer cannot be used, or the engine is being closed
     */
    EngineViewer join(EngineOffer offer, EngineEvents events) throws NegotiationException;

    /**
     * Says goodbye to all viewers, without events, and frees everything. On the thread that opened it, or that of a bundle
     * that is stopped; may block for a second or two; idempotent.
     */
    @Override
    void close();
}
