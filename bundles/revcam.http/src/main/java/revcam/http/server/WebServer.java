package revcam.http.server;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
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
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.osgi.service.metatype.annotations.Option;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import revcam.api.config.BadSetting;
import revcam.api.config.Settings;
import revcam.http.Exchanges;
import revcam.http.HttpEndpoint;
import revcam.http.HttpPath;
import revcam.http.HttpProblem;

/**
 * One port for the page, signalling and whatever else is mounted ({@link HttpPath}). It checks what holds for every
 * request, the name asked for, and sets what holds for every answer, the security headers; who may do what is the
 * handlers' affair.
 * <p>
 * While the port cannot be had at the start it tries again every few seconds. A change of address, port or threads
 * closes the port for a moment; where the new one cannot be had, the old one is opened again.
 */
@Component(
        configurationPid = WebServer.PID,
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

    static final String PID = "revcam.http";

    /** Settings of the web server. The default address is what holds without any configuration: nobody from outside. */
    @ObjectClassDefinition(name = "RevCam web server")
    @interface Config {

        @AttributeDefinition(description = "Address or host name to listen on; 0.0.0.0 for all, IPv4 and IPv6")
        String listen() default "127.0.0.1";

        @AttributeDefinition(description = "TCP port, 1 to 65535; 0 lets the system choose", min = "0", max = "65535")
        int port() default 8080;

        @AttributeDefinition(description = "Names, separated by commas, by which browsers may ask for this server, "
                + "beside addresses, localhost, the machine's host name and every name ending in .local")
        String hosts() default "";

        @AttributeDefinition(
                description = "Requests served at once, 2 to 64; four times as many wait", min = "2", max = "64")
        int threads() default 8;

        @AttributeDefinition(
                description = "on: HTTPS, and no HTTP; off: HTTP",
                options = {@Option("off"), @Option("on")})
        String tls() default "off";

        @AttributeDefinition(description = "PEM file of the certificate and those that signed it; empty for one that is "
                + "made here, signed by itself")
        String certificate() default "";

        @AttributeDefinition(description = "PEM file of its key, PKCS #8 without a passphrase")
        String key() default "";

        @AttributeDefinition(description = "Directory in which a certificate that is made here is kept")
        String state() default "";
    }

    private static final Logger log = LoggerFactory.getLogger("revcam.http");

    private static final String CERTIFICATE_FILE = "tls.certificate.pem";
    private static final String KEY_FILE = "tls.key.pem";

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
    private volatile Values values;
    private volatile HostNames hostNames;

    // All below: under this.
    private ThreadPoolExecutor workers;
    private ThreadPoolExecutor overload;
    private Thread retry;
    private HttpServer server;
    private ServiceRegistration<HttpEndpoint> registration;

    /** @param listenedIn the file that says what to listen on */
    private record Values(String listen, int port, List<String> hosts, int threads, boolean isTls, Path certificate, Path key,
            Path state, String listenedIn, String portIn) {

        static Values of(Settings settings) throws BadSetting {
            Path certificate = path(settings, "certificate");
            Path key = path(settings, "key");
            if ((certificate == null) != (key == null)) {
                // Of the one that is there, so that doing without it leaves settings that can be used.
                throw key == null ? settings.bad("certificate", "a file, together with key")
                        : settings.bad("key", "a file, together with certificate");
            }
            return new Values(
                    settings.text("listen"),
                    settings.wholeNumber("port", 0, 65535),
                    List.of(settings.text("hosts").split("[,\\s]+")),
                    settings.wholeNumber("threads", 2, 64),
                    settings.choice("tls", "off", "on").equals("on"),
                    certificate,
                    key,
                    path(settings, "state"),
                    settings.file("listen"),
                    settings.file("port"));
        }

        boolean hasSameServer(Values other) {
            return listen.equals(other.listen) && port == other.port && threads == other.threads && isTls == other.isTls
                    && Objects.equals(certificate, other.certificate) && Objects.equals(key, other.key)
                    && Objects.equals(state, other.state);
        }

        /** Null for none. */
        private static Path path(Settings settings, String key) throws BadSetting {
            return settings.parse(key, text -> text.isEmpty() ? null : Path.of(text), "empty, or the path of a file");
        }
    }

    @Activate
    public WebServer(BundleContext context, Map<String, Object> properties) {
        this.context = context;
        values = Settings.read(PID, Config.class, properties, null, Values::of, log::error);
        hostNames = new HostNames(values.hosts());
        String problem = open(values);
        if (problem != null) {
            log.error("{}; trying again every {} s", problem, RETRY_MILLIS / 1_000);
            retry();
        }
    }

    @Modified
    void modified(Map<String, Object> properties) {
        Values previous = values;
        Values next = Settings.read(PID, Config.class, properties, previous, Values::of, log::error);
        if (!next.hosts().equals(previous.hosts())) {
            hostNames = new HostNames(next.hosts());
        }
        if (next.hasSameServer(previous)) {
            values = next;
            return;
        }
        boolean wasOpen = stopServing();
        String problem = open(next);
        if (problem == null) {
            values = next;
        } else if (wasOpen) {
            log.error("{}; the last good configuration stays", problem);
            if (open(previous) != null) {
                retry();
            }
        } else {
            log.error("{}; trying again every {} s", problem, RETRY_MILLIS / 1_000);
            values = next;
            retry();
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
        stopServing();
    }

    /** @return whether it did serve */
    private boolean stopServing() {
        Thread trying = retry;
        if (trying != null) {
            trying.interrupt();
        }
        synchronized (this) {
            retry = null;
            if (server == null) {
                return false;
            }
            registration.unregister();
            server.stop(0);
            workers.shutdownNow();
            overload.shutdownNow();
            server = null;
            return true;
        }
    }

    /**
     * Binds the port and starts to serve.
     *
     * @return null, or why it cannot be and what to do about it
     */
    private synchronized String open(Values values) {
        String listen = values.listen();
        int port = values.port();
        if (Thread.currentThread().isInterrupted()) {
            return "stopped";
        }
        InetSocketAddress address;
        try {
            address = new InetSocketAddress(InetAddress.getByName(listen.isEmpty() ? "0.0.0.0" : listen), port);
        } catch (UnknownHostException e) {
            return "listen = " + listen + " in " + values.listenedIn() + " is no address; use 0.0.0.0 for all or "
                    + "127.0.0.1 for this machine alone (or --listen)";
        }
        Tls tls = null;
        try {
            tls = values.isTls() ? tls(values) : null;
        } catch (IOException e) {
            // HTTP instead would give the token away to whoever listens.
            return "cannot serve HTTPS: " + e.getMessage();
        }
        try {
            server = tls == null ? HttpServer.create(address, 0) : HttpsServer.create(address, 0);
        } catch (IOException e) {
            if (!isOurs(address.getAddress())) {
                return "no network interface has the address " + listen + " that listen in " + values.listenedIn() + " names; use "
                        + "0.0.0.0 for all or 127.0.0.1 for this machine alone (or --listen)";
            }
            return "cannot listen on " + listen + " port " + port + " (" + e.getMessage()
                    + "): stop the other program or choose another port, by port in " + values.portIn() + " or --port";
        }
        workers = pool("http", values.threads(), WAITING_PER_THREAD * values.threads());
        ThreadPoolExecutor refusing = pool(OVERLOAD_THREAD, 1, values.threads());
        overload = refusing;
        workers.setRejectedExecutionHandler((request, pool) -> {
            if (pool.isShutdown()) {
                throw new RejectedExecutionException();
            }
            refusing.execute(request);
        });
        if (server instanceof HttpsServer https) {
            https.setHttpsConfigurator(tls);
        }
        server.createContext("/", this::handle);
        server.setExecutor(workers);
        server.start();
        log.info("listening on {} port {}{}", listen, server.getAddress().getPort(),
                tls != null ? " with TLS; the certificate's SHA-256 is " + tls.fingerprint()
                        : address.getAddress().isLoopbackAddress() ? ""
                        : " without TLS: whoever can read the network can read the token (see tls in " + PID + ".cfg)");
        registration = context.registerService(HttpEndpoint.class,
                new BoundEndpoint(tls == null ? "http" : "https", server.getAddress(), mounts), null);
        return null;
    }

    /** @throws IOException whose message says what to do */
    private Tls tls(Values values) throws IOException {
        if (values.certificate() != null) {
            if (Certificate.isOpenToOthers(values.key())) {
                log.warn("every user of this machine can read the key {}: chmod o= it", values.key());
            }
            return Tls.of(values.certificate(), values.key());
        }
        if (values.state() == null) {
            throw new IOException("there is no directory to keep a certificate in; name it by state in " + PID + ".cfg, or a "
                    + "certificate and its key");
        }
        Path chainFile = values.state().resolve(CERTIFICATE_FILE);
        Path keyFile = values.state().resolve(KEY_FILE);
        if (Files.exists(chainFile)) {
            try {
                return Tls.of(chainFile, keyFile);
            } catch (IOException e) {
                log.error("{}; making a new certificate", e.getMessage());
            }
        }
        log.info("making a certificate for {}", values.state());
        SelfSigned.make(hostNames, BoundEndpoint.addresses(), chainFile, keyFile);
        return Tls.of(chainFile, keyFile);
    }

    private static boolean isOurs(InetAddress address) {
        try {
            return address.isAnyLocalAddress() || NetworkInterface.getByInetAddress(address) != null;
        } catch (SocketException e) {
            return true;
        }
    }

    private synchronized void retry() {
        retry = new Thread(this::openEventually, "http-bind");
        retry.setDaemon(true);
        retry.start();
    }

    private void openEventually() {
        try {
            do {
                Thread.sleep(RETRY_MILLIS);
            } while (open(values) != null);
        } catch (InterruptedException e) {
            // deactivated
        }
    }

    void handle(HttpExchange exchange) throws IOException {
        try {
            secure(exchange.getResponseHeaders());
            check(exchange);
            String path = exchange.getRequestURI().getPath();
            HttpHandler handler = mounts.find(path);
            if (handler == null) {
                throw notYet();
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

    /**
     * The page takes every path that nobody else has. Without it the bundles are still starting, most likely; whoever came
     * too early comes again: a browser because of Refresh (HTML, section 4.2.5.3), a program because of Retry-After.
     */
    private static HttpProblem notYet() {
        return new HttpProblem(503, "Nothing is served here yet. RevCam is starting, or it has no bundle for this; "
                + "browsers try again by themselves.").with("Retry-After", "1").with("Refresh", "1");
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
                    + ". Use its address, or add the name to hosts in " + PID + ".cfg.");
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
