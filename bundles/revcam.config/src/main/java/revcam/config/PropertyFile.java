package revcam.config;

import java.io.IOException;
import java.io.StringReader;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.apache.felix.utils.properties.Properties;

/** The content of a .cfg file, with its comments and layout, values as they are written. Not thread-safe. */
final class PropertyFile {

    /** What stands in a file that is not whole; the message continues "the file ...". */
    static final class Torn extends Exception {

        private static final long serialVersionUID = 1;

        Torn(String message) {
            super(message);
        }
    }

    private static final int MAX_BYTES = 1 << 20;
    private static final Pattern KEY = Pattern.compile("[A-Za-z0-9._~@:-]+");

    /** An odd number of backslashes: the last one is not what another escapes. */
    private static final Pattern CONTINUED = Pattern.compile("(?<!\\\\)(\\\\\\\\)*\\\\\r?\n\\z");

    /** A quotation mark with an odd number of backslashes before it. */
    private static final Pattern ESCAPED_QUOTE = Pattern.compile("(?<!\\\\)((?:\\\\\\\\)*)\\\\\"");

    private final Properties properties;
    private final Set<String> written = new HashSet<>();

    private PropertyFile(Properties properties) {
        this.properties = properties;
    }

    /** @param header lines of comment, each with its #, and empty ones */
    static PropertyFile empty(List<String> header) {
        Properties properties = new Properties(false);
        properties.setHeader(header);
        return new PropertyFile(properties);
    }

    /**
     * Reads a file as whole or not at all. What a power cut or a copy that is under way leaves is stricter looked for than
     * the format asks: a last line without its end could be half a value, and half of a token might be another token.
     */
    static PropertyFile parse(byte[] bytes) throws Torn {
        String text = text(bytes);
        Properties properties = new Properties(false);
        try {
            properties.load(new StringReader(text));
        } catch (IOException | RuntimeException e) {
            throw new Torn("cannot be understood (" + e.getMessage() + ")");
        }
        for (String key : properties.keySet()) {
            List<String> raw = properties.getRaw(key);
            String line = raw == null || raw.isEmpty() ? key : raw.get(0);
            if (!KEY.matcher(key).matches() || line.indexOf('=') < 0) {
                throw new Torn("has a line that is not \"key = value\": " + shortened(line));
            }
        }
        return new PropertyFile(properties);
    }

    private static String text(byte[] bytes) throws Torn {
        if (bytes.length == 0) {
            throw new Torn("is empty, as after a power cut");
        }
        if (bytes.length > MAX_BYTES) {
            throw new Torn("has more than " + MAX_BYTES + " bytes");
        }
        String text;
        try {
            text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException e) {
            throw new Torn("is not UTF-8 text");
        }
        for (byte b : bytes) {
            if (b == 0x7F || b >= 0 && b < ' ' && b != '\n' && b != '\r' && b != '\t') {
                throw new Torn("is not text all through");
            }
        }
        if (!text.endsWith("\n")) {
            throw new Torn("does not end with a line break, as if cut off");
        }
        if (CONTINUED.matcher(text).find()) {
            throw new Torn("ends with a backslash, as if cut off");
        }
        return text;
    }

    private static String shortened(String line) {
        // Not what follows: it may be part of a secret.
        return line.length() <= 8 ? line : line.substring(0, 8) + "...";
    }

    /** The keys, sorted. */
    Set<String> keys() {
        return new TreeSet<>(properties.keySet());
    }

    /** A value as it is written, variables and all, or null. */
    String get(String key) {
        return properties.get(key);
    }

    /** Replaces a value where it stands, or adds it at the end. */
    void put(String key, String value) {
        properties.put(key, value);
        written.add(key);
    }

    /** Removes a key; what was said about it stays, at the end. */
    void remove(String key) {
        List<String> comments = properties.getComments(key);
        properties.remove(key);
        if (comments != null && !comments.isEmpty()) {
            List<String> footer = new ArrayList<>(comments);
            footer.addAll(lines(properties.getFooter()));
            properties.setFooter(footer);
        }
    }

    /** Whether it says nothing but, perhaps, that header. */
    boolean isBlank(List<String> header) {
        List<String> said = new ArrayList<>(lines(properties.getHeader()));
        said.addAll(lines(properties.getFooter()));
        said.removeIf(line -> line.isBlank() || header.contains(line));
        return properties.isEmpty() && said.isEmpty();
    }

    private static List<String> lines(List<String> lines) {
        return lines == null ? List.of() : lines;
    }

    byte[] bytes() {
        StringWriter text = new StringWriter();
        try {
            properties.save(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        StringBuilder lines = new StringBuilder();
        for (String line : text.toString().split("(?<=\n)")) {
            int equals = line.indexOf(" = ");
            // The library escapes quotation marks, which need not be and would make I"1" hard to read.
            lines.append(equals > 0 && written.contains(line.substring(0, equals))
                    ? ESCAPED_QUOTE.matcher(line).replaceAll("$1\"") : line);
        }
        return lines.toString().getBytes(StandardCharsets.UTF_8);
    }
}
