package revcam.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import revcam.api.pipeline.Stage;

/** Deployments into a real framework, and its restarts. */
@Timeout(120)
class DeployerTest {

    private static final String LAMP = "com.example.lamp";
    private static final Instant MADE = Instant.parse("2026-11-26T18:00:00Z");

    @TempDir
    Path directory;

    private byte[] shipped;
    private byte[] better;

    @BeforeEach
    void prepare() throws Exception {
        System.clearProperty(LAMP);
        shipped = TestSets.bundle(LAMP, "1.0.0", Behaviour.Good.class);
        better = TestSets.bundle(LAMP, "1.1.0", Behaviour.Good.class);
        Path keys = Files.createDirectories(directory.resolve("deployment")).resolve("trusted-keys");
        Files.writeString(keys, TestSets.makersKey());
        Files.setPosixFilePermissions(keys, PosixFilePermissions.fromString("rw-------"));
    }

    private Camera camera() throws Exception {
        return new Camera(directory, shipped);
    }

    private static void arrive(Camera camera, String name, Map<String, byte[]> files) throws Exception {
        Path draft = camera.staging().resolve("." + name);
        TestSets.write(files, draft);
        Files.move(draft, camera.staging().resolve(name), StandardCopyOption.ATOMIC_MOVE);
    }

    /** A signed set of one. */
    private String deploy(Camera camera, String name, int second, byte[] jar) throws Exception {
        return deploy(camera, name, MADE.plusSeconds(second), jar);
    }

    private String deploy(Camera camera, String name, Instant made, byte[] jar) throws Exception {
        arrive(camera, name, TestSets.signed(made, Map.of(name + ".jar", jar)));
        return camera.verdict(name);
    }

    private void assertRuns(Camera camera, String version) {
        assertEquals(version == null ? null : version + " runs", System.getProperty(LAMP));
        if (version != null) {
            assertTrue(camera.bundles(LAMP).contains(version + " active"), camera.bundles(LAMP));
            assertEquals(1, camera.bundles(LAMP).split("active", -1).length - 1, camera.bundles(LAMP));
        }
    }

    private long stored() throws Exception {
        try (Stream<Path> files = Files.list(directory.resolve("deployment/store"))) {
            return files.count();
        }
    }

    @Test
    void aGoodOneIsKeptAndIsThereAfterARestart() throws Exception {
        try (Camera camera = camera()) {
            assertRuns(camera, "1.0.0");
            arrive(camera, "lamp", TestSets.signed(MADE, Map.of("lamp.jar", better)));
            assertEquals("trial\ndeployment 1 is on trial for 2 s", firstVerdict(camera, "lamp"));
            String verdict = Files.readString(camera.staging().resolve("lamp.verdict"));
            assertTrue(verdict.startsWith("confirmed\ndeployment 1 is confirmed: " + LAMP + " 1.1.0"), verdict);
            assertRuns(camera, "1.1.0");
            assertFalse(Files.exists(camera.staging().resolve("lamp")), "what was judged stays in the staging area");
            assertEquals("maker@example", camera.deployer.state().find(1).signer().split(" ")[0]);
        }
        assertNull(System.getProperty(LAMP));
        try (Camera camera = camera()) {
            assertRuns(camera, "1.1.0");
            assertEquals("1.0.0 stopped, 1.1.0 active", camera.bundles(LAMP));
        }
    }

    /** The one that stands while the trial lasts, which here is within one look. */
    private static String firstVerdict(Camera camera, String name) throws Exception {
        String[] first = new String[1];
        Thread reader = new Thread(() -> {
            try {
                Path file = camera.staging().resolve(name + ".verdict");
                while (!Files.exists(file)) {
                    Thread.sleep(5);
                }
                first[0] = Files.readString(file).strip();
            } catch (Exception e) {
                first[0] = e.toString();
            }
        });
        reader.start();
        camera.verdict(name);
        reader.join();
        return first[0];
    }

