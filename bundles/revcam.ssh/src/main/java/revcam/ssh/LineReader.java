package revcam.ssh;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Function;

/**
 * Reads lines of UTF-8. For a terminal, which sends each key as it is pressed and shows nothing by itself, it shows them, and
 * knows Backspace, Ctrl-C (another line), Ctrl-D (the end), Ctrl-U and Tab.
 */
final class LineReader {

    private static final int CTRL_C = 3;
    private static final int CTRL_D = 4;
    private static final int BACKSPACE = 8;
    private static final int CTRL_U = 21;
    private static final int ESCAPE = 27;
    private static final int DELETE = 127;
    private static final int LONGEST = 1 << 14;

    private final InputStream in;
    private final OutputStream out;
    private final boolean terminal;
    private final Function<String, List<String>> completion;
    private byte[] line = new byte[80];
    private int length;
    private boolean afterReturn;

    /** @param completion words with which a line's last word may go on */
    LineReader(InputStream in, OutputStream out, boolean terminal, Function<String, List<String>> completion) {
        this.in = in;
        this.out = out;
        this.terminal = terminal;
        this.completion = completion;
    }

    /** The next line without its end, null at the end of input. */
    String read(String prompt) throws IOException {
        length = 0;
        show(prompt);
        while (true) {
            int key = in.read();
            if (key < 0) {
                return length == 0 ? null : text();
            }
            if (key == '\n' && afterReturn) {
                afterReturn = false; // of the pair CR LF
                continue;
            }
            afterReturn = key == '\r';
            if (key == '\r' || key == '\n') {
                show("\r\n");
                return text();
            }
            if (!terminal) {
                append(key);
            } else if (key == CTRL_D && length == 0) {
                show("\r\n");
                return null;
            } else {
                edit(key, prompt);
            }
        }
    }

    private void edit(int key, String prompt) throws IOException {
        switch (key) {
            case CTRL_C -> {
                length = 0;
                show("^C\r\n" + prompt);
            }
            case CTRL_U -> {
                while (length > 0) {
                    erase();
                }
            }
            case BACKSPACE, DELETE -> erase();
            case '\t' -> complete(prompt);
            case ESCAPE -> skipSequence();
            default -> {
                if (key >= ' ') {
                    append(key);
                    out.write(key);
                    out.flush();
                }
            }
        }
    }

    /** Arrow keys and the like mean nothing here: ESC [ parameters letter (ECMA-48, 5.4). */
    private void skipSequence() throws IOException {
        int next = in.read();
        if (next == '[' || next == 'O') {
            do {
                next = in.read();
            } while (next >= ' ' && next < '@');
        }
    }

    private void erase() throws IOException {
        if (length > 0) {
            while (--length > 0 && (line[length] & 0xc0) == 0x80) {
                // the rest of a character of several bytes
            }
            show("\b \b");
        }
    }

    private void complete(String prompt) throws IOException {
        String text = text();
        List<String> words = completion.apply(text);
        String word = text.substring(1 + Math.max(text.lastIndexOf(' '), text.lastIndexOf(';')));
        String common = words.isEmpty() ? word : words.get(0);
        for (String each : words) {
            while (!each.startsWith(common)) {
                common = common.substring(0, common.length() - 1);
            }
        }
        String more = common.startsWith(word) ? common.substring(word.length()) + (words.size() == 1 ? " " : "") : "";
        if (more.isEmpty() && words.size() > 1) {
            show("\r\n" + String.join("  ", words) + "\r\n" + prompt + text);
        }
        for (byte each : more.getBytes(StandardCharsets.UTF_8)) {
            append(each);
        }
        show(more);
    }

    private void append(int key) throws IOException {
        if (length == LONGEST) {
            throw new IOException("a line of more than " + LONGEST + " bytes");
        }
        line = length == line.length ? java.util.Arrays.copyOf(line, 2 * length) : line;
        line[length++] = (byte) key;
    }

    private String text() {
        return new String(line, 0, length, StandardCharsets.UTF_8);
    }

    private void show(String text) throws IOException {
        if (terminal) {
            out.write(text.getBytes(StandardCharsets.UTF_8));
            out.flush();
        }
    }
}
