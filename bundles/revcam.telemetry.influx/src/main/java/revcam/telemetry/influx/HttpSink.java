package revcam.telemetry.influx;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpRetryException;
import java.net.HttpURLConnection;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import revcam.telemetry.influx.Sink.Refused.Then;

/**
 * One POST for each {@link #send}, gzipped unless told otherwise: the lines are much alike, and it is the radio that they
 * share with the video. By {@code HttpURLConnection}, which the JVM has loaded anyway and which needs no thread; see
 * docs/adr/0011-telemetry-exporters.md. Redirections are not followed, since they would take the credentials along.
 */
final class HttpSink implements Sink {

    private static final int MAX_BYTES = 64 * 1024;
    private static final int MAX_ANSWER_BYTES = 2_048;
    private static final int SHOWN_CHARACTERS = 200;

    private final URL url;
    private final String authorization;
    private final List<String> secrets;
    private final boolean compressed;
    private final int timeoutMillis;
    private volatile HttpURLConnection current;

    /**
     * @param url with its query, without credentials
     * @param authorization the header's value; empty for none
     * @param secrets what must not be shown, whoever says it
     */
    HttpSink(URL url, String authorization, List<String> secrets, boolean compressed, int timeoutMillis) {
        this.url = url;
        this.authorization = authorization;
        this.secrets = secrets.stream().filter(secret -> !secret.isEmpty()).toList();
        this.compressed = compressed;
        this.timeoutMillis = timeoutMillis;
    }

    @Override
    public int maxBytes() {
        return MAX_BYTES;
    }

    @Override
    public void send(byte[] lines) throws IOException {
        byte[] body = compressed ? gzip(lines) : lines;
        HttpURLConnection connection = (HttpURLConnection) url.openConnection();
        current = connection;
        try {
            connection.setConnectTimeout(timeoutMillis);
            connection.setReadTimeout(timeoutMillis);
            connection.setInstanceFollowRedirects(false);
            connection.setUseCaches(false);
            connection.setDoOutput(true);
            connection.setRequestMethod("POST");
            connection.setRequestProperty("Content-Type", "text/plain; charset=utf-8");
            connection.setRequestProperty("User-Agent", "RevCam");
            if (compressed) {
                connection.setRequestProperty("Content-Encoding", "gzip");
            }
            if (!authorization.isEmpty()) {
                connection.setRequestProperty("Authorization", authorization);
            }
            // Without it, the whole body is kept and a POST that failed is sent a second time unasked.
            connection.setFixedLengthStreamingMode(body.length);
            try (OutputStream out = connection.getOutputStream()) {
                out.write(body);
            }
            int status;
            String answer = "";
            try {
                status = connection.getResponseCode();
                answer = answer(connection, status);
            } catch (HttpRetryException e) {
                // A 401, and it would like to send all again with another password.
                status = e.responseCode();
            }
            if (status / 100 != 2) {
                throw refused(status, answer, connection.getHeaderField("Retry-After"));
            }
        } finally {
            current = null;
        }
    }

    private static byte[] gzip(byte[] lines) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream(Math.max(256, lines.length / 4));
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(lines);
        }
        return out.toByteArray();
    }

    /** Read to its end, so that the connection can be used again; a longer one than anybody needs costs it. */
    private String answer(HttpURLConnection connection, int status) throws IOException {
        try (InputStream in = status >= 400 ? connection.getErrorStream() : connection.getInputStream()) {
            if (in == null) {
                return "";
            }
            byte[] answer = in.readNBytes(MAX_ANSWER_BYTES);
            if (answer.length == MAX_ANSWER_BYTES) {
                connection.disconnect();
            }
            return harmless(new String(answer, StandardCharsets.UTF_8));
        }
    }

    private String harmless(String text) {
        String shown = text;
        for (String secret : secrets) {
            shown = shown.replace(secret, "(secret)");
        }
        shown = shown.replaceAll("[\\p{Cntrl}\\p{Cf}]+", " ").strip();
        return shown.length() <= SHOWN_CHARACTERS ? shown : shown.substring(0, SHOWN_CHARACTERS) + "...";
    }

    private static Refused refused(int status, String answer, String retryAfter) {
        String message = "it answered " + status + (answer.isEmpty() ? "" : ": " + answer);
        if (status == 413) {
            return new Refused(message, Then.HALVE, 0);
        }
        if (status == 400 || status == 422) {
            return new Refused(message, Then.DROP, 0);
        }
        if (status == 408 || status == 429 || status >= 500) {
            return new Refused(message, Then.RETRY, retryAfterMillis(retryAfter));
        }
        if (status == 401 || status == 403) {
            return new Refused(message + "; check token, or user and password, and what they may write",
                    Then.RETRY_SELDOM, 0);
        }
        if (status / 100 == 3) {
            return new Refused(message + "; url must be the final one, redirections are not followed",
                    Then.RETRY_SELDOM, 0);
        }
        return new Refused(message + "; check url, version, and that the bucket or database exists", Then.RETRY_SELDOM, 0);
    }

    /** RFC 9110, section 10.2.3, as seconds; a date is taken for none. */
    private static long retryAfterMillis(String header) {
        return header != null && header.strip().matches("\\d{1,6}") ? 1_000 * Long.parseLong(header.strip()) : 0;
    }

    @Override
    public void abort() {
        HttpURLConnection connection = current;
        if (connection != null) {
            connection.disconnect();
        }
    }

    /** Without the query, which names what is nobody's business. */
    @Override
    public String toString() {
        return url.getProtocol() + "://" + url.getAuthority() + url.getPath();
    }
}
