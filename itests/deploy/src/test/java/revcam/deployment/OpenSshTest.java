package revcam.deployment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import revcam.browser.Product;

/** RevCam's own server, as the system's OpenSSH client sees it: what it lets in, and what it keeps out. */
@Timeout(180)
class OpenSshTest {

    @TempDir
    static Path home;
    @TempDir
    static Path outside;

    private static Product product;
    private static String port;

    @BeforeAll
    static void start() throws Exception {
        product = Camera.start(home);
        port = Camera.port(product);
    }

    @AfterAll
    static void stop() throws IOException {
        product.close();
    }

    private static List<String> options(String... more) {
        List<String> options = new ArrayList<>(Camera.options(home));
        for (String each : more) {
            options.addAll(List.of("-o", each));
        }
        return options;
    }

    private static Terminal.Answer ssh(List<String> options, String... words) throws IOException {
        return ssh("", options, words);
    }

    private static Terminal.Answer ssh(String input, List<String> options, String... words) throws IOException {
        return Terminal.run(home, input, Terminal.words("ssh", "-p", port, options, "revcam@127.0.0.1", List.of(words)));
    }

    private static Terminal.Answer sftp(String commands) throws IOException {
        return Terminal.run(home, commands, Terminal.words("sftp", "-P", port, options(), "-b", "-", "revcam@127.0.0.1"));
    }

    private static Path staging() {
        return product.state().resolve("deployment/staging");
    }

    // ---- commands

    @Test
    void commandsAreRevCams() throws IOException {
        Terminal.Answer list = ssh(options(), "deployments");
        assertEquals("*   0  what RevCam came with\n", list.output());
        assertEquals(0, list.status());
        assertTrue(ssh(options(), "why", "encoder").output().startsWith("main encoder: "));
        Terminal.Answer help = ssh(options(), "help");
        assertTrue(help.output().contains("rollback-deployment"), help.output());
        for (String line : List.of("lb", "felix:lb", "stop 0", "exec ls", "status | grep x", "$(lb)", "frobnicate")) {
            Terminal.Answer refused = ssh(options(), line);
            assertEquals(1, refused.status(), line + ": " + refused.output());
            assertFalse(refused.output().contains("System Bundle"), refused.output());
        }
        assertTrue(product.isAlive());
    }

    @Test
    void linesWithoutACommand() throws IOException {
        Terminal.Answer several = ssh("deployments\n\nfrobnicate\nkeyframe\nexit\nstatus\n", options(), new String[0]);
        assertEquals(0, several.status(), several.output());
        assertTrue(several.output().contains("what RevCam came with"), several.output());
        assertTrue(several.output().contains("there is no command frobnicate"), several.output());
        assertTrue(several.output().contains("main: key frame asked for"), several.output());
        assertFalse(several.output().contains("viewers"), "what stands behind exit ran");
    }

    @Test
    void aTerminalSeesWhatItTypes() throws IOException {
        Terminal.Answer typed = Terminal.run(home, "deplyo\b\boyments\rexit\r",
                Terminal.words("ssh", "-tt", "-p", port, options(), "revcam@127.0.0.1"));
        assertTrue(typed.output().contains("revcam> deplyo"), typed.output());
        assertTrue(typed.output().contains("0  what RevCam came with\r\n"), typed.output());
        assertEquals(0, typed.status(), typed.output());
    }

    // ---- who gets in

    @Test
    void passwordsAreNotEvenAskedFor() throws IOException {
        Terminal.Answer refused = ssh(options("PubkeyAuthentication=no", "PreferredAuthentications=password,keyboard-interactive"), "status");
        assertEquals(255, refused.status());
        assertTrue(refused.output().contains("Permission denied (publickey)."), refused.output());
    }

