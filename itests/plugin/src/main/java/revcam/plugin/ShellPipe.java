package revcam.plugin;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import revcam.browser.Product;

/** {@code ./revcam shell} on a pipe: many commands through one process. */
final class ShellPipe implements AutoCloseable {

    private final Process process;
    private final Writer input;
    private final BufferedReader output;
    private int commands;

    ShellPipe(Path state) throws IOException {
        process = new ProcessBuilder(Product.root().resolve("revcam").toString(), "shell", "--state", state.toString())
                .redirectErrorStream(true).start();
        input = process.outputWriter(StandardCharsets.UTF_8);
        output = process.inputReader(StandardCharsets.UTF_8);
    }

    /** Everything that the command printed, complaints included. */
    String run(String... words) throws IOException {
        String end = "end of command " + ++commands;
        input.write(String.join(" ", words) + "\necho '" + end + "'\n");
        input.flush();
        StringBuilder answer = new StringBuilder();
        for (String line; (line = output.readLine()) != null; ) {
            if (line.equals(end)) {
                return answer.toString();
            }
            answer.append(line).append('\n');
        }
        throw new IOException("the shell ended after " + List.of(words) + ": " + answer);
    }

    @Override
    public void close() {
        process.destroy();
    }
}
