package revcam.api.stream;

import java.util.Map;
import org.osgi.annotation.versioning.ProviderType;
import revcam.api.transport.NegotiationException;

/** One viewer of a stream, from its answered offer, or from its answer to ours, until it leaves. Any thread. */
@ProviderType
public interface Viewer {

    /** Unguessable, at least 128 bits, safe in a URL. */
    String id();

    /** The tags of what is measured about it, {@code stream} and {@code viewer}; no secret, unlike the id. */
    Map<String, String> tags();

    /** See {@link revcam.api.transport.Transport#answer()}. */
    String answer();

    /** See {@link revcam.api.transport.Transport#iceTag()}. */
    String iceTag();

    /** See {@link revcam.api.transport.Transport#patch}. */
    String patch(String sdpFragment) throws NegotiationException;

    /** False once the viewer has left or was lost. */
    boolean alive();

    /**
     * Why this viewer had better join again, for a person: another engine would serve whoever asks for what it asked for, or
     * the one that served it has gone. Empty while there is no reason, and for one that has left by itself. One that is still
     * alive goes on as it is until it leaves, so the next session may be there first, see {@link JoinRequest#replaces()}.
     * Told for a minute after its end.
     */
    String elsewhere();

    void leave();
}
