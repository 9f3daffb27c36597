package revcam.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sets that are what they say, and all the ways in which they are not. */
class SetReaderTest {

    private static final Limits LIMITS = new Limits(200_000, 1_000_000, 100, 4);
    private static final Instant MADE = Instant.parse("2026-11-26T18:00:00Z");

    @TempDir
    Path directory;

    private Store store;
    private byte[] one;
    private byte[] two;

    @BeforeEach
    void prepare() throws IOException {
        store = new Store(directory.resolve("store"));
        one = TestSets.bundle("com.example.one", "1.2.3", null);
        two = TestSets.bundle("com.example.two", "2.0", null);
        Files.writeString(directory.resolve("trusted-keys"), TestSets.makersKey());
        Files.setPosixFilePermissions(directory.resolve("trusted-keys"), PosixFilePermissions.fromString("rw-------"));
    }

    private SetReader reader(boolean unsigned) {
        return new SetReader(store, new TrustedKeys(directory.resolve("trusted-keys")), LIMITS, unsigned);
    }

    private Path file(String name, byte[] content) throws IOException {
        return Files.write(directory.resolve(name), content);
    }

    /** Why it is refused; nothing of it may be left in the store. */
    private String refused(Path path) throws IOException {
        String why = assertThrows(DeploymentException.class, () -> reader(false).read(path)).getMessage();
        assertStoreEmpty();
        return why;
    }

    private String torn(Path path) throws IOException {
        String why = assertThrows(TornException.class, () -> reader(true).read(path)).getMessage();
        assertStoreEmpty();
        return why;
    }

    private void assertStoreEmpty() throws IOException {
        try (Stream<Path> files = Files.list(directory.resolve("store"))) {
            assertEquals(0, files.count());
        }
    }

    private static void assertMentions(String text, String... parts) {
        for (String part : parts) {
            assertTrue(text.contains(part), text);
        }
    }

