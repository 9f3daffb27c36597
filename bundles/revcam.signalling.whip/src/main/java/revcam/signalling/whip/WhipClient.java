package revcam.signalling.whip;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Authenticator;
import java.net.HttpRetryException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocketFactory;

/**
 * The requests of RFC 9725. By {@code HttpURLConnection}, for the reasons of docs/adr/0011-telemetry-exporters.md; each on a
 * thread that ends with it, because nothing else bounds the look-up of a name, or a server that sends a byte at a time.
 */
final class WhipClient {

    private static final int MAX_REDIRECTIONS = 5;
    /** A server's goodbye is not waited for any longer. */
    private static final int DELETE_MILLIS = 1_500;

    private final URI url;
    private final String token;
    private final Path certificate;
    private final int timeoutMillis;
    private final List<String> secrets = new ArrayList<>();

    /**
     * @param token for the server of {@code url} and no other; empty for none
     * @param certificate file of certificates to trust beside those that the JVM does; read each time; null for none
     */
    WhipClient(URI url, String token, Path certificate, int timeoutMillis) {
        this.url = url;
        this.token = token;
        this.certificate = certificate;
        this.timeoutMillis = timeoutMillis;
        if (!token.isEmpty()) {
            secrets.add(token);
        }
        // Many servers have the key of the stream in the path, or in the query.
        for (String part : new String[] {url.getRawPath(), url.getPath(), url.getRawQuery(), url.getQuery()}) {
            if (part != null && part.length() > 1) {
                secrets.add(part);
            }
        }
    }

    /** Gives the offer; follows redirections (section 4.5), without the token where they lead to another server. */
    Reply.Session publish(String offer) throws IOException, InterruptedException {
        byte[] body = offer.getBytes(StandardCharsets.UTF_8);
        URI at = url;
        for (int redirections = 0; ; redirections++) {
            Reply reply = exchange("POST", at, body, timeoutMillis);
            if (!reply.isRedirection()) {
                return session(reply);
            }
            if (redirections == MAX_REDIRECTIONS) {
                throw new Refusal("it was redirected more than " + MAX_REDIRECTIONS + " times; check url", true);
            }
            at = reply.target();
        }
    }

    private Reply.Session session(Reply reply) throws IOException, InterruptedException {
        try {
            return reply.session(secrets, System.currentTimeMillis());
        } catch (Refusal e) {
            end(reply.sessionUrl());
            throw e;
        }
    }

    /** Ends a session (section 4.2), if its server can be asked. @param session null for none */
    void end(URI session) throws InterruptedException {
        try {
            if (session == null) {
                return;
            }
            exchange("DELETE", session, null, Math.min(DELETE_MILLIS, timeoutMillis));
        } catch (IOException e) {
            // It has gone, or will notice by itself that we have.
        }
    }

    private Reply exchange(String method, URI at, byte[] body, int millis) throws IOException, InterruptedException {
        HttpURLConnection connection = (HttpURLConnection) at.toURL().openConnection();
        FutureTask<Reply> request = new FutureTask<>(() -> exchange(connection, method, at, body, millis));
        Thread thread = new Thread(request, "revcam.signalling.whip request");
        thread.setDaemon(true);
        thread.start();
        try {
            return request.get(millis, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new IOException("no answer within " + TimeUnit.MILLISECONDS.toSeconds(millis) + " s");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException cause) {
                throw cause;
            }
            throw new IOException(e.getCause());
        } catch (InterruptedException e) {
            endWhatWasBegun(request);
            throw e;
        } finally {
            if (!request.isDone()) {
                connection.disconnect();
            }
        }
    }

    /** We are to stop while the server makes up its mind: it may have made a session that nobody else will end. */
    private void endWhatWasBegun(FutureTask<Reply> request) throws InterruptedException {
        try {
            end(request.get(DELETE_MILLIS, TimeUnit.MILLISECONDS).sessionUrl());
        } catch (ExecutionException | TimeoutException e) {
            // There is none, or we shall not hear of it.
        }
    }

    private Reply exchange(HttpURLConnection connection, String method, URI at, byte[] body, int millis)
            throws IOException {
        try {
            connection.setConnectTimeout(millis);
            connection.setReadTimeout(millis);
            connection.setInstanceFollowRedirects(false);
            connection.setUseCaches(false);
            connection.setRequestMethod(method);
            connection.setRequestProperty("Connection", "close");
            // After an answer without a body the JDK keeps the connection all the same, and would send the next request by it
            // while the server closes it (RFC 9112, 9.6). It shares connections only between those of the same authenticator.
            connection.setAuthenticator(new Authenticator() {});
            connection.setRequestProperty("User-Agent", "RevCam");
            if (!token.isEmpty() && isOurs(at)) {
                connection.setRequestProperty("Authorization", "Bearer " + token);
            }
            if (certificate != null && connection instanceof HttpsURLConnection secured) {
                secured.setSSLSocketFactory(trusting(certificate));
            }
            if (body != null) {
                connection.setRequestProperty("Content-Type", "application/sdp");
                connection.setRequestProperty("Accept", "application/sdp");
                connection.setDoOutput(true);
                // Without it, a POST that failed is sent a second time unasked.
                connection.setFixedLengthStreamingMode(body.length);
                try (OutputStream out = connection.getOutputStream()) {
                    out.write(body);
                }
            }
            return read(connection, at);
        } catch (SSLException e) {
            throw new IOException(explained(e), e);
        } finally {
            connection.disconnect();
        }
    }

    private static SSLSocketFactory trusting(Path certificate) throws IOException {
        try {
            return Trust.with(certificate);
        } catch (IllegalArgumentException e) {
            throw new IOException("certificate = " + certificate + " holds none that can be read: " + e.getMessage(), e);
        }
    }

    private static Reply read(HttpURLConnection connection, URI at) throws IOException {
        int status;
        byte[] body = {};
        try {
            status = connection.getResponseCode();
            try (InputStream in = status >= 400 ? connection.getErrorStream() : connection.getInputStream()) {
                body = in == null ? body : in.readNBytes(Reply.MAX_BYTES + 1);
            }
        } catch (HttpRetryException e) {
            // A 401, and it would like to send all again with another password.
            status = e.responseCode();
        } catch (IOException e) {
            if ("Invalid Http response".equals(e.getMessage())) {
                throw new Refusal("what answers there is no web server; check url", true);
            }
            throw e;
        }
        return new Reply(at, status, connection.getHeaderField("Location"), connection.getHeaderField("Content-Type"),
                connection.getHeaderField("Retry-After"), body);
    }

    /** Whether the token is meant for it: scheme, host and port are those of the configured URL (RFC 6454). */
    private boolean isOurs(URI at) {
        return origin(at).equals(origin(url));
    }

    static String origin(URI at) {
        int port = at.getPort() >= 0 ? at.getPort() : "https".equals(at.getScheme()) ? 443 : 80;
        return at.getScheme() + "://" + at.getHost().toLowerCase(Locale.ROOT) + ':' + port;
    }

    private static String explained(SSLException failure) {
        Throwable last = failure;
        while (last.getCause() != null && last.getCause() != last) {
            last = last.getCause();
        }
        String detail = String.valueOf(last.getMessage());
        if (detail.contains("certification path") || detail.contains("trust")) {
            return "its certificate is signed by nobody that this machine trusts; if it is the right server, put its certificate,"
                    + " or that of its authority, into a file and set certificate (" + detail + ")";
        }
        return "TLS: " + detail;
    }

    /** Without path and query, which may be secret. */
    @Override
    public String toString() {
        return origin(url);
    }
}
