package revcam.api.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import revcam.api.media.FrameRate;

class SettingsTest {

    @interface Config {
        int port() default 8080;
        double quality() default 23;
        boolean strip() default true;
        String mode() default "cbr";
        String turn_user() default "nobody";
        String bitrate() default "2M";
        String fps() default "30";
        String hosts() default "";
    }

    private record Values(int port, String mode) {}

    private final List<String> complaints = new ArrayList<>();

    @Test
    void textAndTypedValuesAreTheSame() {
        assertEquals(8081, value(Map.of("port", " 8081 "), settings -> settings.wholeNumber("port", 0, 65535)));
        assertEquals(8081, value(Map.of("port", 8081), settings -> settings.wholeNumber("port", 0, 65535)));
        assertEquals(false, value(Map.of("strip", "False"), settings -> settings.truth("strip")));
        assertEquals(false, value(Map.of("strip", false), settings -> settings.truth("strip")));
        assertEquals(List.of("a", "b"), value(Map.of("hosts", "a, b,"), settings -> settings.list("hosts")));
        assertEquals(List.of("a", "b"),
                value(Map.of("hosts", new String[] {"a", "b"}), settings -> settings.list("hosts")));
        assertEquals(2_500_000L, value(Map.of("bitrate", "2.5M"), settings -> settings.bitsPerSecond("bitrate", 1, 1L << 40)));
        assertEquals(new FrameRate(30000, 1001),
                value(Map.of("fps", "30000/1001"), settings -> settings.frameRate("fps", 0.5, 240)));
        assertEquals("cbr", value(Map.of("mode", "CBR"), settings -> settings.choice("mode", "cbr", "vbr")));
        assertEquals(List.of(), complaints);
    }

    @Test
    void defaultsAreTheAnnotations() {
        assertEquals(23.0, value(Map.of(), settings -> settings.decimal("quality", 1, 51)));
        assertEquals("nobody", value(Map.of(), settings -> settings.text("turn.user")));
    }

    @Test
    void aBadValueNamesFileKeyValueAndRangeAndTheLastGoodStays() {
        Values lastGood = new Values(1, "cbr");
        assertEquals(lastGood, read(Map.of("port", "99999", "mode", "vbr"), lastGood));
        assertEquals(List.of("configs/revcam.probe.cfg: port = '99999' cannot be used; allowed: a whole number from 0 to "
                + "65535; the last good configuration stays"), complaints);
    }

    @Test
    void atTheStartABadValueIsReplacedByItsDefaultAndTheOthersHold() {
        assertEquals(new Values(8080, "vbr"), read(Map.of("port", "x", "mode", "vbr"), null));
        assertTrue(complaints.get(0).endsWith("using the default '8080'"), complaints.get(0));
    }

    @Test
    void theMessageNamesWhereTheValueCameFrom() {
        Map<String, Object> properties = new HashMap<>(Map.of(
                "port", "x",
                "mode", "y",
                Settings.FILE, "/c/revcam.probe.cfg",
                Settings.LOCAL_FILE, "/c/local/revcam.probe.cfg",
                Settings.LOCAL_KEYS, new String[] {"port"}));
        read(properties, null);
        assertTrue(complaints.get(0).startsWith("/c/local/revcam.probe.cfg: port = 'x'"), complaints.get(0));
        assertTrue(complaints.get(1).startsWith("/c/revcam.probe.cfg: mode = 'y'"), complaints.get(1));
        complaints.clear();
        properties.put(Settings.OPTION_KEYS, new String[] {"port"});
        read(properties, null);
        assertTrue(complaints.get(0).startsWith("an option of this run: port = 'x'"), complaints.get(0));
    }

    @Test
    void aKeyThatMeansNothingIsToldAndSecretsAreNot() {
        read(Map.of("prot", "1", "service.pid", "x", ".hidden", "y"), null);
        assertEquals(1, complaints.size());
        assertTrue(complaints.get(0).contains("no key prot"), complaints.get(0));
        BadSetting bad = (BadSetting) value(Map.of("mode", "hunter2"), settings -> assertThrows(BadSetting.class,
                () -> settings.secret("mode", Integer::valueOf, "a number")));
        assertTrue(!bad.getMessage().contains("hunter2"), bad.getMessage());
    }

    private Values read(Map<String, ?> properties, Values lastGood) {
        return Settings.read("revcam.probe", Config.class, properties, lastGood,
                settings -> new Values(settings.wholeNumber("port", 0, 65535), settings.choice("mode", "cbr", "vbr")),
                complaints::add);
    }

    private Object value(Map<String, ?> properties, Settings.Reading<Object> reading) {
        return Settings.read("revcam.probe", Config.class, properties, null, reading, complaints::add);
    }
}
