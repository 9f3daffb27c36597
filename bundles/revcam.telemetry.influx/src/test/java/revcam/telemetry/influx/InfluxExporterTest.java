package revcam.telemetry.influx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import revcam.api.telemetry.Measurement;
import revcam.api.telemetry.Metric;
import revcam.api.telemetry.Sample;
import revcam.api.telemetry.Unit;

class InfluxExporterTest {

    private static final Measurement HEALTH = Measurement.of("health", Metric.gauge("load", Unit.COUNT, "Load"));
    private static final String SECRET = "s3cret-T0ken";
    private static final long CALLER_BOUND_MILLIS = 300;

    private FakeDatabase database;
    private InfluxExporter exporter;
    private int next;

    @BeforeEach
    void open() throws Exception {
        database = new FakeDatabase();
    }

    @AfterEach
    void close() {
        if (exporter != null) {
            exporter.stop();
        }
        database.close();
    }

    private void start(String... settings) {
        Map<String, Object> properties = new HashMap<>(Map.of("url", database.url(), "bucket", "revcam", "token", SECRET,
                "interval", "100", "timeout", "500"));
        for (int i = 0; i < settings.length; i += 2) {
            properties.put(settings[i], settings[i + 1]);
        }
        exporter = new InfluxExporter(properties, 20);
    }

    /** As many samples, numbered on; the caller must not be held. */
    private void export(int count) throws IOException {
        List<Sample> batch = IntStream.range(0, count)
                .mapToObj(i -> new Sample(HEALTH, next++, 1, Map.of(), new double[] {1})).toList();
        long began = System.nanoTime();
        try {
            exporter.export(batch);
        } finally {
            long millis = (System.nanoTime() - began) / 1_000_000;
            assertTrue(millis < CALLER_BOUND_MILLIS, "export held its caller for " + millis + " ms");
        }
    }

    private static void await(String what, BooleanSupplier condition) throws InterruptedException {
        for (int i = 0; i < 3_000 && !condition.getAsBoolean(); i++) {
            Thread.sleep(10);
        }
        assertTrue(condition.getAsBoolean(), what);
    }

    private List<Long> taken() {
        return Lines.read(database.taken.toString()).stream().map(each -> each.wallMillis()).toList();
    }

    private static List<Long> numbers(long from, long to) {
        List<Long> numbers = new ArrayList<>();
        for (long n = from; n < to; n++) {
            numbers.add(n);
        }
        return numbers;
    }

    @Test
    void versionTwoNamesOrganisationAndBucket() throws Exception {
        start("org", "my home", "bucket", "r&d");
        export(3);
        await("a post", () -> database.posts.size() == 1);
        FakeDatabase.Post post = database.posts.get(0);
        assertEquals("POST", post.method());
        assertEquals("/api/v2/write", post.path());
        assertEquals("org=my%20home&bucket=r%26d&precision=ms", post.query());
        assertEquals("Token " + SECRET, post.authorization());
        assertTrue(post.gzipped());
        assertEquals("health load=1 0\nhealth load=1 1\nhealth load=1 2\n", post.body());
    }

    @Test
    void versionOneNamesDatabaseAndUser() throws Exception {
        start("version", "1", "database", "revcam", "user", "cam", "password", "p:w", "compressed", "false");
        export(1);
        await("a post", () -> database.posts.size() == 1);
        FakeDatabase.Post post = database.posts.get(0);
        assertEquals("/write", post.path());
        assertEquals("db=revcam&precision=ms", post.query());
        assertEquals("Basic Y2FtOnA6dw==", post.authorization());
        assertFalse(post.gzipped());
    }

    @Test
    void samplesOfOneIntervalAreOnePost() throws Exception {
        start("interval", "600");
        for (int i = 0; i < 10; i++) {
            export(5);
        }
        await("all", () -> taken().size() == 50);
        assertEquals(1, database.posts.size());
    }

    @Test
    void aServerErrorIsWaitedOutAndNothingIsLost() throws Exception {
        start();
        database.status = 503;
        export(10);
        await("some tries", () -> database.posts.size() >= 4);
        database.status = 204;
        export(10);
        await("all", () -> taken().size() == 20);
        assertEquals(numbers(0, 20), taken());
        assertEquals(0, exporter.lostSamples());
    }

