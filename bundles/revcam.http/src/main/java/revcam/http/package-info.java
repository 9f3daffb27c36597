/**
 * What a bundle needs to serve HTTP: it publishes a {@link com.sun.net.httpserver.HttpHandler} with the property of
 * {@link HttpPath}, and throws {@link HttpProblem} for whatever it refuses.
 */
@Export
@Version("0.1.0")
package revcam.http;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
