package revcam.signalling.whep;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.IntSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads what is configured, and tells of what cannot be used. */
final class Settings {

    static final String FILE = "revcam.signalling.whep.cfg";

    private static final Logger log = LoggerFactory.getLogger("revcam.signalling.whep");

    private Settings() {}

    /** @param configured throws when what is configured is no number */
    static int viewers(IntSupplier configured, Map<String, Object> properties) {
        try {
            int viewers = configured.getAsInt();
            if (viewers >= 1 && viewers <= 64) {
                return viewers;
            }
        } catch (RuntimeException e) {
            log.debug("viewers cannot be read", e);
        }
        log.error("{}: viewers = {} must be a number from 1 to 64; using 8", FILE, properties.get("viewers"));
        return 8;
    }

    static List<String> list(String commaSeparated) {
        return Arrays.stream(commaSeparated.split("[,\\s]+")).filter(item -> !item.isEmpty()).toList();
    }
}