    @Test
    void retryAfterIsHeeded() throws Exception {
        start();
        database.status = 429;
        database.retryAfter = "1";
        export(1);
        await("a try", () -> database.posts.size() == 1);
        Thread.sleep(700);
        assertEquals(1, database.posts.size());
        database.status = 204;
        await("the next", () -> taken().size() == 1);
    }

    @Test
    void whatIsTooMuchIsHalved() throws Exception {
        start();
        database.mostBytes = 2_000;
        export(1_000);
        await("all", () -> taken().size() == 1_000);
        assertEquals(numbers(0, 1_000), taken());
        assertEquals(0, exporter.lostSamples());
    }

    @Test
    void whatIsRefusedForGoodIsLostAndTheRestGoesOn() throws Exception {
        start();
        database.status = 400;
        database.answer = "{\"code\":\"invalid\",\"message\":\"partial write\"}";
        export(7);
        await("a refusal", () -> exporter.lostSamples() == 7);
        database.status = 204;
        export(2);
        await("the rest", () -> taken().size() == 2);
        assertEquals(numbers(7, 9), taken());
    }

    @Test
    void aFullQueueLosesTheOldestAndSaysSo() throws Exception {
        start("queueBytes", "4096");
        database.status = 500;
        export(10);
        // With the second the answer to the first is known.
        await("a failure", () -> database.posts.size() >= 2);
        IOException told = assertThrows(IOException.class, () -> {
            for (int i = 0; i < 100; i++) {
                export(10);
            }
        });
        assertTrue(told.getMessage().contains("500"), told.getMessage());
        int exported = next;
        database.status = 204;
        await("what was kept", () -> exporter.isIdle() && !taken().isEmpty());
        List<Long> taken = taken();
        assertEquals(numbers(taken.get(0), exported), taken);
        assertTrue(taken.get(0) > 0 && exporter.lostSamples() == taken.get(0), exporter.lostSamples() + " lost");
    }

    @Test
    void nobodyThereIsWaitedFor() throws Exception {
        String url = database.url();
        database.close();
        start("url", url);
        export(5);
        Thread.sleep(400);
        export(5);
        assertFalse(exporter.isIdle());
    }

    /** Accepts and never answers, then accepts and never reads: both end, and the lines are kept. */
    @Test
    void aSinkThatHangsHoldsNobodyUp() throws Exception {
        try (ServerSocket mute = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            List<Socket> accepted = new ArrayList<>();
            Thread accepting = new Thread(() -> {
                try {
                    while (true) {
                        accepted.add(mute.accept());
                    }
                } catch (IOException e) {
                    // closed
                }
            });
            accepting.start();
            start("url", "http://127.0.0.1:" + mute.getLocalPort());
            for (int i = 0; i < 10; i++) {
                export(100);
                Thread.sleep(100);
            }
            await("more than one try", () -> accepted.size() >= 2);
            exporter.modified(Map.of("url", database.url(), "bucket", "revcam", "interval", "100"));
            await("all of it elsewhere", () -> taken().size() == 1_000);
            assertEquals(0, exporter.lostSamples());
        }
    }

    /** A server whose receive window is shut: only closing the connection ends the write. */
    @Test
    void aWriteThatDoesNotEndIsAborted() throws Exception {
        try (ServerSocket deaf = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            HttpSink sink = new HttpSink(new java.net.URL("http://127.0.0.1:" + deaf.getLocalPort() + "/write"), "",
                    List.of(), false, 500);
            Thread sending = new Thread(() -> assertThrows(IOException.class, () -> sink.send(new byte[1 << 26])));
            sending.start();
            try (Socket accepted = deaf.accept()) {
                Thread.sleep(1_500);
                assertTrue(sending.isAlive() && accepted.isConnected(), "the write did not block, so nothing is tested");
                sink.abort();
                sending.join(30_000);
                assertFalse(sending.isAlive());
            }
        }
    }

