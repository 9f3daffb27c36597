package revcam.connectivity.ice4j;

import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** Debian's TURN server with one account, {@code camera} and {@code pa55word}, at an address of this host. */
final class Coturn implements AutoCloseable {

    private final Process process;
    private final Path directory;
    private final int port;

    private Coturn(Process process, Path directory, int port) {
        this.process = process;
        this.directory = directory;
        this.port = port;
    }

    /** Skips the test where coturn is not installed, unless REVCAM_REQUIRE_TOOLS=1 says that it must be. */
    static Coturn start(InetAddress address) throws IOException, InterruptedException {
        int port;
        try (DatagramSocket free = new DatagramSocket(0, address)) {
            port = free.getLocalPort();
        }
        Path directory = Files.createTempDirectory("coturn");
        Process process;
        try {
            process = new ProcessBuilder(
                            "turnserver", "-n", "--no-cli", "--no-tls", "--no-dtls", "--no-tcp", "--no-tcp-relay",
                            "--lt-cred-mech", "--realm=revcam.test", "--user=camera:pa55word",
                            "--listening-ip=" + address.getHostAddress(), "--relay-ip=" + address.getHostAddress(),
                            "--listening-port=" + port, "--log-file=stdout",
                            "--pidfile=" + directory.resolve("pid"), "--userdb=" + directory.resolve("users"))
                    .redirectErrorStream(true)
                    .redirectOutput(directory.resolve("log").toFile())
                    .start();
        } catch (IOException e) {
            delete(directory);
            if ("1".equals(System.getenv("REVCAM_REQUIRE_TOOLS"))) {
                throw new AssertionError("coturn is required: apt-get install coturn", e);
            }
            return abort("no coturn here: apt-get install coturn");
        }
        Coturn coturn = new Coturn(process, directory, port);
        coturn.awaitBinding(address);
        return coturn;
    }

    int port() {
        return port;
    }

    private void awaitBinding(InetAddress address) throws IOException {
        byte[] request = {0, 1, 0, 0, 0x21, 0x12, (byte) 0xa4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
        try (DatagramSocket socket = new DatagramSocket(0, address)) {
            socket.setSoTimeout(100);
            for (int i = 0; i < 100 && process.isAlive(); i++) {
                socket.send(new DatagramPacket(request, request.length, address, port));
                try {
                    socket.receive(new DatagramPacket(new byte[1500], 1500));
                    return;
                } catch (SocketTimeoutException e) {
                    continue;
                } catch (IOException portNotOpenYet) {
                    continue;
                }
            }
        }
        String log = Files.readString(directory.resolve("log"));
        close();
        throw new AssertionError("coturn does not answer:\n" + log);
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(5, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
            delete(directory);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static void delete(Path directory) throws IOException {
        try (var files = Files.list(directory)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(directory);
    }
}
