package revcam.signalling.whep;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import revcam.api.stream.JoinRequest;
import revcam.api.stream.StreamStatus;
import revcam.api.stream.StreamStatus.State;
import revcam.api.stream.VideoStream;
import revcam.api.stream.Viewer;
import revcam.api.telemetry.Sample;
import revcam.api.transport.NegotiationException;
import revcam.api.transport.NegotiationException.Reason;
import revcam.api.transport.Offer;
import revcam.http.HttpProblem;

class SignallingTest {

    private static final String OFFER = "v=0\r\n";
    private static final String SDP = "application/sdp";
    private static final String FRAGMENT = "application/trickle-ice-sdpfrag";

    @TempDir
    Path state;

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final HttpClient client = HttpClient.newHttpClient();
    private final Camera front = new Camera("front");
    private final Camera yard = new Camera("back yard");
    private final Map<String, Object> settings = new HashMap<>();
    private HttpServer server;
    private Signalling signalling;

    @BeforeEach
    void start() throws IOException {
        settings.put("state", state.toString());
        signalling = new Signalling(settings, () -> { });
        signalling.addStream(front, Map.of(VideoStream.NAME, "front", VideoStream.DEFAULT, true));
        signalling.addStream(yard, Map.of(VideoStream.NAME, "back yard", VideoStream.DEFAULT, false));
        server = HttpServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", exchange -> {
            try {
                signalling.handle(exchange);
            } catch (HttpProblem problem) {
                problem.send(exchange);
            } finally {
                exchange.close();
            }
        });
        server.start();
    }

    @AfterEach
    void stop() {
        signalling.close();
        server.stop(0);
        threads.shutdownNow();
    }

    @Test
    void anOfferIsAnsweredAndLeavesAResource() throws Exception {
        HttpResponse<String> created = offer("/whep");
        assertEquals(201, created.statusCode());
        assertEquals("answer of front", created.body());
        assertEquals(SDP, header(created, "Content-Type"));
        assertEquals("\"ice-1\"", header(created, "ETag"));
        assertEquals("/whep/front/viewers/front-0", header(created, "Location"));
        assertEquals(OFFER, front.viewers.get(0).offer);

        assertEquals(200, send("DELETE", header(created, "Location"), null, "").statusCode());
        assertFalse(front.viewers.get(0).alive());
        assertEquals(404, send("DELETE", header(created, "Location"), null, "").statusCode());
    }

    @Test
    void namedStreamsHaveEndpointsOfTheirOwn() throws Exception {
        assertEquals("answer of front", offer("/whep/front").body());
        HttpResponse<String> created = offer("/whep/back%20yard");
        assertEquals("answer of back yard", created.body());
        assertEquals(200, send("DELETE", header(created, "Location"), null, "").statusCode());
        assertProblem(404, offer("/whep/cellar"));
        assertProblem(404, offer("/whep/front/viewers"));
        assertProblem(404, offer("/whep/front/viewers/front-0/more"));
        assertProblem(404, offer("/whep/../etc/passwd"));
    }

    @Test
    void engineAndCodecAreAskedForInTheQuery() throws Exception {
        assertEquals(201, offer("/whep?engine=libwebrtc&codec=VP9").statusCode());
        assertEquals(new JoinRequest(OFFER, "127.0.0.1", "libwebrtc", "VP9"), front.lastRequest);
        assertEquals(201, offer("/whep/front?other=1").statusCode());
        assertEquals(new JoinRequest(OFFER, "127.0.0.1", "", ""), front.lastRequest);
        assertTrue(assertProblem(400, offer("/whep?engine=")).contains("?engine=libwebrtc"));
        assertProblem(400, offer("/whep?codec=%3Cscript%3E"));
    }

    @Test
    void withoutADefaultStreamItIsTooEarly() throws Exception {
        signalling.removeStream(front);
        HttpResponse<String> response = offer("/whep");
        assertProblem(503, response);
        assertEquals("1", header(response, "Retry-After"));
    }

    @Test
    void candidatesNameTheirIceSession() throws Exception {
        String resource = header(offer("/whep"), "Location");
        Seat seat = front.viewers.get(0);

        HttpResponse<String> trickle = patch(resource, "a=candidate", "\"ice-1\"");
        assertEquals(204, trickle.statusCode());
        assertEquals("", header(trickle, "ETag"));
        assertEquals(List.of("a=candidate"), seat.fragments);

        assertProblem(428, patch(resource, "a=candidate", null));
        assertProblem(412, patch(resource, "a=candidate", "\"ice-0\""));
        assertProblem(412, patch(resource, "a=candidate", "W/\"ice-1\""));
        assertEquals(1, seat.fragments.size(), "refused fragments reach nobody");

        HttpResponse<String> restart = patch(resource, "restart", "*");
        assertEquals(200, restart.statusCode());
        assertEquals("fragment of front", restart.body());
        assertEquals(FRAGMENT, header(restart, "Content-Type"));
        assertEquals("\"ice-2\"", header(restart, "ETag"));
        assertProblem(412, patch(resource, "a=candidate", "\"ice-1\""));
        assertEquals(204, patch(resource, "a=candidate", "\"ice-2\"").statusCode());
        assertEquals(200, patch(resource, "restart", "\"*\"").statusCode(), "as in the draft's example");
    }

    @Test
    void fragmentsThatCannotBeUsedChangeNothing() throws Exception {
        String resource = header(offer("/whep"), "Location");
        HttpResponse<String> wrongType = send("PATCH", resource, SDP, "a=candidate", "If-Match", "*");
        assertProblem(415, wrongType);
        assertEquals(FRAGMENT, header(wrongType, "Accept-Patch"));
        assertProblem(400, patch(resource, "", "*"));
        assertProblem(400, patch(resource, "malformed", "*"));
        assertProblem(422, patch(resource, "unacceptable", "*"));
        assertProblem(404, patch("/whep/front/viewers/nobody", "a=candidate", "*"));
        assertTrue(front.viewers.get(0).alive());
    }

    @Test
    void aViewerThatIsLostIsForgotten() throws Exception {
        String resource = header(offer("/whep"), "Location");
        front.viewers.get(0).leave();
        assertProblem(404, patch(resource, "a=candidate", "\"ice-1\""));
    }

    @Test
    void reconfiguringKeepsTheSessions() throws Exception {
        String resource = header(offer("/whep"), "Location");
        settings.put("token", "other");
        signalling.configure(settings);
        assertEquals(204, patch(resource, "a=candidate", "\"ice-1\"").statusCode());
    }

    @Test
    void offersThatCannotBeAnsweredSayWhatToDo() throws Exception {
        assertTrue(assertProblem(400, post("/whep", SDP, "malformed")).contains("malformed on purpose"));
        assertTrue(assertProblem(406, post("/whep", SDP, "unacceptable")).contains("unacceptable on purpose"));
        assertProblem(400, post("/whep", SDP, ""));
        assertProblem(413, post("/whep", SDP, "v".repeat(65537)));
        assertEquals(201, post("/whep", SDP, "v".repeat(65536)).statusCode());
        HttpResponse<String> json = post("/whep", "application/json", "{}");
        assertProblem(415, json);
        assertEquals(SDP, header(json, "Accept-Post"));
        assertProblem(415, post("/whep", null, OFFER));
        assertEquals(201, post("/whep", "Application/SDP; charset=utf-8", OFFER).statusCode());
        assertProblem(406, send("POST", "/whep", SDP, OFFER, "Accept", "text/html"));
        assertEquals(201, send("POST", "/whep", SDP, OFFER, "Accept", "text/html, application/*;q=0.1").statusCode());
        HttpResponse<String> latin = client.send(request("/whep").header("Content-Type", SDP)
                .POST(BodyPublishers.ofByteArray("v=0\r\ns=\u00e9".getBytes(StandardCharsets.ISO_8859_1))).build(),
                HttpResponse.BodyHandlers.ofString());
        assertProblem(400, latin);
    }

    @Test
    void aPausedStreamSaysWhyAndWhenToComeBack() throws Exception {
        front.state = State.PAUSED;
        front.reason = "no encoder: install libx264";
        HttpResponse<String> response = post("/whep", SDP, "unavailable");
        assertTrue(assertProblem(503, response).contains("install libx264"));
        assertEquals("2", header(response, "Retry-After"));
    }

    @Test
    void methodsThatAreNotTakenAreNamed() throws Exception {
        for (String method : List.of("GET", "HEAD", "PUT", "PATCH", "DELETE", "BREW")) {
            HttpResponse<String> response = send(method, "/whep", null, "");
            assertEquals(405, response.statusCode(), method);
            assertEquals("OPTIONS, POST", header(response, "Allow"));
        }
        HttpResponse<String> session = send("GET", "/whep/front/viewers/x", null, "");
        assertEquals(405, session.statusCode());
        assertEquals("OPTIONS, PATCH, DELETE", header(session, "Allow"));
        HttpResponse<String> options = send("OPTIONS", "/whep", null, "");
        assertEquals(200, options.statusCode());
        assertEquals(SDP, header(options, "Accept-Post"));
        assertEquals(FRAGMENT, header(send("OPTIONS", "/whep/front/viewers/x", null, ""), "Accept-Patch"));
    }

    @Test
    void othersNeedTheToken() throws Exception {
        settings.put("token", "let-me.in");
        signalling.configure(settings);
        String resource = header(offer("/whep"), "Location");

        HttpResponse<String> none = fromOutside("POST", "/whep", SDP, OFFER, null);
        assertProblem(401, none);
        assertTrue(header(none, "WWW-Authenticate").startsWith("Bearer "));
        assertEquals(401, fromOutside("PATCH", resource, FRAGMENT, "a=candidate", null).statusCode());
        assertEquals(401, fromOutside("DELETE", resource, null, "", null).statusCode());
        assertEquals(401, fromOutside("DELETE", "/whep/front/viewers/nobody", null, "", null).statusCode());
        assertEquals(401, fromOutside("GET", "/api/streams", null, "", null).statusCode());
        assertEquals(401, fromOutside("GET", "/api/time", null, "", null).statusCode());
        assertTrue(front.viewers.get(0).alive());

        assertEquals(201, fromOutside("POST", "/whep", SDP, OFFER, "Bearer let-me.in").statusCode());
        assertEquals(200, fromOutside("GET", "/api/time", null, "", "bearer let-me.in").statusCode());
        HttpResponse<String> wrong = fromOutside("POST", "/whep", SDP, OFFER, "Bearer let-me.out");
        assertProblem(401, wrong);
        assertTrue(header(wrong, "WWW-Authenticate").contains("invalid_token"));
    }

    @Test
    void guessingIsSlow() throws Exception {
        settings.put("token", "let-me.in");
        signalling.configure(settings);
        for (int i = 0; i < 5; i++) {
            assertEquals(401, fromOutside("POST", "/whep", SDP, OFFER, "Bearer guess" + i).statusCode());
        }
        HttpResponse<String> limited = fromOutside("POST", "/whep", SDP, OFFER, "Bearer let-me.in");
        assertProblem(429, limited);
        int seconds = Integer.parseInt(header(limited, "Retry-After"));
        assertTrue(seconds > 0 && seconds <= 12, "one more in 12 s, not " + seconds);
        assertEquals(201, offer("/whep").statusCode(), "this machine itself is not shut out");
    }

    @Test
    void offersFromOutsideAreLimited() throws Exception {
        settings.putAll(Map.of("token", "none"));
        signalling.configure(settings);
        for (int i = 0; i < 10; i++) {
            assertEquals(201, fromOutside("POST", "/whep", SDP, OFFER, null).statusCode());
        }
        assertProblem(429, fromOutside("POST", "/whep", SDP, OFFER, null));
        assertEquals(201, offer("/whep").statusCode());
    }

    @Test
    void pagesOfOtherSitesAreRefused() throws Exception {
        for (String origin : List.of("https://evil.example", "null", "http://127.0.0.1:1", "https://" + authority())) {
            assertProblem(403, send("POST", "/whep", SDP, OFFER, "Origin", origin));
            assertProblem(403, send("DELETE", "/whep/front/viewers/x", null, "", "Origin", origin));
        }
        assertProblem(403, send("GET", "/api/time", null, "", "Sec-Fetch-Site", "cross-site"));
        assertEquals(201, send("POST", "/whep", SDP, OFFER, "Origin", "http://" + authority()).statusCode());

        settings.put("origins", "https://home.example, https://other.example");
        signalling.configure(settings);
        HttpResponse<String> listed = send("POST", "/whep", SDP, OFFER, "Origin", "https://home.example");
        assertEquals(201, listed.statusCode());
        assertEquals("https://home.example", header(listed, "Access-Control-Allow-Origin"));
        assertTrue(header(listed, "Access-Control-Expose-Headers").contains("Location"));
        assertEquals("", header(offer("/whep"), "Access-Control-Allow-Origin"));
    }

    @Test
    void theRandomTokenIsKeptForItsOwnerAlone() throws Exception {
        Path file = state.resolve("whep.token");
        String token = Files.readString(file).strip();
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
        assertTrue(token.length() * 6 >= 128, token);
        assertEquals(200, fromOutside("GET", "/api/time", null, "", "Bearer " + token).statusCode());

        Token again = Token.of("", state.toString());
        assertTrue(again.matches(token));
        assertFalse(again.isNew(), "shown once");
        Files.delete(file);
        Token fresh = Token.of("", state.toString());
        assertTrue(fresh.isNew());
        assertNotEquals(token, fresh.value());
        assertFalse(fresh.toString().contains(fresh.value()));
    }

    @Test
    void aBadTokenLeavesTheOneThatHolds() throws Exception {
        settings.put("token", "let-me.in");
        signalling.configure(settings);
        settings.put("token", "two words");
        signalling.configure(settings);
        assertEquals(401, fromOutside("GET", "/api/time", null, "", null).statusCode());
        assertEquals(200, fromOutside("GET", "/api/time", null, "", "Bearer let-me.in").statusCode());
    }

    @Test
    void withoutAConfigurationNobodyElseIsLetIn() throws Exception {
        settings.put("token", "let-me.in");
        signalling.configure(settings);
        signalling.configure(Map.of());
        assertEquals(401, fromOutside("GET", "/api/time", null, "", null).statusCode());
        assertEquals(401, fromOutside("GET", "/api/time", null, "", "Bearer let-me.in").statusCode());
        assertEquals(401, fromOutside("GET", "/api/time", null, "", "Bearer ").statusCode());
    }

    @Test
    void aDamagedTokenFileIsReplacedByALongOne() throws Exception {
        Path file = state.resolve(Token.FILE);
        for (String damaged : List.of("", "\0\0\0\0", "x", "none", "abcdefghijklmnopqrstuvwxyz01234", "\u00ff".repeat(40))) {
            Files.writeString(file, damaged);
            Token token = Token.of("", state.toString());
            assertTrue(token.isNeeded() && token.isNew() && token.value().length() >= 32, damaged);
            assertEquals(token.value(), Token.of("", state.toString()).value());
        }
    }

    @Test
    void tellsHowTheStreamsAreAndWhatTimeItIs() throws Exception {
        front.reason = "a \"reason\"";
        String streams = send("GET", "/api/streams", null, "").body();
        assertTrue(streams.startsWith("{\"streams\":[{\"name\":\"front\",\"default\":true,\"state\":\"live\","
                + "\"reason\":\"a \\\"reason\\\"\",\"width\":1280,\"height\":720,\"fps\":29.97,\"bitrateBps\":2000000,\"reduction\":\"\","
                + "\"viewers\":3,\"stages\":[{\"role\":\"encoder\",\"provider\":\"x264\","
                + "\"bundle\":\"revcam.encoder.x264 0.1.0\",\"problem\":\"\"}]},{\"name\":\"back yard\""), streams);
        double before = System.currentTimeMillis();
        String time = send("GET", "/api/time", null, "").body();
        double told = Double.parseDouble(time.replaceAll("[^0-9.E]", ""));
        assertTrue(told >= before - 1 && told <= System.currentTimeMillis() + 1, time);
        assertEquals(405, send("POST", "/api/time", null, "x").statusCode());
    }

    @Test
    void viewersTellHowTheyFare() throws Exception {
        List<Sample> samples = new CopyOnWriteArrayList<>();
        signalling.setTelemetry(samples::add);
        // The stream in the path is for people; telemetry names the one that the viewer watches.
        String playback = header(offer("/whep"), "Location").replace("/front/", "/cellar/") + "/playback";
        HttpResponse<String> told = post(playback, "application/json",
                "{\"framesDecoded\":300,\"jitter\":0.0125,\"packetsLost\":-2,\"bytesReceived\":-5,\"decodeTime\":1e300,"
                        + "\"latency\":null,\"made up\":1}");
        assertEquals(204, told.statusCode(), told.body());
        Sample sample = samples.get(0);
        assertEquals(Map.of("stream", "front", "viewer", "7"), sample.tags());
        Map<String, Double> values = new HashMap<>();
        for (int i = 0; i < sample.values().length; i++) {
            if (!Double.isNaN(sample.values()[i])) {
                values.put(sample.measurement().metrics().get(i).name(), sample.values()[i]);
            }
        }
        assertEquals(Map.of("decoded", 300.0, "jitter", 12.5e6, "lost", -2.0), values);
        assertEquals("application/json", header(send("OPTIONS", playback, null, ""), "Accept-Post"));
        assertEquals("OPTIONS, POST", header(send("GET", playback, null, ""), "Allow"));
        assertProblem(404, post("/whep/front/viewers/nobody/playback", "application/json", "{}"));
        assertProblem(404, post(playback + "/more", "application/json", "{}"));
    }

    /** One that is told to join again does so beside itself; its place is one place, however often it asks. */
    @Test
    void whoHadBetterJoinAgainIsToldSo() throws Exception {
        String location = header(offer("/whep"), "Location");
        String id = location.substring(location.lastIndexOf('/') + 1);
        Seat seat = front.viewers.get(0);
        assertEquals(204, post(location + "/playback", "application/json", "{}").statusCode());
        seat.elsewhere = "another engine serves";
        HttpResponse<String> told = post(location + "/playback", "application/json", "{}");
        assertEquals(200, told.statusCode());
        assertEquals("{\"rejoin\":\"another engine serves\"}", told.body());
        assertEquals(201, offer("/whep?replaces=" + id).statusCode());
        assertTrue(front.lastRequest.replaces());
        offer("/whep?replaces=" + id);
        assertFalse(front.lastRequest.replaces(), "its place is taken");
        front.viewers.get(1).alive = false;
        offer("/whep?replaces=" + id);
        assertTrue(front.lastRequest.replaces(), "the one that had come has gone");
        seat.alive = false;
        offer("/whep?replaces=" + id);
        assertFalse(front.lastRequest.replaces(), "it has left");
        for (HttpResponse<String> late : List.of(post(location + "/playback", "application/json", "{}"),
                patch(location, "a=candidate", "*"))) {
            assertTrue(assertProblem(410, late).contains("at once: another engine serves"));
        }
        seat.elsewhere = "";
        assertProblem(404, patch(location, "a=candidate", "*"));
        assertProblem(400, offer("/whep?replaces=%3Cscript%3E"));
    }

    @Test
    void figuresThatCannotBeUsedAreRefused() throws Exception {
        List<Sample> samples = new CopyOnWriteArrayList<>();
        signalling.setTelemetry(samples::add);
        String playback = header(offer("/whep"), "Location") + "/playback";
        String many = IntStream.range(0, 65).mapToObj(i -> "\"a" + i + "\":1").collect(Collectors.joining(",", "{", "}"));
        for (String body : List.of("", "{", "[]", "[1]", "1", "null", "{}{}", "{\"jitter\":\"1\"}", "{\"jitter\":[1]}",
                "{\"jitter\":{\"a\":1}}", "{\"jitter\":NaN}", "{'jitter':1}", "{\"jitter\":true}", "{\"jitter\" 1}", many)) {
            assertProblem(400, post(playback, "application/json", body));
        }
        assertProblem(415, post(playback, "text/plain", "{}"));
        assertProblem(413, post(playback, "application/json", "{\"a\":1" + " ".repeat(2_048) + "}"));
        assertEquals(List.of(), samples);
    }

    @Test
    void changesOfOneSessionAreLimited() throws Exception {
        String session = header(offer("/whep"), "Location");
        String other = header(offer("/whep"), "Location");
        int taken = 0;
        HttpResponse<String> last;
        while ((last = send("PATCH", session, "text/plain", "no fragment")).statusCode() == 415 && taken < 200) {
            taken++;
        }
        assertProblem(429, last);
        assertTrue(Integer.parseInt(header(last, "Retry-After")) >= 1);
        // One a second is due again meanwhile.
        assertTrue(taken >= 60 && taken < 150, taken + " were taken at once");
        assertProblem(415, send("PATCH", other, "text/plain", "no fragment"));
        assertEquals(200, send("DELETE", session, null, "").statusCode(), "leaving is always possible");
    }

    @Test
    void figuresAreLimited() throws Exception {
        String playback = header(offer("/whep"), "Location") + "/playback";
        String other = header(offer("/whep"), "Location") + "/playback";
        int taken = 0;
        HttpResponse<String> last;
        while ((last = post(playback, "application/json", "{}")).statusCode() == 204 && taken < 100) {
            taken++;
        }
        assertProblem(429, last);
        assertTrue(Integer.parseInt(header(last, "Retry-After")) >= 1);
        assertTrue(taken >= 30 && taken <= 32, taken + " were taken at once");
        assertEquals(204, post(other, "application/json", "{}").statusCode(), "another viewer's are another's");
    }

    /** What other bundles ask before they answer. */
    @Test
    void othersNeedTheTokenElsewhereToo() throws Exception {
        settings.put("token", "let-me.in");
        signalling.configure(settings);
        server.createContext("/metrics", exchange -> {
            try {
                signalling.check(exchange);
                exchange.sendResponseHeaders(204, -1);
            } catch (HttpProblem problem) {
                problem.send(exchange);
            } finally {
                exchange.close();
            }
        });
        assertEquals(204, send("GET", "/metrics", null, "").statusCode());
        assertProblem(401, fromOutside("GET", "/metrics", null, "", null));
        assertProblem(401, fromOutside("GET", "/metrics", null, "", "Bearer let-me-in"));
        assertEquals(204, fromOutside("GET", "/metrics", null, "", "Bearer let-me.in").statusCode());
        assertProblem(403, send("GET", "/metrics", null, "", "Origin", "http://elsewhere.example"));
        String playback = header(offer("/whep"), "Location") + "/playback";
        assertProblem(401, fromOutside("POST", playback, "application/json", "{}", null));
        assertEquals(204, fromOutside("POST", playback, "application/json", "{}", "Bearer let-me.in").statusCode());
    }

    // ---- the browser's part ----------------------------------------------------------------------------------------

    private HttpResponse<String> offer(String path) throws IOException, InterruptedException {
        return post(path, SDP, OFFER);
    }

    private HttpResponse<String> post(String path, String type, String body) throws IOException, InterruptedException {
        return send("POST", path, type, body);
    }

    private HttpResponse<String> patch(String path, String body, String tag) throws IOException, InterruptedException {
        return tag == null ? send("PATCH", path, FRAGMENT, body) : send("PATCH", path, FRAGMENT, body, "If-Match", tag);
    }

    /** As a proxy on this machine would pass it on. */
    private HttpResponse<String> fromOutside(String method, String path, String type, String body, String authorization)
            throws IOException, InterruptedException {
        return authorization == null
                ? send(method, path, type, body, "X-Forwarded-For", "198.51.100.7")
                : send(method, path, type, body, "X-Forwarded-For", "198.51.100.7", "Authorization", authorization);
    }

    private HttpResponse<String> send(String method, String path, String type, String body, String... headers)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = request(path).method(method, BodyPublishers.ofString(body));
        if (type != null) {
            request.header("Content-Type", type);
        }
        if (headers.length > 0) {
            request.headers(headers);
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://" + authority() + path));
    }

    private String authority() {
        return "127.0.0.1:" + server.getAddress().getPort();
    }

    private static String header(HttpResponse<?> response, String name) {
        return response.headers().firstValue(name).orElse("");
    }

    private static String assertProblem(int status, HttpResponse<String> response) {
        assertEquals(status, response.statusCode(), response.body());
        assertEquals("application/problem+json", header(response, "Content-Type"));
        assertTrue(response.body().contains("\"status\":" + status + ","), response.body());
        return response.body();
    }

    // ---- the engine's part -----------------------------------------------------------------------------------------

    private static final class Camera implements VideoStream {

        final String name;
        final List<Seat> viewers = new ArrayList<>();
        State state = State.LIVE;
        String reason = "";
        JoinRequest lastRequest;

        Camera(String name) {
            this.name = name;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public StreamStatus status() {
            return new StreamStatus(name, state, reason, 1280, 720, 29.97, 2_000_000, "", 3,
                    List.of(new StreamStatus.Stage("encoder", "x264", "revcam.encoder.x264 0.1.0", "")));
        }

        @Override
        public Viewer join(JoinRequest request) throws NegotiationException {
            String offer = request.offer();
            refuse(offer);
            lastRequest = request;
            Seat seat = new Seat(name, name.replace(' ', '-') + "-" + viewers.size(), offer);
            viewers.add(seat);
            return seat;
        }

        @Override
        public long stalledNanos() {
            return 0;
        }

        @Override
        public Offer<Viewer> offer(String origin) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void requestKeyframe() {
            throw new UnsupportedOperationException();
        }
    }

    private static void refuse(String sdp) throws NegotiationException {
        switch (sdp) {
            case "malformed" -> throw new NegotiationException(Reason.MALFORMED, "malformed on purpose");
            case "unacceptable" -> throw new NegotiationException(Reason.NOT_ACCEPTABLE, "unacceptable on purpose");
            case "unavailable" -> throw new NegotiationException(Reason.UNAVAILABLE, "unavailable on purpose");
            default -> { }
        }
    }

    private static final class Seat implements Viewer {

        final String stream;
        final String id;
        final String offer;
        final List<String> fragments = new ArrayList<>();
        volatile boolean alive = true;
        volatile String elsewhere = "";
        int restarts = 1;

        Seat(String stream, String id, String offer) {
            this.stream = stream;
            this.id = id;
            this.offer = offer;
        }

        @Override
        public String id() {
            return id;
        }

        @Override
        public Map<String, String> tags() {
            return Map.of("stream", stream, "viewer", "7");
        }

        @Override
        public String answer() {
            return "answer of " + stream;
        }

        @Override
        public String iceTag() {
            return "ice-" + restarts;
        }

        @Override
        public String patch(String sdpFragment) throws NegotiationException {
            refuse(sdpFragment);
            if (sdpFragment.equals("restart")) {
                restarts++;
                return "fragment of " + stream;
            }
            fragments.add(sdpFragment);
            return null;
        }

        @Override
        public String elsewhere() {
            return elsewhere;
        }

        @Override
        public boolean alive() {
            return alive;
        }

        @Override
        public void leave() {
            alive = false;
        }
    }
}
