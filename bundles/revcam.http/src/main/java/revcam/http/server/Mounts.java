package revcam.http.server;

import com.sun.net.httpserver.HttpHandler;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.osgi.framework.ServiceReference;
import revcam.http.HttpPath;

/** Which handler gets which path. Thread-safe; looking up takes no lock. */
final class Mounts {

    private final Map<String, ConcurrentSkipListMap<ServiceReference<HttpHandler>, HttpHandler>> byPath =
            new ConcurrentHashMap<>();

    void add(ServiceReference<HttpHandler> reference, HttpHandler handler) {
        for (String path : paths(reference)) {
            byPath.compute(path, (key, handlers) -> {
                var mounted = handlers == null
                        ? new ConcurrentSkipListMap<ServiceReference<HttpHandler>, HttpHandler>()
                        : handlers;
                mounted.put(reference, handler);
                return mounted;
            });
        }
    }

    void remove(ServiceReference<HttpHandler> reference) {
        byPath.values().removeIf(handlers -> {
            handlers.remove(reference);
            return handlers.isEmpty();
        });
    }

    /** The handler mounted on the path or nearest above it, or null. */
    HttpHandler find(String path) {
        String prefix = path;
        while (!prefix.isEmpty()) {
            HttpHandler handler = at(prefix);
            if (handler != null) {
                return handler;
            }
            prefix = prefix.substring(0, prefix.lastIndexOf('/'));
        }
        return at("/");
    }

    private HttpHandler at(String path) {
        var handlers = byPath.get(path);
        var highestRanking = handlers == null ? null : handlers.lastEntry();
        return highestRanking == null ? null : highestRanking.getValue();
    }

    private static String[] paths(ServiceReference<HttpHandler> reference) {
        Object property = reference.getProperty(HttpPath.NAME);
        return property instanceof String path ? new String[] {path}
                : property instanceof String[] paths ? paths : new String[0];
    }
}