    @Test
    void theSameVersionMayComeAgainWithOtherContent() throws Exception {
        byte[] changed = TestSets.bundle(LAMP, "1.0.0", Behaviour.Good.class, "Bundle-Vendor", "somebody");
        try (Camera camera = camera()) {
            assertTrue(deploy(camera, "lamp", 0, changed).startsWith("confirmed"));
            assertEquals("1.0.0 stopped, 1.0.0 active", camera.bundles(LAMP));
            assertRuns(camera, "1.0.0");
            String again = deploy(camera, "lamp", 1, changed);
            assertEquals("confirmed\ndeployment 1 is just this already", again);
        }
    }

    @Test
    void whatDoesNotResolveIsRefusedBeforeAnythingStops() throws Exception {
        byte[] bad = TestSets.bundle(LAMP, "2.0.0", Behaviour.Good.class, "Import-Package",
                "org.osgi.framework;version=\"[99,100)\",com.example.oil;version=\"[1,2)\"");
        try (Camera camera = camera()) {
            String verdict = deploy(camera, "lamp", 0, bad);
            assertTrue(verdict.startsWith("refused\nit does not resolve: " + LAMP + " needs the package "), verdict);
            assertTrue(verdict.contains("com.example.oil") && verdict.contains("which no bundle exports"), verdict);
            assertTrue(verdict.contains("there is 1.10.0 of org.apache.felix.framework"), verdict);
            assertRuns(camera, "1.0.0");
            assertEquals("1.0.0 active", camera.bundles(LAMP));
            assertEquals(0, camera.deployer.state().history().size());
            assertEquals(0, stored());
        }
    }

    @Test
    void unsignedTamperedAndOldOnesAreRefused() throws Exception {
        try (Camera camera = camera()) {
            Files.write(camera.staging().resolve("lamp.jar"), better);
            assertTrue(camera.verdict("lamp.jar").startsWith("refused\nlamp.jar is not signed"));

            Map<String, byte[]> files = TestSets.signed(MADE, Map.of("lamp.jar", better));
            files.put("lamp.jar", shipped);
            arrive(camera, "tampered", files);
            assertTrue(camera.verdict("tampered").startsWith("refused\nlamp.jar is not the file"), "tampered");

            files.put("lamp.jar", Arrays.copyOf(better, 900));
            arrive(camera, "torn", files);
            assertTrue(camera.verdict("torn").startsWith("refused\nlamp.jar has 900 of"), "torn");

            files.put("lamp.jar", better);
            files.put(SetManifest.NAME, TestSets.manifest(MADE.plusSeconds(5), Map.of("lamp.jar", better)));
            arrive(camera, "redated", files);
            assertTrue(camera.verdict("redated").contains("was altered"), "redated");

            Files.createSymbolicLink(camera.staging().resolve("link.jar"), directory.resolve("shipped0.jar"));
            assertTrue(camera.verdict("link.jar").contains("symbolic link"));
            assertTrue(Files.exists(directory.resolve("shipped0.jar")));

            assertRuns(camera, "1.0.0");
            assertEquals(0, camera.deployer.state().history().size());

            assertTrue(deploy(camera, "lamp", 10, better).startsWith("confirmed"));
            camera.deployer.rollBack(0);
            assertRuns(camera, "1.0.0");
            String replayed = deploy(camera, "lamp", 10, better);
            assertTrue(replayed.startsWith("refused") && replayed.contains("an old signature is not used again"), replayed);
            assertTrue(deploy(camera, "lamp", 11, better).startsWith("confirmed"));
        }
    }

