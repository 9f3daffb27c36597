package revcam.api.stream;

import java.util.Map;
import org.osgi.annotation.versioning.ProviderType;
import revcam.api.transport.NegotiationException;

/** One viewer of a stream, from its answered offer until it leaves. Any thread. */
@ProviderType
public interface Viewer {

    /** Unguessable, at least 128 bits, safe in a URL. */
    String id();

    /** The tags of what is measured about it, {@code stream} and {@code viewer}; no secret, unlike the id. */
    Map<String, String> tags();

    String answer();

    /** See {@link revcam.api.transport.Transport#iceTag()}. */
    String iceTag();

    /** See {@link revcam.api.transport.Transport#patch}. */
    String patch(String sdpFragment) throws NegotiationException;

    /** False once the viewer has left or was lost. */
    boolean alive();

    void leave();
}
