package revcam.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.apache.felix.gogo.runtime.CommandProcessorImpl;
import org.apache.felix.gogo.runtime.threadio.ThreadIOImpl;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import revcam.api.pipeline.RefusedException;
import revcam.api.pipeline.Replacement;
import revcam.api.pipeline.TrialReport;
import revcam.api.shell.CommandInterpreter;
import revcam.api.stream.StreamStatus;
import revcam.api.stream.VideoStream;
import revcam.api.telemetry.Measurement;
import revcam.api.telemetry.Metric;
import revcam.api.telemetry.Sample;
import revcam.api.telemetry.Unit;

/** Client, socket, a real Gogo and the commands, with a pipeline that does as the test says. */
@Timeout(30)
class ShellTest {

    /** Longer than this machine takes to send what it has. */
    private static final long STUCK_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    @TempDir
    Path directory;

    private final FakePipeline main = FakePipeline.main();
    private final FakePipeline telemetry = FakePipeline.telemetry();
    private final FakeStream stream = new FakeStream("main", StreamStatus.State.LIVE, "");
    private final LiveFigures figures = new LiveFigures();
    private final Commands commands = new Commands(() -> figures, () -> List.of("feed FISH|gives a fish what it wants"));
    private final ThreadIOImpl threadIo = new ThreadIOImpl();
    private final CommandProcessorImpl processor = new CommandProcessorImpl(threadIo);
    /** As scripts meet it: lines, an exit status. */
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private ShellServer server;
    private Client client;

    @BeforeEach
    void start() throws IOException {
        commands.bindPipeline(telemetry);
        commands.bindPipeline(main);
        commands.bindStream(stream, Map.of(VideoStream.DEFAULT, true));
        Commands.names().forEach(name -> processor.addCommand("revcam", commands, name));
        processor.addCommand("felix", new Object() {
            @SuppressWarnings("unused")
            public String status() {
                return "not ours";
            }
        }, "status");
        server = serve();
        client = open();
    }

    @AfterEach
    void stop() throws IOException {
        client.close();
        server.stop();
        processor.stop();
    }

    private ShellServer serve() {
        return new ShellServer(processor, new Completion(commands.engine()), socket(), STUCK_NANOS);
    }

