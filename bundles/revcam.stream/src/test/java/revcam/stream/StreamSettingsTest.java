package revcam.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import revcam.api.config.Settings;
import revcam.api.media.FrameRate;
import revcam.stream.rate.Ladder;
import revcam.stream.rate.RatePolicy;

class StreamSettingsTest {

    private final List<String> complaints = new ArrayList<>();

    /** The settings as they are at the start; what is wrong is in {@link #complaints}. */
    private StreamSettings settings(Map<String, Object> properties) {
        return Settings.read("revcam.stream-main", StreamComponent.Config.class, properties, null, StreamSettings::of,
                complaints::add);
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
        assertEquals(1_000_000, settings.startBitrateBps());
        assertEquals(RatePolicy.SLOWEST_HEALTHY, settings.ratePolicy());
        assertEquals(List.of(Ladder.Means.FPS, Ladder.Means.SIZE, Ladder.Means.ENCODER), settings.ladder());
        assertEquals(List.of(), settings(Map.of("ladder", "None")).ladder());
        assertNull(settings.encoder().target());
    }

    @ParameterizedTest
    @CsvSource({"2000k,2000000", "2M,2000000", "2.5m,2500000", "' 750 K ',750000", "10000,10000", "100M,100000000"})
    void bitratesMayBeWrittenInThousandsAndMillions(String text, long bps) throws Exception {
        assertEquals(bps, settings(Map.of("bitrate", text, "bitrate.min", "10k")).bitrateBps());
    }

    @ParameterizedTest
    @CsvSource({"700k,1000k,100k,700000", "2M,50k,100k,100000", "2M,1500k,100k,1500000"})
    void aViewerBeginsBetweenTheLeastAndTheMost(String bitrate, String start, String min, long bps) {
        StreamSettings settings = settings(Map.of("bitrate", bitrate, "bitrate.start", start, "bitrate.min", min));
        assertEquals(List.of(), complaints);
        assertEquals(bps, settings.startBitrateBps());
        assertTrue(settings.limits().startBps() >= bps);
        assertTrue(settings.limits().maxBps() < 1.06 * settings.bitrateBps());
    }

    /** As with the option --bitrate 50k, beside what is shipped. */
    @Test
    void moreThanTheMostCountsAsTheMost() {
        StreamSettings settings = settings(Map.of("bitrate", "50k", "bitrate.start", "1000k", "bitrate.min", "100k"));
        assertEquals(List.of(), complaints);
        assertEquals(50_000, settings.startBitrateBps());
        assertEquals(settings.limits().maxBps(), settings.limits().minBps());
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
        "fps; many; 12.5", "bitrate; 9k; 10000 to 100000000", "bitrate; 101M; 100000000", "bitrate; -5; 10000", "bitrate; 2 MB; 2000k",
        "bitrate.start; 9k; 10000", "ladder; fps, colour; none, or some of", "ladder; fps, fps; none, or some of", "rate.policy; fastest; slowest-healthy, median, fixed", "mtu; 575; 576 to 9000", "mtu; 9001; 9000",
        "viewers.max; 0; 1 to 100", "viewers.max; 101; 100", "encoder; X264 !; separated by commas",
        "capture; ''; separated by commas", "encoder.filter; (revcam.encoder=; LDAP filter"})
    void whatCannotBeUsedIsNamedWithItsValueAndItsRange(String key, String value, String allowed) {
        settings(Map.of(key, value));
        assertEquals(1, complaints.size(), complaints.toString());
        assertTrue(complaints.get(0).startsWith("configs/revcam.stream-main.cfg: " + key + " = '" + value + "'"),
                complaints.get(0));
        assertTrue(complaints.get(0).contains(allowed), complaints.get(0));
    }

    @Test
    void aSlipOfThePenIsTold() {
        settings(Map.of("framerate", "30", "revcam.stream", "main", "service.pid", "x"));
        assertEquals(1, complaints.size(), complaints.toString());
        assertTrue(complaints.get(0).contains("there is no key framerate"), complaints.get(0));
    }
}
