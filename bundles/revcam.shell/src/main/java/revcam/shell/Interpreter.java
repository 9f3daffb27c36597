package revcam.shell;

import java.io.InputStream;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.apache.felix.service.command.CommandProcessor;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Converter;
import org.apache.felix.service.command.Function;
import org.apache.felix.service.command.Job;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import revcam.api.shell.CommandInterpreter;

/** Runs lines for those who come by another way than the socket. A line has a Gogo session of its own. */
@Component
public final class Interpreter implements CommandInterpreter {

    private final CommandProcessor processor;
    private final Completion completion;

    @Activate
    public Interpreter(@Reference CommandProcessor processor, @Reference Commands commands) {
        this.processor = processor;
        completion = new Completion(commands.engine());
    }

    @Override
    public int run(String line, Reach reach, int columns, PrintStream out, PrintStream err) {
        CommandSession session = open(out, err);
        try {
            session.put(Commands.COLUMNS, columns > 0 ? columns : null);
            if (reach == Reach.EVERYTHING) {
                print(session, everything(session, line));
            } else {
                for (List<String> words : CommandLines.parse(line)) {
                    print(session, function(session, words.get(0)).execute(session, new ArrayList<>(words.subList(1, words.size()))));
                }
            }
            return 0;
        } catch (Exception | Error e) {
            message(e).lines().forEach(err::println);
            if (e instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
            return 1;
        } finally {
            out.flush();
            err.flush();
            session.close();
        }
    }

    private CommandSession open(PrintStream out, PrintStream err) {
        CommandSession session = processor.createSession(InputStream.nullInputStream(), out, err);
        session.put("SCOPE", Commands.SCOPE + ":*");
        return session;
    }

    /** Gogo runs a line on threads of its own, which the caller's interruption must reach. */
    private static Object everything(CommandSession session, String line) throws Exception {
        try {
            return session.execute(line);
        } catch (InterruptedException e) {
            Job job = session.foregroundJob();
            if (job != null) {
                job.interrupt();
            }
            throw e;
        }
    }

    private static Function function(CommandSession session, String word) throws ShellException {
        String name = word.startsWith(Commands.SCOPE + ":") ? word : Commands.SCOPE + ":" + word;
        if (!name.matches(Commands.SCOPE + ":[a-z][a-z-]*") || !(session.get(name) instanceof Function function)) {
            throw new ShellException("there is no command " + word + " of RevCam's; help lists what there is");
        }
        return function;
    }

    private static void print(CommandSession session, Object result) {
        if (result != null) {
            session.getConsole().println(session.format(result, Converter.INSPECT));
        }
    }

    /** What a person reads of a failure; one or several lines. */
    static String message(Throwable failure) {
        if (failure instanceof InterruptedException) {
            return "interrupted; what it began goes on";
        }
        if (failure.getClass().getSimpleName().equals("CommandNotFoundException")) {
            return failure.getMessage() + "; help lists what there is";
        }
        if (failure instanceof RuntimeException || failure instanceof Error || failure.getMessage() == null) {
            return failure.toString();
        }
        return failure.getMessage();
    }

    @Override
    public List<String> complete(String line) {
        CommandSession session = open(new PrintStream(PrintStream.nullOutputStream()), new PrintStream(PrintStream.nullOutputStream()));
        try {
            return completion.complete(line, commands(session)).stream().map(Completion.Candidate::value).toList();
        } finally {
            session.close();
        }
    }

    /** All that are installed, each {@code scope:name}. */
    static Collection<String> commands(CommandSession session) {
        return session.get(".commands") instanceof Set<?> set ? set.stream().map(String::valueOf).toList() : Set.of();
    }
}
