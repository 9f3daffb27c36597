package revcam.connectivity.ice4j;

import java.util.HashMap;
import java.util.Map;

/** The configuration as it is shipped, and what a test sets. */
final class TestConfig {

    private TestConfig() {}

    static Map<String, Object> of(Map<String, Object> values) {
        Map<String, Object> properties = new HashMap<>(Map.of("policy", "all"));
        values.forEach((key, value) -> properties.put(key.replace('_', '.'), value));
        return properties;
    }
}
