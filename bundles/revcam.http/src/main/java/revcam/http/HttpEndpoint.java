package revcam.http;

import java.net.URI;
import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/** The web server's open port; an OSGi service for as long as it is bound. */
@ProviderType
public interface HttpEndpoint {

    /** The root, as seen from this machine: {@code http://localhost:8080/} unless one other address is listened on. */
    URI local();

    /** The root, as seen from other machines; empty when only this one can connect. Asks the system every time. */
    List<URI> remote();

    /** Whether a handler would get requests for this path. */
    boolean serves(String path);
}
