package revcam.health;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import revcam.api.telemetry.Sample;

class HealthTest {

    private static final long SECOND = 1_000_000_000;

    @TempDir
    private Path root;

    private void write(String file, String text) throws IOException {
        Path path = root.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
    }

    private static double value(Sample sample, String metric) {
        for (int i = 0; i < sample.values().length; i++) {
            if (sample.measurement().metrics().get(i).name().equals(metric)) {
                return sample.values()[i];
            }
        }
        throw new AssertionError(metric);
    }

    @Test
    void readsARaspberryPi() throws IOException {
        write("proc/self/stat", "812 (java) (x) y) S 1 812 812 0 -1 4194560 9 0 0 0 100 50 0 0 20 0 21 0 300 1 2");
        write("proc/stat", "cpu  1000 0 500 8000 100 0 20 0 0 0\ncpu0 250 0 125 2000 25 0 5 0 0 0\nintr 1 2 3\n");
        write("proc/loadavg", "0.52 0.58 0.59 1/389 12345\n");
        write("proc/self/status", "Name:\tjava\nVmPeak:\t  900000 kB\nVmRSS:\t  118560 kB\nThreads:\t21\n");
        write("proc/meminfo", "MemTotal:         443532 kB\nMemFree:           48000 kB\nMemAvailable:     201000 kB\n"
                + "CmaTotal:          65536 kB\nCmaFree:           12288 kB\n");
        write("proc/uptime", "3600.25 12000.00\n");
        write("proc/net/wireless", "Inter-| sta-|   Quality        |   Discarded packets               | Missed | WE\n"
                + " face | tus | link level noise |  nwid  crypt   frag  retry   misc | beacon | 22\n"
                + " wlan0: 0000   54.  -56.  -256        0      0      0      3      0        0\n");
        write("sys/class/thermal/thermal_zone0/temp", "48312\n");
        write("sys/class/thermal/thermal_zone1/temp", "51000\n");
        write("sys/class/thermal/cooling_device0/temp", "99000\n");
        write("sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq", "1000000\n");
        write("sys/devices/platform/soc/soc:firmware/get_throttled", "5000d\n");
        try (Health health = new Health(root, root.resolve("none"))) {
            long start = Long.MAX_VALUE - SECOND; // nanoTime may overflow
            Sample first = health.sample(7, start);
            assertEquals(Double.NaN, value(first, "process_cpu"));
            assertEquals(Double.NaN, value(first, "machine_cpu"));

            write("proc/self/stat", "812 (java) (x) y) S 1 812 812 0 -1 4194560 9 0 0 0 220 80 0 0 20 0 21 0 300 1 2");
            write("proc/stat", "cpu  1100 20 540 8200 140 0 20 0 0 0\ncpu0 250 0 125 2000 25 0 5 0 0 0\n");
            Sample second = health.sample(8, start + 2 * SECOND);
            assertEquals(0.75, value(second, "process_cpu"), 1e-9);
            assertEquals(160.0 / 400, value(second, "machine_cpu"), 1e-9);
            assertEquals(0.52, value(second, "load"), 1e-9);
            assertEquals(118_560 * 1024, value(second, "resident"));
            assertEquals(201_000 * 1024, value(second, "available"));
            assertEquals(51, value(second, "temperature"));
            assertEquals(1e9, value(second, "clock"));
            assertEquals(1, value(second, "under_voltage"));
            assertEquals(0, value(second, "frequency_capped"));
            assertEquals(1, value(second, "throttled"));
            assertEquals(1, value(second, "soft_temperature_limit"));
            assertEquals(1, value(second, "under_voltage_occurred"));
            assertEquals(0, value(second, "frequency_capped_occurred"));
            assertEquals(1, value(second, "throttled_occurred"));
            assertEquals(0, value(second, "soft_temperature_limit_occurred"));
            assertEquals(443_532 * 1024, value(second, "memory"));
            assertEquals(65_536 * 1024, value(second, "cma"));
            assertEquals(12_288 * 1024, value(second, "cma_free"));
            assertEquals(3600.25e9, value(second, "uptime"));
            assertEquals(-56, value(second, "wifi_signal"));
        }
    }

