package revcam.packaging;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A Debian to install things in, which is gone when it is closed: a mount namespace of its own, in which a root file system
 * is laid over another one that is only read, that of this machine or of a fresh installation. It shares the network with
 * this machine and, unless it was booted, processes. Root only.
 */
final class GuestSystem implements AutoCloseable {

    /** What a command came to. */
    record Result(int status, String output) {

        /** @throws IOException with all that it said, when it failed */
        String orThrow() throws IOException {
            if (status != 0) {
                throw new IOException("exit status " + status + ": " + output);
            }
            return output;
        }
    }

    private static final String LAY_OVER = """
            set -e
            mount -t tmpfs -o mode=0755 tmpfs "$2"
            cd "$2"
            mkdir upper work root
            mount -t overlay overlay -o "lowerdir=$1,upperdir=upper,workdir=work" root
            [ ! -e /etc/resolv.conf ] || cat /etc/resolv.conf >root/etc/resolv.conf
            """;

    // Each lives as long as its standard input: should this process die, so do they, and all mounts with them.

    private static final String ENTER = LAY_OVER + """
            mount -t proc proc root/proc
            mount --rbind /sys root/sys
            mount --rbind /dev root/dev
            mount -t tmpfs tmpfs root/run
            mount -t tmpfs -o mode=1777 tmpfs root/tmp
            # Nothing is to be started by maintainer scripts.
            printf '#!/bin/sh\\nexit 101\\n' >root/usr/sbin/policy-rc.d
            chmod 0755 root/usr/sbin/policy-rc.d
            echo $$
            cat >/dev/null
            """;

    /** What a container manager does for systemd, see https://systemd.io/CONTAINER_INTERFACE. */
    private static final String BOOT = LAY_OVER + """
            groups=/sys/fs/cgroup/unified
            [ -d $groups ] || groups=/sys/fs/cgroup
            group=$groups/revcam-guest-$$
            mkdir $group
            cat >init <<'INIT'
            set -e
            echo 0 >"$1/cgroup.procs"
            exec unshare --cgroup --pid --fork --kill-child --mount --uts --ipc --propagation private sh -ec '
              cd root
              hostname guest
              mount -t proc proc proc
              mount -t sysfs sysfs sys
              mount -t cgroup2 cgroup2 sys/fs/cgroup
              mount -t tmpfs -o mode=0755 tmpfs dev
              mknod -m 0666 dev/null c 1 3
              mknod -m 0666 dev/zero c 1 5
              mknod -m 0666 dev/full c 1 7
              mknod -m 0666 dev/random c 1 8
              mknod -m 0666 dev/urandom c 1 9
              mknod -m 0666 dev/tty c 5 0
              ln -s /proc/self/fd dev/fd
              mkdir dev/shm dev/pts
              mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
              ln -s pts/ptmx dev/ptmx
              mount -t tmpfs -o mode=0755 tmpfs run
              mount -t tmpfs -o mode=1777 tmpfs tmp
              exec chroot . env -i container=revcam PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd'
            INIT
            sh init "$group" </dev/null >&2 &
            namespaces=$!
            init=
            while [ -z "$init" ]; do
              kill -0 $namespaces
              sleep 0.1
              init=$(cat /proc/$namespaces/task/$namespaces/children)
            done
            echo $init
            cat >/dev/null
            kill -KILL $namespaces
            wait $namespaces || true
            find "$group" -depth -type d -exec rmdir {} ';'
            """;

    private final Process holder;
    private final String root;
    private final List<String> enter;

    private GuestSystem(Process holder, String root, List<String> enter) {
        this.holder = holder;
        this.root = root;
        this.enter = enter;
    }

    /**
     * @param lower root file system that it begins as
     * @param directory an empty one, to mount in
     * @throws IOException this machine does not let us; the message says why
     */
    static GuestSystem over(Path lower, Path directory) throws IOException {
        return open(ENTER, lower, directory, List.of("--mount"));
    }

    /** The same with processes of its own, the first of which is the system's own systemd. */
    static GuestSystem boot(Path lower, Path directory) throws IOException {
        return open(BOOT, lower, directory, List.of("--mount", "--pid", "--uts", "--ipc"));
    }

