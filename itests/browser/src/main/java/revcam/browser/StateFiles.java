package revcam.browser;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Comparator;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * What a run left in its state directory, to be damaged and put back; and whether nobody gets in who could not before. One thread.
 */
public final class StateFiles {

    private record Saved(byte[] content, Set<PosixFilePermission> permissions) {}

    private final Path state;
    private final TreeMap<Path, Saved> saved = new TreeMap<>();

    private StateFiles(Path state) {
        this.state = state;
    }

    /** Remembers them; not what tests put there. */
    public static StateFiles of(Path state) throws IOException {
        StateFiles files = new StateFiles(state);
        try (Stream<Path> all = Files.walk(state)) {
            for (Path file : all.filter(path -> Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)).toList()) {
                String name = state.relativize(file).toString();
                // Of a run that was killed, what the next one must cope with; it removes the rest unread.
                boolean ofRun = name.matches("run/[^/]+/(?!lock$).*");
                if (!ofRun && !name.startsWith("configs/") && !name.startsWith("test.log") && !name.startsWith("shell")) {
                    files.saved.put(file, new Saved(Files.readAllBytes(file), Files.getPosixFilePermissions(file)));
                }
            }
        }
        return files;
    }

    public Set<Path> paths() {
        return saved.navigableKeySet();
    }

    /** The path below the state directory. */
    public String name(Path file) {
        return state.relativize(file).toString();
    }

    /** Puts everything back. */
    public void restore() throws IOException {
        for (var file : saved.entrySet()) {
            remove(file.getKey());
            Files.createDirectories(file.getKey().getParent());
            Files.write(file.getKey(), file.getValue().content());
            Files.setPosixFilePermissions(file.getKey(), file.getValue().permissions());
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

    /** The token of a product that listens on plain HTTP. */
    public static String token(Product product) throws IOException {
        return Files.readString(product.state().resolve("whep.token")).strip();
    }

    /** Asserts that an offer is refused without a token and with a wrong one, and, if it is said to be kept, not with the right one. */
    public static void assertGuarded(Product product, String token, boolean tokenKept, String what) throws IOException {
        expect(401, offer(product, null), what + ": without a token");
        expect(401, offer(product, "none"), what + ": with a wrong token");
        int known = offer(product, token);
        if (tokenKept) {
            expect(400, known, what + ": with the token, what is no offer");
        }
    }

    private static void expect(int wanted, int status, String what) {
        if (status != wanted) {
            throw new AssertionError(what + ": " + status + " instead of " + wanted);
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
}
