package revcam.deployment;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Programs, as somebody runs them. */
final class Terminal {

    private static final long BOUND_SECONDS = 120;

    /**
     * @param status exit status
     * @param output of both kinds
     */
    record Answer(int status, String output) {}

    private Terminal() {}

    static Answer run(Path home, String input, List<String> command) throws IOException {
        Path output = Files.createTempFile(home, "output", ".log");
        Path given = Files.writeString(Files.createTempFile(home, "input", ".txt"), input);
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile())
                .redirectInput(given.toFile());
        builder.environment().put("HOME", home.toString());
        builder.environment().remove("XDG_CONFIG_HOME");
        builder.environment().remove("SSH_AUTH_SOCK");
        Process process = builder.start();
        try {
            if (!process.waitFor(BOUND_SECONDS, TimeUnit.SECONDS)) {
                process.destroy();
                throw new IOException(command + " came to no end:\n" + Files.readString(output));
            }
        } catch (InterruptedException e) {
            process.destroy();
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
        return new Answer(process.exitValue(), Files.readString(output, StandardCharsets.UTF_8));
    }

    static List<String> words(Object... words) {
        List<String> list = new ArrayList<>();
        for (Object word : words) {
            list.addAll(word instanceof List<?> several ? several.stream().map(String::valueOf).toList()
                    : Arrays.asList(String.valueOf(word)));
        }
        return list;
    }
}
