package revcam.http;

/** Writes JSON (RFC 8259), for answers that are a few fields long. Not thread-safe. */
public final class Json {

    private final StringBuilder out = new StringBuilder(128);
    private final StringBuilder closers = new StringBuilder();
    private boolean first = true;

    public Json object() {
        return open('{', '}');
    }

    public Json array() {
        return open('[', ']');
    }

    /** Ends the innermost object or array. */
    public Json end() {
        int last = closers.length() - 1;
        out.append(closers.charAt(last));
        closers.setLength(last);
        first = false;
        return this;
    }

    /** Begins a field whose value follows. */
    public Json name(String name) {
        separate();
        quote(name);
        out.append(':');
        first = true;
        return this;
    }

    public Json field(String name, String value) {
        name(name);
        separate();
        quote(value);
        return this;
    }

    public Json field(String name, long value) {
        return literal(name, Long.toString(value));
    }

    public Json field(String name, boolean value) {
        return literal(name, Boolean.toString(value));
    }

    /** NaN and the infinities, which JSON lacks, become null. */
    public Json field(String name, double value) {
        return literal(name, Double.isFinite(value) ? Double.toString(value) : "null");
    }

    @Override
    public String toString() {
        return out.toString();
    }

    private Json literal(String name, String value) {
        name(name);
        separate();
        out.append(value);
        return this;
    }

    private Json open(char opener, char closer) {
        separate();
        out.append(opener);
        closers.append(closer);
        first = true;
        return this;
    }

    private void separate() {
        if (!first) {
            out.append(',');
        }
        first = false;
    }

    private void quote(String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < 0x20 || Character.isSurrogate(c)) {
                out.append(String.format("\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        out.append('"');
    }
}
