package revcam.shell;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a person wrote behind a command, checked against its usage. */
final class Arguments {

    private static final Pattern LENGTH = Pattern.compile("(\\d{1,5})\\s*(s|m|min)?");
    private static final Duration SHORTEST = Duration.ofSeconds(5);
    private static final Duration LONGEST = Duration.ofMinutes(10);

    private final Command command;
    private final List<String> values = new ArrayList<>();
    private final Map<Command.Option, String> options = new EnumMap<>(Command.Option.class);

    private Arguments(Command command) {
        this.command = command;
    }

    static Arguments parse(Command command, String... words) throws ShellException {
        Arguments arguments = new Arguments(command);
        for (int i = 0; i < words.length; i++) {
            if (!words[i].startsWith("--")) {
                arguments.values.add(words[i]);
                continue;
            }
            int equals = words[i].indexOf('=');
            String name = equals < 0 ? words[i] : words[i].substring(0, equals);
            Command.Option option = Command.Option.of(name);
            if (option == null || !command.options.contains(option)) {
                throw arguments.misused("there is no " + name);
            }
            String value = "";
            if (option.value != null) {
                value = equals >= 0 ? words[i].substring(equals + 1) : ++i < words.length ? words[i] : "";
                if (value.isEmpty()) {
                    throw arguments.misused(name + " wants a " + option.value);
                }
            }
            arguments.options.put(option, value);
        }
        arguments.check();
        return arguments;
    }

    private void check() throws ShellException {
        if (values.size() < command.required) {
            throw misused("the " + command.arguments.get(values.size()) + " is missing");
        }
        boolean open = command.arguments.contains(Command.Kind.REASON);
        if (values.size() > command.arguments.size() && !open) {
            throw misused("'" + values.get(command.arguments.size()) + "' is one word too many");
        }
    }

    private ShellException misused(String what) {
        return new ShellException(what + "; usage: " + command.usage());
    }

    /** The word at that place, or null. */
    String at(int index) {
        return index < values.size() ? values.get(index) : null;
    }

    /** All words from that place on, as one text. */
    String from(int index) {
        return index < values.size() ? String.join(" ", values.subList(index, values.size())) : "";
    }

    boolean has(Command.Option option) {
        return options.containsKey(option);
    }

    /** What was given behind an option, or null. */
    String value(Command.Option option) {
        return options.get(option);
    }

    /** @param text such as {@code 20s}, {@code 2m} or {@code 20}, which are seconds */
    Duration length(String text) throws ShellException {
        Matcher matcher = LENGTH.matcher(text);
        if (matcher.matches()) {
            long number = Long.parseLong(matcher.group(1));
            Duration length = matcher.group(2) == null || matcher.group(2).equals("s")
                    ? Duration.ofSeconds(number) : Duration.ofMinutes(number);
            if (length.compareTo(SHORTEST) >= 0 && length.compareTo(LONGEST) <= 0) {
                return length;
            }
        }
        throw misused("'" + text + "' is not a length from 5s to 10m");
    }

    int count(int index, int otherwise) throws ShellException {
        String text = at(index);
        if (text == null) {
            return otherwise;
        }
        if (!text.matches("[1-9]\\d{0,3}")) {
            throw misused("'" + text + "' is not a number from 1 to 9999");
        }
        return Integer.parseInt(text);
    }
}
