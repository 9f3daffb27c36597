package revcam.shell;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jline.reader.Candidate;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.ParsedLine;
import org.jline.reader.UserInterruptException;
import org.jline.reader.impl.DefaultParser;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;

/** Line editing, history and completion, on the client's side. What may be completed, the camera knows. */
final class Prompt {

    private static final String PROMPT = "revcam> ";
    private static final List<String> GOODBYES = List.of("exit", "quit");

    private final Client client;
    private final Path history;

    Prompt(Client client, Path history) {
        this.client = client;
        this.history = history;
    }

    /** Until end of input, {@code exit}, or the end of the session. */
    int run() throws IOException {
        int status = 0;
        // Through stty: nothing native to unpack.
        try (Terminal terminal = TerminalBuilder.builder().system(true).provider("exec").build()) {
            terminal.handle(Terminal.Signal.INT, signal -> cancel());
            LineReader reader = LineReaderBuilder.builder()
                    .terminal(terminal)
                    .appName("revcam")
                    // A backslash and quotes are Gogo's business.
                    .parser(new DefaultParser().escapeChars(null).quoteChars(new char[0]))
                    .completer(this::complete)
                    .variable(LineReader.HISTORY_FILE, history)
                    .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
                    .build();
            while (true) {
                String line;
                try {
                    line = reader.readLine(PROMPT).trim();
                } catch (UserInterruptException e) {
                    continue;
                } catch (EndOfFileException e) {
                    return status;
                }
                if (GOODBYES.contains(line)) {
                    return status;
                }
                if (!line.isEmpty()) {
                    status = client.run(line, Math.max(20, terminal.getWidth()));
                }
            }
        }
    }

    private void cancel() {
        try {
            client.cancel();
        } catch (IOException e) {
            // The main thread finds that out and says so.
        }
    }

    private void complete(LineReader reader, ParsedLine line, List<Candidate> candidates) {
        try {
            client.complete(line.line().substring(0, line.cursor()), (kind, text) -> {
                int tab = text.indexOf('\t');
                String value = text.substring(0, tab);
                String note = text.substring(tab + 1);
                candidates.add(new Candidate(value, value, null, note.isEmpty() ? null : note, null, null, true));
            });
        } catch (IOException e) {
            // The camera is gone, as the next command will say.
        }
    }
}
