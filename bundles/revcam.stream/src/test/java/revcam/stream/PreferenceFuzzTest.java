package revcam.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;
import revcam.api.config.Settings;

/** What a person writes for a stream is taken, or refused in words, and says the same when it is written down again. */
class PreferenceFuzzTest {

    static Stream<byte[]> preferences() {
        return Stream.of("v4l2:/dev/video0, pattern", "*", "x264, *", "file:/home/pi/a, b.mp4, pattern", "libcamera:0,*:")
                .map(text -> text.getBytes(StandardCharsets.UTF_8));
    }

    @MethodSource("preferences")
    @FuzzTest(maxDuration = "5m")
    void preference(byte[] data) {
        Preference read;
        try {
            read = Preference.parse(new String(data, StandardCharsets.UTF_8), null);
        } catch (IllegalArgumentException e) {
            assertNotNull(e.getMessage());
            return;
        }
        assertEquals(read, Preference.parse(read.names(), null));
    }

    static Stream<byte[]> settings() {
        return Stream.of("size=1280x720\nfps=30000/1001\nbitrate=2M\nencoder=x264, *\nencoder.filter=(revcam.encoder=*)",
                "fps=12.5\nbitrate=2000k\ncapture=pattern", "capture.filter=(&(a=b)(!(c=d)))")
                .map(text -> text.getBytes(StandardCharsets.UTF_8));
    }

    /** Any configuration leaves a stream that works, by the rule of {@link Settings#read}. */
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
        assertNotNull(Settings.read("revcam.stream-main", StreamComponent.Config.class, properties, null, StreamSettings::of,
                complaint -> assertNotNull(complaint)));
    }
}
