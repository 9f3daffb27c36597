package revcam.deployment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import revcam.browser.Product;

/** {@code ./revcam deploy} to a camera that runs, over its own SSH server and on the same machine; and its restarts. */
@Timeout(400)
@Execution(ExecutionMode.CONCURRENT)
class DeployScriptTest {

    private static final String LAMP = "com.example.lamp";

    @TempDir
    Path home;
    @TempDir
    Path jars;

    private Terminal.Answer bySsh(Product product, String... words) throws Exception {
        List<String> options = new ArrayList<>(List.of("-o", "StrictHostKeyChecking=accept-new", "-o",
                "UserKnownHostsFile=" + home.resolve("known_hosts")));
        return Terminal.run(home, "", Terminal.words(Camera.script(), "deploy", options,
                "127.0.0.1:" + Camera.port(product), List.of(words)));
    }

    private Terminal.Answer here(Product product, String... words) throws Exception {
        return Terminal.run(home, "", Terminal.words(Camera.script(), "deploy", "--state", product.state(), List.of(words)));
    }

    private static void assertConfirmed(Terminal.Answer answer, String what) {
        assertEquals(0, answer.status(), answer.output());
        assertTrue(answer.output().contains("on trial for 5 s"), answer.output());
        assertTrue(answer.output().contains("is confirmed: " + what), answer.output());
    }

    private static void assertRefused(Terminal.Answer answer, String... why) {
        assertEquals(1, answer.status(), answer.output());
        for (String part : why) {
            assertTrue(answer.output().contains(part), answer.output());
        }
    }

    private static String state(Product product, String bundle) throws IOException {
        return product.awaitShell("lb", "-s", bundle).lines().filter(line -> line.contains(bundle + " ") || line.contains(bundle + "|"))
                .map(line -> line.split("\\|")[1].strip() + " " + line.replaceAll(".*[|(]([0-9.]+(?:SNAPSHOT)?)\\)?$", "$1"))
                .reduce("", (before, line) -> before + line + ", ");
    }

    @Test
    void fromGoodToBadAndOverARestart() throws Exception {
        Path lamp = Parts.bundle(jars.resolve("lamp.jar"), LAMP, "1.0.0", Parts.Good.class, "");
        Path bad = Parts.bundle(jars.resolve("bad.jar"), LAMP, "2.0.0", Parts.Good.class, ",com.example.oil;version=\"[1,2)\"");
        Path deadly = Parts.bundle(jars.resolve("deadly.jar"), LAMP, "3.0.0", Parts.Deadly.class, "");
        Path x264 = encoder();
        try (Product product = Camera.start(home)) {
            String frames = product.awaitShell("why", "encoder");
            assertConfirmed(bySsh(product, lamp.toString()), LAMP + " 1.0.0");
            assertTrue(product.logText().contains(LAMP), product.logText());

            // A shipped stage, in another version.
            Terminal.Answer answer = bySsh(product, Parts.withVersion(x264, "0.1.7", jars.resolve("x264.jar")).toString());
            assertConfirmed(answer, "revcam.encoder.x264 0.1.7; nobody watched main meanwhile");
            String why = product.awaitShell("why", "encoder");
            assertTrue(why.contains("revcam.encoder.x264 0.1.7") && !why.contains("x264 0.1.0"), frames + "\n" + why);
            assertTrue(why.contains("x264 serves"), why);

            // The command that it names for going back reaches the camera.
            String back = answer.output().lines().filter(line -> line.contains("to go back: ")).findFirst().orElseThrow()
                    .replaceFirst(".*to go back: ssh ", "");
            List<String> words = new ArrayList<>(Camera.options(home));
            words.addAll(List.of(back.split(" ")));
            words.set(words.size() - 1, "deployments");
            Terminal.Answer overSsh = Terminal.run(home, "", Terminal.words("ssh", words));
            assertEquals(0, overSsh.status(), overSsh.output());
            assertTrue(overSsh.output().contains("*   2"), overSsh.output());

            assertRefused(bySsh(product, bad.toString()), "refused: it does not resolve", "com.example.oil", "which no bundle exports");
            Path key = home.resolve(".config/revcam/deploy_key");
            Files.move(key, home.resolve("hidden"));
            assertRefused(here(product, bad.toString()), "no key to sign with", "is not signed");
            assertRefused(here(product, "--key", Camera.key(home.resolve("stranger"), "ed25519").toString(), lamp.toString()),
                    "is not trusted here");
            Files.move(home.resolve("hidden"), key);
            assertRefused(tampered(product, lamp), "lamp.jar is not the file that revcam-deploy.txt lists");
            assertEquals("Active 1.0.0, ", state(product, LAMP));

            // The camera dies in the trial.
            assertNotEquals(0, bySsh(product, deadly.toString()).status());
            assertEquals(9, product.awaitEnd());
            try (Product again = product.again().awaitReady()) {
                assertEquals("Active 1.0.0, ", state(again, LAMP));
                String list = again.awaitShell("deployments");
                assertTrue(list.contains("*   2") && list.contains("RevCam ended while it was on trial"), list);
                assertTrue(again.awaitShell("why", "encoder").contains("revcam.encoder.x264 0.1.7"));
                assertEquals("back to deployment 1: " + LAMP + " 1.0.0\n", again.awaitShell("rollback-deployment"));
                assertTrue(again.awaitShell("why", "encoder").contains("revcam.encoder.x264 0.1.0"), again.awaitShell("why", "encoder"));
                assertEquals("back to what RevCam came with\n", again.awaitShell("rollback-deployment", "0"));
                assertEquals("", state(again, LAMP));
            }
        }
    }

