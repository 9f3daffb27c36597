package revcam.health;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;
import revcam.api.telemetry.Sample;

/** Whatever the kernel's files say, a sample is made of it, with nothing infinite in it. */
class HealthFuzzTest {

    private static final List<String> FILES = List.of("proc/self/stat", "proc/self/status", "proc/stat", "proc/loadavg",
            "proc/meminfo", "proc/uptime", "proc/net/wireless", "sys/class/thermal/thermal_zone0/temp",
            "sys/devices/platform/soc/soc:firmware/get_throttled", "sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq");
    /** All of them are one file. */
    private static final Path ROOT = temporary();

    static Stream<byte[]> files() throws IOException {
        Stream<byte[]> real = FILES.stream().limit(7).map(Path.of("/")::resolve).filter(Files::isReadable).map(file -> {
            try {
                return Files.readAllBytes(file);
            } catch (IOException e) {
                return new byte[0];
            }
        }).filter(bytes -> bytes.length < 4096);
        Stream<byte[]> others = Stream.of("0x50005\n", "47774\n", "1 (a) b) S 1 -1 1", "-", "1".repeat(400), "1".repeat(305))
                .map(text -> text.getBytes(StandardCharsets.US_ASCII));
        return Stream.concat(real, others);
    }

    @MethodSource("files")
    @FuzzTest(maxDuration = "5m")
    void sample(byte[] data) throws IOException {
        Files.write(ROOT.resolve(FILES.get(0)), data);
        try (Health health = new Health(ROOT, ROOT)) {
            for (int second = 1; second <= 2; second++) {
                Sample sample = health.sample(1_700_000_000_000L, second * 1_000_000_000L);
                for (int i = 0; i < sample.values().length; i++) {
                    double value = sample.values()[i];
                    String name = sample.measurement().metrics().get(i).name();
                    assertFalse(Double.isInfinite(value), name);
                }
            }
            assertEquals(Health.HEALTH.metrics().size(), health.sample(0, 3_000_000_000L).values().length);
        }
        assertTrue(Files.exists(ROOT));
    }

    private static Path temporary() {
        try {
            Path root = Files.createTempDirectory(Path.of("target"), "kernel");
            for (String file : FILES) {
                Files.createDirectories(root.resolve(file).getParent());
            }
            Path first = Files.createFile(root.resolve(FILES.get(0)));
            for (String file : FILES.subList(1, FILES.size())) {
                Files.createLink(root.resolve(file), first);
            }
            return root;
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