    @Test
    void anotherKeyIsRefused() throws Exception {
        Path stranger = Camera.key(outside.resolve("stranger"), "ed25519");
        List<String> options = new ArrayList<>(options());
        options.set(options.indexOf("-i") + 1, stranger.toString());
        Terminal.Answer refused = ssh(options, "status");
        assertEquals(255, refused.status());
        assertTrue(refused.output().contains("Permission denied (publickey)."), refused.output());
        assertTrue(product.logText().contains("a key is not in"), product.logText());
    }

    @Test
    void keysOfOtherKindsAndLinesWithOptions() throws Exception {
        Path keys = product.state().resolve("ssh/authorized_keys");
        String before = Files.readString(keys);
        Path rsa = Camera.key(outside.resolve("rsa"), "rsa");
        Path restricted = Camera.key(outside.resolve("restricted"), "ed25519");
        Files.writeString(keys, before + Files.readString(Path.of(rsa + ".pub"))
                + "command=\"true\" " + Files.readString(Path.of(restricted + ".pub")));
        try {
            List<String> options = new ArrayList<>(options());
            options.set(options.indexOf("-i") + 1, rsa.toString());
            assertEquals(0, ssh(options, "status").status());
            options.set(options.indexOf("-i") + 1, restricted.toString());
            assertEquals(255, ssh(options, "status").status());
            Files.setPosixFilePermissions(keys, PosixFilePermissions.fromString("rw-r--r--"));
            assertEquals(255, ssh(options(), "status").status());
        } finally {
            Files.writeString(keys, before);
            Files.setPosixFilePermissions(keys, PosixFilePermissions.fromString("rw-------"));
        }
        assertEquals(0, ssh(options(), "status").status());
    }

    @Test
    void theHostKeyIsKept() throws IOException {
        Path file = product.state().resolve("ssh/host_key");
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
        Terminal.Answer printed = Terminal.run(home, "", Terminal.words("ssh-keygen", "-l", "-f", file));
        assertTrue(printed.output().contains("ED25519"), printed.output());
        assertEquals(0, ssh(options("StrictHostKeyChecking=yes"), "status").status(), "known since the first time");
    }

    // ---- forwarding

    @Test
    void nothingIsForwarded() throws Exception {
        try (ServerSocket secret = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            int free;
            try (ServerSocket probe = new ServerSocket(0)) {
                free = probe.getLocalPort();
            }
            Process tunnel = new ProcessBuilder(Terminal.words("ssh", "-N", "-p", port, options(), "-L",
                    "127.0.0.1:" + free + ":127.0.0.1:" + secret.getLocalPort(), "revcam@127.0.0.1"))
                    .redirectErrorStream(true).redirectOutput(outside.resolve("tunnel.log").toFile()).start();
            try {
                secret.setSoTimeout(3_000);
                Socket client = connect(free);
                client.setSoTimeout(10_000); // so that an open channel is a failure and no standstill
                assertEquals(-1, client.getInputStream().read(), "the channel must be refused");
                client.close();
                boolean reached;
                try {
                    secret.accept().close();
                    reached = true;
                } catch (java.net.SocketTimeoutException e) {
                    reached = false;
                }
                assertFalse(reached, "a connection went through the camera");
            } finally {
                tunnel.destroy();
                tunnel.waitFor();
            }
            assertTrue(Files.readString(outside.resolve("tunnel.log")).contains("open failed"), Files.readString(outside.resolve("tunnel.log")));
            Terminal.Answer reverse = ssh(options("ExitOnForwardFailure=yes"), "-R", free + ":127.0.0.1:" + secret.getLocalPort(), "status");
            assertNotEquals(0, reverse.status(), reverse.output());
        }
        Terminal.Answer dynamic = ssh(options(), "-W", "127.0.0.1:" + port);
        assertNotEquals(0, dynamic.status(), dynamic.output());
    }

    private static Socket connect(int port) throws Exception {
        for (int i = 0; ; i++) {
            try {
                return new Socket(InetAddress.getLoopbackAddress(), port);
            } catch (IOException e) {
                if (i == 100) {
                    throw e;
                }
                Thread.sleep(100);
            }
        }
    }

