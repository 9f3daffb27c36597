package revcam.browser;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import revcam.testkit.Damage;

/**
 * Whatever became of the state directory, RevCam starts, a viewer can connect, and nobody gets in who could not before.
 * {@code -Drevcam.faults=true} runs what takes minutes.
 */
class StateTest {

    /** What a run leaves, and damage to which must not matter; not what tests put there. */
    private static Map<Path, byte[]> files(Path state) throws IOException {
        Map<Path, byte[]> files = new TreeMap<>();
        try (Stream<Path> all = Files.walk(state)) {
            for (Path file : all.filter(Files::isRegularFile).toList()) {
                String name = state.relativize(file).toString();
                // Of a run that was killed, what the next one must cope with; it removes the rest unread.
                boolean ofRun = name.matches("run/[^/]+/(?!lock$).*");
                if (!ofRun && !name.startsWith("configs/") && !name.startsWith("test.log") && !name.startsWith("shell")) {
                    files.put(file, Files.readAllBytes(file));
                }
            }
        }
        return files;
    }

    private static void restore(Map<Path, byte[]> files) throws IOException {
        for (Map.Entry<Path, byte[]> file : files.entrySet()) {
            remove(file.getKey());
            Files.createDirectories(file.getKey().getParent());
            Files.write(file.getKey(), file.getValue());
            Files.setPosixFilePermissions(file.getKey(), PosixFilePermissions.fromString("rw-------"));
        }
    }

    private static void remove(Path path) throws IOException {
        if (Files.exists(path)) {
            try (Stream<Path> all = Files.walk(path)) {
                all.sorted(Comparator.reverseOrder()).forEach(each -> {
                    try {
                        Files.delete(each);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                });
            }
        }
    }

    /** Status of an offer that seems to come through another name, so that this machine's privilege does not count. */
    private static int offer(Product product, String token) throws IOException {
        URI url = URI.create(product.url());
        try (Socket socket = new Socket(url.getHost(), url.getPort())) {
            socket.setSoTimeout(10_000);
            String body = "v=0\r\n";
            socket.getOutputStream().write(("POST /whep HTTP/1.1\r\nHost: 192.0.2.1\r\nContent-Type: application/sdp\r\n"
                    + (token == null ? "" : "Authorization: Bearer " + token + "\r\n") + "Content-Length: " + body.length()
                    + "\r\nConnection: close\r\n\r\n" + body).getBytes(StandardCharsets.US_ASCII));
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
            return Integer.parseInt(answer.split(" ")[1]);
        }
    }

    private static void assertGuarded(Product product, String token, boolean tokenKept, String what) throws IOException {
        assertEquals(401, offer(product, null), what + ": without a token");
        assertEquals(401, offer(product, "none"), what + ": with a wrong token");
        int known = offer(product, token);
        assertTrue(!tokenKept || known == 400, what + ": with the token: " + known);
    }

    private static String token(Product product) throws IOException {
        return Files.readString(product.state().resolve("whep.token")).strip();
    }

    /** All at once: an hour after the card began to die. */
    @Test
    void everythingIsDamaged() throws IOException {
        try (Product first = Product.start()) {
            String token = token(first);
            first.end("KILL");
            for (Path file : files(first.state()).keySet()) {
                Damage.Kind.ZEROS.to(file);
            }
            try (Product second = first.again().awaitReady()) {
                assertGuarded(second, token, false, "all zeros");
                assertEquals(0, second.end("TERM"), second.logText());
            }
        }
    }

    /** Each file in each kind of damage, one at a time. */
    @Test
    @EnabledIfSystemProperty(named = "revcam.faults", matches = "true", disabledReason = "takes ten minutes: -Drevcam.faults=true")
    void oneFileIsDamaged() throws IOException {
        int starts = 0;
        long longest = 0;
        List<String> failed = new ArrayList<>();
        try (Product first = Product.start()) {
            first.configs().set("revcam.ssh", "enabled", "true");
            first.configs().set("revcam.ssh", "port", "0");
            first.awaitShell("status");
            String token = token(first);
            first.end("KILL");
            Map<Path, byte[]> files = files(first.state());
            System.out.println("damaged one at a time: " + files.keySet().stream().map(first.state()::relativize).toList());
            for (Path file : files.keySet()) {
                for (Damage.Kind kind : Damage.Kind.values()) {
                    kind.to(file);
                    String what = first.state().relativize(file) + " " + kind;
                    Product again = first.again();
                    try {
                        again.awaitReady();
                        assertGuarded(again, token, !file.endsWith("whep.token"), what);
                        longest = Math.max(longest, again.startTime().toMillis());
                    } catch (IOException | AssertionError e) {
                        failed.add(what + ": " + e.getMessage());
                    }
                    // Not closed, which would remove the state.
                    if (again.isAlive()) {
                        again.end("TERM");
                    }
                    starts++;
                    restore(files);
                }
            }
        }
        System.out.println(starts + " starts with a damaged file, the longest took " + longest + " ms");
        assertEquals(List.of(), failed);
    }

    /** The kernel has made the card read-only, as it does after errors. */
    @Test
    @EnabledIfSystemProperty(named = "revcam.faults", matches = "true", disabledReason = "-Drevcam.faults=true")
    void theStateIsReadOnly() throws IOException {
        assumeTrue(mayMount(), "the system allows no mounts");
        try (Product first = Product.start()) {
            String token = token(first);
            first.end("TERM");
            try (Product second = first.again("unshare", "-m", "sh", "-c",
                    "mount --bind \"$0\" \"$0\" && mount -o remount,bind,ro \"$0\" && exec \"$@\"", first.state().toString())) {
                second.awaitReady();
                assertGuarded(second, token, true, "read-only");
                assertTrue(second.logText().contains("read-only") || second.logText().contains("Read-only"), second.logText());
                assertEquals(0, second.end("TERM"));
            }
        }
    }

    /** Not a byte is free. */
    @Test
    @EnabledIfSystemProperty(named = "revcam.faults", matches = "true", disabledReason = "-Drevcam.faults=true")
    void theStorageIsFull() throws IOException {
        assumeTrue(mayMount(), "the system allows no mounts");
        try (Product first = Product.start()) {
            String token = token(first);
            first.end("TERM");
            try (Product second = first.again("unshare", "-m", "sh", "-c", "cp -a \"$0\" \"$0.copy\" && "
                    + "mount -t tmpfs -o size=2m tmpfs \"$0\" && cp -a \"$0.copy/.\" \"$0\" && rm -rf \"$0.copy\" && "
                    + "{ cat /dev/zero > \"$0/filling\" || true; } 2>/dev/null && exec \"$@\"", first.state().toString())) {
                second.awaitReady();
                assertGuarded(second, token, true, "full");
                assertEquals(0, second.end("TERM"));
            }
        }
    }

    private static boolean mayMount() throws IOException {
        try {
            return new ProcessBuilder("unshare", "-m", "true").start().waitFor() == 0;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }
}
