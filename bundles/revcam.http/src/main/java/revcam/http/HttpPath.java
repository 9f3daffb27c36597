package revcam.http;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.osgi.service.component.annotations.ComponentPropertyType;

/**
 * Mounts a {@link com.sun.net.httpserver.HttpHandler} service on the web server, as the service property
 * {@code revcam.http.path}.
 * <p>
 * A handler gets every request whose path is the given one or lies below it; the longest path wins, then the highest
 * service ranking. Handlers come and go at run time. They are called on several threads at once, may block for moments,
 * and find the security headers already set; they may replace them.
 */
@ComponentPropertyType
@Retention(RetentionPolicy.CLASS)
@Target(ElementType.TYPE)
public @interface HttpPath {

    String PREFIX_ = "revcam.";

    /** Service property: the paths. */
    String NAME = "revcam.http.path";

    /** Absolute, without a slash at the end, such as {@code /whep}; {@code /} for what nobody else takes. */
    String[] value();
}