    /** Who has a set from before could bring it again. */
    @Test
    void whenTheHistoryIsLostOldSignaturesAreNotUsedAgain() throws Exception {
        Instant made = Instant.now().minusSeconds(60);
        try (Camera camera = camera()) {
            assertTrue(deploy(camera, "lamp", made, better).startsWith("confirmed"));
        }
        Path desired = directory.resolve("deployment/desired");
        Files.write(desired, new byte[100]);
        Files.write(directory.resolve("deployment/desired.copy"), new byte[100]);
        for (int start = 0; start < 2; start++) {
            try (Camera camera = camera()) {
                assertRuns(camera, "1.0.0");
                String replayed = deploy(camera, "lamp", made, better);
                assertTrue(replayed.startsWith("refused") && replayed.contains("was lost on the storage"), replayed);
            }
        }
        try (Camera camera = camera()) {
            assertTrue(deploy(camera, "lamp", Instant.now().plusSeconds(60), better).startsWith("confirmed"));
        }
    }

    /** With nothing but time to tell a slow copy from a torn file. */
    @Test
    void whatIsStillBeingCopiedIsWaitedFor() throws Exception {
        try (Camera camera = camera()) {
            camera.unsigned = true;
            Path jar = camera.staging().resolve("lamp.jar");
            for (int length = 100; length < better.length; length += better.length / 8) {
                Files.write(jar, Arrays.copyOf(better, length));
                camera.deployer.look();
                camera.deployer.look();
                assertFalse(Files.exists(camera.staging().resolve("lamp.jar.verdict")), "judged too soon");
            }
            Files.write(jar, better);
            assertTrue(camera.verdict("lamp.jar").startsWith("trial") || System.getProperty(LAMP) != null);
            assertRuns(camera, "1.1.0");
        }
    }

    @Test
    void whatFailsInItsTrialIsTakenBack() throws Exception {
        try (Camera camera = camera()) {
            String thrown = deploy(camera, "lamp", 0, TestSets.bundle(LAMP, "2.0.0", Behaviour.Throwing.class));
            assertTrue(thrown.startsWith("failed\n" + LAMP + " did not start") && thrown.contains("the moon is in the wrong place"), thrown);
            assertRuns(camera, "1.0.0");
            String fainted = deploy(camera, "lamp", 1, TestSets.bundle(LAMP, "2.1.0", Behaviour.Fainting.class));
            assertTrue(fainted.startsWith("failed\n" + LAMP + " does not run any more"), fainted);
            assertRuns(camera, "1.0.0");
            assertEquals("1.0.0 active", camera.bundles(LAMP));
            assertEquals(0, camera.deployer.state().current());
            assertEquals(Deployment.Outcome.ROLLED_BACK, camera.deployer.state().find(2).outcome());
        }
    }

    @Test
    void aWayBack() throws Exception {
        byte[] third = TestSets.bundle(LAMP, "1.2.0", Behaviour.Good.class);
        byte[] other = TestSets.bundle("com.example.other", "1.0.0", Behaviour.Good.class);
        try (Camera camera = camera()) {
            assertTrue(deploy(camera, "a", 0, better).startsWith("confirmed"));
            assertTrue(deploy(camera, "b", 1, other).startsWith("confirmed"));
            assertTrue(deploy(camera, "c", 2, third).startsWith("confirmed"));
            assertRuns(camera, "1.2.0");
            assertEquals("back to deployment 2: " + LAMP + " 1.1.0, com.example.other 1.0.0", camera.deployer.rollBack(-1));
            assertRuns(camera, "1.1.0");
            camera.deployer.rollBack(1);
            assertEquals("", camera.bundles("com.example.other"));
            camera.deployer.rollBack(3);
            assertRuns(camera, "1.2.0");
            assertEquals("1.0.0 active", camera.bundles("com.example.other"));
            assertTrue(assertThrows(DeploymentException.class, () -> camera.deployer.rollBack(3)).getMessage().contains("runs already"));
            assertTrue(assertThrows(DeploymentException.class, () -> camera.deployer.rollBack(9)).getMessage().contains("there is no deployment 9"));
            camera.deployer.rollBack(1);
        }
        try (Camera camera = camera()) {
            assertRuns(camera, "1.1.0");
            assertEquals("back to what RevCam came with", camera.deployer.rollBack(0));
            assertRuns(camera, "1.0.0");
            assertEquals("1.0.0 active", camera.bundles(LAMP));
        }
        try (Camera camera = camera()) {
            assertRuns(camera, "1.0.0");
        }
    }

