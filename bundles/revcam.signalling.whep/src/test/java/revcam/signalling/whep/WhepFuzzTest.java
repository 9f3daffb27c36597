package revcam.signalling.whep;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;
import revcam.api.stream.JoinRequest;
import revcam.api.stream.StreamStatus;
import revcam.api.stream.VideoStream;
import revcam.api.stream.Viewer;
import revcam.api.telemetry.Sample;
import revcam.api.transport.NegotiationException;
import revcam.api.transport.Offer;
import revcam.http.HttpProblem;
import revcam.testkit.FakeExchange;

/** Requests from anybody: who has no token gets nothing, who has one gets an answer. */
class WhepFuzzTest {

    private static final InetSocketAddress REMOTE = new InetSocketAddress("192.0.2.7", 4711);
    private static final InetSocketAddress LOCAL = new InetSocketAddress("127.0.0.1", 4711);
    private static final String TOKEN = "correct-horse-battery";

    /** A stream with one viewer, whatever is offered; it counts what reaches it. */
    private static final class Camera implements VideoStream, Viewer {

        int reached;

        @Override
        public String name() {
            return "main";
        }

        @Override
        public StreamStatus status() {
            return new StreamStatus("main", StreamStatus.State.LIVE, "", 1280, 720, 30, 2_000_000, "", 1, List.of());
        }

        @Override
        public Viewer join(JoinRequest request) {
            reached++;
            assertTrue(!request.offer().isEmpty());
            return this;
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
            reached++;
        }

        @Override
        public String elsewhere() {
            return "";
        }

        @Override
        public String id() {
            return "v1";
        }

        @Override
        public Map<String, String> tags() {
            return Map.of("stream", "main", "viewer", "1");
        }

        @Override
        public String answer() {
            return "v=0\r\n";
        }

        @Override
        public String iceTag() {
            return "tag";
        }

        @Override
        public String patch(String sdpFragment) throws NegotiationException {
            reached++;
            return sdpFragment.length() % 2 == 0 ? null : sdpFragment;
        }

        @Override
        public boolean alive() {
            return true;
        }

        @Override
        public void leave() {
            reached++;
        }
    }

    static Stream<byte[]> requests() {
        return Stream.of("POST /whep HTTP/1.1\nHost: 127.0.0.1\nContent-Type: application/sdp\nAccept: application/sdp;q=0.5, */*\n\nv=0\n",
                "PATCH /whep/main/viewers/v1 HTTP/1.1\nHost: localhost\nAuthorization: Bearer x\nIf-Match: \"tag\"\n"
                        + "Content-Type: application/trickle-ice-sdpfrag\n\na=candidate:1\n",
                "DELETE /whep/main/viewers/v1 HTTP/1.1\nHost: localhost\n\n",
                "POST /whep/main/viewers/v1/playback HTTP/1.1\nHost: localhost\nContent-Type: application/json\n\n{\"framesDecoded\":1}",
                "POST /whep?engine=libwebrtc&codec=VP8 HTTP/1.1\nHost: localhost\nAccept: ;\nContent-Type: ;\n\nx",
                "OPTIONS /whep HTTP/1.1\nOrigin: null\n\n", "GET /api/streams HTTP/1.1\nHost: localhost\n\n")
                .map(text -> text.getBytes(StandardCharsets.ISO_8859_1));
    }

    @MethodSource("requests")
    @FuzzTest(maxDuration = "5m")
    void request(byte[] data) throws IOException {
        Camera camera = new Camera();
        int status = ask(data, LOCAL, camera);
        assertTrue(status < 0 || status >= 200 && status < 500 || status == 503, () -> "status " + status);

        Camera guarded = new Camera();
        if (!new String(data, StandardCharsets.ISO_8859_1).contains(TOKEN)) {
            ask(data, REMOTE, guarded);
            assertEquals(0, guarded.reached, "without a token");
        }
    }

    /** @return -1 when there is no such request */
    private static int ask(byte[] data, InetSocketAddress from, Camera camera) throws IOException {
        FakeExchange exchange = FakeExchange.read(data, from);
        if (exchange == null || !exchange.getRequestURI().getPath().matches("/whep(/.*)?")) {
            return -1;
        }
        Streams streams = new Streams();
        streams.add(camera, Map.of(VideoStream.DEFAULT, true));
        Sessions sessions = new Sessions();
        try {
            sessions.join(streams.byDefault(), new JoinRequest("v=0\r\n", "192.0.2.1", "", ""));
        } catch (NegotiationException e) {
            throw new AssertionError(e);
        }
        camera.reached = 0;
        Access access = new Access(new Token(TOKEN, false), List.of("https://home.example"), null);
        try {
            new WhepExchange(exchange, access, streams, sessions, sample -> assertNotNull(sample)).answer();
        } catch (HttpProblem problem) {
            problem.send(exchange);
        }
        return exchange.getResponseCode();
    }

    static Stream<byte[]> reports() {
        return Stream.of("{\"framesDecoded\":300,\"jitter\":0.01,\"packetsLost\":-1,\"other\":1e300}", "{\"a\":null}", "{\"rtt\":1e999}", "[")
                .map(text -> text.getBytes(StandardCharsets.UTF_8));
    }

    @MethodSource("reports")
    @FuzzTest(maxDuration = "5m")
    void playback(byte[] data) {
        try {
            Sample sample = PlaybackReport.read(new String(data, StandardCharsets.UTF_8), Map.of("viewer", "1"), 1, 1);
            for (double value : sample.values()) {
                assertTrue(Double.isNaN(value) || Math.abs(value) <= 1L << 53);
            }
        } catch (HttpProblem e) {
            assertEquals(400, e.status());
        }
    }

    static Stream<byte[]> files() {
        return Stream.of("0123456789abcdefghijABCDEFGHIJ-_\n", "short\n", "", "\u0000\u0000\u00ff").map(text -> text.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static final Path STATE = temporary();

    /** Whatever is left of the token's file, a token is asked for, and none that is easy to guess. */
    @MethodSource("files")
    @FuzzTest(maxDuration = "5m")
    void tokenFile(byte[] data) throws IOException {
        Files.write(STATE.resolve(Token.FILE), data);
        Token token = Token.of("", STATE.toString());
        assertTrue(token.isNeeded() && token.value().length() >= 32);
        assertTrue(!token.matches("") && !token.matches("none"));
    }

    private static Path temporary() {
        try {
            return Files.createTempDirectory(Path.of("target"), "token");
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
