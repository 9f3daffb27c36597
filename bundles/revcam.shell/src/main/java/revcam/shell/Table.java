package revcam.shell;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Aligned columns. The last one is broken between words where the width is known, and goes on under its own beginning. */
final class Table {

    private static final String GAP = "  ";
    private static final int NARROWEST_LAST = 20;

    private final List<String[]> rows = new ArrayList<>();
    private final boolean[] right;

    /** @param headings a column whose heading begins with {@code >} is flushed right; all empty for no headings */
    Table(String... headings) {
        right = new boolean[headings.length];
        String[] first = headings.clone();
        for (int i = 0; i < first.length; i++) {
            right[i] = first[i].startsWith(">");
            first[i] = right[i] ? first[i].substring(1) : first[i];
        }
        if (Arrays.stream(first).anyMatch(heading -> !heading.isEmpty())) {
            rows.add(first);
        }
    }

    /** @param cells one per column */
    void row(String... cells) {
        if (cells.length != right.length) {
            throw new IllegalArgumentException(right.length + " columns, not " + cells.length);
        }
        rows.add(cells);
    }

    /** @param width columns of the terminal, 0 for as many as it takes */
    List<String> lines(int width) {
        int last = right.length - 1;
        int[] widths = new int[right.length];
        for (String[] row : rows) {
            for (int i = 0; i < row.length; i++) {
                widths[i] = Math.max(widths[i], row[i].length());
            }
        }
        int before = 0;
        for (int i = 0; i < last; i++) {
            before += widths[i] + GAP.length();
        }
        int room = width == 0 ? Integer.MAX_VALUE : Math.max(NARROWEST_LAST, width - before);
        List<String> lines = new ArrayList<>();
        for (String[] row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < last; i++) {
                line.append(pad(row[i], widths[i], right[i])).append(GAP);
            }
            List<String> parts = wrap(row[last], room);
            if (parts.size() == 1) {
                lines.add(line.append(pad(parts.get(0), widths[last], right[last])).toString().stripTrailing());
                continue;
            }
            for (String part : parts) {
                lines.add(line.append(part).toString().stripTrailing());
                line = new StringBuilder(" ".repeat(before));
            }
        }
        return lines;
    }

    private static String pad(String text, int width, boolean right) {
        String space = " ".repeat(Math.max(0, width - text.length()));
        return right ? space + text : text + space;
    }

    private static List<String> wrap(String text, int room) {
        List<String> parts = new ArrayList<>();
        String rest = text;
        while (rest.length() > room) {
            int at = rest.lastIndexOf(' ', room);
            at = at > 0 ? at : room;
            parts.add(rest.substring(0, at));
            rest = rest.substring(at).stripLeading();
        }
        parts.add(rest);
        return parts;
    }
}
