package revcam.browser;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code ./revcam selftest} with the encoders of this machine. What a broken one looks like is in the bundle's own test. */
class SelfTestTest {

    private static final long BOUND_SECONDS = 120;

    @TempDir
    Path directory;
    private long pid;

    private int run(String... options) throws Exception {
        List<String> command = new ArrayList<>(List.of(Product.root().resolve("revcam").toString(), "selftest", "--capture",
                "pattern", "--size", "320x240", "--seconds", "0.5", "--json", json().toString()));
        command.addAll(List.of(options));
        ProcessBuilder builder = new ProcessBuilder(command).redirectInput(new File("/dev/null"))
                .redirectOutput(directory.resolve("out.md").toFile()).redirectError(directory.resolve("log").toFile());
        builder.environment().put("XDG_STATE_HOME", directory.resolve("state").toString());
        Process process = builder.start();
        pid = process.pid();
        if (!process.waitFor(BOUND_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError("it does not end: " + log());
        }
        return process.exitValue();
    }

    private Path json() {
        return directory.resolve("report.json");
    }

    private String log() throws Exception {
        return Files.readString(directory.resolve("log")) + Files.readString(directory.resolve("out.md"));
    }

    @Test
    void softwareEncodersPass() throws Exception {
        int status = run("--encoder", "x264,openh264");
        assertEquals(0, status, log());
        JsonArray steps = JsonParser.parseString(Files.readString(json())).getAsJsonObject().getAsJsonArray("steps");
        Map<String, JsonObject> named = new LinkedHashMap<>();
        for (JsonElement each : steps) {
            JsonObject step = each.getAsJsonObject();
            named.put(step.get("subject").getAsString() + " " + step.get("step").getAsString(), step);
        }
        for (String encoder : List.of("x264", "openh264")) {
            for (String step : List.of("frames", "keyframe", "drain", "open and close")) {
                assertEquals("pass", named.get(encoder + " " + step).get("outcome").getAsString(), log());
            }
            assertEquals(60, named.get(encoder + " frames").getAsJsonObject("figures").get("units").getAsInt(), log());
            JsonObject bitrate = named.get(encoder + " bitrate").getAsJsonObject("figures");
            assertTrue(bitrate.get("measured_after_bps").getAsDouble() < bitrate.get("measured_before_bps").getAsDouble(), log());
        }
        assertEquals("pass", named.get("machine memory").get("outcome").getAsString(), log());
        String report = Files.readString(directory.resolve("out.md"));
        assertTrue(report.startsWith("# RevCam self-test: pass\n"), report);
        assertTrue(report.contains("libx264.so.") && report.contains("libopenh264.so."), report);
        String host = Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
        assertFalse(report.contains(host), report);
        for (Path parent : List.of(RunDirectoryTest.MEMORY, directory.resolve("state/revcam/run"))) {
            if (Files.exists(parent)) {
                try (var left = Files.list(parent)) {
                    assertTrue(left.noneMatch(path -> path.getFileName().toString().startsWith(pid + "-")), "a run leaves nothing");
                }
            }
        }
    }

    @Test
    void anEncoderThatIsNotThereFails() throws Exception {
        int status = run("--encoder", "nosuch");
        assertEquals(1, status, log());
        assertTrue(log().contains("there is no encoder nosuch; there are "), log());
        assertTrue(Files.readString(directory.resolve("out.md")).startsWith("# RevCam self-test: FAIL\n"), log());
    }
}
