package revcam.api.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;
import revcam.api.media.FrameRate;

/** Whatever a file or the console sets, a component gets values within its limits, and each that is refused is told. */
class SettingsFuzzTest {

    @interface Config {
        int port() default 8080;

        double share() default 0.5;

        boolean on() default false;

        String mode() default "one";

        String items() default "a, b";

        String rate() default "2M";

        String fps() default "30";

        String secret() default "";
    }

    private record Values(int port, double share, boolean on, String mode, List<String> items, long rate, FrameRate fps, String secret) {

        static Values of(Settings settings) throws BadSetting {
            return new Values(settings.wholeNumber("port", 1, 65535), settings.decimal("share", 0, 1), settings.truth("on"),
                    settings.choice("mode", "one", "two"), settings.list("items"), settings.bitsPerSecond("rate", 1000, 1L << 40),
                    settings.frameRate("fps", 1, 120), settings.secret("secret", text -> {
                        if (text.length() > 8) {
                            throw new IllegalArgumentException();
                        }
                        return text;
                    }, "short"));
        }
    }

    static Stream<byte[]> settings() {
        return Stream.of("port=0\nshare=NaN\non=yes\nmode=TWO\nitems=,a,, b\nrate=1.5M\nfps=30000/1001\nsecret=verysecretindeed",
                "port=8081\nother=1\nshare=0x1p-1\nrate=2000000\nfps=12.5").map(text -> text.getBytes(StandardCharsets.UTF_8));
    }

    @MethodSource("settings")
    @FuzzTest(maxDuration = "5m")
    void settings(byte[] data) {
        Map<String, Object> properties = new HashMap<>();
        for (String line : new String(data, StandardCharsets.UTF_8).split("\n")) {
            int equals = line.indexOf('=');
            if (equals > 0) {
                properties.put(line.substring(0, equals), line.substring(equals + 1));
            }
        }
        List<String> complaints = new ArrayList<>();
        Values read = Settings.read("fuzz", Config.class, properties, null, Values::of, complaints::add);
        assertTrue(read.port >= 1 && read.port <= 65535 && read.share >= 0 && read.share <= 1 && read.rate >= 1000
                && read.rate <= 1L << 40 && read.fps.fps() >= 1 && read.fps.fps() <= 120 && read.secret.length() <= 8);
        Object secret = properties.get("secret");
        if (secret != null && !read.secret.equals(secret.toString().strip()) && secret.toString().strip().length() > 20) {
            for (String complaint : complaints) {
                assertFalse(complaint.startsWith("configs/fuzz.cfg: secret") && complaint.contains(secret.toString().strip()),
                        complaint);
            }
        }
        assertEquals(read, Settings.read("fuzz", Config.class, properties, read, Values::of, complaint -> { }),
                "what was refused at the start leaves the last good ones");
    }
}
