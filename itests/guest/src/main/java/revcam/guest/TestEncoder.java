package revcam.guest;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The parameters of the driver that the guest has for an encoder; see itests/guest/driver/README.md. */
final class TestEncoder {

    private static final Path PARAMETERS = Path.of("/sys/module/revcam_testenc/parameters");

    private TestEncoder() {}

    static void set(String parameter, Object value) {
        try {
            Files.writeString(PARAMETERS.resolve(parameter), value + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Everything works again. */
    static void reset() {
        set("hang", "N");
        set("lose_every", 0);
        set("enomem", "N");
        set("fail_streamon", 0);
        set("capture_bytes", 0);
    }
}