    /** It is present, where the mask may be what the kernel asked for a minute ago. */
    @Test
    void theSupplysOwnAlarmCountsForMore() throws IOException {
        write("sys/devices/platform/soc/soc:firmware/get_throttled", "0\n");
        write("sys/class/hwmon/hwmon0/name", "cpu_thermal\n");
        write("sys/class/hwmon/hwmon0/in0_lcrit_alarm", "0\n");
        write("sys/class/hwmon/hwmon3/name", "rpi_volt\n");
        write("sys/class/hwmon/hwmon3/in0_lcrit_alarm", "1\n");
        try (Health health = new Health(root, root)) {
            assertEquals(1, value(health.sample(1, 1), "under_voltage"));
            write("sys/class/hwmon/hwmon3/in0_lcrit_alarm", "0\n");
            assertEquals(0, value(health.sample(1, 1), "under_voltage"));
        }
    }

    @Test
    void theDiskIsLookedAtNowAndThen() throws IOException {
        Path state = root.resolve("state");
        try (Health health = new Health(root, state)) {
            assertEquals(Double.NaN, value(health.sample(1, 1), "disk_free"));
            Files.createDirectory(state);
            assertEquals(Double.NaN, value(health.sample(1, 29 * SECOND), "disk_free"));
            Sample known = health.sample(1, 31 * SECOND);
            assertTrue(value(known, "disk_free") > 0 && value(known, "disk_free") <= value(known, "disk"));
        }
    }

    /** A driver that has no dBm, an interface that is down, and none. */
    @Test
    void aSignalIsBelowZeroOrUnknown() throws IOException {
        String headings = "Inter-| sta-|\n face | tus |\n";
        for (String line : new String[] {" wlan0: 0000   54.  56.  0 0\n", " wlan0: 0000    0    0    0 0\n", ""}) {
            write("proc/net/wireless", headings + line);
            try (Health health = new Health(root, root)) {
                assertEquals(Double.NaN, value(health.sample(1, 1), "wifi_signal"), line);
            }
        }
    }

    @Test
    void eachCoreIsToldByItself() throws IOException {
        write("proc/stat", "cpu  1 2 3\ncpu0 100 0 100 800 0 0 0 0\ncpu3 0 0 0 500 0 0 0 0\nintr 5 cpu9\n");
        write("sys/devices/system/cpu/cpu3/cpufreq/scaling_cur_freq", "600000\n");
        try (Cores cores = new Cores(root)) {
            List<Sample> samples = new ArrayList<>();
            cores.sample(1, 1, samples);
            assertEquals(List.of(Map.of("core", "0"), Map.of("core", "3")), samples.stream().map(Sample::tags).toList());
            assertEquals(Double.NaN, value(samples.get(0), "busy"));
            assertEquals(6e8, value(samples.get(1), "clock"));
            write("proc/stat", "cpu  1 2 3\ncpu0 110 0 120 870 0 0 0 0\ncpu3 100 0 0 500 0 0 0 0\n");
            samples.clear();
            cores.sample(2, 2 * SECOND, samples);
            assertEquals(0.3, value(samples.get(0), "busy"), 1e-9);
            assertEquals(1, value(samples.get(1), "busy"), 1e-9);
        }
    }

    private void thread(int id, String name, long user) throws IOException {
        write("proc/self/task/" + id + "/stat", id + " (" + name + ") S 1 812 812 0 -1 4 9 0 0 0 " + user + " 50 0 0 20 0 1 0");
    }

    @Test
    void threadsOfOneKindAreOne() throws IOException {
        thread(1, "revcam.encoder-", 1_000);
        thread(2, "http-1", 10);
        thread(3, "http-2", 10);
        thread(4, "idle) (x", 10);
        Threads threads = new Threads(root);
        List<Sample> samples = new ArrayList<>();
        threads.sample(1, 0, samples);
        assertEquals(List.of(), samples);
        thread(1, "revcam.encoder-", 1_800);
        thread(2, "http-1", 20);
        thread(5, "http-30", 30);
        threads.sample(1, 10 * SECOND, samples);
        Map<String, Double> shares = new HashMap<>();
        samples.forEach(sample -> shares.put(sample.tags().get("thread"), value(sample, "cpu")));
        // The one that came brought its 80 ticks along.
        assertEquals(Map.of("revcam.encoder-", 0.8, "http-#", 0.09), shares);
        assertEquals(3, value(samples.stream().filter(each -> each.tags().get("thread").equals("http-#")).findFirst()
                .orElseThrow(), "threads"));
        samples.clear();
        threads.sample(1, 20 * SECOND, samples);
        assertEquals(2, samples.size(), "what was told once goes on, at nothing");
        assertEquals(0, value(samples.get(0), "cpu"));
    }

