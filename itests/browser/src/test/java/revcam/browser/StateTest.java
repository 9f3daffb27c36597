package revcam.browser;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import revcam.testkit.Damage;

/**
 * Whatever became of the state directory, RevCam starts, a viewer can connect, and nobody gets in who could not before.
 * It takes minutes. What a camera has that was deployed to is damaged in {@code itests/deploy}.
 */
@EnabledIfSystemProperty(named = "revcam.faults", matches = "true", disabledReason = "takes minutes: -Drevcam.faults=true")
class StateTest {

    /** All at once: an hour after the card began to die. */
    @Test
    void everythingIsDamaged() throws IOException {
        try (Product first = Product.start()) {
            String token = StateFiles.token(first);
            first.end("KILL");
            for (Path file : StateFiles.of(first.state()).paths()) {
                Damage.Kind.ZEROS.to(file);
            }
            try (Product second = first.again().awaitReady()) {
                StateFiles.assertGuarded(second, token, false, "all zeros");
                assertEquals(0, second.end("TERM"), second.logText());
            }
        }
    }

    /** Each file in each kind of damage, one at a time. */
    @Test
    void oneFileIsDamaged() throws IOException {
        int starts = 0;
        long longest = 0;
        List<String> failed = new ArrayList<>();
        try (Product first = Product.start()) {
            first.awaitShell("status");
            String token = StateFiles.token(first);
            first.end("KILL");
            StateFiles files = StateFiles.of(first.state());
            System.out.println("damaged one at a time: " + files.paths().stream().map(files::name).toList());
            for (Path file : files.paths()) {
                for (Damage.Kind kind : Damage.Kind.values()) {
                    kind.to(file);
                    String what = files.name(file) + " " + kind;
                    Product again = first.again();
                    try {
                        again.awaitReady();
                        StateFiles.assertGuarded(again, token, !file.endsWith("whep.token"), what);
                        longest = Math.max(longest, again.startTime().toMillis());
                    } catch (IOException | AssertionError e) {
                        failed.add(what + ": " + e.getMessage());
                    }
                    // Not closed, which would remove the state.
                    if (again.isAlive()) {
                        again.end("TERM");
                    }
                    starts++;
                    files.restore();
                }
            }
        }
        System.out.println(starts + " starts with a damaged file, the longest took " + longest + " ms");
        assertEquals(List.of(), failed);
    }

    /** The kernel has made the card read-only, as it does after errors. */
    @Test
    void theStateIsReadOnly() throws IOException {
        assumeTrue(mayMount(), "the system allows no mounts");
        try (Product first = Product.start()) {
            String token = StateFiles.token(first);
            first.end("TERM");
            try (Product second = first.again("unshare", "-m", "sh", "-c",
                    "mount --bind \"$0\" \"$0\" && mount -o remount,bind,ro \"$0\" && exec \"$@\"", first.state().toString())) {
                second.awaitReady();
                StateFiles.assertGuarded(second, token, true, "read-only");
                assertTrue(second.logText().contains("read-only") || second.logText().contains("Read-only"), second.logText());
                assertEquals(0, second.end("TERM"));
            }
        }
    }

    /** Not a byte is free. */
    @Test
    void theStorageIsFull() throws IOException {
        assumeTrue(mayMount(), "the system allows no mounts");
        try (Product first = Product.start()) {
            String token = StateFiles.token(first);
            first.end("TERM");
            try (Product second = first.again("unshare", "-m", "sh", "-c", "cp -a \"$0\" \"$0.copy\" && "
                    + "mount -t tmpfs -o size=2m tmpfs \"$0\" && cp -a \"$0.copy/.\" \"$0\" && rm -rf \"$0.copy\" && "
                    + "{ cat /dev/zero > \"$0/filling\" || true; } 2>/dev/null && exec \"$@\"", first.state().toString())) {
                second.awaitReady();
                StateFiles.assertGuarded(second, token, true, "full");
                assertEquals(0, second.end("TERM"));
            }
        }
    }

    static boolean mayMount() throws IOException {
        try {
            return new ProcessBuilder("unshare", "-m", "true").start().waitFor() == 0;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }
}
