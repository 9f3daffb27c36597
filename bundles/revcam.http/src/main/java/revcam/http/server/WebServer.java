package revcam.http.server;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import revcam.http.Exchanges;
import revcam.http.HttpEndpoint;
import revcam.http.HttpPath;
import revcam.http.HttpProblem;

/**
 * One port for the page, signalling and whatever else is mounted ({@link HttpPath}). It checks what holds for every
 * request, the name asked for, and sets what holds for every answer, the security headers; who may do what is the
 * handlers' affair.
 * <p>
 * While the port cannot be had it tries again every few seconds. A changed configuration opens a new server; handlers
 * are bound to it anew.
 */
@Component(
        configurationPid = "revcam.http",
        immediate = true,
        reference = @Reference(
                name = "handler",
                service = HttpHandler.class,
                target = "(" + HttpPath.NAME + "=*)",
                cardinality = ReferenceCardinality.MULTIPLE,
                policy = ReferencePolicy.DYNAMIC,
                bind = "mount",
                unbind = "unmount"))
@Designate(ocd = WebServer.Config.class)
public final class WebServer {

    /** Settings of the web server. */
    @ObjectClassDefinition(name = "RevCam web server")
    @interface Config {

        @AttributeDefinition(description = "Address or host name to listen on; 0.0.0.0 for all, IPv4 and IPv6")
        String listen() default "0.0.0.0";

        @AttributeDefinition(description = "TCP port, 1 to 65535; 0 lets the system choose", min = "0", max = "65535")
        int port() default 8080;

        @AttributeDefinition(description = "Names, separated by commas, by which browsers may ask for this server, "
                + "beside addresses, localhost, the machine's host name and every name ending in .local")
        String hosts() default "";

        @AttributeDefinition(
                description = "Requests served at once, 2 to 64; four times as many wait", min = "2", max = "64")
        int threads() default 8;
    }

    private static final Logger log = LoggerFactory.getLogger("revcam.http");

    private static final String FILE = "revcam.http.cfg";
    private static final long RETRY_MILLIS = 3_000;
    private static final int WAITING_PER_THREAD = 4;
    private static final String OVERLOAD_THREAD = "http-overload";

    static {
        // Read once, when the JDK's server class is initialised. Times are in seconds.
        Properties system = System.getProperties();
        system.putIfAbsent("sun.net.httpserver.nodelay", "true");
        system.putIfAbsent("sun.net.httpserver.maxReqTime", "10");
        system.putIfAbsent("sun.net.httpserver.maxRspTime", "30");
        system.putIfAbsent("sun.net.httpserver.maxReqHeaderSize", "32768");
        system.putIfAbsent("sun.net.httpserver.maxIdleConnections", "32");
        system.putIfAbsent("jdk.httpserver.maxConnections", "128");
    }

    private final Mounts mounts = new Mounts();
    private final BundleContext context;
    private final String listen;
    private final int port;
    private final HostNames hostNames;
    private final ThreadPoolExecutor workers;
    private final ThreadPoolExecutor overload;

    private Thread retry;
    private HttpServer server;
    private ServiceRegistration<HttpEndpoint> registration;

    @Activate
    public WebServer(BundleContext context, Config config, Map<String, Object> properties) {
        this.context = context;
        Settings settings = new Settings(FILE, properties);
        listen = config.listen().strip();
        port = settings.integer("port", config::port, 0, 65535, 8080);
        hostNames = new HostNames(List.of(config.hosts().strip().split("[,\\s]+")));
        int threads = settings.integer("threads", config::threads, 2, 64, 8);
        workers = pool("http", threads, WAITING_PER_THREAD * threads);
        overload = pool(OVERLOAD_THREAD, 1, threads);
        workers.setRejectedExecutionHandler((request, pool) -> {
            if (pool.isShutdown()) {
                throw new RejectedExecutionException();
            }
            overload.execute(request);
        });
        String problem = open();
        if (problem != null) {
            log.error("{}; trying again every {} s", problem, RETRY_MILLIS / 1_000);
            retry = new Thread(this::openEventually, "http-bind");
            retry.setDaemon(true);
            retry.start();
        }
    }

    void mount(ServiceReference<HttpHandler> reference, HttpHandler handler) {
        mounts.add(reference, handler);
    }

    void unmount(ServiceReference<HttpHandler> reference) {
        mounts.remove(reference);
    }

    @Deactivate
    void close() {
        if (retry != null) {
            retry.interrupt();
        }
        synchronized (this) {
            if (registration != null) {
                registration.unregister();
            }
            if (server != null) {
                server.stop(0);
            }
            workers.shutdownNow();
            overload.shutdownNow();
        }
    }

