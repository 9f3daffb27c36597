package revcam.linklab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A table in a document between two comments that mark its place, so that who measures can write it anew. */
public final class MarkedTable {

    private MarkedTable() {}

    private static String begin(String mark) {
        return "<!-- " + mark + ": begin -->";
    }

    private static String end(String mark) {
        return "<!-- " + mark + ": end -->";
    }

    public static boolean isIn(Path document, String mark) throws IOException {
        return Files.readString(document).contains(begin(mark));
    }

    /** @throws IOException the document has no such marks, too */
    public static void replace(Path document, String mark, String table) throws IOException {
        String text = Files.readString(document);
        int begin = text.indexOf(begin(mark));
        int end = text.indexOf(end(mark));
        if (begin < 0 || end < begin) {
            throw new IOException(document + " has no lines " + begin(mark) + " and " + end(mark) + " for the table to go between");
        }
        Files.writeString(document, text.substring(0, begin + begin(mark).length()) + "\n" + table + text.substring(end));
    }
}
