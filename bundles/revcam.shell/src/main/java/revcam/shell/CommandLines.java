package revcam.shell;

import java.util.ArrayList;
import java.util.List;

/**
 * Takes a line apart for {@link revcam.api.shell.CommandInterpreter.Reach#REVCAM}: commands between semicolons, words
 * between blanks, quotes of either kind around words that hold such. A backslash takes its meaning from the next character.
 */
final class CommandLines {

    private static final char NONE = 0;

    private CommandLines() {}

    /** @return the words of each command; none of an empty one */
    static List<List<String>> parse(String line) throws ShellException {
        List<List<String>> commands = new ArrayList<>();
        List<String> words = new ArrayList<>();
        StringBuilder word = null;
        char quote = NONE;
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            if (c == '\\' && quote != '\'' && i + 1 < line.length()) {
                word = (word == null ? new StringBuilder() : word).append(line.charAt(++i));
            } else if (quote != NONE) {
                if (c == quote) {
                    quote = NONE;
                } else {
                    word.append(c);
                }
            } else if (c == '\'' || c == '"') {
                quote = c;
                word = word == null ? new StringBuilder() : word;
            } else if (Character.isWhitespace(c) || c == ';') {
                if (word != null) {
                    words.add(word.toString());
                    word = null;
                }
                if (c == ';' && !words.isEmpty()) {
                    commands.add(words);
                    words = new ArrayList<>();
                }
            } else {
                word = (word == null ? new StringBuilder() : word).append(c);
            }
        }
        if (quote != NONE) {
            throw new ShellException("a quote " + quote + " is not closed");
        }
        if (word != null) {
            words.add(word.toString());
        }
        if (!words.isEmpty()) {
            commands.add(words);
        }
        return commands;
    }
}