    @Test
    void aTrialThatIsCutOffDoesNotCount() throws Exception {
        Camera camera = camera();
        arrive(camera, "lamp", TestSets.signed(MADE, Map.of("lamp.jar", better)));
        Thread looking = new Thread(() -> {
            for (int i = 0; i < 3; i++) {
                camera.deployer.look();
            }
        });
        looking.start();
        while (!"1.1.0 runs".equals(System.getProperty(LAMP))) {
            Thread.sleep(10);
        }
        // What a power cut leaves: the files as they are now.
        Path snapshot = directory.resolve("snapshot");
        copy(directory.resolve("deployment"), snapshot.resolve("deployment"));
        assertTrue(camera.deployer.recall("rolled back by hand"));
        looking.join();
        assertRuns(camera, "1.0.0");
        camera.close();
        try (Camera again = new Camera(snapshot, shipped)) {
            assertRuns(again, "1.0.0");
            Deployment deployment = again.deployer.state().find(1);
            assertEquals(Deployment.Outcome.ROLLED_BACK, deployment.outcome());
            assertEquals("RevCam ended while it was on trial", deployment.note());
            assertTrue(Files.readString(again.staging().resolve("lamp.verdict")).startsWith("failed\nRevCam ended"));
        }
    }

    private static void copy(Path from, Path to) throws Exception {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Path target = to.resolve(from.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(file, target);
                }
            }
        }
    }

    @Test
    void whatKillsTheStartTwiceIsNotTriedAgain() throws Exception {
        try (Camera camera = camera()) {
            assertTrue(deploy(camera, "good", 0, better).startsWith("confirmed"));
            assertTrue(deploy(camera, "deadly", 1, TestSets.bundle(LAMP, "3.0.0", Behaviour.Deadly.class)).startsWith("confirmed"));
        }
        assertEquals(9, startElsewhere());
        assertEquals(9, startElsewhere());
        assertEquals(0, startElsewhere());
        try (Camera camera = camera()) {
            assertRuns(camera, "1.1.0");
            assertEquals(1, camera.deployer.state().current());
            assertEquals(Deployment.Outcome.CRASHED, camera.deployer.state().find(2).outcome());
            camera.deployer.rollBack(2); // by hand it may come back
            assertTrue(camera.bundles(LAMP).contains("3.0.0 active"));
        }
    }

    /** An orderly end, or having run for a while, is no crash. */
    @Test
    void startsThatWentWellDoNotCount() throws Exception {
        try (Camera camera = camera()) {
            assertTrue(deploy(camera, "lamp", 0, better).startsWith("confirmed"));
        }
        camera().kill();
        camera().close();
        camera().kill();
        try (Camera camera = camera()) {
            assertRuns(camera, "1.1.0");
        }
        camera().kill();
        camera().kill();
        try (Camera camera = camera()) {
            assertRuns(camera, "1.0.0");
        }
    }

    private int startElsewhere() throws Exception {
        Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx64m",
                "-Ddeadly=true", "-cp", System.getProperty("java.class.path"), DeployerTest.class.getName(), directory.toString())
                .inheritIO().start();
        return process.waitFor();
    }

    /** A camera in a process of its own, started and stopped. */
    public static void main(String[] arguments) throws Exception {
        new Camera(Path.of(arguments[0]), TestSets.bundle(LAMP, "1.0.0", Behaviour.Good.class)).close();
        System.exit(0);
    }

    @Test
    void aJarThatTheStorageHasLostIsNotStarted() throws Exception {
        byte[] third = TestSets.bundle(LAMP, "1.2.0", Behaviour.Good.class);
        try (Camera camera = camera()) {
            deploy(camera, "a", 0, better);
            deploy(camera, "b", 1, third);
        }
        Path jar = directory.resolve("deployment/store").resolve(TestSets.sha256(third) + ".jar");
        byte[] bytes = Files.readAllBytes(jar);
        bytes[500] ^= 1;
        Files.write(jar, bytes);
        try (Camera camera = camera()) {
            assertRuns(camera, "1.1.0");
            assertTrue(camera.deployer.state().find(2).note().contains("damaged or missing"));
        }
    }

    /** As on a storage that has become read-only, as far as a test can have that as any user. */
    @Test
    void whatWasDeployedRunsWhereNothingCanBeWritten() throws Exception {
        try (Camera camera = camera()) {
            assertTrue(deploy(camera, "lamp", 0, better).startsWith("confirmed"));
        }
        Path deployment = directory.resolve("deployment");
        Files.delete(deployment.resolve("staging/README"));
        Files.createDirectory(deployment.resolve("staging/README"));
        Files.createDirectories(deployment.resolve("starting/x"));
        try (Camera camera = camera()) {
            assertRuns(camera, "1.1.0");
        }
    }

    @Test
    void whatEverythingRestsOnIsNotReplaced() throws Exception {
        byte[] exporter = TestSets.bundle("com.example.api", "1.0.0", Behaviour.Good.class, "Export-Package", "com.example.api;version=1.0");
        byte[] user = TestSets.bundle("com.example.user", "1.0.0", Behaviour.Good.class,
                "Import-Package", "org.osgi.framework,com.example.api");
        try (Camera camera = new Camera(directory, exporter, user)) {
            String verdict = deploy(camera, "api", 0,
                    TestSets.bundle("com.example.api", "1.1.0", Behaviour.Good.class, "Export-Package", "com.example.api;version=1.1"));
            assertTrue(verdict.startsWith("refused\ncom.example.user uses what com.example.api exports"), verdict);
            String fragment = deploy(camera, "part", 1, TestSets.bundle("com.example.part", "1.0", null, "Fragment-Host", "com.example.user"));
            assertTrue(fragment.startsWith("refused") && fragment.contains("is a fragment"), fragment);
            assertEquals("1.0.0 active", camera.bundles("com.example.user"));
        }
    }

    // ---- stages

    @Test
    void aNewStageIsTriedAndOneThatIsSetAsideIsTakenBack() throws Exception {
        byte[] encoder = TestSets.bundle("com.example.encoder", "1.0.0", Behaviour.Good.class);
        try (Camera camera = camera()) {
            FakePipeline pipeline = new FakePipeline("com.example.encoder", "1.0.0");
            camera.pipelines.add(pipeline);
            pipeline.standing = Stage.Standing.READY;
            pipeline.passes = false;
            String worse = deploy(camera, "encoder", 0, encoder);
            assertTrue(worse.contains("encoder novel did not pass its trial in main: too slow"), worse);
            assertEquals("", camera.bundles("com.example.encoder"));

            pipeline.passes = true;
            String kept = deploy(camera, "encoder", 1, encoder);
            assertTrue(kept.startsWith("confirmed") && kept.contains("encoder novel serves main: not worse"), kept);
            assertEquals(2, pipeline.trials);
            camera.deployer.rollBack(0);

            pipeline.standing = Stage.Standing.QUARANTINED;
            String aside = deploy(camera, "encoder", 2, encoder);
            assertTrue(aside.startsWith("failed\nencoder novel of main was set aside: it throws"), aside);
            assertEquals(2, pipeline.trials);

            pipeline.standing = Stage.Standing.SERVING;
            assertTrue(deploy(camera, "encoder", 3, encoder).startsWith("confirmed"));
            assertEquals(2, pipeline.trials);
        }
    }
}
