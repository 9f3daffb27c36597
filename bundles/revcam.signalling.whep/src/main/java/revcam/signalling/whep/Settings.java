package revcam.signalling.whep;

import java.util.Arrays;
import java.util.List;

/** Reads what is configured. */
final class Settings {

    static final String FILE = "revcam.signalling.whep.cfg";

    private Settings() {}

    static List<String> list(String commaSeparated) {
        return Arrays.stream(commaSeparated.split("[,\\s]+")).filter(item -> !item.isEmpty()).toList();
    }
}
