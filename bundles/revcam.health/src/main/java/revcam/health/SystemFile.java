package revcam.health;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A file of procfs or sysfs, read anew by each {@link #read}: it stays open and nothing is allocated, because these are
 * read for ever. One that is missing, or cannot be read, is looked for again after {@link #PATIENCE} reads. One thread.
 */
final class SystemFile implements AutoCloseable {

    /** Reads between two looks for a file that was not there; an exception costs more than all other files together. */
    static final int PATIENCE = 30;
    /** What is wanted stands at the beginning of each of these files. */
    private static final int MAX_BYTES = 2048;
    /** The kernel's numbers have 64 bits; nothing that is computed from one becomes infinite. */
    private static final double MOST = 0x1p64;

    private final Path path;
    private final byte[] bytes = new byte[MAX_BYTES];
    private final ByteBuffer buffer = ByteBuffer.wrap(bytes);
    private FileChannel channel;
    private int length;
    private int position;
    private int readsToSkip;

    SystemFile(Path path) {
        this.path = path;
    }

    /** Reads the file's beginning and stands before its first byte; false when there is nothing to read. */
    boolean read() {
        length = 0;
        position = 0;
        if (channel == null && readsToSkip > 0) {
            readsToSkip--;
            return false;
        }
        try {
            if (channel == null) {
                if (!Files.isReadable(path)) {
                    readsToSkip = PATIENCE;
                    return false;
                }
                channel = FileChannel.open(path);
            }
            buffer.clear();
            while (buffer.hasRemaining() && channel.read(buffer, buffer.position()) > 0) {
                // procfs may give less than asked for before the end
            }
            length = buffer.position();
            return length > 0;
        } catch (IOException e) {
            // Sensors that sleep answer with errors, and devices go; both may come back.
            close();
            readsToSkip = PATIENCE;
            return false;
        }
    }

    /** Stands before the first byte of what was read last. */
    void rewind() {
        position = 0;
    }

    /** Moves behind the next occurrence; false, and to the end, when there is none. ASCII. */
    boolean skipPast(String text) {
        for (; position + text.length() <= length; position++) {
            int matched = 0;
            while (matched < text.length() && bytes[position + matched] == text.charAt(matched)) {
                matched++;
            }
            if (matched == text.length()) {
                position += matched;
                return true;
            }
        }
        position = length;
        return false;
    }

    /** Moves behind the last occurrence of a character; false, and stays, when there is none. */
    boolean skipPastLast(char c) {
        for (int i = length - 1; i >= position; i--) {
            if (bytes[i] == c) {
                position = i + 1;
                return true;
            }
        }
        return false;
    }

    /** What stands between the first of one character and the last of another, which is then passed; null for nothing. */
    String between(char from, char to) {
        int start = position;
        while (start < length && bytes[start] != from) {
            start++;
        }
        if (!skipPastLast(to) || start + 1 >= position) {
            return null;
        }
        return new String(bytes, start + 1, position - start - 2, StandardCharsets.UTF_8);
    }

    /** Whether nothing but a line feed or a NUL comes next. */
    boolean isAtLineEnd() {
        return position == length || bytes[position] == '\n' || bytes[position] == 0;
    }

    /** The number that comes next, after blanks; NaN, and stays there, when what follows is none; NaN for one that the kernel cannot have. */
    double number() {
        skipBlanks();
        int start = position;
        double sign = position < length && bytes[position] == '-' ? -1 : 1;
        if (sign < 0) {
            position++;
        }
        double value = 0;
        int digits = 0;
        double scale = 0;
        for (; position < length; position++) {
            byte b = bytes[position];
            if (b >= '0' && b <= '9') {
                digits++;
                value = 10 * value + (b - '0');
                scale *= 10;
            } else if (b == '.' && scale == 0) {
                scale = 1;
            } else {
                break;
            }
        }
        if (digits == 0) {
            position = start;
            return Double.NaN;
        }
        double number = sign * (scale == 0 ? value : value / scale);
        return Math.abs(number) <= MOST ? number : Double.NaN;
    }

    /** The hexadecimal number that comes next, with or without 0x; -1 when what follows is none. */
    long hexadecimal() {
        skipBlanks();
        if (position + 1 < length && bytes[position] == '0' && bytes[position + 1] == 'x') {
            position += 2;
        }
        long value = 0;
        int digits = 0;
        for (int digit; position < length && digits < 15
                && (digit = Character.digit(bytes[position], 16)) >= 0; position++) {
            value = value << 4 | digit;
            digits++;
        }
        return digits == 0 ? -1 : value;
    }

    private void skipBlanks() {
        while (position < length && (bytes[position] == ' ' || bytes[position] == '\t')) {
            position++;
        }
    }

    @Override
    public void close() {
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException e) {
            // Nothing was written.
        }
        channel = null;
    }
}
