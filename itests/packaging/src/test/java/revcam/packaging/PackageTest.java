package revcam.packaging;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import revcam.browser.Chromium;
import revcam.browser.Page;
import revcam.browser.Product;
import revcam.testkit.NotifyListener;

/**
 * The package as its user gets it, without systemd: the test does what the unit tells it, as the unit's user, behind its
 * system-call filter and on a notification socket of its own. {@link SystemdTest} has the real one.
 *
 * <p>It is installed over this machine's own system, so that nothing has to be fetched. {@code -Drevcam.suite=bookworm} (or
 * another one of Debian's) makes a fresh system by mmdebstrap instead, where only what the package asks for is there.
 */
class PackageTest {

    private static final Path ROOT = Product.root();
    private static final Path UNIT = ROOT.resolve("launcher/packaging/revcam.service");
    private static final Duration START = Duration.ofSeconds(60);
    private static final Duration PLAYING = Duration.ofSeconds(30);
    private static final double MOST_EXPOSURE = 2.0;

    @TempDir
    static Path directory;

    private static Path first;

    /** A condition that may do I/O. */
    interface Check {
        boolean holds() throws IOException;
    }

    @BeforeAll
    static void makePackage() throws IOException {
        require("dpkg-deb");
        first = makePackage(directory, "0.0.1", "first", Map.of());
    }

