package revcam.http;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A request that is refused. Whoever throws it from a handler has it answered as {@code application/problem+json}
 * (RFC 9457); the type is {@code about:blank}, so that the status says what went wrong and the detail what to do.
 */
public final class HttpProblem extends IOException {

    private static final long serialVersionUID = 1;

    private final int status;
    private final transient Map<String, String> headers = new LinkedHashMap<>();

    /** @param detail for the person or program that asked: what to do, and no secret */
    public HttpProblem(int status, String detail) {
        super(detail);
        this.status = status;
    }

    /** Adds a header to the answer. */
    public HttpProblem with(String header, String value) {
        headers.put(header, value);
        return this;
    }

    public int status() {
        return status;
    }

    /** Answers the exchange with this problem. */
    public void send(HttpExchange exchange) throws IOException {
        headers.forEach(exchange.getResponseHeaders()::set);
        String body = new Json().object()
                .field("title", title(status))
                .field("status", status)
                .field("detail", getMessage())
                .end().toString();
        Exchanges.send(exchange, status, "application/problem+json", body);
    }

    /** The reason phrases of RFC 9110, section 15, and RFC 6585. */
    private static String title(int status) {
        return switch (status) {
            case 400 -> "Bad Request";
            case 401 -> "Unauthorized";
            case 403 -> "Forbidden";
            case 404 -> "Not Found";
            case 405 -> "Method Not Allowed";
            case 406 -> "Not Acceptable";
            case 412 -> "Precondition Failed";
            case 413 -> "Content Too Large";
            case 415 -> "Unsupported Media Type";
            case 422 -> "Unprocessable Content";
            case 428 -> "Precondition Required";
            case 429 -> "Too Many Requests";
            case 503 -> "Service Unavailable";
            default -> status < 500 ? "Bad Request" : "Internal Server Error";
        };
    }
}
