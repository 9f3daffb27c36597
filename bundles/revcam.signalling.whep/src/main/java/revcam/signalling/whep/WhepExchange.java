package revcam.signalling.whep;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import revcam.api.stream.JoinRequest;
import revcam.api.stream.VideoStream;
import revcam.api.stream.Viewer;
import revcam.api.telemetry.Sample;
import revcam.api.transport.NegotiationException;
import revcam.http.Exchanges;
import revcam.http.HttpProblem;
import revcam.http.Json;

/**
 * One WHEP request. The endpoint is {@code /whep} or {@code /whep/{stream}}, and a session, which the draft calls the
 * WHEP session, {@code /whep/{stream}/viewers/{id}}. Below that is {@code playback}, where a viewer tells how it fares.
 */
final class WhepExchange {

    private static final int MAX_BODY_BYTES = 64 * 1024;
    private static final String SDP = "application/sdp";
    private static final String JSON = "application/json";
    private static final String SDP_FRAGMENT = "application/trickle-ice-sdpfrag";
    private static final Pattern NAME = Pattern.compile("[A-Za-z][A-Za-z0-9_.-]{0,31}");
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9_-]{1,64}");

    private final HttpExchange exchange;
    private final Access access;
    private final Streams streams;
    private final Sessions sessions;
    private final Consumer<Sample> telemetry;

    /** @param telemetry takes what viewers say about themselves */
    WhepExchange(HttpExchange exchange, Access access, Streams streams, Sessions sessions, Consumer<Sample> telemetry) {
        this.exchange = exchange;
        this.access = access;
        this.streams = streams;
        this.sessions = sessions;
        this.telemetry = telemetry;
    }

    void answer() throws IOException {
        List<String> path = Arrays.asList(exchange.getRequestURI().getPath().substring(1).split("/"));
        boolean isEndpoint = path.size() <= 2;
        boolean isBelow = path.size() >= 4 && path.get(2).equals("viewers");
        boolean isSession = isBelow && path.size() == 4;
        boolean isPlayback = isBelow && path.size() == 5 && path.get(4).equals("playback");
        if (!isEndpoint && !isSession && !isPlayback) {
            throw new HttpProblem(404, "There is /whep, /whep/{stream}, /whep/{stream}/viewers/{id} and, below that,"
                    + " /playback.");
        }
        String method = exchange.getRequestMethod();
        if (method.equals("OPTIONS")) {
            describe(isEndpoint, isPlayback);
            return;
        }
        // Before anything else: who has no token learns nothing about what exists.
        access.checkToken(exchange);
        if (isEndpoint && method.equals("POST")) {
            play(path.size() == 2 ? path.get(1) : null);
        } else if (isSession && method.equals("PATCH")) {
            patch(sessions.get(path.get(3)));
        } else if (isSession && method.equals("DELETE")) {
            sessions.remove(path.get(3)).leave();
            Exchanges.send(exchange, 200);
        } else if (isPlayback && method.equals("POST")) {
            playback(sessions.get(path.get(3)));
        } else {
            throw new HttpProblem(405, isEndpoint ? "WHEP begins with a POST of an SDP offer; the page to look at is at /."
                    : isPlayback ? "How a viewer fares is told by POST."
                    : "A WHEP session takes PATCH and DELETE.").with("Allow", allow(isEndpoint, isPlayback));
        }
    }

    private static String allow(boolean isEndpoint, boolean isPlayback) {
        return isEndpoint || isPlayback ? "OPTIONS, POST" : "OPTIONS, PATCH, DELETE";
    }

    /** Draft section 4.3; Accept-Post and Accept-Patch for whoever explores. */
    private void describe(boolean isEndpoint, boolean isPlayback) throws IOException {
        Headers headers = exchange.getResponseHeaders();
        headers.set("Allow", allow(isEndpoint, isPlayback));
        headers.set(isEndpoint || isPlayback ? "Accept-Post" : "Accept-Patch",
                isEndpoint ? SDP : isPlayback ? JSON : SDP_FRAGMENT);
        Exchanges.send(exchange, 200);
    }

    /**
     * Not WHEP: the viewer's own figures, for telemetry. The answer may be that it had better join again, and leave after
     * that: {@code rejoin} says why.
     */
    private void playback(Viewer viewer) throws IOException {
        access.checkReportRate(viewer.id());
        if (!Exchanges.contentType(exchange).equals(JSON)) {
            throw new HttpProblem(415, "Send figures as Content-Type: " + JSON + ".").with("Accept-Post", JSON);
        }
        telemetry.accept(PlaybackReport.read(text(PlaybackReport.MAX_BYTES), viewer.tags(), System.currentTimeMillis(),
                System.nanoTime()));
        if (viewer.elsewhere().isEmpty()) {
            Exchanges.send(exchange, 204);
        } else {
            Exchanges.send(exchange, 200, JSON, new Json().object().field("rejoin", viewer.elsewhere()).end().toString());
        }
    }

    private void play(String name) throws IOException {
        access.checkOfferRate(exchange);
        VideoStream stream = name == null ? streams.byDefault() : streams.named(name);
        if (stream == null && name == null) {
            throw new HttpProblem(503, "There is no stream yet; it starts with its stages.").with("Retry-After", "1");
        }
        if (stream == null) {
            throw new HttpProblem(404, "There is no stream of that name; /api/streams lists those there are.");
        }
        if (!Exchanges.contentType(exchange).equals(SDP)) {
            throw new HttpProblem(415, "Send the offer as Content-Type: " + SDP + ".").with("Accept-Post", SDP);
        }
        if (!accepts(SDP)) {
            throw new HttpProblem(406, "The answer is " + SDP + ", which the Accept header leaves out.");
        }
        String engine = parameter("engine", NAME, "a name, as in ?engine=libwebrtc");
        String codec = parameter("codec", NAME, "a name, as in ?codec=VP8");
        String former = parameter("replaces", ID, "the last part of a session's Location");
        JoinRequest request =
                new JoinRequest(text(MAX_BODY_BYTES), origin(), engine, codec, sessions.mayBeReplaced(former));
        try {
            Viewer viewer = sessions.join(stream, request);
            if (request.replaces()) {
                sessions.replaced(former, viewer);
            }
            Headers headers = exchange.getResponseHeaders();
            headers.set("Location", "/whep/" + encode(stream.name()) + "/viewers/" + viewer.id());
            headers.set("ETag", quoted(viewer.iceTag()));
            headers.set("Accept-Patch", SDP_FRAGMENT);
            Exchanges.send(exchange, 201, SDP, viewer.answer());
        } catch (NegotiationException e) {
            throw switch (e.reason()) {
                case MALFORMED -> new HttpProblem(400, e.getMessage());
                case NOT_ACCEPTABLE -> new HttpProblem(406, e.getMessage());
                case UNAVAILABLE -> unavailable(e, stream);
            };
        }
    }

    /** Of the query; empty where there is none. */
    private String parameter(String name, Pattern allowed, String what) throws HttpProblem {
        String query = exchange.getRequestURI().getQuery();
        for (String part : query == null ? new String[0] : query.split("&")) {
            if (part.startsWith(name + "=")) {
                String value = part.substring(name.length() + 1);
                if (!allowed.matcher(value).matches()) {
                    throw new HttpProblem(400, "The query's " + name + " is " + what + ".");
                }
                return value;
            }
        }
        return "";
    }

    /** Draft sections 4.4 and 4.5: a trickle names the ICE session that it belongs to, a restart takes any. */
    private void patch(Viewer viewer) throws IOException {
        access.checkPatchRate(viewer.id());
        if (!Exchanges.contentType(exchange).equals(SDP_FRAGMENT)) {
            throw new HttpProblem(415, "Send candidates as Content-Type: " + SDP_FRAGMENT + ".")
                    .with("Accept-Patch", SDP_FRAGMENT);
        }
        String fragment = text(MAX_BODY_BYTES);
        // One at a time, so that what the tag was compared with is still what is patched.
        synchronized (viewer) {
            checkTag(viewer);
            try {
                String answer = viewer.patch(fragment);
                if (answer == null) {
                    Exchanges.send(exchange, 204);
                } else {
                    exchange.getResponseHeaders().set("ETag", quoted(viewer.iceTag()));
                    Exchanges.send(exchange, 200, SDP_FRAGMENT, answer);
                }
            } catch (NegotiationException e) {
                throw switch (e.reason()) {
                    case MALFORMED -> new HttpProblem(400, e.getMessage());
                    case NOT_ACCEPTABLE -> new HttpProblem(422, e.getMessage());
                    case UNAVAILABLE -> new HttpProblem(503, e.getMessage()).with("Retry-After", "1");
                };
            }
        }
    }

    private void checkTag(Viewer viewer) throws HttpProblem {
        String match = exchange.getRequestHeaders().getFirst("If-Match");
        if (match == null) {
            throw new HttpProblem(428, "Say which ICE session is meant: If-Match with the ETag of the answer, or * for "
                    + "an ICE restart.");
        }
        // The draft's own example puts the asterisk in quotes, and clients were written after it.
        List<String> tags = Arrays.stream(match.split(",")).map(String::strip).toList();
        if (!tags.contains("*") && !tags.contains("\"*\"") && !tags.contains(quoted(viewer.iceTag()))) {
            throw new HttpProblem(412, "ICE has been restarted since; these candidates come too late.");
        }
    }

    private static HttpProblem unavailable(NegotiationException e, VideoStream stream) {
        String reason = stream.status().reason();
        String detail = reason.isEmpty() || e.getMessage().contains(reason) ? e.getMessage()
                : e.getMessage() + " (" + reason + ")";
        return new HttpProblem(503, detail).with("Retry-After", "2");
    }

    private String text(int maxBytes) throws IOException {
        byte[] body = Exchanges.body(exchange, maxBytes);
        if (body.length == 0) {
            throw new HttpProblem(400, "The body is empty.");
        }
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString();
        } catch (CharacterCodingException e) {
            throw new HttpProblem(400, "The body is not UTF-8.");
        }
    }

    private boolean accepts(String type) {
        String accept = exchange.getRequestHeaders().getFirst("Accept");
        if (accept == null) {
            return true;
        }
        return Arrays.stream(accept.split(","))
                .map(range -> range.split(";", 2)[0].strip())
                .anyMatch(range -> List.of(type, "application/*", "*/*").contains(range.toLowerCase(Locale.ROOT)));
    }

    private String origin() {
        return exchange.getRemoteAddress().getAddress().getHostAddress();
    }

    private static String quoted(String tag) {
        return tag.startsWith("\"") ? tag : "\"" + tag + "\"";
    }

    private static String encode(String segment) {
        return URLEncoder.encode(segment, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