    private Client open() throws IOException {
        return Client.open(socket(), new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8));
    }

    private Path socket() {
        return directory.resolve(ShellServer.SOCKET);
    }

    private String run(String line) throws IOException {
        return run(line, 0);
    }

    /** @return what it printed; it must succeed */
    private String run(String line, int columns) throws IOException {
        out.reset();
        err.reset();
        assertEquals(0, client.run(line, columns), () -> err.toString(StandardCharsets.UTF_8));
        assertEquals("", err.toString(StandardCharsets.UTF_8));
        return out.toString(StandardCharsets.UTF_8);
    }

    /** @return what it complained of; it must fail */
    private String fail(String line) throws IOException {
        out.reset();
        err.reset();
        assertEquals(1, client.run(line, 0), () -> out.toString(StandardCharsets.UTF_8));
        return err.toString(StandardCharsets.UTF_8).strip();
    }

    private List<String> complete(String line) throws IOException {
        List<String> values = new ArrayList<>();
        client.complete(line, (kind, text) -> values.add(text.substring(0, text.indexOf('\t'))));
        return values;
    }

    // ---- what is printed

    @Test
    void statusTellsTheWorst() throws IOException {
        assertEquals("""
                main       live
                  viewers  2
                  picture  1280x720, 15.0 frames/s
                  bitrate  2000 kbit/s
                  reduced  15.0 frames/s: 180 kbit/s are too little, all pictures in full size need 276
                  capture  pattern (revcam.capture.pattern 0.1.0)
                  encoder  -: no encoder fits
                """, run("status"));
        assertEquals(run("status"), run("revcam:status --stream main"));
        commands.bindStream(new FakeStream("attic", StreamStatus.State.PAUSED, "no camera"), Map.of());
        assertTrue(run("status").indexOf("main ") < run("status").indexOf("attic      paused: no camera"));
    }

    @Test
    void stagesAreOneRowEach() throws IOException {
        assertEquals("""
                STREAM     ROLE        SERVING          A FRAME  READY    NOTE
                main       capture     file:a clip.mp4  0.42 ms  pattern
                main       encoder     x264             3.14 ms  mosaic   x264 is on trial for 14 s more
                main       packetiser  -                      -  -        no packetiser fits '*'; install one
                telemetry  exporter    jsonl, shell           -  -
                """, run("stages"));
        for (String line : run("stages; status; why; swaps; help", 80).split("\n")) {
            assertTrue(line.length() <= 80, line);
        }
    }

    @Test
    void whySaysHowEachStands() throws IOException {
        assertEquals("""
                main encoder: x264 serves; preference: x264, *, filter: (revcam.encoder=*)
                  x264 is on trial for 14 s more
                  x264    serving      on trial (revcam.x264 1.0.0)
                  mosaic  ready        second in the preference (revcam.mosaic 1.0.0)
                  slow    resting      it gave no frame for two seconds (revcam.slow 1.0.0)
                  bad     quarantined  set aside by hand (revcam.bad 1.0.0)
                  other   excluded     the filter does not let it through (revcam.other 1.0.0)
                """, run("why encoder"));
        assertTrue(run("why packetiser").startsWith("main packetiser: nobody serves"));
        assertTrue(run("why exporter").startsWith("telemetry exporter: jsonl, shell serves"));
        assertEquals("there is no role 'x264', only capture, encoder, packetiser, exporter", fail("why x264"));
    }

    @Test
    void aSwapWaitsAndTellsTheGap() throws IOException {
        main.replacement.complete(new Replacement(0, "encoder", "x264", "mosaic", Replacement.Cause.CONFIGURATION,
                "shell", true, 84_000_000, 31_400_000));
        assertEquals("encoder: mosaic serves instead of x264; it took 84.0 ms, the gap was 31.4 ms\n",
                run("swap encoder mosaic"));
        assertEquals(List.of("swap encoder mosaic by shell"), main.asked);
        assertEquals(List.of(), telemetry.asked);
    }

    @Test
    void wordsArriveAsTheyWereGiven() throws IOException {
        main.replacement.complete(new Replacement(0, "capture", "pattern", "file", Replacement.Cause.CONFIGURATION,
                "", true, 1, -1));
        run(Client.line(new String[] {"swap", "capture", "file:it's a clip; $x.mp4"}));
        assertEquals(List.of("swap capture file:it's a clip; $x.mp4 by shell"), main.asked);
        run("quarantine encoder mosaic looks 'too coarse'");
        assertEquals("quarantine encoder mosaic: looks too coarse", main.asked.get(1));
        run("release encoder mosaic");
        assertEquals("release encoder mosaic", main.asked.get(2));
    }

    @Test
    void whatFailedIsAnErrorAndSaysWhoServes() throws IOException {
        main.replacement.complete(new Replacement(0, "encoder", "x264", "x264", Replacement.Cause.CONFIGURATION,
                "mosaic: no such size", false, 84_000_000, -1));
        assertEquals("encoder: x264 goes on: mosaic: no such size", fail("swap encoder mosaic"));
        main.refusal = new RefusedException("There is no 'foo'; there are x264, mosaic.");
        assertEquals("There is no 'foo'; there are x264, mosaic.", fail("swap encoder foo"));
        assertEquals("There is no 'foo'; there are x264, mosaic.", fail("rollback encoder"));
    }

    @Test
    void aTrialReportsWhatItCompared() throws IOException {
        main.last = report(true, "no worse than x264");
        main.report.complete(main.last);
        assertEquals("""
                encoder mosaic: on trial for 20 s
                FIGURE  BEFORE  DURING  LIMIT  UNIT
                encode    3.10    4.00   6.20  ms    ok
                loss         0       -   0.01  %     worse
                encoder mosaic passed and stays: no worse than x264
                """, run("swap encoder mosaic --trial 20s"));
        run("trial encoder mosaic 2m");
        run("trial encoder mosaic");
        assertEquals(List.of("trial encoder mosaic PT20S by shell", "trial encoder mosaic PT2M by shell",
                "trial encoder mosaic PT30S by shell"), main.asked);
        assertTrue(run("trial encoder").contains("encoder mosaic passed: no worse than x264"));
        main.report = CompletableFuture.completedFuture(report(false, "encode took longer"));
        assertEquals("encoder mosaic did not pass: encode took longer", fail("trial encoder mosaic"));
    }

    private static TrialReport report(boolean passed, String verdict) {
        return new TrialReport(0, "encoder", "mosaic", "x264", passed, verdict, List.of(
                new TrialReport.Figure("encode", "ms", 3.1, 4, 6.2, true),
                new TrialReport.Figure("loss", "%", 0, Double.NaN, 0.01, false)));
    }

    @Test
    void swapsAreListedNewestLast() throws IOException {
        assertEquals("nothing was replaced yet\n", run("swaps"));
        long now = System.currentTimeMillis();
        main.replacements = List.of(
                new Replacement(now, "encoder", "mosaic", "x264", Replacement.Cause.ROLLBACK, "shell", true, 1,
                        33_000_000),
                new Replacement(now - 2, "encoder", "x264", "mosaic", Replacement.Cause.BUNDLE, "", true, 1, -1));
        telemetry.replacements = List.of(
                new Replacement(now, "exporter", "jsonl, shell", "jsonl", Replacement.Cause.BUNDLE, "", true, 1, -1),
                new Replacement(now, "exporter", "jsonl", "jsonl, shell", Replacement.Cause.BUNDLE, "", true, 1, -1),
                new Replacement(now - 1, "exporter", "jsonl", "", Replacement.Cause.FAILURE, "disk full", true, 1, -1));
        String[] lines = run("swaps").split("\n");
        assertTrue(lines[1].endsWith("main       encoder         -  mosaic serves instead of x264 (bundle)"), lines[1]);
        assertTrue(lines[2].endsWith("telemetry  exporter        -  jsonl went, nobody serves (failure: disk full)"),
                lines[2]);
        assertTrue(lines[3].endsWith("main       encoder   33.0 ms  x264 serves instead of mosaic (rollback: shell)"),
                lines[3]);
        assertEquals(2, run("swaps 1").split("\n").length);
    }

    @Test
    void keyframesAreAskedOfTheDefaultStream() throws IOException {
        assertEquals("main: key frame asked for\n", run("keyframe"));
        assertEquals(1, stream.keyframes);
    }

    @Test
    void statsSumUpTheLastSeconds() throws Exception {
        Measurement counts = Measurement.of("stream", Metric.counter("captured", Unit.FRAMES, ""),
                Metric.counter("encoded", Unit.FRAMES, ""), Metric.counter("dropped_superseded", Unit.FRAMES, ""),
                Metric.counter("keyframes", Unit.FRAMES, ""), Metric.gauge("target", Unit.BITS_PER_SECOND, ""),
                Metric.gauge("encoded_rate", Unit.BITS_PER_SECOND, ""), Metric.gauge("viewers", Unit.COUNT, ""));
        Measurement frame = Measurement.of("frame", Metric.observation("encode", Unit.NANOSECONDS,
                "Inside the encoder"));
        Measurement viewer = Measurement.of("viewer", Metric.counter("sent_bytes", Unit.BYTES, ""),
                Metric.counter("nacked", Unit.PACKETS, ""), Metric.gauge("rtt", Unit.NANOSECONDS, ""),
                Metric.gauge("loss", Unit.RATIO, ""), Metric.gauge("target", Unit.BITS_PER_SECOND, ""));
        List<Sample> first = new ArrayList<>();
        first.add(new Sample(counts, 0, 0, Map.of("stream", "main"), new double[] {100, 90, 5, 1, 2e6, 1e6, 1}));
        for (int i = 1; i <= 20; i++) {
            first.add(new Sample(frame, 0, i, Map.of("stream", "main"), new double[] {i * 1e6}));
        }
        first.add(new Sample(viewer, 0, 0, Map.of("stream", "main", "viewer", "3"), new double[] {0, 4, 1e6, 0, 2e6}));
        Thread telemetryThread = new Thread(() -> {
            figures.export(first);
            figures.export(List.of(
                    new Sample(counts, 0, 2_000_000_000L, Map.of("stream", "main"), new double[] {160, 130, 7, 2,
                            2e6, 1.9e6, 1}),
                    new Sample(counts, 0, 2_000_000_000L, Map.of("stream", "attic"), new double[] {1, 1, 1, 1, 1, 1,
                            1}),
                    new Sample(viewer, 0, 2_000_000_000L, Map.of("stream", "main", "viewer", "3"),
                            new double[] {500_000, 11, 1.5e6, 0.004, 2e6})));
        });
        telemetryThread.start();
        assertEquals("""
                main, 1 watching
                  frames   captured 30.0/s, encoded 20.0/s, key 1 in 2.00 s
                  bitrate  target 2000 kbit/s, encoded 1900 kbit/s
                  drops    2 superseded
                  LATENCY      P50      P95  WHAT
                  encode   10.0 ms  19.0 ms  inside the encoder
                  VIEWER       TARGET         SENT      RTT    LOSS  JITTER  NACKED  DROPPED
                  3       2000 kbit/s  2000 kbit/s  1.50 ms  0.40 %       -       7        -
                """, run("stats"));
        telemetryThread.join();
    }

    @Test
    void misuseSaysWhatWouldBeRight() throws IOException {
        assertEquals("the PROVIDER is missing; usage: swap ROLE PROVIDER [--trial LENGTH] [--stream NAME]",
                fail("swap encoder"));
        assertEquals("'c' is one word too many; usage: swap ROLE PROVIDER [--trial LENGTH] [--stream NAME]",
                fail("swap a b c"));
        assertEquals("there is no --trail; usage: swap ROLE PROVIDER [--trial LENGTH] [--stream NAME]",
                fail("swap a b --trail 2"));
        assertEquals("'1s' is not a length from 5s to 10m; usage: trial ROLE [PROVIDER] [LENGTH] [--stream NAME]",
                fail("trial encoder mosaic 1s"));
        assertEquals("--stream wants a NAME; usage: status [--stream NAME]", fail("status --stream"));
        assertEquals("there is no stream 'x', only main", fail("status --stream x"));
        assertEquals("there is no stream 'x', only main, telemetry", fail("why encoder --stream x"));
        assertEquals("Command not found: foo; help lists what there is", fail("foo"));
        assertEquals(List.of(), main.asked);
        assertTrue(run("help swap").startsWith("swap ROLE PROVIDER [--trial LENGTH] [--stream NAME]  makes"));
    }

    // ---- commands of other bundles

    /** As another bundle has it. */
    public static final class Fishery {

        @SuppressWarnings("unused")
        public String feed(String fish) throws ShellException {
            if (fish.equals("stone")) {
                throw new ShellException("a stone eats nothing");
            }
            return fish + " is fed";
        }
    }

    @Test
    void anotherBundlesCommandsAreLikeOurs() throws IOException {
        processor.addCommand("revcam", new Fishery(), "feed");
        assertEquals("carp is fed\n", run("feed carp"));
        assertTrue(run("help").contains("feed        gives a fish what it wants\n"), run("help"));
        assertEquals("feed FISH  gives a fish what it wants\n", run("help feed"));
        assertEquals(List.of("feed"), complete("fee"));
    }

    @Test
    void theInterpreterReachesAsFarAsItMay() {
        processor.addCommand("revcam", new Fishery(), "feed");
        Interpreter interpreter = new Interpreter(processor, commands);
        assertEquals("0 carp is fed\n", interpret(interpreter, "feed carp", CommandInterpreter.Reach.REVCAM));
        assertEquals("0 a carp is fed\nb;c is fed\n",
                interpret(interpreter, "feed 'a carp' ; revcam:feed \"b;c\";", CommandInterpreter.Reach.REVCAM));
        assertEquals("0 $carp is fed\n", interpret(interpreter, "feed $carp", CommandInterpreter.Reach.REVCAM));
        assertEquals("1 a stone eats nothing\n", interpret(interpreter, "feed stone", CommandInterpreter.Reach.REVCAM));
        for (String line : List.of("felix:status", "exit", "'felix:status'", "(felix:status)", "feed a | felix:status",
                ".commands", "x = 1", "revcam:felix:status", "feed carp; $(felix:status)")) {
            String answer = interpret(interpreter, line, CommandInterpreter.Reach.REVCAM);
            assertFalse(answer.contains("not ours"), line + ": " + answer);
            assertTrue(answer.startsWith("1 "), line + ": " + answer);
        }
        assertTrue(interpret(interpreter, "feed 'carp", CommandInterpreter.Reach.REVCAM).contains("not closed"));
        assertEquals("0 not ours\n", interpret(interpreter, "felix:status", CommandInterpreter.Reach.EVERYTHING));
        assertEquals(List.of("feed"), interpreter.complete("fee"));
    }

    private static String interpret(Interpreter interpreter, String line, CommandInterpreter.Reach reach) {
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        PrintStream stream = new PrintStream(printed, true, StandardCharsets.UTF_8);
        return interpreter.run(line, reach, 0, stream, stream) + " " + printed.toString(StandardCharsets.UTF_8);
    }

    // ---- completion

    @Test
    void everythingCanBeCompleted() throws IOException {
        assertEquals(Commands.names().stream().toList(), complete(""));
        assertEquals(List.of("status", "stages", "stats"), complete("sta").subList(0, 3));
        assertEquals(List.of("revcam:swap", "revcam:swaps"), complete("revcam:sw"));
        assertEquals(List.of("felix:status"), complete("felix:"));
        assertEquals(List.of("capture", "encoder", "packetiser", "exporter"), complete("why "));
        assertEquals(List.of("encoder", "exporter"), complete("status; swap e"));
        assertEquals(List.of("mosaic", "slow", "other"), complete("swap encoder "));
        assertEquals(List.of("bad"), complete("release encoder "));
        assertEquals(List.of("x264", "mosaic", "slow", "other"), complete("quarantine encoder "));
        assertEquals(List.of("--trial"), complete("swap encoder mosaic --t"));
        assertEquals(List.of("20s", "1m", "5m"), complete("swap encoder mosaic --trial "));
        assertEquals(List.of("1m"), complete("trial encoder mosaic 1"));
        assertEquals(List.of("main", "telemetry"), complete("why --stream "));
        assertEquals(List.of("exporter"), complete("why --stream telemetry "));
        assertEquals(List.of(), complete("why encoder "));
        assertEquals(List.of(), complete("foo "));
        assertEquals(List.of("swap", "swaps"), complete("help sw"));
    }

    // ---- sessions

    @Test
    void interruptingEndsTheWaitAndNotTheSwap() throws Exception {
        CountDownLatch ended = new CountDownLatch(1);
        new Thread(() -> {
            try {
                await(() -> !main.asked.isEmpty());
                client.cancel();
                ended.countDown();
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        }).start();
        assertEquals("interrupted; what it began goes on", fail("swap encoder mosaic"));
        assertTrue(ended.await(30, TimeUnit.SECONDS));
        assertFalse(main.replacement.isDone());
        assertTrue(run("status").startsWith("main"));
    }

    @Test
    void aClientThatLeavesTakesItsCommandAlong() throws Exception {
        LineChannel raw = connect();
        raw.write("run 0 swap encoder mosaic");
        await(() -> !main.asked.isEmpty());
        raw.close();
        await(() -> threads("revcam.shell-2").isEmpty());
        assertFalse(main.replacement.isDone());
    }

    @RepeatedTest(20)
    void aClientThatLeavesBetweenTwoCommandsLeavesNoThread() throws Exception {
        LineChannel raw = connect();
        raw.write("run 0 " + "keyframe;".repeat(2_000));
        await(() -> stream.keyframes > 3);
        raw.close();
        await(() -> threads("revcam.shell-2").isEmpty());
    }

    @Test
    void aFifthSessionIsToldToWait() throws Exception {
        List<Client> others = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            others.add(open());
        }
        IOException refused = assertThrows(IOException.class, this::open);
        assertEquals("the camera did not let this shell in", refused.getMessage());
        assertTrue(err.toString(StandardCharsets.UTF_8).contains("4 sessions are open already"));
        others.get(0).close();
        await(() -> {
            try (Client next = open()) {
                return next != null;
            } catch (IOException e) {
                return false;
            }
        });
        for (Client other : others) {
            other.close();
        }
    }

    @Test
    void aClientThatReadsNothingGivesWayToANewOne() throws Exception {
        List<LineChannel> hung = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            hung.add(connect());
            hung.get(i).write("run 0 " + "help;".repeat(500));
        }
        await(() -> {
            try (Client next = open()) {
                return next != null;
            } catch (IOException e) {
                return false;
            }
        });
        assertTrue(run("status").startsWith("main"), "the one that was there and read");
        for (LineChannel channel : hung) {
            channel.close();
        }
    }

    @Test
    void onlyTheOwnerGetsIn() throws IOException {
        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(socket().getParent())));
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(socket())));
    }

    @Test
    void theEndOfTheCameraEndsEverySession() throws Exception {
        server.stop();
        assertThrows(IOException.class, () -> client.run("status", 0));
        assertFalse(Files.exists(socket()));
        await(() -> threads("revcam.shell").isEmpty());
        IOException gone = assertThrows(IOException.class, this::open);
        assertTrue(gone.getMessage().contains("no RevCam is running"), gone.getMessage());
    }

    @Test
    void whatAKilledRunLeftIsReplacedAndWhatARunningOneHasIsNot() throws Exception {
        ShellServer second = serve();
        assertTrue(run("status").startsWith("main"));
        second.stop();
        assertTrue(Files.exists(socket()), "the first one's socket");
        server.stop();
        Files.createFile(socket());
        server = serve();
        client = open();
        assertTrue(run("status").startsWith("main"));
    }

    @Test
    void strangeRequestsAreAnsweredAndEndlessOnesAreNot() throws Exception {
        try (LineChannel raw = connect()) {
            raw.write("GET / HTTP/1.1");
            assertTrue(raw.read().startsWith("eThis camera's shell"));
            assertEquals(". 1", raw.read());
            raw.write("run");
            raw.write("run 0 status");
            raw.write("x".repeat(70_000));
            while (raw.read() != null) {
                // What the two requests before are answered with, in whatever order.
            }
        } catch (IOException e) {
            // The camera closed it while this side still wrote, or with something unread.
        }
        assertTrue(run("status").startsWith("main"));
    }

    private LineChannel connect() throws IOException {
        LineChannel channel = new LineChannel(SocketChannel.open(UnixDomainSocketAddress.of(socket())));
        assertEquals(". 0", channel.read());
        return channel;
    }

    private static List<String> threads(String prefix) {
        return Thread.getAllStackTraces().keySet().stream().map(Thread::getName)
                .filter(name -> name.startsWith(prefix)).toList();
    }

    private static void await(BooleanSupplier condition) {
        long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < end, "not within 30 s");
            java.util.concurrent.locks.LockSupport.parkNanos(5_000_000);
        }
    }
}
