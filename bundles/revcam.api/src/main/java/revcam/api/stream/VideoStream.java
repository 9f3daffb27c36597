package revcam.api.stream;

import org.osgi.annotation.versioning.ProviderType;
import revcam.api.transport.NegotiationException;
import revcam.api.transport.Offer;

/** A running stream; the engine publishes each as an OSGi service with the property {@link #NAME}. */
@ProviderType
public interface VideoStream {

    /** Service property: the stream's name, as in {@code /whep/{stream}}. */
    String NAME = "revcam.stream";

    /** Service property: {@code true} for the stream that is meant when none is named. */
    String DEFAULT = "revcam.stream.default";

    String name();

    /** A snapshot; any thread, cheap. */
    StreamStatus status();

    /**
     * For how long somebody has been watching to whom no pictures flow, though they were due: every stage is there or has
     * misbehaved, and the path has room. They flow again once they have come for a second. Next to 0 while nobody watches,
     * while a stage is missing through no fault of the process (a camera that is not plugged in), and while pictures wait
     * for a congested path. A little more than a second is normal, and four while a stage that hangs is replaced. Any
     * thread, also while the media loop hangs; nanoseconds.
     */
    long stalledNanos();

    /**
     * Answers a viewer. Any thread that may block for a few milliseconds; for longer where an engine is opened first, see
     * {@link revcam.api.engine.MediaEngineFactory}.
     */
    Viewer join(JoinRequest request) throws NegotiationException;

    /**
     * Offers the stream to somebody who answers, such as a media server, who takes a viewer's place from now on. Any thread, as
     * for {@link #join}; the built-in engine serves.
     *
     * @param origin who is to get it, for logs; no secret
     * @throws NegotiationException UNAVAILABLE when nobody can be served now
     */
    Offer<Viewer> offer(String origin) throws NegotiationException;

    /** Asks the encoder for an IDR picture as soon as the rate limit allows. */
    void requestKeyframe();
}