    @Test
    void whatIsNotThereIsUnknownAndIsFoundOnceItIs() throws IOException {
        try (Health health = new Health(root, root.resolve("none"))) {
            for (double value : health.sample(1, 1).values()) {
                assertEquals(Double.NaN, value);
            }
            write("proc/loadavg", "1.25 0 0 1/1 1\n");
            int reads = 0;
            while (Double.isNaN(value(health.sample(2, 2), "load"))) {
                reads++;
            }
            assertEquals(SystemFile.PATIENCE, reads);
        }
    }

    @Test
    void nonsenseIsUnknown() throws IOException {
        write("proc/self/stat", "812 java S");
        write("proc/stat", "cpu  a b c\n");
        write("proc/self/status", "VmRSS:\tnone\n");
        write("proc/meminfo", "");
        write("sys/class/thermal/thermal_zone0/temp", "\n");
        write("sys/devices/platform/soc/soc:firmware/get_throttled", "?\n");
        try (Health health = new Health(root, root.resolve("none"))) {
            health.sample(1, 1);
            for (double value : health.sample(2, SECOND).values()) {
                assertEquals(Double.NaN, value);
            }
        }
    }

    @Test
    void aColdDayIsBelowZero() throws IOException {
        write("sys/class/thermal/thermal_zone0/temp", "-4500\n");
        try (Health health = new Health(root, root.resolve("none"))) {
            assertEquals(-4.5, value(health.sample(1, 1), "temperature"));
        }
    }

    /** What this machine says, and what it costs: far less than a millisecond of processor time and a few hundred bytes. */
    @Test
    void thisMachineIsReadCheaply() {
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (Health health = new Health(Path.of("/"), Path.of("/"))) {
            long nanos = System.nanoTime();
            for (int i = 0; i < 2_000; i++) {
                health.sample(i, nanos + i);
            }
            int rounds = 1_000;
            long thread = Thread.currentThread().getId();
            long allocated = threads.getThreadAllocatedBytes(thread);
            long cpu = threads.getCurrentThreadCpuTime();
            Sample last = null;
            for (int i = 0; i < rounds; i++) {
                last = health.sample(i, nanos + SECOND + i);
            }
            double micros = (threads.getCurrentThreadCpuTime() - cpu) / 1e3 / rounds;
            double bytes = (double) (threads.getThreadAllocatedBytes(thread) - allocated) / rounds;
            System.out.printf("health: %.0f us of CPU and %.0f bytes a sample; resident %.0f MB%n",
                    micros, bytes, value(last, "resident") / 1e6);
            assertTrue(value(last, "resident") > 1e6, "resident " + value(last, "resident"));
            assertTrue(value(last, "available") > 1e6, "available " + value(last, "available"));
            long before = threads.getCurrentThreadCpuTime();
            List<Sample> more = new ArrayList<>();
            Threads kinds = new Threads(Path.of("/"));
            try (Cores cores = new Cores(Path.of("/"))) {
                for (int i = 0; i < 100; i++) {
                    cores.sample(i, nanos + i, more);
                    kinds.sample(i, nanos + i, more);
                }
            }
            System.out.printf("health: %.0f us of CPU for cores and threads%n",
                    (threads.getCurrentThreadCpuTime() - before) / 1e3 / 100);
            assertTrue(more.stream().anyMatch(each -> each.measurement() == Cores.CORE));
            assertTrue(more.stream().anyMatch(each -> each.measurement() == Threads.THREAD));
            assertTrue(micros < 1_000, micros + " us a sample");
            assertTrue(bytes < 4_096, bytes + " bytes a sample");
        }
    }
}
