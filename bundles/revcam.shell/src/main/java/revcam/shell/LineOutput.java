package revcam.shell;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** Sends what a command prints, line by line. */
final class LineOutput extends OutputStream {

    private final LineChannel channel;
    private final char kind;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();

    LineOutput(LineChannel channel, char kind) {
        this.channel = channel;
        this.kind = kind;
    }

    @Override
    public synchronized void write(int octet) throws IOException {
        if (octet == '\n') {
            send();
        } else if (octet != '\r') {
            line.write(octet);
        }
    }

    @Override
    public synchronized void write(byte[] bytes, int offset, int length) throws IOException {
        for (int i = 0; i < length; i++) {
            write(bytes[offset + i]);
        }
    }

    /** Half a line waits for its other half; the end of the command is the end of a line, too. */
    synchronized void finish() throws IOException {
        if (line.size() > 0) {
            send();
        }
    }

    private void send() throws IOException {
        String text = line.toString(StandardCharsets.UTF_8);
        line.reset();
        channel.write(kind, text);
    }
}