    /** It would not serve by itself, since of two alike the newer version does; so it is held against the other. */
    @Test
    void aStageThatNobodyKnewGoesThroughTheEnginesTrial() throws Exception {
        try (Product product = Camera.start(home)) {
            product.awaitShell("status");
            Terminal.Answer kept = here(product, Parts.twin(encoder(), "twin", "0.0.1", jars.resolve("twin.jar")).toString());
            assertConfirmed(kept, "revcam.encoder.twin 0.0.1; encoder twin serves main: ");
            String why = product.awaitShell("why", "encoder");
            assertTrue(why.startsWith("main encoder: twin serves; preference: twin"), why);
            assertTrue(product.awaitShell("trial", "encoder").contains("twin passed"), why);
            product.awaitShell("rollback-deployment");
            assertTrue(product.awaitShell("why", "encoder").startsWith("main encoder: x264 serves"), why);
        }
    }

    private static Path encoder() throws IOException {
        try (Stream<Path> files = Files.list(Product.root().resolve("launcher/target/revcam/media"))) {
            return files.filter(file -> file.getFileName().toString().startsWith("revcam.encoder.x264")).findFirst().orElseThrow();
        }
    }

    /** What the script has signed, with another jar in it. */
    private Terminal.Answer tampered(Product product, Path lamp) throws Exception {
        Path set = Files.createDirectory(home.resolve("set"));
        String manifest = "revcam-deploy 1\nmade 2036-01-01T00:00:00Z\nsha256 " + "0".repeat(64) + " " + Files.size(lamp) + " lamp.jar\n";
        Files.writeString(set.resolve("revcam-deploy.txt"), manifest);
        Files.copy(lamp, set.resolve("lamp.jar"));
        Terminal.Answer signed = Terminal.run(home, "", Terminal.words("ssh-keygen", "-q", "-Y", "sign", "-n", "revcam-deploy", "-f",
                home.resolve(".config/revcam/deploy_key"), set.resolve("revcam-deploy.txt")));
        assertEquals(0, signed.status(), signed.output());
        Path zip = home.resolve("set.zip");
        try (var out = new java.util.zip.ZipOutputStream(Files.newOutputStream(zip)); Stream<Path> files = Files.list(set)) {
            for (Path file : files.toList()) {
                out.putNextEntry(new java.util.zip.ZipEntry(file.getFileName().toString()));
                Files.copy(file, out);
            }
        }
        return bySsh(product, zip.toString());
    }
}
