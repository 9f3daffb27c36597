package revcam.framework;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.time.Duration;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.util.tracker.ServiceTracker;

/** Waits for services. */
final class Services {

    static final BundleContext CONTEXT = FrameworkUtil.getBundle(Services.class).getBundleContext();
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private Services() {}

    /** @param filter LDAP filter, such as {@code (revcam.encoder=x264)} */
    static ServiceReference<?> await(String type, String filter) throws InterruptedException {
        ServiceTracker<Object, Object> tracker = new ServiceTracker<>(CONTEXT, filter(type, filter), null);
        tracker.open();
        try {
            if (tracker.waitForService(PATIENCE.toMillis()) == null) {
                throw new AssertionError("no service " + type + " " + filter);
            }
            return tracker.getServiceReference();
        } finally {
            tracker.close();
        }
    }

    static boolean isThere(String filter) {
        try {
            return CONTEXT.getAllServiceReferences(null, filter) != null;
        } catch (InvalidSyntaxException e) {
            throw new IllegalArgumentException(e);
        }
    }

    /** Waits until the web console and its login are there. */
    static int consolePort() throws InterruptedException {
        ServiceReference<?> server = await("org.osgi.service.servlet.runtime.HttpServiceRuntime", "(osgi.http.endpoint=*)");
        URI endpoint = URI.create(((String[]) server.getProperty("osgi.http.endpoint"))[0]);
        assertTrue(endpoint.getHost().startsWith("127."), endpoint.toString());
        await("org.apache.felix.webconsole.spi.SecurityProvider", "(webconsole.security.provider.id=revcam.console)");
        return endpoint.getPort();
    }

    private static org.osgi.framework.Filter filter(String type, String filter) {
        try {
            return CONTEXT.createFilter("(&(objectClass=" + type + ")" + filter + ")");
        } catch (InvalidSyntaxException e) {
            throw new IllegalArgumentException(e);
        }
    }
}
