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
 * is laid over another one that is only read, that of this machine or of a fresh installation. It shares network and
 * processes with this machine. Root only.
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

    private final Process holder;
    private final Path directory;

    private GuestSystem(Process holder, Path directory) {
        this.holder = holder;
        this.directory = directory;
    }

    /**
     * @param lower root file system that it begins as
     * @param directory an empty one, to mount in
     * @throws IOException this machine does not let us; the message says why
     */
    static GuestSystem over(Path lower, Path directory) throws IOException {
        // It lives as long as its standard input: should this process die, so does it, and all mounts with it.
        String script = """
                set -e
                mount -t tmpfs -o mode=0755 tmpfs "$2"
                cd "$2"
                mkdir upper work root
                mount -t overlay overlay -o "lowerdir=$1,upperdir=upper,workdir=work" root
                mount -t proc proc root/proc
                mount --rbind /sys root/sys
                mount --rbind /dev root/dev
                mount -t tmpfs tmpfs root/run
                mount -t tmpfs -o mode=1777 tmpfs root/tmp
                [ ! -e /etc/resolv.conf ] || cat /etc/resolv.conf >root/etc/resolv.conf
                printf '#!/bin/sh\\nexit 101\\n' >root/usr/sbin/policy-rc.d
                chmod 0755 root/usr/sbin/policy-rc.d
                echo up
                cat >/dev/null
                """;
        Process holder = new ProcessBuilder("unshare", "--mount", "--propagation", "private", "sh", "-c", script, "sh",
                lower.toString(), directory.toString()).redirectErrorStream(true).start();
        BufferedReader out = holder.inputReader();
        StringBuilder said = new StringBuilder();
        for (String line; (line = out.readLine()) != null; ) {
            if (line.equals("up")) {
                return new GuestSystem(holder, directory);
            }
            said.append(line).append('\n');
        }
        throw new IOException("no system to install in: " + said);
    }

    private List<String> inside(String... command) {
        List<String> whole = new ArrayList<>(List.of("nsenter", "--target", Long.toString(holder.pid()), "--mount", "--",
                "chroot", directory.resolve("root").toString()));
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
