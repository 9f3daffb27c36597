package revcam.signalling.whep;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import revcam.api.stream.StreamStatus;
import revcam.api.stream.StreamStatus.State;
import revcam.api.stream.VideoStream;
import revcam.api.stream.Viewer;
import revcam.api.transport.Offer;
import revcam.http.HttpEndpoint;

class ReadyLineTest {

    private final PrintStream realOut = System.out;
    private final PrintStream realErr = System.err;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final Streams streams = new Streams();
    private volatile State state = State.STARTING;
    private volatile boolean mounted;
    private final List<String> printedBefore = new CopyOnWriteArrayList<>();

    @BeforeEach
    void capture() {
        System.setOut(new PrintStream(out, false, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
    }

    @AfterEach
    void release() {
        System.setOut(realOut);
        System.setErr(realErr);
    }

    @Test
    void saysSoOnceWhenAViewerCanConnect() throws Exception {
        ReadyLine line = new ReadyLine(streams, () -> new Token("the-token", true),
                () -> printedBefore.add(out.toString(StandardCharsets.UTF_8)));
        line.start();
        line.endpoint(endpoint());
        streams.add(stream(), Map.of(VideoStream.DEFAULT, true));
        Thread.sleep(30); // long enough for a hasty one
        assertEquals("", out.toString(StandardCharsets.UTF_8), "the stream is starting");
        state = State.IDLE;
        Thread.sleep(30);
        assertEquals("", out.toString(StandardCharsets.UTF_8), "an offer would find nobody");

        mounted = true;
        long start = System.nanoTime();
        while (out.size() == 0 && System.nanoTime() - start < TimeUnit.SECONDS.toNanos(30)) {
            Thread.onSpinWait();
        }
        assertEquals("ready http://localhost:8080/" + System.lineSeparator(), out.toString(StandardCharsets.UTF_8));
        while (err.toString(StandardCharsets.UTF_8).isEmpty()) {
            Thread.onSpinWait();
        }
        assertEquals(List.of("ready http://localhost:8080/" + System.lineSeparator()), printedBefore,
                "others are told once, after the line");
        assertTrue(err.toString(StandardCharsets.UTF_8).contains("http://192.0.2.7:8080/#token=the-token"));

        line.endpointGone(endpoint());
        line.endpoint(endpoint());
        Thread.sleep(30);
        assertEquals(1, out.toString(StandardCharsets.UTF_8).lines().count());
    }

    private HttpEndpoint endpoint() {
        return new HttpEndpoint() {
            @Override
            public URI local() {
                return URI.create("http://localhost:8080/");
            }

            @Override
            public List<URI> remote() {
                return List.of(URI.create("http://192.0.2.7:8080/"));
            }

            @Override
            public boolean serves(String path) {
                return mounted;
            }
        };
    }

    private VideoStream stream() {
        return new VideoStream() {
            @Override
            public String name() {
                return "main";
            }

            @Override
            public StreamStatus status() {
                return new StreamStatus("main", state, "", 0, 0, 30, 0, "", 0, List.of());
            }

            @Override
            public Viewer join(revcam.api.stream.JoinRequest request) {
                throw new UnsupportedOperationException();
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
        };
    }
}
