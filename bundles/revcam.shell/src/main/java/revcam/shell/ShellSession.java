package revcam.shell;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.apache.felix.service.command.CommandProcessor;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Converter;
import org.apache.felix.service.command.Job;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client: a thread that reads what it says, and while a command runs another that waits for it. When the client goes,
 * so does its command; one that does not heed its interruption is left behind, without anybody to print to.
 */
final class ShellSession implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ShellSession.class);
    private static final long STOP_BOUND_MILLIS = 2_000;

    private final LineChannel channel;
    private final CommandSession session;
    private final LineOutput out;
    private final LineOutput err;
    private final Completion completion;
    private final Thread reader;
    private volatile Thread runner;
    private Job cancelled; // reader

    ShellSession(LineChannel channel, CommandProcessor processor, Completion completion, String threadName,
            Runnable onEnd) {
        this.channel = channel;
        this.completion = completion;
        out = new LineOutput(channel, 'o');
        err = new LineOutput(channel, 'e');
        session = processor.createSession(InputStream.nullInputStream(),
                new PrintStream(out, true, StandardCharsets.UTF_8), new PrintStream(err, true, StandardCharsets.UTF_8));
        // Our names are found before those of the framework's commands.
        session.put("SCOPE", Commands.SCOPE + ":*");
        reader = new Thread(() -> {
            try {
                converse();
            } finally {
                end();
                onEnd.run();
            }
        }, threadName);
        reader.setDaemon(true);
    }

    void start() {
        reader.start();
    }

    private void converse() {
        try {
            channel.write(". 0");
            for (String line; (line = channel.read()) != null; ) {
                if (line.startsWith("run ")) {
                    run(line.substring(4));
                } else if (line.startsWith("complete ")) {
                    complete(line.substring(9));
                } else if (line.equals("cancel")) {
                    cancel();
                } else {
                    channel.write("eThis camera's shell does not know such requests; use the client of its own version");
                    channel.write(". 1");
                }
            }
        } catch (IOException e) {
            LOG.debug("a shell session ended: {}", e.toString());
        }
    }

    private void run(String request) throws IOException {
        if (runner != null) {
            channel.write("eanother command is still running");
            channel.write(". 1");
            return;
        }
        int space = request.indexOf(' ');
        String columns = space < 0 ? request : request.substring(0, space);
        session.put(Commands.COLUMNS, columns.matches("[1-9]\\d{0,3}") ? Integer.valueOf(columns) : null);
        String line = space < 0 ? "" : request.substring(space + 1);
        Thread thread = new Thread(() -> execute(line), reader.getName() + "-command");
        thread.setDaemon(true);
        runner = thread;
        thread.start();
    }

    private void execute(String line) {
        int status = 0;
        try {
            Object result = session.execute(line);
            if (result != null) {
                session.getConsole().println(session.format(result, Converter.INSPECT));
            }
        } catch (Exception | Error e) {
            status = 1;
            print(e);
        }
        try {
            out.finish();
            err.finish();
            runner = null;
            channel.write(". " + status);
        } catch (IOException e) {
            LOG.debug("nobody is left to read what '{}' printed", line);
        } finally {
            runner = null;
        }
    }

    private void print(Throwable failure) {
        PrintStream stream = new PrintStream(err, true, StandardCharsets.UTF_8);
        Interpreter.message(failure).lines().forEach(stream::println);
    }

    private void complete(String line) throws IOException {
        for (Completion.Candidate candidate : completion.complete(line, Interpreter.commands(session))) {
            channel.write('c', candidate.value() + "\t" + candidate.note());
        }
        channel.write(". 0");
    }

    private void cancel() {
        Job job = session.foregroundJob();
        if (job != null && job == cancelled) {
            giveUp();
        }
        cancelled = job;
        interrupt(job);
    }

    private static void interrupt(Job job) {
        // Gogo runs a line on threads of its own: the runner only waits for them.
        if (job != null) {
            job.interrupt();
        }
    }

    /**
     * Ends the runner's wait, too. Gogo wakes it when a job ends, and one that is interrupted after it was submitted and
     * before it ran never does.
     */
    private void giveUp() {
        Thread thread = runner;
        if (thread != null) {
            thread.interrupt();
        }
    }

    /** Whether its client reads nothing although there is something for it. */
    boolean stuck(long nanos) {
        return channel.stuck(nanos);
    }

    private void end() {
        try {
            channel.close();
        } catch (IOException e) {
            LOG.debug("a shell session's socket does not close: {}", e.toString());
        }
        interrupt(session.foregroundJob());
        giveUp();
        Thread thread = runner;
        if (thread != null) {
            join(thread);
        }
        session.close();
    }

    /** Ends it and returns once no thread of it is left, or after a bound. */
    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            LOG.debug("a shell session's socket does not close: {}", e.toString());
        }
        interrupt(session.foregroundJob());
        // The command that stops this bundle must not wait for itself.
        if (Thread.currentThread() != runner) {
            join(reader);
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join(STOP_BOUND_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