    /** Skips the test where a tool is not installed, unless REVCAM_REQUIRE_TOOLS=1 says that it must be. */
    static void require(String tool) {
        boolean present = Arrays.stream((System.getenv("PATH") + ":/usr/sbin:/sbin").split(":"))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, tool)));
        if (!present && "1".equals(System.getenv("REVCAM_REQUIRE_TOOLS"))) {
            fail(tool + " is not installed, and REVCAM_REQUIRE_TOOLS=1 says that it must be");
        }
        assumeTrue(present, tool + " is not installed");
    }

    static Path makePackage(Path directory, String version, String folder, Map<String, String> environment) throws IOException {
        Path out = directory.resolve(folder);
        ProcessBuilder builder = new ProcessBuilder(ROOT.resolve("launcher/packaging/package.sh").toString(), "--version", version,
                "--out", out.toString());
        builder.environment().putAll(environment);
        Commands.run(builder);
        return out.resolve("revcam_" + version + "_all.deb");
    }

    static void await(String what, Duration atMost, Check check) throws IOException, InterruptedException {
        long end = System.nanoTime() + atMost.toNanos();
        while (!check.holds()) {
            assertTrue(System.nanoTime() - end < 0, () -> "not within " + atMost.toSeconds() + " s: " + what);
            Thread.sleep(50);
        }
    }

    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    @Test
    void theSameSourcesGiveTheSameBytes() throws IOException {
        Path second = makePackage(directory, "0.0.1", "second", Map.of("TZ", "Pacific/Auckland", "LC_ALL", "C.UTF-8", "HOME", "/nowhere"));
        assertArrayEquals(Files.readAllBytes(first), Files.readAllBytes(second));
        assertArrayEquals(Files.readAllBytes(first.resolveSibling("revcam-0.0.1.tar.gz")),
                Files.readAllBytes(second.resolveSibling("revcam-0.0.1.tar.gz")));
    }

    @Test
    void whatIsShippedIsRootsAndNobodyElseMayWriteIt() throws IOException {
        List<String> files = Commands.run("dpkg-deb", "--contents", first.toString()).lines().toList();
        assertTrue(files.size() > 80, files.size() + " files");
        for (String file : files) {
            assertTrue(file.matches("[-d]rw[-x]r-[-x]r-[-x] root/root .*"), file);
        }
        assertFalse(String.join("\n", files).contains(".jsa"), "what depends on the machine is made there");
        List<String> shipped;
        try (Stream<Path> configs = Files.list(ROOT.resolve("configs"))) {
            shipped = configs.map(path -> "/etc/revcam/" + path.getFileName()).filter(name -> name.endsWith(".cfg")).sorted().toList();
        }
        assertEquals(shipped, Commands.run("dpkg-deb", "--info", first.toString(), "conffiles").lines()
                .filter(line -> line.startsWith("/etc/revcam/")).toList());
    }

    @Test
    void theUnitsSandboxIsTight() throws IOException {
        require("systemd-analyze");
        String verdict = Commands.run("systemd-analyze", "security", "--offline=true", UNIT.toString());
        Matcher exposure = Pattern.compile("Overall exposure level for revcam.service: ([0-9.]+)").matcher(verdict);
        assertTrue(exposure.find(), verdict);
        System.out.println("exposure " + exposure.group(1));
        assertTrue(Double.parseDouble(exposure.group(1)) <= MOST_EXPOSURE, verdict);
    }

    @Test
    void theArchiveRunsWhereItIsUnpacked() throws IOException, InterruptedException {
        Commands.run("tar", "-C", directory.toString(), "-xzf", first.resolveSibling("revcam-0.0.1.tar.gz").toString());
        Path unpacked = directory.resolve("revcam-0.0.1");
        Path state = directory.resolve("archive state");
        Path log = directory.resolve("archive.log");
        ProcessBuilder builder = new ProcessBuilder(unpacked.resolve("revcam").toString(), "--state", state.toString(), "run",
                "--port", "0", "--listen", "127.0.0.1", "--size", "640x360");
        Process process = builder.redirectErrorStream(true).redirectOutput(log.toFile()).start();
        try {
            await("ready: " + log, START, () -> Files.readString(log).contains("\nready http://") || !process.isAlive());
            await("the shell", START, () -> Files.exists(state.resolve("shell/socket")) || !process.isAlive());
            assertTrue(process.isAlive(), () -> read(log));
            assertTrue(Commands.run(unpacked.resolve("revcam").toString(), "--state", state.toString(), "shell", "why", "encoder")
                    .contains("serving"));
            assertTrue(Commands.run(unpacked.resolve("revcam").toString(), "mtu", "localhost:1", "--max", "1400")
                    .contains("Proposed: mtu = 1400; configured is 1280. To set it: revcam mtu localhost:1 --max 1400 --set"));
            process.destroy();
            assertTrue(process.waitFor(30, TimeUnit.SECONDS));
            assertEquals(0, process.exitValue(), () -> read(log));
        } finally {
            process.destroyForcibly();
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return e.toString();
        }
    }

    @Test
    void installedStartedHungRestartedUpgradedRemovedPurged() throws IOException, InterruptedException {
        for (String tool : List.of("unshare", "nsenter", "setpriv", "systemd-sysusers", "systemd-analyze", "cc", "chromium")) {
            require(tool);
        }
        assumeTrue("root".equals(System.getProperty("user.name")), "only root can install a package, be it in a chroot");
        Path upper = Files.createDirectory(directory.resolve("guest"));
        try (GuestSystem guest = GuestSystem.over(lower(), upper)) {
            install(guest, first);
            assertInstalled(guest);
            run(guest);
            upgrade(guest);
            remove(guest);
        }
    }

    /** This machine's system, or a fresh one. */
    private static Path lower() throws IOException {
        if (FreshDebian.suite().isEmpty()) {
            return Path.of("/");
        }
        require("mmdebstrap");
        return FreshDebian.root();
    }

    private static void install(GuestSystem guest, Path deb) throws IOException {
        guest.put(deb, "/tmp/revcam.deb");
        if (FreshDebian.suite().isEmpty()) {
            guest.sh("DEBIAN_FRONTEND=noninteractive dpkg --force-confold --install /tmp/revcam.deb");
        } else {
            guest.sh("DEBIAN_FRONTEND=noninteractive apt-get -qq update && apt-get -qq -y install /tmp/revcam.deb");
        }
    }

    private static void assertInstalled(GuestSystem guest) throws IOException {
        assertEquals("ii ", guest.sh("dpkg-query -W -f '${db:Status-Abbrev}' revcam") + " ");
        assertEquals("revcam revcam 700", guest.sh("stat -c '%U %G %a' /etc/revcam/local"));
        assertEquals("/var/lib/revcam", guest.sh("getent passwd revcam | cut -d: -f6"));
        assertTrue(guest.sh("getent passwd revcam | cut -d: -f7").endsWith("nologin"));
        assertTrue(guest.exists("/etc/systemd/system/multi-user.target.wants/revcam.service"), "starts with the machine");
        assertEquals("0.0.1", guest.sh("revcam --version"));
    }

    /** The service as the unit describes it. */
    private static final class Service implements AutoCloseable {

        private static final String FILTER = "/usr/local/sbin/filter";

        private final Unit unit;
        private final GuestSystem guest;
        private final Map<String, String> environment = new TreeMap<>();
        private final List<String> writable = new ArrayList<>();
        final NotifyListener manager = NotifyListener.abstractly();
        final Path log = directory.resolve("service.log");
        Process process;

        Service(GuestSystem guest) throws IOException {
            this.guest = guest;
            unit = Unit.read(UNIT);
            String user = unit.value("User");
            for (String kind : List.of("State:/var/lib", "Cache:/var/cache")) {
                String name = kind.substring(0, kind.indexOf(':'));
                String path = kind.substring(kind.indexOf(':') + 1) + "/" + unit.value(name + "Directory");
                guest.sh("install -d -o " + user + " -g " + user + " -m " + unit.value(name + "DirectoryMode") + " " + path);
                writable.add(path);
                environment.put(name.toUpperCase(Locale.ROOT) + "_DIRECTORY", path);
            }
            // In the place of systemd's own, which needs to be told by systemd.
            Path filter = directory.resolve("filter");
            SystemCallFilter.build(unit, filter);
            guest.put(filter, FILTER);
            guest.sh("chmod 0755 " + FILTER);
            writable.add(unit.value("ReadWritePaths").replaceFirst("^-", ""));
            environment.put("HOME", "/var/lib/revcam");
            environment.put("NOTIFY_SOCKET", manager.name());
            environment.put("WATCHDOG_USEC", Long.toString(1_000_000L * watchdogSeconds()));
        }

        int watchdogSeconds() {
            return Integer.parseInt(unit.value("WatchdogSec"));
        }

        void start() throws IOException {
            String command = unit.value("ExecStart").replace(" $REVCAM_OPTIONS", "");
            process = guest.start(unit.value("User"), environment, writable, log, FILTER, command);
        }

        /** Ends it and does what the unit asks for afterwards. */
        int stop() throws IOException, InterruptedException {
            process.destroy();
            assertTrue(process.waitFor(30, TimeUnit.SECONDS), "it does not stop");
            Map<String, String> after = new TreeMap<>(environment);
            after.put("SERVICE_RESULT", process.exitValue() == 0 ? "success" : "exit-code");
            List<String> command = new ArrayList<>(List.of(FILTER));
            command.addAll(List.of(unit.value("ExecStopPost").replaceFirst("^-", "").split(" ")));
            assertEquals(0, guest.start(unit.value("User"), after, writable, log, command.toArray(String[]::new)).waitFor());
            return process.exitValue();
        }

        void awaitReady() throws IOException, InterruptedException {
            long before = manager.count("READY=1");
            await("READY=1; " + log, START, () -> manager.count("READY=1") > before || !process.isAlive());
            assertTrue(process.isAlive(), () -> read(log));
        }

        @Override
        public void close() {
            if (process != null) {
                process.destroyForcibly();
            }
            manager.close();
        }
    }

    /** A key that may deploy, and the SSH server that it logs in to; however often it is said. */
    private static void trust(GuestSystem guest) throws IOException, InterruptedException {
        String key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI" + "B".repeat(43);
        String settings = "/etc/revcam/local/revcam.ssh.cfg";
        int port = freePort();
        guest.write(settings, "enabled = false\nlisten = 127.0.0.1\nport = " + port + "\n");
        guest.sh("chown revcam: " + settings);
        assertTrue(guest.run("revcam", "trust").output().contains("trust takes a public key"));
        assertTrue(guest.run("revcam", "trust", "ssh-rsa", "AAAA").output().contains("no public Ed25519 key"));
        assertTrue(guest.run("revcam", "trust", "/nowhere.pub").output().contains("there is no file"));
        for (int i = 0; i < 2; i++) {
            guest.sh("revcam trust --ssh " + key + " somebody at a desk");
        }
        for (String file : List.of("deployment/trusted-keys", "ssh/authorized_keys")) {
            assertEquals(key + " somebody at a desk", guest.sh("cat /var/lib/revcam/" + file));
            assertEquals("revcam 600", guest.sh("stat -c '%U %a' /var/lib/revcam/" + file));
        }
        assertEquals("listen = 127.0.0.1\nport = " + port + "\nenabled = true", guest.sh("cat " + settings));
        await("the SSH server", START, () -> guest.exists("/var/lib/revcam/ssh/port"));
        guest.write(settings, "enabled = false\n");
    }

    private static void run(GuestSystem guest) throws IOException, InterruptedException {
        int port = freePort();
        guest.write("/etc/revcam/local/revcam.http.cfg", "port = " + port + "\nlisten = 127.0.0.1\n");
        guest.write("/etc/revcam/local/revcam.stream-main.cfg", "size = 640x360\n");
        try (Service service = new Service(guest); Chromium chromium = Chromium.start()) {
            service.start();
            service.awaitReady();
            assertEquals("main: ready, nobody watches", service.manager.last("STATUS"));
            await("the console's password, once", START, () -> read(service.log).contains("password"));
            assertTrue(guest.sh("revcam token").matches("http://.*\\.local:" + port + "/#token=\\S{20,}"));
            await("the shell", START, () -> guest.run("revcam", "shell", "why", "encoder").output().contains("serving"));
            assertTrue(guest.sh("revcam status").contains(":" + port + "/"));
            assertEquals("", guest.sh("find /var/lib/revcam /var/cache/revcam ! -user revcam"));
            assertEquals("", guest.sh("find /var/lib/revcam -mindepth 1 -perm /077"), "others may not look");

            trust(guest);
            runAsSomebodyElse(guest);

            Page page = chromium.open("http://127.0.0.1:" + port + "/");
            page.awaitFrames(60, PLAYING);
            await("a viewer in STATUS", START, () -> service.manager.last("STATUS").startsWith("main: 1 viewer, 640x360"));
            long pings = service.manager.count("WATCHDOG=1");
            await("signs of life", START, () -> service.manager.count("WATCHDOG=1") > pings + 1);

            hang(guest, service);
            // What systemd would do next: ask the JVM where its threads are, then kill it, then start it.
            Commands.run("kill", "-QUIT", Long.toString(service.process.pid()));
            await("where each thread is", START, () -> read(service.log).contains("at revcam.packaging.HangingEncoder"));
            assertTrue(service.process.isAlive());
            service.process.destroyForcibly().waitFor();

            guest.write("/etc/revcam/local/revcam.stream-main.cfg", "size = 640x360\n");
            service.start();
            service.awaitReady();
            page.reset();
            page.awaitFrames(60, PLAYING);

            long starts = service.manager.count("STOPPING=1");
            assertEquals(0, service.stop(), () -> read(service.log));
            assertEquals(starts + 1, service.manager.count("STOPPING=1"));
            assertTrue(guest.exists("/var/cache/revcam/classes.jsa"), () -> read(service.log));
            service.start();
            service.awaitReady();
            assertEquals(0, service.stop(), () -> read(service.log));
            assertFalse(guest.exists("/var/cache/revcam/classes.jsa.new"), "once is enough");
        }
    }

    /** Who may not see the service's files can have one of his own. */
    private static void runAsSomebodyElse(GuestSystem guest) throws IOException, InterruptedException {
        Path log = directory.resolve("other.log");
        guest.sh("install -d -o games -g games /srv/games");
        Process other = guest.start("games", Map.of("HOME", "/srv/games"), List.of("/srv/games"), log, "/usr/bin/revcam", "run",
                "--port", "0", "--listen", "127.0.0.1", "--size", "320x240");
        try {
            await("ready; " + log, START, () -> read(log).contains("ready http://") || !other.isAlive());
            assertTrue(other.isAlive(), () -> read(log));
            other.destroy();
            assertTrue(other.waitFor(30, TimeUnit.SECONDS));
            assertEquals(0, other.exitValue(), () -> read(log));
        } finally {
            other.destroyForcibly();
        }
    }

    private static void hang(GuestSystem guest, Service service) throws IOException, InterruptedException {
        Path jar = directory.resolve("hanging.jar");
        HangingEncoder.writeBundle(jar);
        guest.put(jar, "/var/lib/revcam/deploy/hanging.jar");
        guest.write("/etc/revcam/local/revcam.stream-main.cfg", "size = 640x360\nencoder = hanging\n");
        long began = System.nanoTime();
        long[] last = {service.manager.count("WATCHDOG=1"), began};
        await("no sign of life; " + service.log, Duration.ofSeconds(40), () -> {
            long now = System.nanoTime();
            long count = service.manager.count("WATCHDOG=1");
            if (count != last[0]) {
                last[0] = count;
                last[1] = now;
            }
            return now - last[1] > TimeUnit.SECONDS.toNanos(service.watchdogSeconds());
        });
        System.out.println("the last sign of life came " + TimeUnit.NANOSECONDS.toMillis(last[1] - began)
                + " ms after the configuration named an encoder that hangs; systemd acts "
                + service.watchdogSeconds() + " s later");
        assertTrue(service.manager.last("STATUS").startsWith("stream main: no picture has reached its viewers for"),
                service.manager.last("STATUS"));
    }

    private static void upgrade(GuestSystem guest) throws IOException {
        guest.sh("echo '# mine' >>/etc/revcam/revcam.health.cfg");
        String local = guest.sh("cat /etc/revcam/local/revcam.http.cfg");
        String token = guest.sh("cat /var/lib/revcam/whep.token");
        guest.sh("""
                set -e; cd /tmp; dpkg-deb -R revcam.deb next
                sed -i 's/^Version: .*/Version: 0.0.2/' next/DEBIAN/control
                echo '# new' >>next/etc/revcam/revcam.health.cfg
                echo '# new' >>next/etc/revcam/revcam.log.cfg
                dpkg-deb --root-owner-group -Znone --build next next.deb
                DEBIAN_FRONTEND=noninteractive dpkg --force-confold --install next.deb""");
        assertEquals("# mine", guest.sh("tail -n 1 /etc/revcam/revcam.health.cfg"), "what was changed stays");
        assertEquals("# new", guest.sh("tail -n 1 /etc/revcam/revcam.health.cfg.dpkg-dist"), "what is new is beside it");
        assertEquals("# new", guest.sh("tail -n 1 /etc/revcam/revcam.log.cfg"), "what nobody has changed is new");
        assertEquals(local, guest.sh("cat /etc/revcam/local/revcam.http.cfg"));
        assertEquals(token, guest.sh("cat /var/lib/revcam/whep.token"));
        assertEquals("revcam 700", guest.sh("stat -c '%U %a' /etc/revcam/local"));
    }

    private static void remove(GuestSystem guest) throws IOException {
        guest.sh("dpkg --remove revcam");
        assertFalse(guest.exists("/usr/share/revcam"));
        assertFalse(guest.exists("/usr/bin/revcam"));
        assertTrue(guest.exists("/etc/revcam/local/revcam.http.cfg"));
        assertTrue(guest.exists("/etc/revcam/revcam.http.cfg"));
        assertTrue(guest.exists("/var/lib/revcam/whep.token"));
        guest.sh("dpkg --purge revcam");
        // dpkg keeps lists of its own; the user stays, as system users do.
        assertEquals("", guest.sh("find /etc /opt /usr /var -xdev -name '*revcam*' -not -path '/var/lib/dpkg/*' "
                + "-newer /usr/sbin/policy-rc.d"));
        assertFalse(guest.exists("/etc/revcam"));
        assertFalse(guest.exists("/etc/default/revcam"));
        assertFalse(guest.exists("/var/lib/revcam"));
        assertFalse(guest.exists("/var/cache/revcam"));
        assertFalse(guest.exists("/etc/systemd/system/multi-user.target.wants/revcam.service"));
        assertFalse(guest.exists("/var/lib/dpkg/info/revcam.list"));
    }
}