    @Test
    void aSignedSetIsRead() throws Exception {
        Map<String, byte[]> files = TestSets.signed(MADE, Map.of("one.jar", one, "two.jar", two));
        TestSets.write(files, directory.resolve("set"));
        for (Path path : new Path[] {directory.resolve("set"), file("set.zip", TestSets.zip(files))}) {
            CandidateSet set = reader(false).read(path);
            assertEquals("maker@example", set.signer().comment());
            assertEquals(MADE, set.made());
            assertEquals("[com.example.one 1.2.3, com.example.two 2.0.0]", set.jars().toString());
            assertTrue(Arrays.equals(one, Files.readAllBytes(store.path(TestSets.sha256(one)))));
            assertTrue(set.jars().stream().allMatch(store::has));
        }
        assertEquals("rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve("store"))));
    }

    @Test
    void aBareBundleIsForWhoeverSaysSo() throws Exception {
        Path jar = file("one.jar", one);
        assertMentions(refused(jar), "one.jar is not signed", "--make-key", "unsigned = accept");
        assertEquals("one.jar", reader(true).read(jar).arrival());
        Map<String, byte[]> unsigned = new TreeMap<>(Map.of("one.jar", one));
        unsigned.put(SetManifest.NAME, TestSets.manifest(MADE, Map.of("one.jar", one)));
        assertEquals(MADE, reader(true).read(file("unsigned.zip", TestSets.zip(unsigned))).made());
    }

    /** A wrong signature is wrong where none is needed, too. */
    @Test
    void whatIsSignedWronglyIsNotUnsigned() throws Exception {
        Map<String, byte[]> files = TestSets.signed(MADE, Map.of("one.jar", one));
        files.put(SetManifest.NAME, TestSets.manifest(MADE, Map.of("one.jar", two)));
        files.put("one.jar", two);
        Path set = file("set.zip", TestSets.zip(files));
        assertMentions(assertThrows(DeploymentException.class, () -> reader(true).read(set)).getMessage(), "was altered");
        assertStoreEmpty();
    }

    @Test
    void anotherFileThanTheListedOneIsNotTaken() throws Exception {
        Map<String, byte[]> files = TestSets.signed(MADE, Map.of("one.jar", one));
        Random random = new Random(7);
        for (int i = 0; i < 1_000; i++) {
            byte[] altered = one.clone();
            altered[random.nextInt(altered.length)] ^= (byte) (1 << random.nextInt(8));
            files.put("one.jar", altered);
            assertMentions(torn(file("set.zip", TestSets.zip(files))), "one.jar is not the file", TestSets.sha256(one));
        }
        files.put("one.jar", Arrays.copyOf(one, one.length - 1));
        assertMentions(torn(file("set.zip", TestSets.zip(files))), "of " + one.length + " bytes");
        files.remove("one.jar");
        assertMentions(torn(file("set.zip", TestSets.zip(files))), "is not there");
        files.put("one.jar", one);
        files.put("two.jar", two);
        assertMentions(refused(file("set.zip", TestSets.zip(files))), "two.jar is not listed");
    }

    @Test
    void halfACopyIsNotWhole() throws Exception {
        byte[] zip = TestSets.zip(TestSets.signed(MADE, Map.of("one.jar", one)));
        for (int length = 0; length < zip.length; length += 97) {
            torn(file("set.zip", Arrays.copyOf(zip, length)));
        }
        for (int length = 0; length < one.length; length += 97) {
            torn(file("one.jar", Arrays.copyOf(one, length)));
        }
        Files.createDirectory(directory.resolve("empty"));
        torn(directory.resolve("empty"));
    }

    @Test
    void namesThatLeadElsewhere() throws Exception {
        for (String name : new String[] {"../one.jar", "/one.jar", "a/one.jar", ".one.jar", "one.jar/", "..", "a\\one.jar",
                "one.txt", "one.jar ", "\u00e4.jar", "-one.jar"}) {
            Map<String, byte[]> files = new TreeMap<>(Map.of(name, one));
            assertMentions(refused(file("set.zip", TestSets.zip(files))), "cannot be deployed");
            files.put(SetManifest.NAME, TestSets.manifest(MADE, Map.of(name, one)));
            refused(file("set.zip", TestSets.zip(files)));
        }
        assertTrue(Files.notExists(directory.resolve("../one.jar")));
    }

    @Test
    void jarsWithEntriesThatLeadElsewhere() throws Exception {
        for (String name : new String[] {"../evil.class", "a/../../evil", "/etc/passwd", "a\\..\\evil"}) {
            Path jar = file("one.jar", TestSets.zip(Map.of(name, one)));
            String why = assertThrows(DeploymentException.class, () -> reader(true).read(jar)).getMessage();
            assertMentions(why, "would lie outside", name);
            assertStoreEmpty();
        }
    }

    @Test
    void bombs() throws Exception {
        ByteArrayOutputStream bomb = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bomb)) {
            zip.putNextEntry(new ZipEntry("zeros"));
            zip.write(new byte[20_000_000]);
        }
        assertTrue(bomb.size() < 100_000);
        Path jar = file("bomb.jar", bomb.toByteArray());
        assertMentions(assertThrows(DeploymentException.class, () -> reader(true).read(jar)).getMessage(),
                "unpacks to more than 1 MB", "expanded.max");
        // The set's own zip file, too: what it unpacks to counts.
        Path set = file("bomb.zip", TestSets.zip(Map.of("bomb.jar", new byte[20_000_000])));
        assertMentions(assertThrows(DeploymentException.class, () -> reader(true).read(set)).getMessage(), "size.max");
        Map<String, byte[]> many = new TreeMap<>();
        for (int i = 0; i < 101; i++) {
            many.put("e" + i, new byte[0]);
        }
        Path crowd = file("crowd.jar", TestSets.zip(many));
        assertMentions(assertThrows(DeploymentException.class, () -> reader(true).read(crowd)).getMessage(), "101 entries");
        assertStoreEmpty();
    }

    @Test
    void whatIsLargerThanAllowed() throws Exception {
        byte[] large = new byte[300_000];
        new Random(1).nextBytes(large);
        Path jar = file("large.jar", large);
        assertMentions(assertThrows(DeploymentException.class, () -> reader(true).read(jar)).getMessage(), "size.max");
        Map<String, byte[]> five = new TreeMap<>();
        for (int i = 0; i < 7; i++) {
            five.put("b" + i + ".jar", one);
        }
        assertMentions(refused(file("set.zip", TestSets.zip(five))), "more than 4 bundles");
        assertStoreEmpty();
    }

    @Test
    void whatIsNoBundle() throws Exception {
        Path jar = file("plain.jar", TestSets.zip(Map.of("a.txt", one)));
        assertMentions(assertThrows(DeploymentException.class, () -> reader(true).read(jar)).getMessage(), "no bundle");
        Path nameless = file("nameless.jar", TestSets.bundle("", "1", null));
        assertMentions(assertThrows(DeploymentException.class, () -> reader(true).read(nameless)).getMessage(), "Bundle-SymbolicName");
        Path odd = file("odd.jar", TestSets.bundle("com.example.odd", "one", null));
        assertMentions(assertThrows(DeploymentException.class, () -> reader(true).read(odd)).getMessage(), "no version: one");
        Map<String, byte[]> twins = Map.of("a.jar", one, "b.jar", TestSets.bundle("com.example.one", "2.0", null));
        assertMentions(assertThrows(DeploymentException.class,
                () -> reader(true).read(file("twins.zip", TestSets.zip(twins)))).getMessage(), "are both com.example.one");
        assertStoreEmpty();
    }

    @Test
    void linksAreNotFollowed() throws Exception {
        Path secret = file("secret.jar", one);
        Path link = Files.createSymbolicLink(directory.resolve("link.jar"), secret);
        assertMentions(assertThrows(DeploymentException.class, () -> reader(true).read(link)).getMessage(), "symbolic link");
        Path set = Files.createDirectory(directory.resolve("set"));
        Files.createSymbolicLink(set.resolve("one.jar"), secret);
        assertMentions(assertThrows(DeploymentException.class, () -> reader(true).read(set)).getMessage(), "is no file");
        assertStoreEmpty();
    }

    @Test
    void manifestsThatMeanNothing() throws Exception {
        String hash = "0".repeat(64);
        for (String text : new String[] {"", "x\n", "revcam-deploy 2\nmade 2026-11-26T18:00:00Z\n", "revcam-deploy 1\nmade today\n",
                "revcam-deploy 1\nmade 2026-11-26T18:00:00Z\n", "revcam-deploy 1\nmade 2026-11-26T18:00:00Z\nsha256 1 1 a.jar\n",
                "revcam-deploy 1\nmade 2026-11-26T18:00:00Z\nsha256 " + hash + " 1 ../a.jar\n",
                "revcam-deploy 1\nmade 2026-11-26T18:00:00Z\nsha256 " + hash + " 1 a.jar\nsha256 " + hash + " 1 a.jar\n",
                "revcam-deploy 1\nmade 2026-11-26T18:00:00Z\nsha256 " + hash + " 99999999999999 a.jar\n"}) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            assertThrows(Exception.class, () -> SetManifest.parse(bytes), text);
        }
        byte[] noText = "revcam-deploy 1\nmade \u00e4\n".getBytes(StandardCharsets.ISO_8859_1);
        assertMentions(assertThrows(DeploymentException.class, () -> SetManifest.parse(noText)).getMessage(), "no text");
        assertThrows(TornException.class, () -> SetManifest.parse("revcam-deploy 1\nmade".getBytes(StandardCharsets.US_ASCII)));
    }
}
