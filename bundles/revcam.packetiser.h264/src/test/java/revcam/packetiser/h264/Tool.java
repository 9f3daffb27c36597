package revcam.packetiser.h264;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/** A program of the system that a test needs: without it the test is skipped, or fails where it must not be missing. */
enum Tool {
    FFMPEG("ffmpeg"),
    FFPROBE("ffprobe"),
    GSTREAMER("gst-launch-1.0");

    private final String command;

    Tool(String command) {
        this.command = command;
    }

    void require() {
        boolean present = Arrays.stream(System.getenv().getOrDefault("PATH", "").split(":"))
                .anyMatch(directory -> Files.isExecutable(Path.of(directory, command)));
        if (!present && "1".equals(System.getenv("REVCAM_REQUIRE_TOOLS"))) {
            fail(command + " is not installed, and REVCAM_REQUIRE_TOOLS=1 says that it must be");
        }
        Assumptions.assumeTrue(present, command + " is not installed");
    }

    Process start(Path standardOutput, List<String> arguments) throws IOException {
        require();
        String[] line = new String[arguments.size() + 1];
        line[0] = command;
        for (int index = 0; index < arguments.size(); index++) {
            line[index + 1] = arguments.get(index);
        }
        return new ProcessBuilder(line)
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectOutput(standardOutput.toFile())
                .redirectErrorStream(true)
                .start();
    }

    /** Runs to the end; answers what it wrote. */
    String run(Path directory, String... arguments) throws IOException, InterruptedException {
        Path output = Files.createTempFile(directory, name(), ".txt");
        finish(start(output, List.of(arguments)), output);
        return Files.readString(output);
    }

    void finish(Process process, Path output) throws IOException, InterruptedException {
        boolean ended = process.waitFor(30, TimeUnit.SECONDS);
        process.destroyForcibly();
        assertTrue(ended, () -> command + " did not end: " + read(output));
        assertEquals(0, process.exitValue(), () -> command + " failed: " + read(output));
    }

    private static String read(Path path) {
        try {
            return Files.readString(path);
        } catch (IOException e) {
            return e.toString();
        }
    }
}
