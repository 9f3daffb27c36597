package revcam.log;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import org.slf4j.event.Level;

/**
 * The lowest level that each logger shows: {@code level} for all, {@code level.<prefix>} for the loggers under a dotted
 * name. The longest prefix wins. Values are those of {@link Level}, in any case.
 */
final class Levels {

    private static final String KEY = "level";
    private static final String FILE = "revcam.log.cfg";

    private final Map<String, Level> byPrefix = new TreeMap<>();

    private Levels() {}

    /**
     * Reads {@code revcam.log.cfg} in the directory that the system property {@code revcam.configs} names, then the user's
     * in {@code local} below it; system properties {@code revcam.log.level...} override both. Not by way of Configuration
     * Admin, which logs itself.
     */
    static Levels read() {
        Properties properties = new Properties();
        String directory = System.getProperty("revcam.configs");
        if (directory != null) {
            load(Path.of(directory, FILE), properties);
            load(Path.of(directory, "local", FILE), properties);
        }
        for (String name : System.getProperties().stringPropertyNames()) {
            if (name.startsWith("revcam.log.level")) {
                properties.setProperty(name.substring("revcam.log.".length()), System.getProperty(name));
            }
        }
        return of(properties);
    }

    private static void load(Path file, Properties properties) {
        if (Files.exists(file)) {
            try (Reader in = Files.newBufferedReader(file)) {
                properties.load(in);
            } catch (IOException | IllegalArgumentException e) {
                System.err.println("revcam.log: cannot read " + file + ": " + e);
            }
        }
    }

    static Levels of(Properties properties) {
        Levels levels = new Levels();
        levels.byPrefix.put("", Level.INFO);
        for (String key : properties.stringPropertyNames()) {
            if (key.equals(KEY) || key.startsWith(KEY + ".")) {
                String prefix = key.equals(KEY) ? "" : key.substring(KEY.length() + 1);
                try {
                    levels.byPrefix.put(prefix, Level.valueOf(properties.getProperty(key).trim().toUpperCase(Locale.ROOT)));
                } catch (IllegalArgumentException e) {
                    System.err.println(FILE + ": " + key + " = " + properties.getProperty(key)
                            + " is not a level; write error, warn, info, debug or trace");
                }
            }
        }
        return levels;
    }

    Level of(String logger) {
        String prefix = logger;
        while (!byPrefix.containsKey(prefix)) {
            prefix = prefix.substring(0, Math.max(0, prefix.lastIndexOf('.')));
        }
        return byPrefix.get(prefix);
    }
}
