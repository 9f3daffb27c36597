package revcam.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import revcam.api.media.FrameRate;

class StreamSettingsTest {

    private static StreamSettings settings(Map<String, Object> properties) throws StreamSettings.BadSetting {
        return StreamSettings.of(Stages.config(properties));
    }

    @Test
    void theDefaultsAreGood() throws Exception {
        StreamSettings settings = settings(Map.of());
        assertEquals("main", settings.name());
        assertEquals(1280, settings.width());
        assertEquals(720, settings.height());
        assertEquals(FrameRate.of(30), settings.rate());
        assertEquals(2_000_000, settings.bitrateBps());
        assertEquals(100_000, settings.minBitrateBps());
        assertNull(settings.encoder().target());
    }

    @ParameterizedTest
    @CsvSource({"2000k,2000000", "2M,2000000", "2.5m,2500000", "' 750 K ',750000", "10000,10000", "100M,100000000"})
    void bitratesMayBeWrittenInThousandsAndMillions(String text, long bps) throws Exception {
        assertEquals(bps, settings(Map.of("bitrate", text, "bitrate_min", "10k")).bitrateBps());
    }

    @Test
    void sizesAndRatesAreReadAsPeopleWriteThem() throws Exception {
        StreamSettings settings = settings(Map.of("size", " 640 x 480 ", "fps", "30000/1001"));
        assertEquals(640, settings.width());
        assertEquals(480, settings.height());
        assertEquals(new FrameRate(30_000, 1001), settings.rate());
    }

    /** Key, what is wrong, and a piece of what is allowed. */
    @ParameterizedTest
    @CsvSource(delimiter = ';', value = {
        "size; 1281x720; even and from 32 to 4096", "size; 30x30; 32", "size; 8192x4096; 4096", "size; big; 1280x720",
        "size; 99999x99999; 4096", "fps; 0; 0.5 to 240", "fps; 241; 240", "fps; -30; 0.5", "fps; 30/0; 0.5",
        "fps; many; 12.5", "bitrate; 9k; 10k to 100M", "bitrate; 101M; 100M", "bitrate; -5; 10k", "bitrate; 2 MB; 2000k",
        "bitrate_min; 3M; at most bitrate, which is 2000k", "mtu; 575; 576 to 9000", "mtu; 9001; 9000",
        "viewers_max; 0; 1 to 100", "viewers_max; 101; 100", "encoder; X264 !; separated by commas",
        "capture; ''; separated by commas", "encoder_filter; (revcam.encoder=; LDAP filter"})
    void whatCannotBeUsedIsNamedWithItsValueAndItsRange(String member, String value, String allowed) {
        Object typed = member.equals("mtu") || member.equals("viewers_max") ? (Object) Integer.valueOf(value) : value;
        String message = assertThrows(StreamSettings.BadSetting.class, () -> settings(Map.of(member, typed)))
                .getMessage();
        assertTrue(message.contains(member.replace('_', '.') + " = '" + value + "'"), message);
        assertTrue(message.contains(allowed), message);
    }

    @Test
    void aNumberThatIsNoneIsNamedToo() {
        // What Declarative Services does when a file's text cannot become the member's type.
        StreamComponent.Config config = Stages.config(new HashMap<>(Map.of("mtu", "1280 bytes")));
        String message = assertThrows(StreamSettings.BadSetting.class, () -> StreamSettings.of(config)).getMessage();
        assertTrue(message.startsWith("mtu = ") && message.contains("576 to 9000"), message);
    }

    @Test
    void aSlipOfThePenIsFoundAndWhatTheFrameworkAddsIsNone() {
        assertEquals(List.of("bit.rate", "framerate"), StreamSettings.unknown(List.of("framerate", "bitrate.min",
                "bit.rate", "size", "revcam.stream", "revcam.stream.default", "viewers.max", "service.pid",
                "service.factoryPid", "component.name", "component.id", "felix.fileinstall.filename", "osgi.ds.satisfying",
                ".private", "Encoder.target", "Encoder.cardinality.minimum")));
        assertEquals(List.of(), StreamSettings.unknown(StreamSettings.known()));
        assertTrue(StreamSettings.known().contains("encoder.filter"));
    }
}
