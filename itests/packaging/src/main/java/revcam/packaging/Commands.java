package revcam.packaging;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Commands of this machine, run to their end. */
final class Commands {

    private Commands() {}

    /**
     * What a command says.
     *
     * @throws IOException with all of that, when it fails
     */
    static String run(String... command) throws IOException {
        return run(new ProcessBuilder(command));
    }

    static String run(ProcessBuilder builder) throws IOException {
        Path output = Files.createTempFile("command", ".txt");
        try {
            Process process = builder.redirectErrorStream(true).redirectOutput(output.toFile())
                    .redirectInput(new File("/dev/null")).start();
            int status = process.waitFor();
            String text = Files.readString(output);
            if (status != 0) {
                throw new IOException(String.join(" ", builder.command()) + " ended with " + status + ": " + text);
            }
            return text;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        } finally {
            Files.delete(output);
        }
    }
}
