package revcam.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** What Linux knows of a process: proc(5). */
final class ProcessFigures {

    /** USER_HZ, which Linux fixes at 100 for everything in /proc. */
    private static final long TICK_NANOS = 10_000_000;

    private final Path directory;

    ProcessFigures(long pid) {
        directory = Path.of("/proc", Long.toString(pid));
    }

    /**
     * @param name as the kernel keeps it, 15 characters
     * @param nanos on a processor
     */
    record ThreadTime(long tid, String name, long nanos) {}

    /** CPU time of every living thread, by thread id, from the scheduler's own clock. */
    Map<Long, ThreadTime> threads() throws IOException {
        Map<Long, ThreadTime> threads = new TreeMap<>();
        try (Stream<Path> tasks = Files.list(directory.resolve("task"))) {
            for (Path task : tasks.toList()) {
                try {
                    long tid = Long.parseLong(task.getFileName().toString());
                    String name = Files.readString(task.resolve("comm")).strip();
                    String nanos = Files.readString(task.resolve("schedstat")).split(" ")[0];
                    threads.put(tid, new ThreadTime(tid, name, Long.parseLong(nanos)));
                } catch (NoSuchFileException e) {
                    // It ended meanwhile.
                }
            }
        }
        return threads;
    }

    /** CPU time of the process, threads that have ended included; in steps of 10 ms. */
    long cpuNanos() throws IOException {
        String[] fields = stat(directory);
        return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) * TICK_NANOS;
    }

    /** Fields of {@code stat} from the third on: what follows the name, which may hold blanks. */
    private static String[] stat(Path directory) throws IOException {
        String text = Files.readString(directory.resolve("stat"));
        return text.substring(text.lastIndexOf(')') + 2).split(" ");
    }

    long residentBytes() throws IOException {
        return kilobytes("status", "VmRSS:") * 1024;
    }

    long peakResidentBytes() throws IOException {
        return kilobytes("status", "VmHWM:") * 1024;
    }

    /** Shared pages count in parts. */
    long proportionalBytes() throws IOException {
        return kilobytes("smaps_rollup", "Pss:") * 1024;
    }

    private long kilobytes(String file, String key) throws IOException {
        for (String line : Files.readAllLines(directory.resolve(file))) {
            if (line.startsWith(key)) {
                return Long.parseLong(line.substring(key.length()).replace("kB", "").strip());
            }
        }
        throw new IOException(directory.resolve(file) + " has no " + key);
    }

    /** Its arguments, as it was started. */
    List<String> command() throws IOException {
        return strings("cmdline");
    }

    List<String> environment() throws IOException {
        return strings("environ");
    }

    private List<String> strings(String file) throws IOException {
        String text = new String(Files.readAllBytes(directory.resolve(file)), StandardCharsets.UTF_8);
        return new ArrayList<>(List.of(text.split("\0")));
    }

    /** CPU time of everything on this machine. */
    static long machineNanos() throws IOException {
        String[] times = Files.readAllLines(Path.of("/proc/stat")).get(0).split("\\s+");
        long ticks = 0;
        for (int i = 1; i < times.length && i <= 7; i++) {
            boolean idle = i == 4 || i == 5;
            ticks += idle ? 0 : Long.parseLong(times[i]);
        }
        return ticks * TICK_NANOS;
    }

    /** CPU time of a process and all that it started and that still live. */
    static long treeNanos(ProcessHandle root) {
        long nanos = 0;
        for (ProcessHandle process : Stream.concat(Stream.of(root), root.descendants()).toList()) {
            try {
                nanos += new ProcessFigures(process.pid()).cpuNanos();
            } catch (IOException e) {
                // It ended meanwhile.
            }
        }
        return nanos;
    }
}
