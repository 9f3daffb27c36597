package revcam.http.server;

import java.util.Map;
import java.util.function.IntSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Numbers of a configuration, held to their range: a bad one is told of once and replaced by the default. */
record Settings(String file, Map<String, Object> properties) {

    private static final Logger log = LoggerFactory.getLogger("revcam.http");

    /** @param value throws when what is configured is no number */
    int integer(String key, IntSupplier value, int min, int max, int byDefault) {
        try {
            int number = value.getAsInt();
            if (number >= min && number <= max) {
                return number;
            }
        } catch (RuntimeException e) {
            log.debug("{} cannot be read", key, e);
        }
        log.error("{}: {} = {} must be a number from {} to {}; using {}",
                file, key, properties.get(key), min, max, byDefault);
        return byDefault;
    }
}
