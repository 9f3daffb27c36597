package revcam.console;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.apache.felix.webconsole.spi.SecurityProvider;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.osgi.service.servlet.runtime.HttpServiceRuntime;
import org.osgi.service.servlet.runtime.HttpServiceRuntimeConstants;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets the owner of this machine into the web console, and nobody else: HTTP Basic (RFC 7617) with a password made at
 * first start, from the loopback only. The console installs bundles, so a request that a foreign page could have caused
 * is refused too: one whose {@code Host} is not this machine's own (DNS rebinding), and a write from another origin.
 */
@Component(
        property = SecurityProvider.PROPERTY_ID + "=revcam.console",
        configurationPid = "revcam.console",
        configurationPolicy = ConfigurationPolicy.REQUIRE)
@Designate(ocd = ConsoleLogin.Config.class)
public final class ConsoleLogin implements SecurityProvider {

    /** Where the password is. */
    @ObjectClassDefinition(name = "Console login", description = "The web console's login.")
    @interface Config {
        @AttributeDefinition(description = "Directory of the file revcam.console.password; without the file a new password "
                + "is made at the next start and shown once in the log")
        String directory() default "";
    }

    static final String USER = "revcam";
    static final String FILE = "revcam.console.password";

    private static final Logger LOG = LoggerFactory.getLogger(ConsoleLogin.class);
    private static final Set<String> SAFE_METHODS = Set.of("GET", "HEAD", "OPTIONS");

    /** Null when there is none to compare with: then nobody gets in. */
    private final PasswordFile password;
    private final FailureLimit failures = new FailureLimit();

    @Activate
    public ConsoleLogin(Config config) {
        password = config.directory().isBlank() ? null : open(Path.of(config.directory(), FILE));
        if (password == null) {
            LOG.error("web console: nobody can log in until revcam.console.cfg names a directory with a good password file");
        }
    }

    private static PasswordFile open(Path file) {
        try {
            if (Files.exists(file)) {
                return PasswordFile.read(file);
            }
            String random = PasswordFile.randomPassword();
            PasswordFile created = PasswordFile.create(file, random);
            LOG.info("web console: user {}, password {} (shown only this once; delete {} for a new one)", USER, random, file);
            return created;
        } catch (IOException e) {
            LOG.error("web console: {}", e.getMessage());
            return null;
        }
    }

    /** The console's web server; only its properties, which say where it listens. */
    @Reference(service = HttpServiceRuntime.class,
            cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
    void bindWebServer(Map<String, Object> properties) {
        if (properties.get(HttpServiceRuntimeConstants.HTTP_SERVICE_ENDPOINT) instanceof String[] endpoints && endpoints.length > 0) {
            LOG.info("web console at {}system/console/{}", endpoints[0], RevCamTab.LABEL);
        }
    }

    void unbindWebServer(Map<String, Object> properties) {
        // Only announced, never used.
    }

    @Override
    public Object authenticate(HttpServletRequest request, HttpServletResponse response) {
        if (!isLoopback(request.getRemoteAddr()) || !isOwnName(request.getServerName())) {
            return refuse(response, HttpServletResponse.SC_FORBIDDEN,
                    "The console answers on this machine only; from elsewhere use ssh -L and http://localhost");
        }
        if (!SAFE_METHODS.contains(request.getMethod()) && isCrossSite(request)) {
            return refuse(response, HttpServletResponse.SC_FORBIDDEN, "Changes from another site's page are refused");
        }
        if (password == null) {
            return refuse(response, HttpServletResponse.SC_SERVICE_UNAVAILABLE,
                    "The password file cannot be used; see RevCam's log");
        }
        long waitSeconds = failures.waitSeconds(System.nanoTime());
        if (waitSeconds > 0) {
            response.setHeader("Retry-After", Long.toString(waitSeconds));
            return refuse(response, 429, "Too many failed logins; wait " + waitSeconds + " s");
        }
        String given = request.getHeader("Authorization");
        if (given != null && isRight(given)) {
            return USER;
        }
        if (given != null) {
            failures.onFailure(System.nanoTime());
        }
        response.setHeader("WWW-Authenticate", "Basic realm=\"RevCam console\", charset=\"UTF-8\"");
        return refuse(response, HttpServletResponse.SC_UNAUTHORIZED, "The password was shown in the log of the first start");
    }

    @Override
    public boolean authorize(Object user, String role) {
        return USER.equals(user);
    }

    @Override
    public void logout(HttpServletRequest request, HttpServletResponse response) {
        // A browser forgets Basic credentials only when they are refused.
        response.setHeader("WWW-Authenticate", "Basic realm=\"RevCam console\", charset=\"UTF-8\"");
        refuse(response, HttpServletResponse.SC_UNAUTHORIZED, "Logged out");
    }

    private boolean isRight(String authorization) {
        if (!authorization.regionMatches(true, 0, "Basic ", 0, 6)) {
            return false;
        }
        String credentials;
        try {
            credentials = new String(Base64.getDecoder().decode(authorization.substring(6).trim()), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return false;
        }
        int colon = credentials.indexOf(':');
        return colon >= 0
                && credentials.substring(0, colon).equals(USER)
                && password.matches(credentials.substring(colon + 1));
    }

    private static boolean isLoopback(String address) {
        try {
            return InetAddress.getByName(address).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }

    private static boolean isOwnName(String host) {
        String name = host == null ? "" : host.toLowerCase(Locale.ROOT);
        return name.equals("localhost") || name.equals("127.0.0.1") || name.equals("[::1]") || name.equals("::1");
    }

    /** By Fetch Metadata where the browser sends it, else by Origin; a client that sends neither is no browser. */
    private static boolean isCrossSite(HttpServletRequest request) {
        String site = request.getHeader("Sec-Fetch-Site");
        if (site != null && !site.equals("same-origin") && !site.equals("none")) {
            return true;
        }
        String origin = request.getHeader("Origin");
        if (origin == null) {
            return false;
        }
        try {
            return !request.getHeader("Host").equalsIgnoreCase(URI.create(origin).getRawAuthority());
        } catch (IllegalArgumentException e) {
            return true;
        }
    }

    private static Object refuse(HttpServletResponse response, int status, String reason) {
        response.setStatus(status);
        response.setContentType("text/plain;charset=UTF-8");
        try {
            response.getWriter().println(reason);
        } catch (IOException e) {
            // The client is gone; there is nobody to tell.
        }
        return null;
    }
}
