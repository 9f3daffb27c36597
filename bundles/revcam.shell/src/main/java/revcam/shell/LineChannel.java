package revcam.shell;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/**
 * Lines of UTF-8 over a socket, both ways: one thread may read while others write. (The streams of
 * {@link java.nio.channels.Channels} cannot: JDK-8279339.)
 *
 * <p>The client says {@code run COLUMNS LINE}, {@code complete LINE} or, while something runs, {@code cancel}. The camera
 * answers with any number of lines whose first letter says what they are: {@code o} output, {@code e} an error, {@code c} a
 * candidate, a tab, its note; {@code .} and an exit status ends the answer. It also greets with one such end.
 */
final class LineChannel implements AutoCloseable {

    /** Longer than any command, and a bound for whoever sends no line end. */
    private static final int LONGEST = 1 << 16;

    private final SocketChannel channel;
    private final ByteBuffer in = ByteBuffer.allocate(4096).limit(0);
    private volatile long writingSinceNanos;
    private volatile boolean writing;

    LineChannel(SocketChannel channel) {
        this.channel = channel;
    }

    /** The next line without its end; null at the end of the connection. */
    String read() throws IOException {
        byte[] line = new byte[80];
        int length = 0;
        while (true) {
            while (in.hasRemaining()) {
                byte next = in.get();
                if (next == '\n') {
                    return new String(line, 0, length, StandardCharsets.UTF_8);
                }
                if (length == LONGEST) {
                    throw new IOException("a line of more than " + LONGEST + " bytes");
                }
                line = length == line.length ? java.util.Arrays.copyOf(line, 2 * length) : line;
                line[length++] = next;
            }
            in.clear();
            int read = channel.read(in);
            in.flip();
            if (read < 0) {
                return null;
            }
        }
    }

    /** @param text must hold no line end */
    void write(char kind, String text) throws IOException {
        write(kind + text);
    }

    /** @param line must hold no line end */
    synchronized void write(String line) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8));
        writingSinceNanos = System.nanoTime();
        writing = true;
        try {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        } finally {
            writing = false;
        }
    }

    /** Whether the other side has read nothing for so long although there was something. */
    boolean stuck(long nanos) {
        return writing && System.nanoTime() - writingSinceNanos > nanos;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
