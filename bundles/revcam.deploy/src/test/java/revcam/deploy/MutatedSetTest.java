package revcam.deploy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A signed set in which anything is another than what was signed is refused, and leaves nothing behind. */
class MutatedSetTest {

    private static final int MUTATIONS = 1_000;
    private static final Instant MADE = Instant.parse("2026-11-26T18:00:00Z");

    @TempDir
    Path directory;

    private Store store;
    private SetReader reader;
    private Map<String, byte[]> set;

    @BeforeEach
    void prepare() throws Exception {
        store = new Store(directory.resolve("store"));
        Path keys = Files.writeString(directory.resolve("trusted-keys"), TestSets.makersKey());
        Files.setPosixFilePermissions(keys, PosixFilePermissions.fromString("rw-------"));
        reader = new SetReader(store, new TrustedKeys(keys), new Limits(200_000, 1_000_000, 100, 4), false);
        set = TestSets.signed(MADE, Map.of("one.jar", TestSets.bundle("com.example.one", "1.2.3", null),
                "two.jar", TestSets.bundle("com.example.two", "2.0", null)));
    }

    private enum Mutation {
        FLIP, SET, CUT, REMOVE, INSERT, SWAP;

        byte[] of(byte[] content, Random random) {
            byte[] changed = content.clone();
            int at = random.nextInt(content.length);
            int length = 1 + random.nextInt(Math.min(64, content.length - at));
            switch (this) {
                case FLIP -> changed[at] ^= (byte) (1 << random.nextInt(8));
                case SET -> changed[at] = (byte) random.nextInt();
                case CUT -> changed = Arrays.copyOf(content, at);
                case REMOVE, INSERT -> {
                    ByteArrayOutputStream out = new ByteArrayOutputStream();
                    out.write(content, 0, at);
                    if (this == INSERT) {
                        byte[] inserted = new byte[length];
                        random.nextBytes(inserted);
                        out.writeBytes(inserted);
                        length = 0;
                    }
                    out.write(content, at + length, content.length - at - length);
                    changed = out.toByteArray();
                }
                case SWAP -> {
                    int other = random.nextInt(content.length);
                    changed[at] = content[other];
                    changed[other] = content[at];
                }
            }
            return changed;
        }
    }

    @Test
    void noneOfAThousandMutationsIsTaken() throws Exception {
        Random random = new Random(20261126);
        List<String> names = new ArrayList<>(set.keySet());
        int refused = 0;
        while (refused < MUTATIONS) {
            String name = names.get(random.nextInt(names.size()));
            Mutation mutation = Mutation.values()[random.nextInt(Mutation.values().length)];
            byte[] content = mutation.of(set.get(name), random);
            // Other line breaks, or bits behind the end of Base64, are the same signature.
            if (Arrays.equals(content, set.get(name)) || name.equals(SetManifest.SIGNATURE) && isTheSame(content)) {
                continue;
            }
            Map<String, byte[]> mutated = new TreeMap<>(set);
            mutated.put(name, content);
            Path path = write(mutated, refused, random.nextBoolean());
            String what = name + " " + mutation;
            Exception why = assertThrows(Exception.class, () -> reader.read(path), what);
            assertTrue(why instanceof TornException || why instanceof DeploymentException, () -> what + ": " + why);
            assertFalse(why.getMessage().isBlank(), what);
            try (Stream<Path> left = Files.list(directory.resolve("store"))) {
                assertEquals(0, left.count(), what);
            }
            refused++;
        }
        assertEquals("[com.example.one 1.2.3, com.example.two 2.0.0]", reader.read(write(set, -1, true)).jars().toString(),
                "the same, unchanged");
    }

    private boolean isTheSame(byte[] signature) {
        try {
            return SshSignature.parse(signature).isOf(set.get(SetManifest.NAME));
        } catch (DeploymentException e) {
            return false;
        }
    }

    /** What a thief of an archive can do: files that are whole, and belong to other sets or to nobody. */
    @Test
    void filesOfOtherSetsAreNotTaken() throws Exception {
        byte[] evil = TestSets.bundle("com.example.one", "9.9.9", null);
        Map<String, byte[]> other = TestSets.signed(MADE.plusSeconds(1), Map.of("one.jar", evil));
        Map<String, byte[]> mixed = new TreeMap<>(set);
        mixed.put("one.jar", evil);
        assertThrows(TornException.class, () -> reader.read(write(mixed, 1, true)), "another's jar");
        mixed.put(SetManifest.NAME, TestSets.manifest(MADE, Map.of("one.jar", evil, "two.jar", set.get("two.jar"))));
        assertThrows(DeploymentException.class, () -> reader.read(write(mixed, 2, true)), "a manifest that nobody signed");
        mixed.put(SetManifest.SIGNATURE, other.get(SetManifest.SIGNATURE));
        assertThrows(DeploymentException.class, () -> reader.read(write(mixed, 3, true)), "another's signature");
        mixed.remove(SetManifest.SIGNATURE);
        assertThrows(DeploymentException.class, () -> reader.read(write(mixed, 4, true)), "none");
        Map<String, byte[]> more = new TreeMap<>(set);
        more.put("three.jar", evil);
        assertThrows(DeploymentException.class, () -> reader.read(write(more, 5, true)), "a jar that is not listed");
    }

    /** A zip file whose bytes changed may still hold what was signed; if it is taken, that is what was taken. */
    @Test
    void aDamagedArchiveHoldsWhatWasSignedOrIsRefused() throws Exception {
        byte[] zip = TestSets.zip(set);
        Random random = new Random(7);
        int refused = 0;
        for (int i = 0; i < MUTATIONS / 2; i++) {
            byte[] mutated = Mutation.values()[random.nextInt(Mutation.values().length)].of(zip, random);
            Path path = Files.write(directory.resolve("damaged.zip"), mutated);
            try {
                for (BundleJar jar : reader.read(path).jars()) {
                    assertArrayEquals(set.get(jar.file()), Files.readAllBytes(store.path(jar.sha256())));
                }
            } catch (TornException | DeploymentException e) {
                refused++;
            }
        }
        assertTrue(refused > MUTATIONS / 4, refused + " refused");
    }

    private Path write(Map<String, byte[]> files, int number, boolean zip) throws IOException {
        Path path = directory.resolve("set" + number + (zip ? ".zip" : ""));
        if (zip) {
            return Files.write(path, TestSets.zip(files));
        }
        TestSets.write(files, path);
        return path;
    }
}
