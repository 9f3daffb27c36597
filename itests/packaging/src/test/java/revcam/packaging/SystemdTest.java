package revcam.packaging;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import revcam.browser.Chromium;
import revcam.browser.Page;
import revcam.browser.Product;

/**
 * The package on a fresh Debian whose first process is systemd, in namespaces of its own. The long variant: {@code
 * -Drevcam.suite=bookworm}, trixie and so on; it fetches some 150 MB.
 */
class SystemdTest {

    private static final Duration PLAYING = Duration.ofSeconds(60);
    private static final Duration RESTART = Duration.ofSeconds(60);

    @TempDir
    private Path directory;

    @Test
    void startsIsRestartedWhenAnEncoderHangsAndGoesWithoutATrace() throws IOException, InterruptedException {
        assumeFalse(FreshDebian.suite().isEmpty(), "takes minutes: -Drevcam.suite=bookworm runs it");
        for (String tool : List.of("mmdebstrap", "unshare", "nsenter", "chromium")) {
            PackageTest.require(tool);
        }
        assumeTrue("root".equals(System.getProperty("user.name")), "only root can boot a system, be it in namespaces");
        Path deb = PackageTest.makePackage(directory, "0.0.1", "out", Map.of());
        try (GuestSystem guest = GuestSystem.boot(FreshDebian.root(), Files.createDirectory(directory.resolve("guest")));
                Chromium chromium = Chromium.start()) {
            PackageTest.await("systemd runs", RESTART, () -> guest.run("systemctl", "is-system-running").output().strip()
                    .matches("running|degraded"));
            int port = PackageTest.freePort();
            guest.sh("mkdir -p /etc/revcam/local");
            guest.write("/etc/revcam/local/revcam.http.cfg", "port = " + port + "\nlisten = 127.0.0.1\n");
            guest.write("/etc/revcam/local/revcam.stream-main.cfg", "size = 640x360\n");
            guest.put(deb, "/tmp/revcam.deb");
            guest.sh("apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq -y install /tmp/revcam.deb");

            assertEquals("active", guest.sh("systemctl is-active revcam"), "the installation has waited for READY=1");
            assertEquals("enabled", guest.sh("systemctl is-enabled revcam"));
            assertEquals("main: ready, nobody watches", show(guest, "StatusText"));
            assertEquals("1", guest.sh("ls -d /dev/shm/revcam-*/*/felix-cache | wc -l"), "in memory, not on the card");
            PackageTest.await("the console's password", RESTART, () -> journal(guest).contains("password"));
            System.out.println(guest.sh("systemd-analyze security --no-pager revcam | tail -n 1"));
            assertEquals("", guest.sh("journalctl --no-pager -b -p warning -u revcam -o cat | grep -v Restart || true"));

            Page page = chromium.open("http://127.0.0.1:" + port + "/");
            page.awaitFrames(60, PLAYING);
            PackageTest.await("a viewer", RESTART, () -> show(guest, "StatusText").startsWith("main: 1 viewer, 640x360"));
            assertTrue(guest.sh("revcam status").contains("1 watching"));

            deployAndGoBack(guest, page);

            Path jar = directory.resolve("hanging.jar");
            HangingEncoder.writeBundle(jar);
            guest.put(jar, "/var/lib/revcam/deploy/hanging.jar");
            long began = System.nanoTime();
            guest.write("/etc/revcam/local/revcam.stream-main.cfg", "size = 640x360\nencoder = hanging\n");
            PackageTest.await("a restart", RESTART, () -> show(guest, "NRestarts").equals("1"));
            System.out.println("restarted " + (System.nanoTime() - began) / 1_000_000
                    + " ms after the configuration named an encoder that hangs");
            guest.write("/etc/revcam/local/revcam.stream-main.cfg", "size = 640x360\n");
            assertTrue(journal(guest).contains("at revcam.packaging.HangingEncoder"), "where the threads were");
            page.reset();
            page.awaitFrames(60, PLAYING);

            guest.sh("systemctl restart revcam");
            page.reset();
            page.awaitFrames(60, PLAYING);
            guest.sh("systemctl stop revcam");
            assertEquals("success", show(guest, "Result"));
            guest.sh("DEBIAN_FRONTEND=noninteractive apt-get -qq -y purge revcam");
            assertEquals("not-found", show(guest, "LoadState"));
            assertEquals("", guest.sh("ls -d /etc/revcam /var/lib/revcam /var/cache/revcam /usr/share/revcam /dev/shm/revcam-*"
                    + " 2>/dev/null || true"));
        }
    }

    /** What README.md says of it, while somebody watches. */
    private void deployAndGoBack(GuestSystem guest, Page page) throws IOException, InterruptedException {
        Path home = Files.createDirectory(directory.resolve("home"));
        int port = PackageTest.freePort();
        guest.write("/etc/revcam/local/revcam.ssh.cfg", "port = " + port + "\nlisten = 127.0.0.1\n");
        guest.sh("chown revcam: /etc/revcam/local/revcam.ssh.cfg");
        guest.sh(lineWith("sudo revcam trust --ssh", atHome(home, "deploy", "--make-key")).replace("sudo ", ""));
        PackageTest.await("the SSH server", RESTART, () -> guest.exists("/var/lib/revcam/ssh/port"));

        Path changed = directory.resolve("changed.jar");
        try (Stream<Path> files = Files.list(Product.root().resolve("launcher/target/revcam/media"))) {
            Files.copy(files.filter(file -> file.getFileName().toString().startsWith("revcam.encoder.x264")).findFirst().orElseThrow(),
                    changed);
        }
        try (FileSystem inside = FileSystems.newFileSystem(changed)) {
            Files.writeString(inside.getPath("changed"), "by somebody");
        }
        page.reset();
        String ssh = "UserKnownHostsFile=" + home.resolve("known_hosts");
        String said = atHome(home, "deploy", "-o", "StrictHostKeyChecking=accept-new", "-o", ssh, "127.0.0.1:" + port,
                changed.toString());
        assertTrue(said.contains("deployment 1 is confirmed: revcam.encoder.x264"), said);
        assertFalse(said.contains("nobody watched"), said);
        page.awaitFrames(600, PLAYING); // of the twenty seconds of its trial, and some more
        List<String> back = new ArrayList<>(List.of(lineWith("to go back: ssh", said).replaceFirst(".*: ssh ", "").split(" ")));
        back.addAll(0, List.of("ssh", "-o", ssh));
        assertEquals("back to what RevCam came with", Commands.run(back.toArray(String[]::new)).strip());
        page.reset();
        page.awaitFrames(60, PLAYING);
    }

    private static String atHome(Path home, String... words) throws IOException {
        List<String> command = new ArrayList<>(List.of(Product.root().resolve("revcam").toString()));
        command.addAll(List.of(words));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put("HOME", home.toString());
        builder.environment().remove("XDG_CONFIG_HOME");
        return Commands.run(builder);
    }

    private static String lineWith(String part, String text) {
        return text.lines().filter(line -> line.contains(part)).findFirst().orElseThrow().strip();
    }

    private static String show(GuestSystem guest, String property) throws IOException {
        return guest.sh("systemctl show --value -p " + property + " revcam");
    }

    private static String journal(GuestSystem guest) throws IOException {
        return guest.sh("journalctl --no-pager -u revcam -o cat");
    }
}
