package revcam.plugin;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import revcam.browser.Product;

/** What the guide prints is what is built. */
class GuideTest {

    private static final Path GUIDE = Product.root().resolve("docs/writing-an-encoder.md");
    /** A fenced block whose language is followed by a file's path. */
    private static final Pattern BLOCK = Pattern.compile("(?ms)^```\\w+ (\\S+)\\n(.*?)^```$");

    @Test
    void theCodeInTheGuideIsTheExample() throws IOException {
        Map<String, String> printed = new TreeMap<>();
        Matcher block = BLOCK.matcher(Files.readString(GUIDE));
        while (block.find()) {
            printed.put(block.group(1), block.group(2));
        }
        Map<String, String> built = new TreeMap<>();
        try (Stream<Path> files = Files.walk(OutsideBuild.EXAMPLE)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path path = OutsideBuild.EXAMPLE.relativize(file);
                if (!path.startsWith("target")) {
                    built.put(path.toString(), Files.readString(file));
                }
            }
        }
        assertEquals(built.keySet(), printed.keySet());
        built.forEach((path, text) -> assertEquals(text, printed.get(path), path));
    }
}
