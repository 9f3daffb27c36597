package revcam.http.server;

import com.sun.net.httpserver.HttpHandler;
import java.lang.reflect.Proxy;
import java.util.Dictionary;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.ServiceRegistration;
import revcam.http.HttpEndpoint;
import revcam.http.HttpPath;

/** A web server with what the framework would give it. */
final class ServedPort implements AutoCloseable {

    static {
        // The JDK reads them once; ten seconds and half a minute, as in life, would be long for a test.
        System.setProperty("sun.net.httpserver.maxReqTime", "1");
        System.setProperty("sun.net.httpserver.idleInterval", "2");
        System.setProperty("sun.net.httpserver.clockTick", "500");
    }

    final BlockingQueue<HttpEndpoint> endpoints = new LinkedBlockingQueue<>();
    final BlockingQueue<HttpEndpoint> withdrawn = new LinkedBlockingQueue<>();
    WebServer server;

    private final Map<Reference, HttpHandler> mounted = new HashMap<>();

    /** On a port of the system's choice, for this machine alone, unless the settings say otherwise. */
    void start(Map<String, Object> settings) {
        Map<String, Object> configured = new HashMap<>(Map.of("port", 0, "listen", "127.0.0.1"));
        configured.putAll(settings);
        startWith(configured);
    }

    void startWith(Map<String, Object> settings) {
        server = new WebServer(context(), settings);
        mounted.forEach(server::mount);
    }

    /** For this server, and for those that are started here later. */
    ServiceReference<HttpHandler> mount(int ranking, HttpHandler handler, String... paths) {
        Reference reference = new Reference(ranking, paths);
        mounted.put(reference, handler);
        if (server != null) {
            server.mount(reference, handler);
        }
        return reference;
    }

    @Override
    public void close() {
        if (server != null) {
            server.close();
            server = null;
        }
    }

    private BundleContext context() {
        return proxy(BundleContext.class, (method, arguments) -> {
            HttpEndpoint endpoint = (HttpEndpoint) arguments[1];
            endpoints.add(endpoint);
            return proxy(ServiceRegistration.class, (unregister, none) -> {
                withdrawn.add(endpoint);
                return null;
            });
        });
    }

    private record Reference(int ranking, String[] paths) implements ServiceReference<HttpHandler> {
        @Override
        public Object getProperty(String key) {
            return key.equals(HttpPath.NAME) ? paths : null;
        }

        @Override
        public int compareTo(Object other) {
            return Integer.compare(ranking, ((Reference) other).ranking);
        }

        @Override
        public String[] getPropertyKeys() {
            return new String[] {HttpPath.NAME};
        }

        @Override
        public Dictionary<String, Object> getProperties() {
            throw new UnsupportedOperationException();
        }

        @Override
        public Bundle getBundle() {
            throw new UnsupportedOperationException();
        }

        @Override
        public Bundle[] getUsingBundles() {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean isAssignableTo(Bundle bundle, String className) {
            throw new UnsupportedOperationException();
        }

        @Override
        public <A> A adapt(Class<A> type) {
            throw new UnsupportedOperationException();
        }
    }

    private interface Call {
        Object answer(String method, Object[] arguments);
    }

    private static <T> T proxy(Class<T> type, Call call) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type},
                (self, method, arguments) -> call.answer(method.getName(), arguments)));
    }
}
