package revcam.tool.selftest;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/**
 * What this process has open, by kind. What belongs to the Java VM itself, or to those who look at the machine, is left out.
 *
 * @param descriptors by what they are of, such as {@code /dev/video0} or {@code anon_inode:[eventfd]}
 * @param threads by name
 */
record Resources(Map<String, Integer> descriptors, Map<String, Integer> threads) {

    private static final long SETTLE_NANOS = 3_000_000_000L;
    private static final long LOOK_MILLIS = 50;

    static Resources now() throws IOException {
        Map<String, Integer> descriptors = new TreeMap<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path entry : entries) {
                String kind = kind(entry);
                if (kind != null) {
                    descriptors.merge(kind, 1, Integer::sum);
                }
            }
        }
        Map<String, Integer> threads = new TreeMap<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(Path.of("/proc/self/task"))) {
            for (Path entry : entries) {
                String name = name(entry);
                if (name != null) {
                    threads.merge(name, 1, Integer::sum);
                }
            }
        }
        return new Resources(descriptors, threads);
    }

    /**
     * What there is more of than before, once threads that are on their way out have gone; empty for nothing. Waits up to three
     * seconds for that.
     */
    String growth() throws IOException, InterruptedException {
        long end = System.nanoTime() + SETTLE_NANOS;
        while (true) {
            Resources now = now();
            String more = more("descriptor of ", descriptors, now.descriptors) + more("thread ", threads, now.threads);
            if (more.isEmpty() || System.nanoTime() - end > 0) {
                return more.isEmpty() ? more : more.substring(2);
            }
            Thread.sleep(LOOK_MILLIS);
        }
    }

    int descriptorCount() {
        return descriptors.values().stream().mapToInt(Integer::intValue).sum();
    }

    int threadCount() {
        return threads.values().stream().mapToInt(Integer::intValue).sum();
    }

    private static String more(String what, Map<String, Integer> before, Map<String, Integer> after) {
        StringBuilder text = new StringBuilder();
        after.forEach((kind, count) -> {
            int more = count - before.getOrDefault(kind, 0);
            if (more > 0) {
                text.append(", +").append(more).append(' ').append(what).append(kind);
            }
        });
        return text.toString();
    }

    private static String kind(Path descriptor) {
        String target;
        try {
            target = Files.readSymbolicLink(descriptor).toString();
        } catch (IOException e) {
            return null; // closed meanwhile
        }
        // Of health, of this very look, and of class loading, which has its time.
        if (target.startsWith("/proc/") || target.startsWith("/sys/") || target.endsWith(".jar")) {
            return null;
        }
        if (target.startsWith("/dev/") || target.startsWith("anon_inode:")) {
            return target;
        }
        if (target.startsWith("/dmabuf")) {
            return "dmabuf";
        }
        int colon = target.indexOf(":[");
        return colon > 0 ? target.substring(0, colon) : "a file";
    }

    private static String name(Path task) {
        try {
            String name = Files.readString(task.resolve("comm")).strip();
            return name.startsWith("C1 Compiler") || name.startsWith("C2 Compiler") || name.startsWith("Attach Listener")
                    ? null : name;
        } catch (IOException e) {
            return null; // ended meanwhile
        }
    }
}
