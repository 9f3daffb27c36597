package revcam.view;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import dev.onvoid.webrtc.RTCStats;
import dev.onvoid.webrtc.RTCStatsReport;
import dev.onvoid.webrtc.RTCStatsType;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * How a stream was. What cannot be known is NaN, and left out of JSON. Statistics are libwebrtc's, by the names of
 * W3C webrtc-stats; what the time strip says is counted here.
 *
 * @param codec such as {@code video/H264}
 * @param decoder libwebrtc's name of it
 * @param width of the last picture, pixels
 * @param height of the last picture, pixels
 * @param seconds from the first picture to the last
 * @param frames decoded
 * @param fps decoded per second
 * @param firstFrameMillis from the POST to the first decoded picture
 * @param latencyP50Millis from capture to decoded, median; camera and viewer must share a clock
 * @param latencyP95Millis the same, 95th percentile
 * @param stripFrames pictures whose time strip could be read
 * @param skippedFrames pictures that the source made and that never came
 * @param longestGapMillis between two decoded pictures
 * @param freezes by webrtc-stats: gaps much longer than usual
 * @param freezeSeconds that they lasted
 * @param keyframes decoded
 * @param bitrateBps of received RTP payload
 * @param packetsLost of RTP, for good
 * @param lossPercent of all that were sent
 * @param retransmitted packets that came again
 * @param nacks packets asked for again, in messages
 * @param plis pictures asked for
 * @param jitterMillis of packets (RFC 3550)
 * @param jitterBufferMillis mean wait in the jitter buffer
 * @param rttMillis of the last connectivity check
 * @param switches times that it joined again because another engine served
 * @param switchGapMillis the longest from the last picture before that to the first after
 * @param cut whether the connection was lost before the time was over
 */
public record Figures(String codec, String decoder, int width, int height, double seconds, long frames, double fps,
        double firstFrameMillis, double latencyP50Millis, double latencyP95Millis, long stripFrames, long skippedFrames,
        double longestGapMillis, long freezes, double freezeSeconds, long keyframes, double bitrateBps, long packetsLost,
        double lossPercent, long retransmitted, long nacks, long plis, double jitterMillis, double jitterBufferMillis,
        double rttMillis, int switches, double switchGapMillis, boolean cut) {

    private static final Gson JSON = new GsonBuilder().setPrettyPrinting().create();

    /** @param reports of each session, in order */
    static Figures of(FrameMeter meter, long postedNanos, List<RTCStatsReport> reports, int switches, boolean cut) {
        Map<String, RTCStats> stats = reports.get(reports.size() - 1).getStats();
        RTCStats inbound = inbound(stats);
        List<RTCStats> all = reports.stream().map(report -> inbound(report.getStats())).filter(Objects::nonNull).toList();
        RTCStats codec = inbound == null ? null : stats.get(String.valueOf(inbound.getAttributes().get("codecId")));
        RTCStats pair = stats.values().stream()
                .filter(one -> one.getType() == RTCStatsType.CANDIDATE_PAIR
                        && Boolean.TRUE.equals(one.getAttributes().get("nominated")))
                .findFirst().orElse(null);
        double seconds = meter.seconds();
        double lost = sum(all, "packetsLost");
        double received = sum(all, "packetsReceived");
        double emitted = sum(all, "jitterBufferEmittedCount");
        return new Figures(text(codec, "mimeType"), text(inbound, "decoderImplementation"), meter.width(), meter.height(),
                seconds, meter.frames(), seconds > 0 ? (meter.frames() - 1) / seconds : Double.NaN,
                (meter.firstNanos() - postedNanos) / 1e6, meter.latencyMillis(0.5), meter.latencyMillis(0.95),
                meter.withStrip(), meter.skipped(), meter.longestGapMillis(), (long) sum(all, "freezeCount"),
                sum(all, "totalFreezesDuration"), (long) sum(all, "keyFramesDecoded"),
                seconds > 0 ? 8 * sum(all, "bytesReceived") / seconds : Double.NaN, (long) lost,
                received + lost > 0 ? 100 * lost / (received + lost) : Double.NaN,
                (long) sum(all, "retransmittedPacketsReceived"), (long) sum(all, "nackCount"), (long) sum(all, "pliCount"),
                1000 * number(inbound, "jitter"), emitted > 0 ? 1000 * sum(all, "jitterBufferDelay") / emitted : Double.NaN,
                1000 * number(pair, "currentRoundTripTime"), switches, meter.switchGapMillis(), cut);
    }

    private static double number(RTCStats stats, String name) {
        return stats != null && stats.getAttributes().get(name) instanceof Number number ? number.doubleValue() : Double.NaN;
    }

    private static double sum(List<RTCStats> all, String name) {
        return all.stream().mapToDouble(stats -> number(stats, name)).filter(Double::isFinite).sum();
    }

    private static RTCStats inbound(Map<String, RTCStats> stats) {
        return stats.values().stream()
                .filter(one -> one.getType() == RTCStatsType.INBOUND_RTP && "video".equals(one.getAttributes().get("kind")))
                .findFirst().orElse(null);
    }

    private static String text(RTCStats stats, String name) {
        return stats != null && stats.getAttributes().get(name) instanceof String text ? text : "";
    }

    /** As one JSON object. */
    public String json() {
        JsonObject all = new Gson().toJsonTree(this.strings()).getAsJsonObject();
        return JSON.toJson(all);
    }

    private Map<String, Object> strings() {
        Map<String, Object> all = new java.util.LinkedHashMap<>();
        for (var component : Figures.class.getRecordComponents()) {
            try {
                Object value = component.getAccessor().invoke(this);
                if (value instanceof Double number) {
                    if (Double.isFinite(number)) {
                        all.put(component.getName(), Math.round(number * 1000) / 1000.0);
                    }
                } else {
                    all.put(component.getName(), value);
                }
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException(e);
            }
        }
        return all;
    }

    /** As a small table for a person. */
    public String table() {
        return """
                picture      %dx%d %s, %s frames/s for %s s, %d frames (%d key), first after %s ms
                latency      %s ms median, %s ms at 95 %% (time strip read in %d of %d; %d frames never came)
                freezes      %d, %s s; longest gap %s ms
                received     %s kbit/s, %d packets lost (%s %%), %d came again, %d NACK, %d PLI
                network      %s ms round trip, %s ms jitter, %s ms in the jitter buffer
                engines      %d times another one, at most %s ms without a picture
                """.formatted(width, height, codec + (decoder.isEmpty() ? "" : " (" + decoder + ")"), number(fps, 2),
                number(seconds, 1), frames, keyframes, number(firstFrameMillis, 0), number(latencyP50Millis, 0),
                number(latencyP95Millis, 0), stripFrames, frames, skippedFrames, freezes, number(freezeSeconds, 2),
                number(longestGapMillis, 0), number(bitrateBps / 1000, 0), packetsLost, number(lossPercent, 2),
                retransmitted, nacks, plis, number(rttMillis, 1), number(jitterMillis, 1), number(jitterBufferMillis, 1), switches,
                number(switchGapMillis, 0));
    }

    static String number(double value, int digits) {
        return Double.isNaN(value) ? "?" : String.format(Locale.ROOT, "%." + digits + "f", value);
    }
}
