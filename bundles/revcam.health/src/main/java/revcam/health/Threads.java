package revcam.health;

import static revcam.api.telemetry.Metric.gauge;
import static revcam.api.telemetry.Unit.COUNT;
import static revcam.api.telemetry.Unit.RATIO;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import revcam.api.telemetry.Measurement;
import revcam.api.telemetry.Sample;

/**
 * Processor time of this process by thread. Threads of one kind, whose names differ in a number, are taken together, and
 * kinds that never took much are not told: what counts is which of the stages is at its limit. One thread.
 */
final class Threads {

    static final Measurement THREAD = Measurement.of("thread",
            gauge("cpu", RATIO, "Processor time of the threads of this name by the clock; 1 is one core"),
            gauge("threads", COUNT, "Threads of this name"));

    /** Of one core; from then on a kind is told as long as it lives. */
    private static final double WORTH_TELLING = 0.01;
    /** Names of threads come from everywhere, and each makes a series of its own. */
    private static final int MAX_KINDS = 32;

    private static final class Kind {
        final Map<String, String> tags;
        double ticks;
        int threads;

        Kind(String name) {
            tags = Map.of("thread", name);
        }
    }

    private final Path directory;
    private Map<String, Double> ticksBefore = new HashMap<>(); // by thread
    private final Set<String> told = new HashSet<>();
    private long lastNanos;

    Threads(Path root) {
        directory = root.resolve("proc/self/task");
    }

    /** Adds one sample for each kind; shares are since the call before, and there are none the first time. */
    void sample(long wallMillis, long nanos, List<Sample> into) {
        double seconds = (nanos - lastNanos) / Health.NANOS_PER_SECOND;
        lastNanos = nanos;
        Map<String, Double> ticksNow = new HashMap<>();
        Map<String, Kind> kinds = new HashMap<>();
        try (DirectoryStream<Path> tasks = Files.newDirectoryStream(directory)) {
            for (Path task : tasks) {
                look(task, ticksNow, kinds);
            }
        } catch (IOException | RuntimeException e) {
            return; // no procfs, or one that is going away
        }
        boolean first = ticksBefore.isEmpty();
        ticksBefore = ticksNow;
        if (first) {
            return;
        }
        for (Map.Entry<String, Kind> each : kinds.entrySet()) {
            Kind kind = each.getValue();
            double share = kind.ticks / Health.TICKS_PER_SECOND / seconds;
            if (share >= WORTH_TELLING && told.size() < MAX_KINDS) {
                told.add(each.getKey());
            }
            if (told.contains(each.getKey())) {
                into.add(new Sample(THREAD, wallMillis, nanos, kind.tags, new double[] {share, kind.threads}));
            }
        }
        told.retainAll(kinds.keySet());
    }

    private void look(Path task, Map<String, Double> ticksNow, Map<String, Kind> kinds) {
        String id = task.getFileName().toString();
        try (SystemFile stat = new SystemFile(task.resolve("stat"))) {
            if (!stat.read()) {
                return; // it has ended meanwhile
            }
            String name = stat.between('(', ')');
            double ticks = Health.userAndSystemTicks(stat);
            if (name == null || Double.isNaN(ticks)) {
                return;
            }
            ticksNow.put(id, ticks);
            Kind kind = kinds.computeIfAbsent(kind(name), Kind::new);
            kind.threads++;
            // One that is new began from nothing.
            kind.ticks += Math.max(0, ticks - ticksBefore.getOrDefault(id, 0.0));
        }
    }

    private static String kind(String name) {
        String kind = name.replaceAll("\\d+", "#");
        return kind.isBlank() ? "?" : kind;
    }
}
