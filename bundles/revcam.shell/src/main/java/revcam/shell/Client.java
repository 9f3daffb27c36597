package revcam.shell;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * {@code ./revcam shell} in a process of its own: runs one command, or, without one, those that standard input brings; with
 * prompt, history and completion when that is a terminal. The exit status is the last command's.
 */
public final class Client implements AutoCloseable {

    /** Takes one line of an answer. */
    interface Answer {
        void onLine(char kind, String text);
    }


    private final LineChannel channel;
    private final PrintStream out;
    private final PrintStream err;

    private Client(LineChannel channel, PrintStream out, PrintStream err) {
        this.channel = channel;
        this.out = out;
        this.err = err;
    }

    /** @param arguments the state directory; then a line of commands, or the words of one command */
    public static void main(String[] arguments) {
        Path state = Path.of(arguments[0]);
        int status = 1;
        try (Client client = open(state.resolve(ShellServer.SOCKET), System.out, System.err)) {
            if (arguments.length > 1) {
                status = client.run(line(Arrays.copyOfRange(arguments, 1, arguments.length)), 0);
            } else if (System.console() != null) {
                status = new Prompt(client, state.resolve("shell/history")).run();
            } else {
                status = client.runAll(new BufferedReader(new InputStreamReader(System.in, Charset.defaultCharset())));
            }
        } catch (IOException e) {
            System.err.println("revcam: " + e.getMessage());
        }
        System.exit(status);
    }

    /**
     * @param out what commands print
     * @param err what they complain of
     */
    static Client open(Path socket, PrintStream out, PrintStream err) throws IOException {
        SocketChannel channel;
        try {
            channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
        } catch (IOException e) {
            throw new IOException(Files.exists(socket) && !Files.isReadable(socket)
                    ? "the RevCam with this state directory is another user's: " + socket
                    : "no RevCam is running with this state directory, or it has only just started: " + socket.getParent().getParent()
                            + "; name another with --state, or start one with ./revcam run", e);
        }
        Client client = new Client(new LineChannel(channel), out, err);
        if (client.read((kind, text) -> err.println("revcam: " + text)) != 0) {
            client.close();
            throw new IOException("the camera did not let this shell in");
        }
        return client;
    }

    /** One word is a line as it stands; several are made one, so that each stays a word. */
    static String line(String[] words) {
        return words.length == 1 ? words[0].replace('\n', ' ')
                : Arrays.stream(words).map(Client::quoted).collect(Collectors.joining(" "));
    }

    private static String quoted(String word) {
        return word.matches("[A-Za-z0-9_.,:/@%+-]+") ? word : "'" + word.replace('\n', ' ').replace("'", "'\\''") + "'";
    }

    private int runAll(BufferedReader input) throws IOException {
        int status = 0;
        for (String line; (line = input.readLine()) != null; ) {
            if (!line.isBlank()) {
                status = run(line, 0);
            }
        }
        return status;
    }

    /**
     * Runs a line of commands and prints what they print.
     *
     * @param columns of the terminal, 0 for none
     * @return the exit status
     */
    int run(String line, int columns) throws IOException {
        channel.write("run " + columns + " " + line);
        int status = read((kind, text) -> (kind == 'e' ? err : out).println(text));
        out.flush();
        return status;
    }

    void complete(String line, Answer candidates) throws IOException {
        channel.write("complete " + line);
        read(candidates);
    }

    /** Ends the wait for the command that runs; any thread. */
    void cancel() throws IOException {
        channel.write("cancel");
    }

    private int read(Answer answer) throws IOException {
        for (String line; (line = channel.read()) != null; ) {
            if (line.startsWith(". ")) {
                return Integer.parseInt(line.substring(2));
            }
            if (!line.isEmpty()) {
                answer.onLine(line.charAt(0), line.substring(1));
            }
        }
        throw new IOException("the camera has ended this session");
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
