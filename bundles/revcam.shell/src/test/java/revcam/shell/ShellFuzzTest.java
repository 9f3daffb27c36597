package revcam.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever is typed is understood or refused in words. */
class ShellFuzzTest {

    static Stream<byte[]> lines() {
        return Stream.of("status", "swap encoder x264 --trial 20s; stats --watch", "why 'a b' \"c\\\"d\"", "quarantine encoder x264 too slow",
                "trial encoder openh264 20s --stream=main", "swaps 12", "help swap", "revcam:stages capture", "swap --stream ")
                .map(text -> text.getBytes(StandardCharsets.UTF_8));
    }

    @MethodSource("lines")
    @FuzzTest(maxDuration = "5m")
    void line(byte[] data) throws ShellException {
        List<List<String>> commands;
        try {
            commands = CommandLines.parse(new String(data, StandardCharsets.UTF_8));
        } catch (ShellException e) {
            return;
        }
        String quoted = commands.stream()
                .map(words -> words.stream().map(word -> '\'' + word.replace("'", "'\\''") + '\'').collect(Collectors.joining(" ")))
                .collect(Collectors.joining("; "));
        assertEquals(commands, CommandLines.parse(quoted));
        for (List<String> words : commands) {
            Command command = Command.of(words.get(0));
            if (command != null) {
                arguments(command, words.subList(1, words.size()));
            }
        }
    }

    private static void arguments(Command command, List<String> words) {
        try {
            Arguments arguments = Arguments.parse(command, words.toArray(String[]::new));
            arguments.count(0, 10);
            if (arguments.at(2) != null) {
                assertTrue(arguments.length(arguments.at(2)).toSeconds() >= 5);
            }
        } catch (ShellException e) {
            assertTrue(e.getMessage().contains("usage: " + command.text()));
        }
    }

    /** Each proposal goes on from what was typed. */
    @MethodSource("lines")
    @FuzzTest(maxDuration = "5m")
    void completion(byte[] data) {
        Engine engine = new Engine();
        engine.add(FakePipeline.main());
        String line = new String(data, StandardCharsets.UTF_8);
        List<Completion.Candidate> proposed = new Completion(engine).complete(line, List.of("felix:bundles", "obr:list", "bare"));
        for (Completion.Candidate candidate : proposed) {
            assertTrue(line.isEmpty() || candidate.value().isEmpty() || !candidate.value().contains("\n"));
        }
    }
}
