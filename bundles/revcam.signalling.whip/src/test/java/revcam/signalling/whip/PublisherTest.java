package revcam.signalling.whip;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import revcam.api.config.Settings;
import revcam.api.stream.VideoStream;

class PublisherTest {

    private static final Map<String, Object> DEFAULT = Map.of(VideoStream.NAME, "porch", VideoStream.DEFAULT, true);

    private final FakeStream stream = new FakeStream();
    private Endpoint endpoint;
    private Publisher publisher;

    @BeforeEach
    void open() throws IOException {
        endpoint = new Endpoint();
    }

    @AfterEach
    void close() throws InterruptedException {
        if (publisher != null) {
            publisher.stop();
        }
        endpoint.close();
    }

    private Map<String, Object> properties(String... settings) {
        Map<String, Object> properties = new HashMap<>(Map.of("enabled", "true", "url", endpoint.url("/whip"), "token", "t0ken",
                "retry.min", "0.1", "retry.max", "1", "timeout", "5"));
        for (int i = 0; i < settings.length; i += 2) {
            properties.put(settings[i], settings[i + 1]);
        }
        return properties;
    }

    private void start(String... settings) {
        publisher = new Publisher(properties(settings));
        publisher.addStream(stream, DEFAULT);
        publisher.start();
    }

    private FakeStream.Watcher watcher() throws InterruptedException {
        FakeStream.Watcher watcher = stream.watchers.poll(10, TimeUnit.SECONDS);
        assertNotNull(watcher, "nobody watches");
        return watcher;
    }

    @Test
    void theServerIsAViewerUntilWeStop() throws Exception {
        start();
        FakeStream.Watcher watcher = watcher();
        assertEquals(Endpoint.ANSWER, watcher.answer);
        assertEquals("WHIP server http://127.0.0.1:" + endpoint.port(), watcher.origin, "without what may be secret");
        assertEquals(FakeStream.OFFER, endpoint.await().body());
        publisher.stop();
        assertTrue(watcher.left);
        assertEquals(new Endpoint.Request("DELETE", "/sessions/1", "Bearer t0ken", null, ""), endpoint.await());
        assertEquals(0, stream.open, "no place is kept");
    }

    @Test
    void aSessionThatIsLostIsEndedAndBegunAnew() throws Exception {
        start();
        FakeStream.Watcher first = watcher();
        endpoint.await();
        first.alive = false;
        assertEquals("DELETE", endpoint.await().method());
        assertEquals("POST", endpoint.await().method());
        assertTrue(watcher().alive);
    }

    @Test
    void refusalsAreTriedAgainAtGrowingDistance() throws Exception {
        for (int i = 0; i < 3; i++) {
            endpoint.turns.add(Endpoint.status(500, null, null, ""));
        }
        long began = System.nanoTime();
        start();
        watcher();
        // 0.1, 0.2 and 0.4 s, each a quarter less at most.
        assertTrue(System.nanoTime() - began > TimeUnit.MILLISECONDS.toNanos(525));
        assertEquals(4, endpoint.requests.size());
        assertEquals(0, stream.open);
    }

    @Test
    void aServerThatAsksForTimeGetsIt() throws Exception {
        endpoint.turns.add(Endpoint.status(503, "Retry-After", "1", ""));
        long began = System.nanoTime();
        start();
        watcher();
        assertTrue(System.nanoTime() - began >= TimeUnit.SECONDS.toNanos(1));
    }

    @Test
    void whatWillNotChangeByItselfIsTriedSeldom() throws Exception {
        endpoint.turns.add(Endpoint.status(401, null, null, ""));
        long began = System.nanoTime();
        start();
        watcher();
        assertTrue(System.nanoTime() - began >= TimeUnit.MILLISECONDS.toNanos(750), "retry.max");
    }

    @Test
    void anAnswerThatCannotBeUsedEndsTheSession() throws Exception {
        endpoint.turns.add(exchange -> Endpoint.created(exchange, "/sessions/7", "unusable"));
        start();
        endpoint.await();
        assertEquals("/sessions/7", endpoint.await().path());
        watcher();
        assertEquals(0, stream.open);
    }

    @Test
    void aStreamThatStartsLateIsWaitedFor() throws Exception {
        publisher = new Publisher(properties());
        publisher.start();
        stream.starting = true;
        publisher.addStream(stream, DEFAULT);
        assertNull(endpoint.requests.poll(300, TimeUnit.MILLISECONDS), "nothing to offer");
        stream.starting = false;
        watcher();
    }

    @Test
    void anotherStreamIsNotTakenForTheOneThatIsNamed() throws Exception {
        start("stream", "yard");
        assertNull(endpoint.requests.poll(300, TimeUnit.MILLISECONDS));
        publisher.modified(properties("stream", "porch"));
        watcher();
    }

    @Test
    void aChangeOfConfigurationMovesTheStream() throws Exception {
        start();
        FakeStream.Watcher first = watcher();
        endpoint.await();
        publisher.modified(properties());
        assertTrue(first.alive, "nothing has changed");
        publisher.modified(properties("url", "nonsense"));
        assertTrue(first.alive, "the last good configuration stays");
        publisher.modified(properties("url", endpoint.url("/other")));
        assertTrue(first.left);
        assertEquals("DELETE", endpoint.await().method());
        assertEquals("/other", endpoint.await().path());
        publisher.modified(properties("url", ""));
        assertEquals("DELETE", endpoint.await().method());
        assertNull(endpoint.requests.poll(300, TimeUnit.MILLISECONDS));
    }

    @ParameterizedTest
    @CsvSource({"https://media.example.org/whip, false, true", "http://media.example.org/whip, false, false",
            "http://media.example.org/whip, true, true", "http://localhost:8889/cam/whip, false, true",
            "http://127.0.0.1/whip, false, true", "http://[::1]:80/whip, false, true",
            "http://localhost.example.org/whip, false, false", "http://127.0.0.1.example.org/whip, false, false",
            "http://192.0.2.1/whip, false, false"})
    void aTokenIsNotSentInTheClear(String url, boolean clear, boolean pushed) {
        List<String> complaints = new ArrayList<>();
        Publisher.Values values = Settings.read(Publisher.PID, Publisher.Config.class,
                properties("url", url, "token.clear", Boolean.toString(clear)), null, Publisher.Values::of, complaints::add);
        assertEquals(pushed, values.url() != null, complaints.toString());
        assertEquals(pushed, complaints.isEmpty(), complaints.toString());
        assertTrue(pushed || complaints.get(0).contains("token.clear"), complaints.toString());
    }

    @ParameterizedTest
    @CsvSource({"url, ftp://h/", "url, http://user:hunter2@h/whip", "url, /whip", "token, two words", "certificate, /no/such/file",
            "retry.min, 0", "retry.max, 0", "timeout, 61", "token.clear, perhaps"})
    void badSettingsAreNamedAndSecretsAreNot(String key, String value) {
        List<String> complaints = new ArrayList<>();
        Settings.read(Publisher.PID, Publisher.Config.class, properties(key, value), null, Publisher.Values::of, complaints::add);
        assertEquals(1, complaints.size(), complaints.toString());
        assertTrue(complaints.get(0).contains(key), complaints.toString());
        assertFalse(complaints.get(0).contains("hunter2") || complaints.get(0).contains("two words"), complaints.toString());
    }
}
