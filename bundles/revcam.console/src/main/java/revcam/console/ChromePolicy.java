package revcam.console;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.felix.webconsole.servlet.AbstractServlet;
import org.osgi.framework.FrameworkUtil;

/**
 * The content security policy of the tab's page: scripts come from the console alone, and nothing is sent elsewhere. The
 * console's own head has two inline scripts; they are allowed by their hashes, so that no other inline script is. Inline
 * styles are allowed, because jQuery UI places its menu with them.
 */
final class ChromePolicy {

    private static final String HEAD = "templates/main_header.html";
    private static final Pattern INLINE = Pattern.compile("<script type=\"text/javascript\">(.*?)</script>", Pattern.DOTALL);

    private ChromePolicy() {}

    /**
     * @param appRoot the console's path
     * @param label the tab's
     */
    static String of(String appRoot, String label) {
        StringBuilder scripts = new StringBuilder("'self'");
        Matcher script = INLINE.matcher(head().replace("${appRoot}", appRoot).replace("${head.label}", label));
        while (script.find()) {
            scripts.append(" 'sha256-").append(sha256(script.group(1))).append('\'');
        }
        return "default-src 'none'; script-src " + scripts + "; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
                + "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
    }

    private static String head() {
        URL url = FrameworkUtil.getBundle(AbstractServlet.class).getEntry(HEAD);
        if (url == null) {
            return ""; // A console that looks different: its menu does without scripts until this is adapted.
        }
        try (InputStream in = url.openStream()) {
            // HTML counts every end of line as one line feed, and so does the hash.
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).replace("\r\n", "\n");
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String sha256(String text) {
        try {
            return Base64.getEncoder().encodeToString(
                    MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
