package revcam.deploy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import revcam.api.config.DurableFile;

/**
 * How often RevCam began with a deployment without getting far: a note on the storage from before the bundles are started
 * until they have run for a while, or RevCam was stopped in an orderly way. What is left of it at the next start tells that
 * the process died.
 */
final class Attempts {

    /** Starts that it takes to give a deployment up. */
    static final int MOST = 2;

    private final Path file;

    Attempts(Path file) {
        this.file = file;
    }

    /** Starts with this deployment from which RevCam did not come back. */
    int failed(int number) {
        try {
            String[] words = Files.readString(file).strip().split(" ");
            return words.length == 2 && Integer.parseInt(words[0]) == number ? Integer.parseInt(words[1]) : 0;
        } catch (IOException | NumberFormatException e) {
            return 0;
        }
    }

    void begin(int number, int attempt) throws IOException {
        DurableFile.write(file, (number + " " + attempt + "\n").getBytes(StandardCharsets.US_ASCII));
    }

    void succeeded() throws IOException {
        DurableFile.delete(file);
    }
}
