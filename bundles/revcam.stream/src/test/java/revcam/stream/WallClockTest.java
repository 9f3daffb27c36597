package revcam.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * A board without a clock of its own jumps by years when the network comes. Nothing on a packet's way may depend on that
 * clock: what is there reads {@link System#nanoTime()}. The wall clock is for people, for telemetry, and for the NTP time of
 * sender reports, which receivers only compare with each other.
 */
class WallClockTest {

    private static final Pattern WALL_CLOCK = Pattern.compile("currentTimeMillis|Instant\\.now|Clock\\.system|new Date\\(|LocalDateTime\\.now");
    private static final List<String> MEDIA = List.of("../revcam.rtp", "../revcam.api", "../revcam.packetiser.h264",
            "../revcam.congestion.gcc", "../revcam.congestion.nada", "../revcam.congestion.scream", "../revcam.congestion.fixed",
            "../revcam.transport.webrtc", "../revcam.connectivity.ice4j", "../revcam.encoder.x264", "../revcam.encoder.openh264",
            "../revcam.encoder.v4l2m2m", "../revcam.capture.v4l2", "../revcam.capture.libcamera", "../revcam.v4l2", "../revcam.systemd",
            "src/main/java/revcam/stream/session", "src/main/java/revcam/stream/rate");

    @Test
    void nothingOnTheWayOfAPacketReadsTheWallClock() throws IOException {
        List<String> readers = new ArrayList<>();
        int files = 0;
        for (String root : MEDIA) {
            try (Stream<Path> sources = Files.walk(Path.of(root))) {
                for (Path source : sources.filter(file -> file.toString().endsWith(".java") && !file.toString().contains("/test/")).toList()) {
                    files++;
                    for (String line : Files.readAllLines(source)) {
                        if (WALL_CLOCK.matcher(line).find() && !line.strip().startsWith("*") && !line.strip().startsWith("/**")) {
                            readers.add(source + ": " + line.strip());
                        }
                    }
                }
            }
        }
        assertTrue(files > 200, files + " files");
        assertEquals(List.of(), readers);
    }
}
