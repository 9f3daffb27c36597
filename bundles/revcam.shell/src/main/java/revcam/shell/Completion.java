package revcam.shell;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import revcam.api.pipeline.Pipeline;
import revcam.api.pipeline.Stage;

/** What may stand where the cursor is. */
final class Completion {

    /**
     * One proposal.
     *
     * @param value the whole word
     * @param note for the person, or empty
     */
    record Candidate(String value, String note) {}

    private final Engine engine;

    Completion(Engine engine) {
        this.engine = engine;
    }

    /**
     * @param line up to the cursor
     * @param others commands of other bundles, each {@code scope:name}
     * @return those that go on from the word at the cursor
     */
    List<Candidate> complete(String line, Collection<String> others) {
        String current = line.substring(1 + Math.max(line.lastIndexOf(';'), line.lastIndexOf('|'))).stripLeading();
        List<String> words = new ArrayList<>(Arrays.asList(current.split("\\s+", -1)));
        String word = words.remove(words.size() - 1);
        List<Candidate> all = words.isEmpty() ? commands(word, others) : arguments(words, word);
        return all.stream().filter(candidate -> candidate.value.startsWith(word)).toList();
    }

    private static List<Candidate> commands(String word, Collection<String> others) {
        List<Candidate> all = new ArrayList<>();
        boolean scoped = word.contains(":");
        for (Command command : Command.values()) {
            all.add(new Candidate((scoped ? Commands.SCOPE + ":" : "") + command.text(), command.summary));
        }
        TreeMap<String, Candidate> rest = new TreeMap<>();
        for (String other : others) {
            String name = scoped ? other : other.substring(other.indexOf(':') + 1);
            Candidate candidate = new Candidate(name, "of " + other.substring(0, Math.max(0, other.indexOf(':'))));
            if (!other.startsWith(Commands.SCOPE + ":")) {
                rest.put(name, candidate);
            } else if (Command.of(other) == null) {
                all.add(new Candidate(name, "")); // another bundle's, in our scope
            }
        }
        // Thirty commands of the framework would bury ours: they are proposed once a letter was typed.
        if (!word.isEmpty()) {
            all.addAll(rest.values());
        }
        return all;
    }

    private List<Candidate> arguments(List<String> words, String word) {
        Command command = Command.of(words.get(0));
        if (command == null) {
            return List.of();
        }
        String stream = null;
        Command.Option open = null;
        List<String> given = new ArrayList<>();
        for (String each : words.subList(1, words.size())) {
            if (open != null) {
                stream = open == Command.Option.STREAM ? each : stream;
                open = null;
            } else if (each.startsWith("--")) {
                int equals = each.indexOf('=');
                Command.Option option = Command.Option.of(equals < 0 ? each : each.substring(0, equals));
                if (option == Command.Option.STREAM && equals >= 0) {
                    stream = each.substring(equals + 1);
                }
                open = option != null && option.value != null && equals < 0 ? option : null;
            } else {
                given.add(each);
            }
        }
        if (open != null) {
            return open == Command.Option.STREAM ? streams() : lengths();
        }
        if (word.startsWith("-")) {
            return command.options.stream().map(option -> new Candidate(option.text(), "")).toList();
        }
        return given.size() < command.arguments.size() ? of(command, given, pipelines(stream)) : List.of();
    }

    private List<Candidate> of(Command command, List<String> given, List<Pipeline> pipelines) {
        return switch (command.arguments.get(given.size())) {
            case ROLE -> Engine.roles(pipelines).stream().map(role -> new Candidate(role, "")).toList();
            case PROVIDER -> providers(command, given.get(0), pipelines);
            case LENGTH -> lengths();
            case COMMAND -> Arrays.stream(Command.values()).map(each -> new Candidate(each.text(), each.summary)).toList();
            case COUNT, REASON -> List.of();
        };
    }

    private static List<Candidate> providers(Command command, String role, List<Pipeline> pipelines) {
        List<Candidate> all = new ArrayList<>();
        for (Pipeline pipeline : pipelines) {
            Stage stage = Engine.stage(pipeline, role);
            if (stage != null) {
                stage.providers().stream().filter(provider -> suits(command, provider.standing()))
                        .forEach(provider -> all.add(new Candidate(provider.label(),
                                provider.standing().name().toLowerCase(Locale.ROOT))));
                break;
            }
        }
        return all;
    }

    private static boolean suits(Command command, Stage.Standing standing) {
        return switch (command) {
            case RELEASE -> standing == Stage.Standing.QUARANTINED;
            case QUARANTINE -> standing != Stage.Standing.QUARANTINED;
            default -> standing != Stage.Standing.SERVING && standing != Stage.Standing.QUARANTINED;
        };
    }

    private List<Candidate> streams() {
        return engine.pipelines().stream().map(pipeline -> new Candidate(pipeline.name(), "")).toList();
    }

    private static List<Candidate> lengths() {
        return List.of(new Candidate("20s", ""), new Candidate("1m", ""), new Candidate("5m", ""));
    }

    private List<Pipeline> pipelines(String stream) {
        return engine.pipelines().stream().filter(pipeline -> stream == null || pipeline.name().equals(stream)).toList();
    }
}
