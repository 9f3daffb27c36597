package revcam.health;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
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
        write("proc/meminfo", "MemTotal:         443532 kB\nMemFree:           48000 kB\nMemAvailable:     201000 kB\n");
        write("sys/class/thermal/thermal_zone0/temp", "48312\n");
        write("sys/class/thermal/thermal_zone1/temp", "51000\n");
        write("sys/class/thermal/cooling_device0/temp", "99000\n");
        write("sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq", "1000000\n");
        write("sys/devices/platform/soc/soc:firmware/get_throttled", "5000d\n");
        try (Health health = new Health(root)) {
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
        }
    }

    @Test
    void whatIsNotThereIsUnknownAndIsFoundOnceItIs() throws IOException {
        try (Health health = new Health(root)) {
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
        try (Health health = new Health(root)) {
            health.sample(1, 1);
            for (double value : health.sample(2, SECOND).values()) {
                assertEquals(Double.NaN, value);
            }
        }
    }

    @Test
    void aColdDayIsBelowZero() throws IOException {
        write("sys/class/thermal/thermal_zone0/temp", "-4500\n");
        try (Health health = new Health(root)) {
            assertEquals(-4.5, value(health.sample(1, 1), "temperature"));
        }
    }

    /** What this machine says, and what it costs: far less than a millisecond of processor time and a few hundred bytes. */
    @Test
    void thisMachineIsReadCheaply() {
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (Health health = new Health(Path.of("/"))) {
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
            assertTrue(micros < 1_000, micros + " us a sample");
            assertTrue(bytes < 4_096, bytes + " bytes a sample");
        }
    }
}
