package revcam.shell;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** The commands as people see them; usage, arguments and completion are all made of this. */
enum Command {
    STATUS("how each stream is", false, List.of()),
    STAGES("who serves as what, and who could", false, List.of(), Kind.ROLE),
    WHY("why each provider serves, or does not", false, List.of(), Kind.ROLE),
    SWAP("makes a provider the first choice, for good", true, List.of(Option.TRIAL), Kind.ROLE, Kind.PROVIDER),
    TRIAL("lets a provider serve for a while and keeps it if it is not worse; without one, the last report", true,
            List.of(), Kind.ROLE, Kind.PROVIDER, Kind.LENGTH),
    ROLLBACK("ends a trial, or undoes the last swap", true, List.of(), Kind.ROLE),
    QUARANTINE("sets a provider aside", true, List.of(), Kind.ROLE, Kind.PROVIDER, Kind.REASON),
    RELEASE("gives a provider that was set aside another chance", true, List.of(), Kind.ROLE, Kind.PROVIDER),
    SWAPS("what was replaced lately, the newest last", false, List.of(), Kind.COUNT),
    KEYFRAME("asks the encoder for a key frame", false, List.of()),
    STATS("figures of the last seconds", false, List.of(Option.WATCH)),
    HELP("this list, or more about one command", false, List.of(), Kind.COMMAND);

    /** What may stand in a place. */
    enum Kind { ROLE, PROVIDER, LENGTH, REASON, COUNT, COMMAND }

    /** Options, and what stands behind them; null for nothing. */
    enum Option {
        STREAM("NAME"), TRIAL("LENGTH"), WATCH(null);

        final String value;

        Option(String value) {
            this.value = value;
        }

        String text() {
            return "--" + name().toLowerCase(Locale.ROOT);
        }

        static Option of(String text) {
            return Arrays.stream(values()).filter(option -> option.text().equals(text)).findFirst().orElse(null);
        }
    }

    final String summary;
    final List<Option> options;
    final List<Kind> arguments;
    /** Arguments that must be there. */
    final int required;

    Command(String summary, boolean needsRole, List<Option> options, Kind... arguments) {
        this.summary = summary;
        this.arguments = List.of(arguments);
        List<Option> all = new ArrayList<>(options);
        if (!this.arguments.contains(Kind.COMMAND)) {
            all.add(Option.STREAM);
        }
        this.options = List.copyOf(all);
        boolean needsProvider = needsRole && this.arguments.contains(Kind.PROVIDER) && !name().equals("TRIAL");
        required = needsProvider ? 2 : needsRole ? 1 : 0;
    }

    String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Such as {@code swap ROLE PROVIDER [--trial LENGTH] [--stream NAME]}. */
    String usage() {
        StringBuilder usage = new StringBuilder(text());
        for (int i = 0; i < arguments.size(); i++) {
            usage.append(' ').append(optional(arguments.get(i).name(), i >= required));
        }
        for (Option option : options) {
            usage.append(' ').append(optional(option.text() + (option.value == null ? "" : " " + option.value), true));
        }
        return usage.toString();
    }

    private static String optional(String text, boolean optional) {
        return optional ? "[" + text + "]" : text;
    }

    /** The command of that name, with or without the scope; null when it is none of ours. */
    static Command of(String text) {
        String name = text.startsWith(Commands.SCOPE + ":") ? text.substring(Commands.SCOPE.length() + 1) : text;
        return Arrays.stream(values()).filter(command -> command.text().equals(name)).findFirst().orElse(null);
    }
}
