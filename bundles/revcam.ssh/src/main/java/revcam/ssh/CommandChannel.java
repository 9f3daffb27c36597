package revcam.ssh;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Supplier;
import org.apache.sshd.server.Environment;
import org.apache.sshd.server.ExitCallback;
import org.apache.sshd.server.Signal;
import org.apache.sshd.server.channel.ChannelSession;
import org.apache.sshd.server.command.Command;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import revcam.api.shell.CommandInterpreter;

/**
 * One channel of commands: the line that an {@code exec} request brought, or else those that the client sends until the end
 * of its input, {@code exit} or {@code quit}. The exit status is the last command's. A thread of its own, which the end of
 * the channel interrupts.
 */
final class CommandChannel implements Command {

    private static final Logger LOG = LoggerFactory.getLogger(CommandChannel.class);
    private static final String PROMPT = "revcam> ";
    private static final List<String> GOODBYES = List.of("exit", "quit");

    private final String line;
    private final Supplier<CommandInterpreter> interpreter;
    private final CommandInterpreter.Reach reach;
    private InputStream in;
    private OutputStream out;
    private OutputStream err;
    private ExitCallback exit;
    private volatile Thread thread;

    /**
     * @param line the command, null for lines from the client
     * @param interpreter gives null while there is no shell
     */
    CommandChannel(String line, Supplier<CommandInterpreter> interpreter, CommandInterpreter.Reach reach) {
        this.line = line;
        this.interpreter = interpreter;
        this.reach = reach;
    }

    @Override
    public void setInputStream(InputStream in) {
        this.in = in;
    }

    @Override
    public void setOutputStream(OutputStream out) {
        this.out = out;
    }

    @Override
    public void setErrorStream(OutputStream err) {
        this.err = err;
    }

    @Override
    public void setExitCallback(ExitCallback exit) {
        this.exit = exit;
    }

    @Override
    public void start(ChannelSession channel, Environment environment) {
        // Set by the request for a terminal; the modes that come with it may be empty.
        boolean terminal = environment.getEnv().containsKey(Environment.ENV_TERM);
        Thread worker = new Thread(() -> exit.onExit(run(environment, terminal)), "revcam.ssh-command");
        worker.setDaemon(true);
        environment.addSignalListener((source, signal) -> worker.interrupt(), Signal.INT, Signal.TERM, Signal.HUP);
        thread = worker;
        worker.start();
    }

    private int run(Environment environment, boolean terminal) {
        PrintStream output = new PrintStream(terminal ? new TerminalOutput(out) : out, false, StandardCharsets.UTF_8);
        PrintStream errors = new PrintStream(terminal ? new TerminalOutput(err) : err, false, StandardCharsets.UTF_8);
        int status = 0;
        try {
            if (line != null) {
                return run(line, environment, terminal, output, errors);
            }
            LineReader reader = new LineReader(in, out, terminal, text -> {
                CommandInterpreter now = interpreter.get();
                return now == null ? List.of() : now.complete(text);
            });
            for (String next; (next = reader.read(PROMPT)) != null && !GOODBYES.contains(next.strip()); ) {
                if (!next.isBlank()) {
                    status = run(next.strip(), environment, terminal, output, errors);
                }
            }
        } catch (IOException e) {
            LOG.debug("ssh: a channel ended: {}", e.toString());
            status = 1;
        }
        return status;
    }

    private int run(String text, Environment environment, boolean terminal, PrintStream output, PrintStream errors) {
        CommandInterpreter now = interpreter.get();
        if (now == null) {
            errors.println("the camera has only just started and has no shell yet; try again in a moment");
            errors.flush();
            return 1;
        }
        String columns = environment.getEnv().getOrDefault(Environment.ENV_COLUMNS, "");
        return now.run(text, reach, terminal && columns.matches("[1-9]\\d{1,3}") ? Integer.parseInt(columns) : 0, output, errors);
    }

    @Override
    public void destroy(ChannelSession channel) {
        Thread worker = thread;
        if (worker != null) {
            worker.interrupt();
        }
    }

    /** A terminal in raw mode wants to be told to go to the beginning of the line, too. */
    private static final class TerminalOutput extends FilterOutputStream {

        TerminalOutput(OutputStream out) {
            super(out);
        }

        @Override
        public void write(int octet) throws IOException {
            if (octet == '\n') {
                out.write('\r');
            }
            out.write(octet);
        }
    }
}
