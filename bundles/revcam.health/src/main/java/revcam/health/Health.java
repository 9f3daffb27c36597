package revcam.health;

import static revcam.api.telemetry.Metric.gauge;
import static revcam.api.telemetry.Unit.BYTES;
import static revcam.api.telemetry.Unit.CELSIUS;
import static revcam.api.telemetry.Unit.COUNT;
import static revcam.api.telemetry.Unit.DECIBEL_MILLIWATTS;
import static revcam.api.telemetry.Unit.HERTZ;
import static revcam.api.telemetry.Unit.NANOSECONDS;
import static revcam.api.telemetry.Unit.RATIO;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
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
            gauge("soft_temperature_limit", COUNT, "1 while it is too warm for the full clock (Raspberry Pi)"),
            gauge("under_voltage_occurred", COUNT, "1 once the supply was too weak (Raspberry Pi)"),
            gauge("frequency_capped_occurred", COUNT, "1 once the clock was held down (Raspberry Pi)"),
            gauge("throttled_occurred", COUNT, "1 once the firmware throttled (Raspberry Pi)"),
            gauge("soft_temperature_limit_occurred", COUNT, "1 once it was too warm for the full clock (Raspberry Pi)"),
            gauge("memory", BYTES, "Memory that Linux has"),
            gauge("cma", BYTES, "Memory set aside for devices, of which hardware encoders and cameras take theirs"),
            gauge("cma_free", BYTES, "Of that, what is left"),
            gauge("disk", BYTES, "Size of the file system that the state directory is on"),
            gauge("disk_free", BYTES, "Of that, what can be written"),
            gauge("uptime", NANOSECONDS, "Since the machine started"),
            gauge("wifi_signal", DECIBEL_MILLIWATTS, "Received power of the first wireless interface"));

    /** Of the times in /proc: USER_HZ, 100 on every architecture that RevCam runs on. */
    static final double TICKS_PER_SECOND = 100;
    static final double NANOS_PER_SECOND = 1e9;
    /** Of a core in proc_stat(5): user nice system idle iowait irq softirq steal; guest time is in user already. */
    static final int CPU_FIELDS = 8;
    private static final double KIB = 1024;
    /** A file system may be slow to answer, and hardly changes. */
    private static final long DISK_NANOS = TimeUnit.SECONDS.toNanos(30);

    private final SystemFile processStat;
    private final SystemFile processStatus;
    private final SystemFile stat;
    private final SystemFile loadavg;
    private final SystemFile meminfo;
    private final SystemFile clock;
    private final SystemFile throttled;
    private final SystemFile lowVoltage;
    private final SystemFile uptime;
    private final SystemFile wireless;
    private final Path disk;
    private final List<SystemFile> zones;

    private double processTicks = Double.NaN;
    private double busyTicks = Double.NaN;
    private double allTicks = Double.NaN;
    private long lastNanos;
    private double diskBytes = Double.NaN;
    private double diskFreeBytes = Double.NaN;
    private long diskNanos;
    private boolean diskKnown;

    /**
     * @param root where proc and sys are: the root directory, other than in tests
     * @param disk a file or directory of the file system that counts
     */
    Health(Path root, Path disk) {
        this.disk = disk;
        lowVoltage = new SystemFile(Hwmon.of(root, "rpi_volt").resolve("in0_lcrit_alarm"));
        uptime = new SystemFile(root.resolve("proc/uptime"));
        wireless = new SystemFile(root.resolve("proc/net/wireless"));
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

        lookAtDisk(nanos);
        long bits = throttled.read() ? throttled.hexadecimal() : -1;
        // The driver's alarm is present; the mask is what the kernel last asked the firmware for.
        double alarm = lowVoltage.read() ? lowVoltage.number() : Double.NaN;
        boolean memoryKnown = meminfo.read();
        return new Sample(HEALTH, wallMillis, nanos, Map.of(), new double[] {
            processCpu,
            machineCpu,
            loadavg.read() ? loadavg.number() : Double.NaN,
            processStatus.read() && processStatus.skipPast("VmRSS:") ? KIB * processStatus.number() : Double.NaN,
            kibibytes(memoryKnown, "MemAvailable:"),
            temperature(),
            clock.read() ? 1_000 * clock.number() : Double.NaN,
            Double.isNaN(alarm) ? bit(bits, 0) : alarm, bit(bits, 1), bit(bits, 2), bit(bits, 3),
            bit(bits, 16), bit(bits, 17), bit(bits, 18), bit(bits, 19),
            kibibytes(memoryKnown, "MemTotal:"), kibibytes(memoryKnown, "CmaTotal:"), kibibytes(memoryKnown, "CmaFree:"),
            diskBytes, diskFreeBytes,
            uptime.read() ? NANOS_PER_SECOND * uptime.number() : Double.NaN,
            signal()
        });
    }

    private double processTicks() {
        return processStat.read() ? userAndSystemTicks(processStat) : Double.NaN;
    }

    /** Fields 14 and 15 of proc_pid_stat(5), of a file that has been read. */
    static double userAndSystemTicks(SystemFile stat) {
        // The second field, the program's name, may hold blanks and parentheses.
        stat.rewind();
        if (!stat.skipPastLast(')')) {
            return Double.NaN;
        }
        for (int field = 2; field < 14; field++) {
            stat.skipPast(" ");
        }
        return stat.number() + stat.number();
    }

    static boolean isIdle(int cpuField) {
        return cpuField == 3 || cpuField == 4;
    }

    /** The first line of proc_stat(5). */
    private void readMachineTicks() {
        busyTicks = Double.NaN;
        allTicks = Double.NaN;
        if (stat.read() && stat.skipPast("cpu ")) {
            double all = 0;
            double idle = 0;
            for (int field = 0; field < CPU_FIELDS; field++) {
                double ticks = stat.number();
                all += ticks;
                idle += isIdle(field) ? ticks : 0;
            }
            allTicks = all;
            busyTicks = all - idle;
        }
    }

    /** Of proc_meminfo(5). */
    private double kibibytes(boolean known, String label) {
        meminfo.rewind();
        return known && meminfo.skipPast(label) ? KIB * meminfo.number() : Double.NaN;
    }

    private void lookAtDisk(long nanos) {
        if (diskKnown && nanos - diskNanos < DISK_NANOS) {
            return;
        }
        diskKnown = true;
        diskNanos = nanos;
        try {
            FileStore store = Files.getFileStore(disk);
            diskBytes = store.getTotalSpace();
            diskFreeBytes = store.getUsableSpace();
        } catch (IOException e) {
            diskBytes = Double.NaN;
            diskFreeBytes = Double.NaN;
        }
    }

    /** /proc/net/wireless: two lines of headings, then for each interface its name, a status, quality, level, noise. */
    private double signal() {
        if (!wireless.read() || !wireless.skipPast("\n") || !wireless.skipPast("\n") || !wireless.skipPast(":")) {
            return Double.NaN;
        }
        wireless.hexadecimal();
        wireless.number();
        double level = wireless.number();
        // Drivers that have no dBm say a quality here, above zero.
        return level < 0 ? level : Double.NaN;
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
        Stream.concat(Stream.of(processStat, processStatus, stat, loadavg, meminfo, clock, throttled, lowVoltage, uptime,
                        wireless), zones.stream())
                .forEach(SystemFile::close);
    }
}
