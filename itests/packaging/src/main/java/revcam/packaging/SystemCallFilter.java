package revcam.packaging;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * The system calls that a unit leaves to its service, systemd.exec(5), put into effect without systemd: a program that
 * installs the filter (seccomp(2)) and becomes another one.
 */
final class SystemCallFilter {

    /** Numbers of the address families that a unit may name. */
    private static final Map<String, Integer> FAMILIES = Map.of("AF_UNIX", 1, "AF_INET", 2, "AF_INET6", 10, "AF_NETLINK", 16);

    private SystemCallFilter() {}

    /** The names that remain of a unit's SystemCallFilter= lines. */
    static Set<String> allowed(Unit unit) throws IOException {
        Set<String> names = new TreeSet<>(resolve("@default"));
        for (String line : unit.assignments().get("SystemCallFilter")) {
            boolean removes = line.startsWith("~");
            for (String entry : line.substring(removes ? 1 : 0).split(" ")) {
                Set<String> meant = resolve(entry);
                if (removes) {
                    names.removeAll(meant);
                } else {
                    names.addAll(meant);
                }
            }
        }
        return names;
    }

    /** A set's system calls, those of the sets in it included. */
    private static Set<String> resolve(String entry) throws IOException {
        Set<String> names = new TreeSet<>();
        Deque<String> open = new ArrayDeque<>(List.of(entry));
        while (!open.isEmpty()) {
            String next = open.pop();
            if (!next.startsWith("@")) {
                names.add(next);
                continue;
            }
            String text = Commands.run("systemd-analyze", "--no-pager", "syscall-filter", next);
            text.lines().map(String::strip).filter(line -> !line.isEmpty() && !line.startsWith("#") && !line.equals(next))
                    .forEach(open::push);
        }
        return names;
    }

    /** Compiles the program; its arguments are the command that it becomes. */
    static void build(Unit unit, Path program) throws IOException {
        List<String> source = new ArrayList<>();
        for (String header : List.of("errno.h", "stddef.h", "stdio.h", "unistd.h", "linux/audit.h", "linux/filter.h",
                "linux/seccomp.h", "sys/prctl.h", "sys/syscall.h")) {
            source.add("#include <" + header + ">");
        }
        source.add("""
                #if defined(__x86_64__)
                #define NATIVE AUDIT_ARCH_X86_64
                #elif defined(__aarch64__)
                #define NATIVE AUDIT_ARCH_AARCH64
                #elif defined(__arm__)
                #define NATIVE AUDIT_ARCH_ARM
                #endif
                #define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
                #define UNLESS(value) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), 0, 1)
                #define GIVE(what) BPF_STMT(BPF_RET | BPF_K, (what))
                static struct sock_filter filter[] = {
                  LOAD(arch), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NATIVE, 1, 0), GIVE(SECCOMP_RET_KILL_PROCESS),
                  LOAD(nr),""");
        for (String name : allowed(unit)) {
            if (!name.equals("socket")) {
                source.add("#ifdef __NR_" + name + "\n  UNLESS(__NR_" + name + "), GIVE(SECCOMP_RET_ALLOW),\n#endif");
            }
        }
        source.add("  BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_socket, 1, 0), GIVE(SECCOMP_RET_ERRNO | EPERM), LOAD(args[0]),");
        for (String family : unit.value("RestrictAddressFamilies").split(" ")) {
            source.add("  UNLESS(" + FAMILIES.get(family) + "), GIVE(SECCOMP_RET_ALLOW),");
        }
        source.add("""
                  GIVE(SECCOMP_RET_ERRNO | EAFNOSUPPORT)
                };
                int main(int count, char **command) {
                  struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
                  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)) {
                    perror("seccomp");
                    return 1;
                  }
                  if (count > 1) execv(command[1], command + 1);
                  perror("execv");
                  return 1;
                }""");
        Path c = program.resolveSibling("filter.c");
        Files.write(c, source);
        Commands.run("cc", "-Wall", "-Werror", "-static", "-o", program.toString(), c.toString());
    }
}
