package revcam.stream;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.osgi.framework.Filter;

/**
 * Which providers of a stage may serve, best first: names, of which {@code *} stands for every provider not named, and
 * a target filter over the service properties. A capture's name may bring its source along, as in
 * {@code v4l2:/dev/video0, pattern}.
 *
 * @param target null for every provider
 */
record Preference(List<Entry> entries, Filter target) {

    /** @param source what follows the name's colon, or empty */
    record Entry(String name, String source) {

        boolean isWildcard() {
            return name.equals("*");
        }

        @Override
        public String toString() {
            return source.isEmpty() ? name : name + ":" + source;
        }

        boolean matches(String provider) {
            return isWildcard() || name.equals(provider);
        }
    }

    /** A comma separates entries where a name follows it, so that a path may hold commas. */
    private static final Pattern SEPARATOR = Pattern.compile(",\\s*(?=(\\*|[a-z][a-z0-9_]*)\\s*([,:]|$))");

    static Preference parse(String text, Filter target) {
        List<Entry> entries = new ArrayList<>();
        // Control characters are blanks like others: what is a separator must be one to whoever reads the text again.
        for (String part : SEPARATOR.split(text.replaceAll("\\p{Cntrl}", " ").trim())) {
            int colon = part.indexOf(':');
            String name = (colon < 0 ? part : part.substring(0, colon)).trim();
            if (!name.matches("\\*|[a-z][a-z0-9_]*")) {
                throw new IllegalArgumentException("'" + name + "' is not a provider's name");
            }
            entries.add(new Entry(name, colon < 0 ? "" : part.substring(colon + 1).trim()));
        }
        return new Preference(List.copyOf(entries), target);
    }

    /** As in the file: {@code v4l2:/dev/video0, pattern}. */
    String names() {
        StringBuilder names = new StringBuilder();
        for (Entry entry : entries) {
            names.append(names.length() == 0 ? "" : ", ").append(entry);
        }
        return names.toString();
    }

    /** This preference with one provider in front of the others. */
    String namesWithFirst(String label) {
        StringBuilder names = new StringBuilder(label);
        for (Entry entry : entries) {
            if (!entry.toString().equals(label)) {
                names.append(", ").append(entry);
            }
        }
        return names.toString();
    }

    @Override
    public String toString() {
        return target == null ? names() : names() + " " + target;
    }
}
