package revcam.stream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.Map;
import org.junit.jupiter.api.Test;
import revcam.api.packetiser.RtpFormat;
import revcam.api.telemetry.Sample;

class FormatReportTest {

    private static final long SECOND = 1_000_000_000;

    private final FormatReport report = new FormatReport("main");

    private Sample published;

    private Sample sample(long now, RtpFormat format) {
        return sample(now, format, 30);
    }

    /** @return null when nothing is said */
    private Sample sample(long now, RtpFormat format, double fps) {
        published = null;
        report.report(now, 7, format, fps, 1200, 1100, sample -> published = sample);
        return published;
    }

    private static RtpFormat h264(String profileLevelId) {
        return new RtpFormat("H264", 90_000, Map.of("profile-level-id", profileLevelId), 1280, 720);
    }

    @Test
    void profileAndLevelAreNamed() {
        assertEquals(Map.of("stream", "main", "codec", "H264", "profile", "constrained-baseline", "level", "3.1"),
                sample(1, h264("42e01f")).tags());
        assertEquals("baseline", sample(1, h264("42000b")).tags().get("profile"));
        assertEquals("1b", sample(1, h264("42100b")).tags().get("level"));
        assertEquals("main", sample(1, h264("4d0028")).tags().get("profile"));
        assertEquals("4.0", sample(1, h264("4d4028")).tags().get("level"));
        assertEquals("high", sample(1, h264("640028")).tags().get("profile"));
        assertEquals("constrained-high", sample(1, h264("640c28")).tags().get("profile"));
        assertEquals("110", sample(1, h264("6e0028")).tags().get("profile"));
        assertEquals(Map.of("stream", "main", "codec", "AV1"),
                sample(1, new RtpFormat("AV1", 90_000, Map.of(), 64, 64)).tags());
    }

    @Test
    void itIsToldWhenItChangesAndEveryTenSeconds() {
        long now = Long.MAX_VALUE - 5 * SECOND;
        assertNull(sample(now, null));
        assertArrayEquals(new double[] {1280, 720, 30, 1200, 1100}, sample(now, h264("42e01f")).values());
        assertNull(sample(now + 9 * SECOND, h264("42e01f")));
        assertNotNull(sample(now + 10 * SECOND, h264("42e01f")));
        assertNull(sample(now + 11 * SECOND, h264("42e01f")));
        assertNotNull(sample(now + 12 * SECOND, h264("42e020")));
        assertEquals(25, sample(now + 13 * SECOND, h264("42e020"), 25).values()[2]);
    }
}