    // ---- files

    @Test
    void filesGoIntoTheStagingAreaAndNowhereElse() throws Exception {
        Path file = Files.writeString(outside.resolve("file.part"), "hello");
        assertEquals(0, sftp("put " + file + " a.part\nls -l\nrename a.part b.part\n").status());
        assertEquals("hello", Files.readString(staging().resolve("b.part")));
        for (String[] flags : new String[][] {{}, {"-O"}}) {
            Terminal.Answer copied = Terminal.run(home, "", Terminal.words("scp", List.of(flags), "-P", port, options(), file,
                    "revcam@127.0.0.1:c" + flags.length + ".part"));
            assertEquals(0, copied.status(), copied.output());
            assertEquals("hello", Files.readString(staging().resolve("c" + flags.length + ".part")));
        }
        for (String target : List.of("../evil", "/../../evil", "/etc/evil", product.state() + "/evil", outside + "/evil")) {
            sftp("-put " + file + " " + target + "\n");
            for (String flag : List.of("-O", "-s")) {
                Terminal.run(home, "", Terminal.words("scp", flag, "-P", port, options(), file, "revcam@127.0.0.1:" + target));
            }
        }
        for (Path directory : List.of(product.state(), product.state().resolve("deployment"), outside, Path.of("/etc"), Path.of("/"))) {
            assertFalse(Files.exists(directory.resolve("evil")), "written to " + directory);
        }
        Path got = outside.resolve("got");
        for (String source : List.of("/etc/hostname", "../trusted-keys", "../../ssh/host_key", product.state() + "/ssh/host_key")) {
            sftp("-get " + source + " " + got + "\n");
            Terminal.run(home, "", Terminal.words("scp", "-O", "-P", port, options(), "revcam@127.0.0.1:" + source, got));
            assertFalse(Files.exists(got), source + " was read");
        }
        assertNotEquals(0, sftp("symlink /etc/hostname link\n").status());
        assertNotEquals(0, sftp("symlink ../trusted-keys link\n").status());
        assertNotEquals(0, sftp("ln b.part hard\n").status());
        try (Stream<Path> files = Files.walk(staging())) {
            assertTrue(files.noneMatch(Files::isSymbolicLink));
        }
        assertEquals(0, sftp("rm b.part\nrm c0.part\nrm c1.part\n").status());
    }

    @Test
    void whatIsTooLargeIsCutOff() throws Exception {
        Path large = outside.resolve("large.part");
        try (var out = new java.io.RandomAccessFile(large.toFile(), "rw")) {
            out.setLength(2_100_000);
        }
        assertNotEquals(0, sftp("put " + large + "\n").status());
        assertNotEquals(0, Terminal.run(home, "", Terminal.words("scp", "-O", "-P", port, options(), large, "revcam@127.0.0.1:")).status());
        Path left = staging().resolve("large.part");
        assertTrue(!Files.exists(left) || Files.size(left) <= 2_000_000);
        Files.deleteIfExists(left);
    }

    // ---- limits

    @Test
    void whoComesTooManyIsSentAway() throws Exception {
        List<Socket> sockets = new ArrayList<>();
        try {
            for (int i = 0; i < 40; i++) {
                sockets.add(new Socket(InetAddress.getLoopbackAddress(), Integer.parseInt(port)));
            }
            int closed = 0;
            for (Socket socket : sockets) {
                socket.setSoTimeout(500);
                try {
                    while (socket.getInputStream().read() >= 0) {
                        // its greeting
                    }
                    closed++;
                } catch (java.net.SocketTimeoutException e) {
                    // one of those that may wait
                } catch (IOException e) {
                    closed++;
                }
            }
            assertTrue(closed >= 30, closed + " of 40 were sent away");
        } finally {
            for (Socket socket : sockets) {
                socket.close();
            }
        }
        Thread.sleep(500);
        assertEquals(0, ssh(options(), "status").status());
    }
}
