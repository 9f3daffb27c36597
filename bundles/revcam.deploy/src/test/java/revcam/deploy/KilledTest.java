package revcam.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import revcam.api.config.DurableFile;

/**
 * A process that writes what outlives it is killed, at any moment: what is found then is what it wrote last, or what it was
 * about to write. {@code -Drevcam.kills=300} kills so many.
 */
class KilledTest {

    private static final int KILLS = Integer.getInteger("revcam.kills", 12);

    @TempDir
    Path directory;

    /** Writes state after state, and says after each that it is on the storage. */
    static final class Writer {

        public static void main(String[] arguments) throws Exception {
            Path directory = Path.of(arguments[0]);
            Store store = new Store(directory.resolve("store"));
            for (int number = Integer.parseInt(arguments[1]); ; number++) {
                store.keep(store.copy(new ByteArrayInputStream(jar(number)), "x.jar", 1 << 20));
                state(number).write(directory.resolve("desired"));
                DurableFile.write(directory.resolve("a.cfg"), configuration(number));
                new Attempts(directory.resolve("starting")).begin(number, 1);
                System.out.println(number);
            }
        }
    }

    private static byte[] jar(int number) {
        byte[] content = new byte[20_000];
        new Random(number).nextBytes(content);
        return content;
    }

    private static DesiredState state(int number) {
        BundleJar jar = new BundleJar(TestSets.sha256(jar(number)), 20_000, "x.jar", "x", "1." + number);
        return new DesiredState(number, number + 1, List.of(new Deployment(number, Deployment.Outcome.CONFIRMED, number, "x.jar", "maker",
                List.of(jar), List.of(jar), "note ".repeat(number % 50).strip())), Map.of("SHA256:maker", Instant.ofEpochSecond(number)));
    }

    private static byte[] configuration(int number) {
        return ("number = " + number + "\n" + "# filling\n".repeat(number % 300)).getBytes(StandardCharsets.UTF_8);
    }

    @Test
    @EnabledIfSystemProperty(named = "revcam.kills", matches = "\\d+", disabledReason = "-Drevcam.kills=300")
    void atAnyMomentWhatIsFoundIsOldOrNew() throws Exception {
        Random random = new Random(9);
        int confirmed = 0;
        int between = 0;
        for (int kill = 0; kill < KILLS; kill++) {
            int first = confirmed + 1;
            int acknowledged = writeUntilKilled(first, random.nextInt(60));
            List<String> complaints = new ArrayList<>();
            DesiredState found = DesiredState.read(directory.resolve("desired"), complaints::add);
            assertEquals(List.of(), complaints, "nothing is torn");
            String what = "kill " + kill + ": acknowledged " + acknowledged;
            assertTrue(found.current() == acknowledged || found.current() == acknowledged + 1, what + ", found " + found.current());
            assertEquals(state(found.current()), found, what);
            Store store = new Store(directory.resolve("store"));
            assertTrue(found.effective().stream().allMatch(store::has), what + ": its bundle is whole");
            int configured = Integer.parseInt(Files.readString(directory.resolve("a.cfg")).lines().findFirst().orElseThrow().substring(9));
            assertEquals(new String(configuration(configured), StandardCharsets.UTF_8), Files.readString(directory.resolve("a.cfg")), what);
            assertTrue(configured == acknowledged || configured == acknowledged + 1, what + ", configured " + configured);
            int starting = new Attempts(directory.resolve("starting")).failed(acknowledged) + new Attempts(directory.resolve("starting"))
                    .failed(acknowledged + 1);
            assertEquals(1, starting, what);
            try (Stream<Path> files = Files.list(directory)) {
                List<Path> drafts = files.filter(file -> file.getFileName().toString().startsWith(".")).toList();
                assertTrue(drafts.size() <= 1, what + ": what earlier processes left stays: " + drafts);
            }
            between += found.current() == acknowledged ? 0 : 1;
            confirmed = found.current();
            store.retain(found.contents());
            try (DirectoryStream<Path> left = Files.newDirectoryStream(directory.resolve("store"))) {
                for (Path jar : left) {
                    assertEquals(store.path(found.effective().get(0).sha256()), jar, "no half bundle stays");
                }
            }
        }
        System.out.println("killed " + KILLS + " times, " + between + " of them before what was written was acknowledged; " + confirmed
                + " states written");
    }

    /** @return the last number that it said was written */
    private int writeUntilKilled(int first, int millis) throws IOException, InterruptedException {
        // Not a pipe, which the Java of this side closes when it kills.
        Path said = directory.resolve("said");
        Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin/java").toString(), "-Xshare:auto",
                "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx32m", "-cp", System.getProperty("java.class.path"),
                Writer.class.getName(), directory.toString(), Integer.toString(first))
                .redirectOutput(said.toFile()).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        while (Files.readString(said).isEmpty()) {
            assertTrue(process.isAlive(), "it ended by itself");
            Thread.sleep(1);
        }
        // Any moment will do: it writes all the time.
        Thread.sleep(millis);
        process.destroyForcibly();
        assertTrue(process.waitFor(30, TimeUnit.SECONDS));
        List<String> lines = Files.readAllLines(said);
        return Integer.parseInt(lines.get(lines.size() - 1));
    }
}