    @Test
    void aNameThatIsNotKnownHoldsNobodyUp() throws Exception {
        for (String scheme : new String[] {"http", "udp"}) {
            start("url", scheme + "://no-such-host.invalid:8086");
            export(5);
            Thread.sleep(300);
            export(5);
            assertFalse(exporter.isIdle());
            exporter.stop();
        }
    }

    @Test
    void datagramsCarryWholeLinesAndFitAFrame() throws Exception {
        try (DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            socket.setSoTimeout(30_000);
            start("url", "udp://127.0.0.1:" + socket.getLocalPort(), "bucket", "");
            export(500);
            List<Long> received = new ArrayList<>();
            DatagramPacket packet = new DatagramPacket(new byte[65_535], 65_535);
            int most = 0;
            while (received.size() < 500) {
                socket.receive(packet);
                most = Math.max(most, packet.getLength());
                Lines.read(new String(packet.getData(), 0, packet.getLength(), StandardCharsets.UTF_8))
                        .forEach(each -> received.add(each.wallMillis()));
            }
            assertEquals(numbers(0, 500), received);
            assertTrue(most > 1_000 && most <= UdpSink.DATAGRAM_BYTES, most + " bytes");
        }
    }

    /** Not at 401, not when the server repeats it, not with a setting that is wrong; and a redirection does not get it. */
    @Test
    void credentialsAppearNowhere() throws Exception {
        PrintStream before = System.err;
        ByteArrayOutputStream log = new ByteArrayOutputStream();
        System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
        try {
            for (int status : new int[] {401, 403, 307, 400}) {
                int posts = database.posts.size();
                database.status = status;
                database.answer = "not " + SECRET + "\r\nInjected: " + "x".repeat(5_000);
                start();
                export(1);
                await("a refusal of " + status, () -> database.posts.size() > posts);
                Thread.sleep(50);
                exporter.stop();
            }
            assertTrue(database.posts.stream().noneMatch(post -> post.path().contains("elsewhere")));
            start("url", "http://cam:" + SECRET + "@127.0.0.1/");
            start("token", SECRET + "\u00fc");
            start("version", "1", "database", "", "user", "cam", "password", SECRET);
        } finally {
            System.setErr(before);
        }
        String text = log.toString(StandardCharsets.UTF_8);
        assertTrue(text.contains("401") && text.contains("check token"), text);
        assertTrue(text.contains("(secret)"), text);
        assertTrue(text.contains("database"), text);
        assertFalse(text.contains(SECRET), text);
        assertFalse(text.contains("\nInjected"), text);
        assertFalse(exporter.toString().contains(SECRET));
    }

    @Test
    void withoutAUrlNothingIsSentAndNothingKept() throws Exception {
        start("url", "");
        export(1_000);
        assertTrue(exporter.isIdle());
        assertEquals(0, exporter.lostSamples());
        exporter.modified(Map.of("url", database.url(), "bucket", "revcam", "interval", "100"));
        export(1);
        await("the first", () -> taken().size() == 1);
    }

    @Test
    void aBadChangeLeavesTheLastGoodSettings() throws Exception {
        start();
        exporter.modified(Map.of("url", "ftp://x", "bucket", "other"));
        export(1);
        await("it arrives", () -> taken().size() == 1);
        assertEquals("bucket=revcam&precision=ms", database.posts.get(0).query());
        assertEquals("Token " + SECRET, database.posts.get(0).authorization());
    }

    @Test
    void whatIsExcludedOrUnknownIsNotSent() throws Exception {
        start("exclude", "frame");
        Measurement frame = Measurement.of("frame", Metric.observation("size", Unit.BYTES, "Size"));
        exporter.export(List.of(
                new Sample(frame, 1, 1, Map.of(), new double[] {1}),
                new Sample(HEALTH, 2, 1, Map.of(), new double[] {Double.NaN}),
                new Sample(HEALTH, 3, 1, Map.of("a", "", "b", "x\\"), new double[] {0.5})));
        await("it arrives", () -> !database.posts.isEmpty());
        assertEquals("health,b=x load=0.5 3\n", database.taken.toString());
    }

    @Test
    void theLastSamplesAreSentAtTheEnd() throws Exception {
        start("interval", "60000");
        export(3);
        exporter.stop();
        assertEquals(numbers(0, 3), taken());
    }
}
