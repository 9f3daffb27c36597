package revcam.view;

import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;

/** One WHEP session (draft-ietf-wish-whep): the POST that begins it and the DELETE that ends it. */
final class WhepSession implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final HttpClient http;
    private final String token;
    private final URI location;
    private final String answer;
    private boolean asks = true;

    private WhepSession(HttpClient http, String token, URI location, String answer) {
        this.http = http;
        this.token = token;
        this.location = location;
        this.answer = answer;
    }

    /** @param token bearer token, or null */
    static WhepSession begin(URI endpoint, String token, String offer) throws ViewException {
        HttpClient http = HttpClient.newBuilder().connectTimeout(PATIENCE).build();
        HttpResponse<String> response = send(http, request(endpoint, token)
                .header("Content-Type", "application/sdp")
                .header("Accept", "application/sdp")
                .POST(HttpRequest.BodyPublishers.ofString(offer)).build());
        if (response.statusCode() != 201) {
            throw new ViewException(explain(endpoint, token, response));
        }
        String location = response.headers().firstValue("Location").orElseThrow(() ->
                new ViewException(endpoint + " answered without a Location: it is no WHEP endpoint"));
        return new WhepSession(http, token, endpoint.resolve(location), response.body());
    }

    String answer() {
        return answer;
    }

    /** What RevCam says to one that watches. */
    enum Told {
        GO_ON,
        /** Another engine serves, and this session goes on until it leaves. */
        REJOIN,
        /** The session is over, and another engine serves. */
        ENDED
    }

    /** Asks RevCam; any other server has nothing to say, nor has one that cannot be asked just now. */
    Told ask() {
        if (!asks) {
            return Told.GO_ON;
        }
        try {
            HttpResponse<String> response = send(http, request(URI.create(location + "/playback"), token)
                    .header("Content-Type", "application/json").POST(HttpRequest.BodyPublishers.ofString("{}")).build());
            asks = response.statusCode() != 404 && response.statusCode() != 405;
            return response.statusCode() == 410 ? Told.ENDED : response.statusCode() == 200 ? Told.REJOIN : Told.GO_ON;
        } catch (ViewException e) {
            return Told.GO_ON;
        }
    }

    /** The endpoint for one that is to take this one's place. */
    URI replacing(URI endpoint) {
        String id = location.getPath().substring(location.getPath().lastIndexOf('/') + 1);
        return URI.create(endpoint + (endpoint.getQuery() == null ? "?" : "&") + "replaces=" + id);
    }

    /** Tells the server that we leave. */
    @Override
    public void close() throws ViewException {
        int status = send(http, request(location, token).DELETE().build()).statusCode();
        // 404, 410: the server noticed first.
        if (status != 200 && status != 204 && status != 404 && status != 410) {
            throw new ViewException("the server did not let us leave: DELETE gave " + status);
        }
    }

    private static HttpRequest.Builder request(URI uri, String token) {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri).timeout(PATIENCE);
        return token == null ? request : request.header("Authorization", "Bearer " + token);
    }

    private static HttpResponse<String> send(HttpClient http, HttpRequest request) throws ViewException {
        String server = request.uri().getScheme() + "://" + request.uri().getAuthority();
        try {
            return http.send(request, HttpResponse.BodyHandlers.ofString());
        } catch (ConnectException e) {
            throw new ViewException("no server answers at " + server + "; is RevCam running, and is that its --port?", e);
        } catch (HttpTimeoutException e) {
            throw new ViewException(server + " does not answer within " + PATIENCE.toSeconds() + " s", e);
        } catch (IOException e) {
            throw new ViewException(server + " does not speak HTTP as expected: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ViewException("interrupted", e);
        }
    }

    private static String explain(URI endpoint, String token, HttpResponse<String> response) {
        String advice = switch (response.statusCode()) {
            case 401 -> token == null ? "give the camera's token with --token" : "the token is not the camera's";
            case 404 -> endpoint + " is no stream; /api/streams lists those there are";
            case 405 -> endpoint + " is no WHEP endpoint; RevCam's is /whep";
            default -> "";
        };
        String detail = detail(response.body());
        return "refused with " + response.statusCode() + (advice.isEmpty() ? "" : ": " + advice)
                + (detail.isEmpty() ? "" : " (the server says: " + detail + ")");
    }

    /** Of a problem document (RFC 9457). */
    private static String detail(String body) {
        try {
            JsonObject problem = JsonParser.parseString(body).getAsJsonObject();
            return problem.has("detail") ? problem.get("detail").getAsString() : "";
        } catch (JsonParseException | IllegalStateException e) {
            return "";
        }
    }
}
