package revcam.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.event.Level;

class LineLoggerTest {

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    @Test
    void oneLineWithTimeLevelShortNameAndMessage() {
        logger("revcam.whep.Sessions", Level.INFO).info("viewer {} from {}", 3, "127.0.0.1");
        assertTrue(written().matches("\\d\\d:\\d\\d:\\d\\d\\.\\d{3} INFO  Sessions: viewer 3 from 127\\.0\\.0\\.1\n"), written());
    }

    @Test
    void belowTheThresholdNothingIsWritten() {
        logger("a.b", Level.WARN).info("not this");
        assertEquals("", written());
    }

    @Test
    void theStackTraceFollows() {
        logger("a.b", Level.INFO).error("broken {}", "pipe", new IllegalStateException("why"));
        assertTrue(written().contains("ERROR b: broken pipe\njava.lang.IllegalStateException: why"), written());
        assertTrue(written().contains("at revcam.log.LineLoggerTest"), written());
    }

    @Test
    void theLongestPrefixDecides() {
        Properties properties = new Properties();
        properties.setProperty("level", "warn");
        properties.setProperty("level.revcam", "debug");
        properties.setProperty("level.revcam.stream", "nonsense");
        Levels levels = Levels.of(properties);
        assertEquals(Level.WARN, levels.of("org.eclipse.jetty.Server"));
        assertEquals(Level.DEBUG, levels.of("revcam.stream.Engine"));
        assertEquals(Level.WARN, levels.of("revcamera"));
    }

    private Logger logger(String name, Level threshold) {
        return new LineLogger(name, threshold, new PrintStream(bytes, true, StandardCharsets.UTF_8));
    }

    private String written() {
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