    /**
     * Binds the port and starts to serve.
     *
     * @return null, or why it cannot be and what to do about it
     */
    private synchronized String open() {
        if (Thread.currentThread().isInterrupted()) {
            return "stopped";
        }
        InetSocketAddress address;
        try {
            address = new InetSocketAddress(InetAddress.getByName(listen.isEmpty() ? "0.0.0.0" : listen), port);
        } catch (UnknownHostException e) {
            return "listen = " + listen + " in " + FILE + " is no address; use 0.0.0.0 for all or "
                    + "127.0.0.1 for this machine alone (or --listen)";
        }
        try {
            // HTTPS: an HttpsServer with its configurator, made here and nowhere else.
            server = HttpServer.create(address, 0);
        } catch (IOException e) {
            if (!isOurs(address.getAddress())) {
                return "no network interface has the address " + listen + " that listen in " + FILE + " names; use "
                        + "0.0.0.0 for all or 127.0.0.1 for this machine alone (or --listen)";
            }
            return "cannot listen on " + listen + " port " + port + " (" + e.getMessage()
                    + "): stop the other program or choose another port, by port in " + FILE + " or --port";
        }
        server.createContext("/", this::handle);
        server.setExecutor(workers);
        server.start();
        log.info("listening on {} port {}", listen, server.getAddress().getPort());
        registration = context.registerService(
                HttpEndpoint.class, new BoundEndpoint(server.getAddress(), mounts), null);
        return null;
    }

    private static boolean isOurs(InetAddress address) {
        try {
            return address.isAnyLocalAddress() || NetworkInterface.getByInetAddress(address) != null;
        } catch (SocketException e) {
            return true;
        }
    }

    private void openEventually() {
        try {
            do {
                Thread.sleep(RETRY_MILLIS);
            } while (open() != null);
        } catch (InterruptedException e) {
            // deactivated
        }
    }

    private void handle(HttpExchange exchange) throws IOException {
        try {
            secure(exchange.getResponseHeaders());
            check(exchange);
            String path = exchange.getRequestURI().getPath();
            HttpHandler handler = mounts.find(path);
            if (handler == null) {
                throw new HttpProblem(404, "Nothing is served here; the page is at /.");
            }
            handler.handle(exchange);
        } catch (HttpProblem problem) {
            problem.send(exchange);
        } catch (RuntimeException | Error e) {
            log.error("{} {} failed", exchange.getRequestMethod(), exchange.getRequestURI().getPath(), e);
            if (exchange.getResponseCode() < 0) {
                new HttpProblem(500, "The server failed; its log says why.").send(exchange);
            }
        } finally {
            exchange.close();
        }
    }

    private void check(HttpExchange exchange) throws HttpProblem {
        if (Thread.currentThread().getName().startsWith(OVERLOAD_THREAD)) {
            throw new HttpProblem(503, "Too many requests at once; try again in a moment.")
                    .with("Retry-After", "1").with("Connection", "close");
        }
        List<String> hosts = exchange.getRequestHeaders().getOrDefault("Host", List.of());
        if (hosts.size() != 1) {
            throw new HttpProblem(400, "A request needs exactly one Host header (RFC 9112, section 3.2).");
        }
        String host = Exchanges.hostName(hosts.get(0));
        if (host.isEmpty()) {
            throw new HttpProblem(400, "The Host header names no host.");
        }
        if (!hostNames.contains(host)) {
            throw new HttpProblem(403, "This server does not go by the name " + host
                    + ". Use its address, or add the name to hosts in " + FILE + ".");
        }
    }

    private static void secure(Headers headers) {
        headers.set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'"
                + " data: blob:; media-src 'self' blob:; connect-src 'self'; manifest-src 'self'; base-uri 'none';"
                + " form-action 'none'; frame-ancestors 'none'");
        headers.set("X-Content-Type-Options", "nosniff");
        headers.set("X-Frame-Options", "DENY");
        headers.set("Referrer-Policy", "no-referrer");
        headers.set("Cross-Origin-Resource-Policy", "same-origin");
        headers.set("Permissions-Policy", "camera=(), microphone=(), geolocation=()");
        headers.set("Cache-Control", "no-store");
    }

    /** Threads end when idle, so that a quiet camera keeps none. */
    private static ThreadPoolExecutor pool(String name, int threads, int waiting) {
        AtomicInteger number = new AtomicInteger();
        ThreadFactory factory = task -> {
            Thread thread = new Thread(task, name + "-" + number.incrementAndGet());
            thread.setDaemon(true);
            return thread;
        };
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                threads, threads, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(waiting), factory);
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }
}
