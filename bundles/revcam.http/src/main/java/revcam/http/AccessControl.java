package revcam.http;

import com.sun.net.httpserver.HttpExchange;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Who may watch, as an OSGi service: for handlers of other bundles whose answers are for the same people. A handler that
 * does not find it lets nobody in.
 */
@ProviderType
public interface AccessControl {

    /**
     * Returns if the request may be answered. Any thread. Adds the headers that let pages of allowed origins read the answer.
     *
     * @throws HttpProblem to be passed on: 401 without the token, 403 for pages of other sites, 429 after wrong tokens
     */
    void check(HttpExchange exchange) throws HttpProblem;
}
