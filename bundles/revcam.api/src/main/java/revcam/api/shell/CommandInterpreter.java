package revcam.api.shell;

import java.io.PrintStream;
import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Runs lines as {@code ./revcam shell} does. The shell publishes it as an OSGi service; any thread, and several at once.
 *
 * <p>A command is a service with {@code osgi.command.scope=revcam}; what it is for it says in {@link #HELP}.
 */
@ProviderType
public interface CommandInterpreter {

    /** Service property of commands: for each of them its usage, a vertical bar, and one sentence. */
    String HELP = "revcam.command.help";

    /** What a line may contain. */
    enum Reach {
        /**
         * RevCam's own commands with their words, in quotes where these hold blanks, one after the other between
         * semicolons. No variables, pipes or closures, and no commands of the framework.
         */
        REVCAM,
        /** All of Gogo's language, and every command that is installed: whoever has this can run any code. */
        EVERYTHING
    }

    /**
     * Runs one line, and returns when it is done. Interrupting the thread ends the wait, not what was begun.
     *
     * @param columns width of the terminal, 0 without one
     * @param out what commands print
     * @param err what went wrong, for a person
     * @return the exit status: 0, or 1 when something went wrong
     */
    int run(String line, Reach reach, int columns, PrintStream out, PrintStream err);

    /**
     * Words that could follow.
     *
     * @param line up to the cursor
     * @return those with which its last word could go on
     */
    List<String> complete(String line);
}
