package revcam.stream;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import revcam.api.packetiser.RtpFormat;
import revcam.api.telemetry.Telemetry;

/** Tells telemetry what is sent: when that changes, and now and then. One thread. */
final class FormatReport {

    private static final long REPORT_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final String stream;
    private final double[] measured = new double[5];
    private RtpFormat format;
    private Map<String, String> tags;
    private double fps;
    private int mtuBytes;
    private int payloadBytes;
    private long reportedNanos;

    FormatReport(String stream) {
        this.stream = stream;
    }

    /**
     * Publishes one {@link StreamMeasurements#FORMAT}, if there is something to say now.
     *
     * @param known null before the first IDR picture
     */
    void report(long now, long wallMillis, RtpFormat known, double nowFps, int nowMtuBytes, int nowPayloadBytes, Telemetry telemetry) {
        if (known == null) {
            return;
        }
        boolean same = known.equals(format) && nowFps == fps && nowMtuBytes == mtuBytes && nowPayloadBytes == payloadBytes;
        if (same && now - reportedNanos < REPORT_NANOS) {
            return;
        }
        if (!known.equals(format)) {
            format = known;
            tags = tags(stream, known);
        }
        fps = nowFps;
        mtuBytes = nowMtuBytes;
        payloadBytes = nowPayloadBytes;
        reportedNanos = now;
        measured[0] = known.width();
        measured[1] = known.height();
        measured[2] = fps;
        measured[3] = mtuBytes;
        measured[4] = payloadBytes;
        telemetry.publish(StreamMeasurements.FORMAT, wallMillis, now, tags, measured);
    }

    private static Map<String, String> tags(String stream, RtpFormat format) {
        Map<String, String> tags = new LinkedHashMap<>();
        tags.put("stream", stream);
        tags.put("codec", format.encodingName());
        String profileLevelId = format.parameters().getOrDefault("profile-level-id", "");
        if (profileLevelId.matches("[0-9a-fA-F]{6}")) {
            int bits = Integer.parseInt(profileLevelId, 16);
            tags.put("profile", profile(bits >> 16, bits >> 8 & 0xFF));
            tags.put("level", level(bits & 0xFF, bits >> 8 & 0xFF));
        }
        return Map.copyOf(tags);
    }

    /** H.264, annex A.2, by profile_idc and the constraint flags, of which set 0 is the highest bit. */
    private static String profile(int idc, int constraints) {
        return switch (idc) {
            case 66 -> (constraints & 0x40) != 0 ? "constrained-baseline" : "baseline";
            case 77 -> "main";
            case 88 -> "extended";
            case 100 -> (constraints & 0x0C) == 0x0C ? "constrained-high" : "high";
            default -> Integer.toString(idc);
        };
    }

    /** H.264, annex A.3: level_idc is ten times the level; 11 with constraint_set3_flag is level 1b. */
    private static String level(int idc, int constraints) {
        return idc == 11 && (constraints & 0x10) != 0 ? "1b" : String.format(Locale.ROOT, "%.1f", idc / 10.0);
    }
}
