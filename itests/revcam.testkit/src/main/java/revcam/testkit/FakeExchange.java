package revcam.testkit;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpContext;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpPrincipal;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;

/** One HTTP request without a connection, read as the JDK's server reads it, and what is answered. */
public final class FakeExchange extends HttpExchange {

    private final String method;
    private final URI target;
    private final InetSocketAddress remote;
    private final Headers requestHeaders = new Headers();
    private final Headers responseHeaders = new Headers();
    private final InputStream requestBody;
    private final ByteArrayOutputStream responseBody = new ByteArrayOutputStream();
    private int status = -1;

    private FakeExchange(String method, URI target, InetSocketAddress remote, byte[] body) {
        this.method = method;
        this.target = target;
        this.remote = remote;
        requestBody = new ByteArrayInputStream(body);
    }

    /**
     * Reads a request: its line, its headers, an empty line, its body; each line ends with a line feed.
     *
     * @return null for what the JDK's server answers itself and shows to nobody
     */
    public static FakeExchange read(byte[] request, InetSocketAddress remote) {
        String text = new String(request, StandardCharsets.ISO_8859_1);
        int end = text.indexOf("\n\n");
        String[] lines = (end < 0 ? text : text.substring(0, end)).split("\n", -1);
        String[] words = lines[0].split(" ");
        if (words.length != 3) {
            return null;
        }
        try {
            URI target = new URI(words[1]);
            // The server finds no context for these.
            if (target.getPath() == null || !target.getPath().startsWith("/")) {
                return null;
            }
            byte[] body = (end < 0 ? "" : text.substring(end + 2)).getBytes(StandardCharsets.ISO_8859_1);
            FakeExchange exchange = new FakeExchange(words[0], target, remote, body);
            for (int i = 1; i < lines.length; i++) {
                int colon = lines[i].indexOf(':');
                if (colon > 0) {
                    exchange.requestHeaders.add(lines[i].substring(0, colon), lines[i].substring(colon + 1).strip());
                }
            }
            return exchange;
        } catch (URISyntaxException | IllegalArgumentException e) {
            return null;
        }
    }

    @Override
    public Headers getRequestHeaders() {
        return requestHeaders;
    }

    @Override
    public Headers getResponseHeaders() {
        return responseHeaders;
    }

    @Override
    public URI getRequestURI() {
        return target;
    }

    @Override
    public String getRequestMethod() {
        return method;
    }

    @Override
    public HttpContext getHttpContext() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {
        // There is no connection.
    }

    @Override
    public InputStream getRequestBody() {
        return requestBody;
    }

    @Override
    public OutputStream getResponseBody() {
        return responseBody;
    }

    @Override
    public void sendResponseHeaders(int code, long responseLength) {
        if (status >= 0) {
            throw new IllegalStateException("answered twice");
        }
        status = code;
    }

    @Override
    public InetSocketAddress getRemoteAddress() {
        return remote;
    }

    @Override
    public int getResponseCode() {
        return status;
    }

    @Override
    public InetSocketAddress getLocalAddress() {
        return new InetSocketAddress(0);
    }

    @Override
    public String getProtocol() {
        return "HTTP/1.1";
    }

    @Override
    public Object getAttribute(String name) {
        return null;
    }

    @Override
    public void setAttribute(String name, Object value) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void setStreams(InputStream in, OutputStream out) {
        throw new UnsupportedOperationException();
    }

    @Override
    public HttpPrincipal getPrincipal() {
        return null;
    }
}
