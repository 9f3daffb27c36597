package revcam.health;

import static revcam.api.telemetry.Metric.gauge;
import static revcam.api.telemetry.Unit.BYTES;
import static revcam.api.telemetry.Unit.CELSIUS;
import static revcam.api.telemetry.Unit.COUNT;
import static revcam.api.telemetry.Unit.HERTZ;
import static revcam.api.telemetry.Unit.RATIO;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import revcam.api.telemetry.Measurement;
import revcam.api.telemetry.Sample;

/**
 * Reads what Linux says about this machine and this process. Each source is optional: what is not there is NaN. One
 * thread.
 */
final class Health implements AutoCloseable {

    static final Measurement HEALTH = Measurement.of("health",
            gauge("process_cpu", RATIO, "Processor time of this process by the clock; 1 is one core"),
            gauge("machine_cpu", RATIO, "Share of all cores that was busy, 0 to 1"),
            gauge("load", COUNT, "Tasks that run or want to, mean of a minute"),
            gauge("resident", BYTES, "Memory of this process that is in RAM"),
            gauge("available", BYTES, "Memory that programs can still get without swapping"),
            gauge("temperature", CELSIUS, "The hottest thermal zone"),
            gauge("clock", HERTZ, "Clock of the first core"),
            gauge("under_voltage", COUNT, "1 while the supply is too weak (Raspberry Pi)"),
            gauge("frequency_capped", COUNT, "1 while the clock is held down (Raspberry Pi)"),
            gauge("throttled", COUNT, "1 while the firmware throttles (Raspberry Pi)"),
            gauge("soft_temperature_limit", COUNT, "1 while it is too warm for the full clock (Raspberry Pi)"));

    /** Of the times in /proc: USER_HZ, 100 on every architecture that RevCam runs on. */
    private static final double TICKS_PER_SECOND = 100;
    private static final double KIB = 1024;
    private static final double NANOS_PER_SECOND = 1e9;

    private final SystemFile processStat;
    private final SystemFile processStatus;
    private final SystemFile stat;
    private final SystemFile loadavg;
    private final SystemFile meminfo;
    private final SystemFile clock;
    private final SystemFile throttled;
    private final List<SystemFile> zones;

    private double processTicks = Double.NaN;
    private double busyTicks = Double.NaN;
    private double allTicks = Double.NaN;
    private long lastNanos;

    /** @param root where proc and sys are: the root directory, other than in tests */
    Health(Path root) {
        processStat = new SystemFile(root.resolve("proc/self/stat"));
        processStatus = new SystemFile(root.resolve("proc/self/status"));
        stat = new SystemFile(root.resolve("proc/stat"));
        loadavg = new SystemFile(root.resolve("proc/loadavg"));
        meminfo = new SystemFile(root.resolve("proc/meminfo"));
        clock = new SystemFile(root.resolve("sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq"));
        throttled = new SystemFile(root.resolve("sys/devices/platform/soc/soc:firmware/get_throttled"));
        zones = zones(root.resolve("sys/class/thermal"));
    }

    private static List<SystemFile> zones(Path directory) {
        List<SystemFile> zones = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory, "thermal_zone*")) {
            entries.forEach(zone -> zones.add(new SystemFile(zone.resolve("temp"))));
        } catch (IOException e) {
            // No thermal zones: the machine is virtual, or the kernel was built without.
        }
        return zones;
    }

    /** @param nanos {@link System#nanoTime()}; shares of processor time are since the call before, and NaN the first time */
    Sample sample(long wallMillis, long nanos) {
        double seconds = (nanos - lastNanos) / NANOS_PER_SECOND;
        lastNanos = nanos;

        double ticksBefore = processTicks;
        processTicks = processTicks();
        double processCpu = (processTicks - ticksBefore) / TICKS_PER_SECOND / seconds;

        double busyBefore = busyTicks;
        double allBefore = allTicks;
        readMachineTicks();
        double machineCpu = allTicks > allBefore ? (busyTicks - busyBefore) / (allTicks - allBefore) : Double.NaN;

        long bits = throttled.read() ? throttled.hexadecimal() : -1;
        return new Sample(HEALTH, wallMillis, nanos, Map.of(), new double[] {
            processCpu,
            machineCpu,
            loadavg.read() ? loadavg.number() : Double.NaN,
            kibibytes(processStatus, "VmRSS:"),
            kibibytes(meminfo, "MemAvailable:"),
            temperature(),
            clock.read() ? 1_000 * clock.number() : Double.NaN,
            bit(bits, 0), bit(bits, 1), bit(bits, 2), bit(bits, 3)
        });
    }

    /** User and system time, fields 14 and 15 of proc_pid_stat(5). */
    private double processTicks() {
        // The second field, the program's name, may hold blanks and parentheses.
        if (!processStat.read() || !processStat.skipPastLast(')')) {
            return Double.NaN;
        }
        for (int field = 2; field < 14; field++) {
            processStat.skipPast(" ");
        }
        return processStat.number() + processStat.number();
    }

    /** The first line of proc_stat(5): user nice system idle iowait irq softirq steal; guest time is in user already. */
    private void readMachineTicks() {
        busyTicks = Double.NaN;
        allTicks = Double.NaN;
        if (stat.read() && stat.skipPast("cpu ")) {
            double all = 0;
            double idle = 0;
            for (int field = 0; field < 8; field++) {
                double ticks = stat.number();
                all += ticks;
                idle += field == 3 || field == 4 ? ticks : 0;
            }
            allTicks = all;
            busyTicks = all - idle;
        }
    }

    private static double kibibytes(SystemFile file, String label) {
        return file.read() && file.skipPast(label) ? KIB * file.number() : Double.NaN;
    }

    private double temperature() {
        double hottest = Double.NaN;
        for (SystemFile zone : zones) {
            double celsius = zone.read() ? zone.number() / 1_000 : Double.NaN;
            if (Double.isNaN(hottest) || celsius > hottest) {
                hottest = celsius;
            }
        }
        return hottest;
    }

    private static double bit(long bits, int index) {
        return bits < 0 ? Double.NaN : bits >> index & 1;
    }

    @Override
    public void close() {
        Stream.concat(Stream.of(processStat, processStatus, stat, loadavg, meminfo, clock, throttled), zones.stream())
                .forEach(SystemFile::close);
    }
}