    private static GuestSystem open(String script, Path lower, Path directory, List<String> namespaces) throws IOException {
        Process holder = new ProcessBuilder("unshare", "--mount", "--propagation", "private", "sh", "-c", script, "sh",
                lower.toString(), directory.toString()).redirectErrorStream(true).start();
        BufferedReader out = holder.inputReader();
        StringBuilder said = new StringBuilder();
        for (String line; (line = out.readLine()) != null; ) {
            if (line.matches("[0-9]+ ?")) {
                List<String> enter = new ArrayList<>(List.of("nsenter", "--target", line.strip()));
                enter.addAll(namespaces);
                return new GuestSystem(holder, directory.resolve("root").toString(), enter);
            }
            said.append(line).append('\n');
        }
        throw new IOException("no system to install in: " + said);
    }

    private List<String> inside(String... command) {
        List<String> whole = new ArrayList<>(enter);
        whole.addAll(List.of("--", "chroot", root));
        whole.addAll(List.of(command));
        return whole;
    }

    /** Runs a command to its end, at most ten minutes. */
    Result run(String... command) throws IOException {
        Path output = Files.createTempFile("guest", ".log");
        try {
            Process process = new ProcessBuilder(inside(command))
                    .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                    .redirectErrorStream(true).redirectOutput(output.toFile()).start();
            if (!process.waitFor(10, TimeUnit.MINUTES)) {
                process.destroyForcibly();
                throw new IOException(String.join(" ", command) + " did not end: " + Files.readString(output));
            }
            return new Result(process.exitValue(), Files.readString(output));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        } finally {
            Files.delete(output);
        }
    }

    /** Runs a line of shell; what it says. */
    String sh(String line) throws IOException {
        try {
            return run("sh", "-c", line).orThrow().strip();
        } catch (IOException e) {
            throw new IOException(line + ": " + e.getMessage(), e);
        }
    }

    boolean exists(String path) throws IOException {
        return run("test", "-e", path).status() == 0;
    }

    void write(String path, String text) throws IOException {
        Process process = new ProcessBuilder(inside("sh", "-c", "cat >\"$1\"", "sh", path))
                .redirectError(ProcessBuilder.Redirect.INHERIT).start();
        try (var in = process.getOutputStream()) {
            in.write(text.getBytes(StandardCharsets.UTF_8));
        }
        try {
            if (process.waitFor() != 0) {
                throw new IOException("cannot write " + path);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }

    /** Puts a file of this machine there. */
    void put(Path file, String path) throws IOException {
        Process process = new ProcessBuilder(inside("sh", "-c", "cat >\"$1.part\" && mv \"$1.part\" \"$1\"", "sh", path))
                .redirectInput(file.toFile()).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        try {
            if (process.waitFor() != 0) {
                throw new IOException("cannot put " + file + " to " + path);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }

    /**
     * Starts a command as a user of that system, with nothing in its environment but what is given, no capability, and all
     * but a few directories read-only.
     *
     * @param writable directories that are there
     * @param command the first word being a path
     */
    Process start(String user, Map<String, String> environment, List<String> writable, Path log, String... command)
            throws IOException {
        String script = """
                set -e
                while [ "$1" != -- ]; do mount --bind "$1" "$1"; shift; done
                shift
                mount -t tmpfs -o mode=1777 tmpfs /tmp
                mount -t tmpfs -o ro tmpfs /home
                mount -t tmpfs -o ro tmpfs /root
                mount -o remount,bind,ro /
                exec "$@"
                """;
        List<String> line = new ArrayList<>(List.of("unshare", "--mount", "--propagation", "private", "sh", "-c", script, "sh"));
        line.addAll(writable);
        line.addAll(List.of("--", "setpriv", "--reuid=" + user, "--regid=" + user, "--init-groups",
                "--no-new-privs", "--inh-caps=-all", "--bounding-set=-all", "env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin"));
        environment.forEach((name, value) -> line.add(name + "=" + value));
        line.addAll(List.of(command));
        return new ProcessBuilder(inside(line.toArray(String[]::new))).redirectErrorStream(true)
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile())).start();
    }

    @Override
    public void close() throws IOException {
        holder.getOutputStream().close();
        try {
            if (!holder.waitFor(10, TimeUnit.SECONDS)) {
                holder.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
