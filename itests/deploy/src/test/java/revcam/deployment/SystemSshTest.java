package revcam.deployment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import revcam.browser.Configs;
import revcam.browser.Product;

/**
 * {@code ./revcam deploy} by an sshd of OpenSSH into the staging area, while RevCam's own SSH server is off. Only where OpenSSH's
 * server is installed: to install it is to run it, which no test may decide.
 */
@Timeout(300)
class SystemSshTest {

    private static final Path SSHD = Path.of("/usr/sbin/sshd");
    /** Where a server that runs as root puts its unprivileged part. */
    private static final Path EMPTY = Path.of("/run/sshd");
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(20);
    private static final String LAMP = "com.example.lamp";

    @TempDir
    Path home;
    private Product product;
    private Process sshd;
    private int port;

    @BeforeEach
    void start() throws Exception {
        assumeTrue(Files.isExecutable(SSHD), SSHD + " is not installed");
        Configs configs = Configs.copyTo(Files.createTempDirectory("revcam-configs"));
        configs.set("revcam.deploy", "trial", "5");
        product = Product.launch(configs).awaitReady();
        // What the documentation says: a key here, its line there.
        assertEquals(0, Terminal.run(home, "", Terminal.words(Camera.script(), "deploy", "--make-key")).status());
        Path publicKey = home.resolve(".config/revcam/deploy_key.pub");
        Terminal.Answer trusted = Terminal.run(home, Files.readString(publicKey),
                Terminal.words(Camera.script(), "deploy", "--state", product.state(), "--trust", "-"));
        assertEquals(0, trusted.status(), trusted.output());

        // The user's home, as the server sees it, has RevCam's state where it is by default.
        Files.createSymbolicLink(Files.createDirectories(home.resolve(".local/state")).resolve("revcam"), product.state());
        port = freePort();
        Path config = Files.writeString(home.resolve("sshd_config"), String.join("\n",
                "ListenAddress 127.0.0.1",
                "Port " + port,
                "HostKey " + Camera.key(home.resolve("host_key"), "ed25519"),
                "AuthorizedKeysFile " + publicKey,
                "PidFile none",
                "PasswordAuthentication no",
                "StrictModes no",
                "Subsystem sftp internal-sftp -d " + home) + "\n");
        if (Files.isWritable(EMPTY.getParent())) {
            Files.createDirectories(EMPTY);
        }
        sshd = new ProcessBuilder(SSHD.toString(), "-D", "-e", "-f", config.toString()).redirectErrorStream(true)
                .redirectOutput(home.resolve("sshd.log").toFile()).start();
        awaitAnswer();
    }

    @AfterEach
    void stop() throws Exception {
        if (sshd != null) {
            sshd.destroy();
            sshd.waitFor();
        }
        if (product != null) {
            product.close();
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private void awaitAnswer() throws Exception {
        long end = System.nanoTime() + PATIENCE_NANOS;
        while (true) {
            try {
                new Socket(InetAddress.getLoopbackAddress(), port).close();
                return;
            } catch (IOException e) {
                assertTrue(sshd.isAlive() && System.nanoTime() - end < 0, Files.readString(home.resolve("sshd.log")));
                Thread.sleep(50);
            }
        }
    }

    private Terminal.Answer deploy(Object... words) throws IOException {
        List<String> options = new ArrayList<>();
        for (String option : List.of("Port=" + port, "StrictHostKeyChecking=accept-new",
                "UserKnownHostsFile=" + home.resolve("known_hosts"))) {
            options.addAll(List.of("-o", option));
        }
        return Terminal.run(home, "", Terminal.words(Camera.script(), "deploy", options, List.of(words)));
    }

    @Test
    void aSetGoesThroughTheSameGate() throws Exception {
        Path lamp = Parts.bundle(home.resolve("lamp.jar"), LAMP, "1.0.0", Parts.Good.class, "");
        Terminal.Answer kept = deploy("127.0.0.1", lamp);
        assertEquals(0, kept.status(), kept.output() + Files.readString(home.resolve("sshd.log")));
        assertTrue(kept.output().contains("is confirmed: " + LAMP + " 1.0.0"), kept.output());
        assertFalse(kept.output().contains("to go back: ssh"), "its commands are not RevCam's: " + kept.output());
        assertTrue(product.awaitShell("deployments").contains("*   1"), product.awaitShell("deployments"));
        assertFalse(Files.exists(product.state().resolve("ssh/port")), "RevCam's own server is off");

        Path bad = Parts.bundle(home.resolve("bad.jar"), LAMP, "2.0.0", Parts.Good.class, ",com.example.oil;version=\"[1,2)\"");
        Terminal.Answer refused = deploy("127.0.0.1", bad);
        assertEquals(1, refused.status(), refused.output());
        assertTrue(refused.output().contains("refused: it does not resolve"), refused.output());

        Terminal.Answer nowhere = deploy("--staging", home.resolve("nowhere"), "127.0.0.1", lamp);
        assertEquals(1, nowhere.status(), nowhere.output());
        assertTrue(nowhere.output().contains("has no staging area in " + home.resolve("nowhere")), nowhere.output());
        assertEquals("back to what RevCam came with\n", product.awaitShell("rollback-deployment"));
    }
}
