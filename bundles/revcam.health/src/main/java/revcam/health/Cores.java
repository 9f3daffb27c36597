package revcam.health;

import static revcam.api.telemetry.Metric.gauge;
import static revcam.api.telemetry.Unit.HERTZ;
import static revcam.api.telemetry.Unit.RATIO;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import revcam.api.telemetry.Measurement;
import revcam.api.telemetry.Sample;

/** Each core by itself: one that is full holds up a stage, however idle the others are. One thread. */
final class Cores implements AutoCloseable {

    static final Measurement CORE = Measurement.of("core",
            gauge("busy", RATIO, "Share of the time that it was busy, 0 to 1"),
            gauge("clock", HERTZ, "Its clock"));

    /** More than any board has that this runs on. */
    private static final int MAX_CORES = 16;

    private static final class Core {
        final Map<String, String> tags;
        final SystemFile clock;
        double busyTicks = Double.NaN;
        double allTicks = Double.NaN;

        Core(Path root, int number) {
            tags = Map.of("core", Integer.toString(number));
            clock = new SystemFile(root.resolve("sys/devices/system/cpu/cpu" + number + "/cpufreq/scaling_cur_freq"));
        }
    }

    private final Path root;
    private final SystemFile stat;
    private final Core[] cores = new Core[MAX_CORES];

    Cores(Path root) {
        this.root = root;
        stat = new SystemFile(root.resolve("proc/stat"));
    }

    /** Adds one sample for each core that is on. */
    void sample(long wallMillis, long nanos, List<Sample> into) {
        if (!stat.read()) {
            return;
        }
        while (stat.skipPast("\ncpu")) {
            double number = stat.number();
            if (number >= 0 && number < MAX_CORES) {
                int index = (int) number;
                if (cores[index] == null) {
                    cores[index] = new Core(root, index);
                }
                Core core = cores[index];
                into.add(new Sample(CORE, wallMillis, nanos, core.tags, new double[] {
                    busy(core), core.clock.read() ? 1_000 * core.clock.number() : Double.NaN}));
            }
        }
    }

    private double busy(Core core) {
        double busyBefore = core.busyTicks;
        double allBefore = core.allTicks;
        double all = 0;
        double idle = 0;
        for (int field = 0; field < Health.CPU_FIELDS; field++) {
            double ticks = stat.number();
            all += ticks;
            idle += Health.isIdle(field) ? ticks : 0;
        }
        core.allTicks = all;
        core.busyTicks = all - idle;
        return all > allBefore ? (core.busyTicks - busyBefore) / (all - allBefore) : Double.NaN;
    }

    @Override
    public void close() {
        stat.close();
        for (Core core : cores) {
            if (core != null) {
                core.clock.close();
            }
        }
    }
}
