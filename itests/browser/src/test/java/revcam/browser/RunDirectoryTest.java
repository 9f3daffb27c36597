package revcam.browser;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Where a run has what dies with it, which the card is spared, and that nothing of it stays. */
class RunDirectoryTest {

    static final Path MEMORY = Path.of("/dev/shm/revcam-0");
    /** A memory of its own with mount options, something that is done to it, and then the command. */
    private static final String WITH_ITS_OWN = "mount -t tmpfs -o mode=1777%s tmpfs /dev/shm && %s && exec \"$0\" \"$@\"";

    @BeforeEach
    void onlyRoot() {
        assumeTrue("root".equals(System.getProperty("user.name")), "memory is for users of the system, and root can try it out");
    }

    @Test
    void isInMemoryAndGoesWithTheRunOrBeforeTheNext() throws IOException {
        assumeTrue(Files.readAllLines(Path.of("/proc/self/mounts")).stream().filter(line -> line.contains(" /dev/shm tmpfs "))
                .anyMatch(line -> !line.contains("noexec")), "nothing can be run from /dev/shm here");
        try (Product killed = Product.start()) {
            Path itsOwn = only(MEMORY, killed);
            assertFalse(Files.exists(killed.state().resolve("run")));
            killed.end("KILL");
            assertTrue(Files.exists(itsOwn));

            Product next = killed.again().awaitReady();
            assertFalse(Files.exists(itsOwn), "left by the killed one");
            itsOwn = only(MEMORY, next);
            assertEquals(0, next.end("TERM"), next.logText());
            assertFalse(Files.exists(itsOwn));
        }
    }

    @Test
    void somebodyElsesIsNotUsed() throws IOException {
        assumeTrue(StateTest.mayMount(), "the system allows no mounts");
        try (Product product = Product.launch(withItsOwn("", "install -d -o nobody -m 700 /dev/shm/revcam-0")).awaitReady()) {
            only(product.state().resolve("run"), product);
            assertTrue(product.logText().contains("/dev/shm/revcam-0 should be a directory of this user alone"), product.logText());
        }
    }

    /** Bundles may come with native code, which has to be run where they are unpacked. */
    @Test
    void memoryThatNothingCanBeRunFromIsNotUsed() throws IOException {
        assumeTrue(StateTest.mayMount(), "the system allows no mounts");
        try (Product product = Product.launch(withItsOwn(",noexec", "true")).awaitReady()) {
            only(product.state().resolve("run"), product);
        }
    }

    @Test
    void whereNeitherCanBeUsedATemporaryOneIs() throws IOException {
        assumeTrue(StateTest.mayMount(), "the system allows no mounts");
        try (Product first = Product.start()) {
            first.end("TERM");
            Files.deleteIfExists(first.state().resolve("run/lock"));
            Files.deleteIfExists(first.state().resolve("run"));
            Files.writeString(first.state().resolve("run"), "in the way");
            Product second = first.again(withItsOwn(",noexec", "true").toArray(String[]::new)).awaitReady();
            assertTrue(second.logText().contains("what is changed now may not be kept"), second.logText());
            assertEquals(0, second.end("TERM"), second.logText());
        }
    }

    private static List<String> withItsOwn(String options, String preparation) {
        return List.of("unshare", "-m", "sh", "-c", WITH_ITS_OWN.formatted(options, preparation));
    }

    /** The one that is this product's. */
    private static Path only(Path parent, Product product) throws IOException {
        try (Stream<Path> all = Files.list(parent)) {
            List<Path> found = all.filter(path -> path.getFileName().toString().startsWith(product.pid() + "-")).toList();
            assertEquals(1, found.size(), "of " + product.pid() + " in " + parent + ": " + found);
            assertTrue(Files.isDirectory(found.get(0).resolve("felix-cache")));
            return found.get(0);
        }
    }
}
