package revcam.signalling.whep;

import static revcam.api.telemetry.Metric.counter;
import static revcam.api.telemetry.Metric.gauge;
import static revcam.api.telemetry.Unit.BYTES;
import static revcam.api.telemetry.Unit.COUNT;
import static revcam.api.telemetry.Unit.FRAMES;
import static revcam.api.telemetry.Unit.HERTZ;
import static revcam.api.telemetry.Unit.NANOSECONDS;
import static revcam.api.telemetry.Unit.PACKETS;

import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import java.io.IOException;
import java.io.StringReader;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import revcam.api.telemetry.Measurement;
import revcam.api.telemetry.Metric;
import revcam.api.telemetry.Sample;
import revcam.http.HttpProblem;

/**
 * How a viewer says it fares: what its {@code getStats} said, under the names of w3.org/TR/webrtc-stats where they have one,
 * times in seconds. It comes from outside, so nothing may follow from it but a curve.
 */
final class PlaybackReport {

    static final int MAX_BYTES = 2_048;

    private static final int MAX_MEMBERS = 64;
    /** A double counts up to here by ones, and nothing that is measured is more. */
    private static final double MAX_VALUE = 1L << 53;
    private static final double NANOS_PER_SECOND = 1e9;

    private record Member(String name, Metric metric) {}

    private static final List<Member> MEMBERS = List.of(
            new Member("framesDecoded", counter("decoded", FRAMES, "Frames that the viewer decoded")),
            new Member("keyFramesDecoded", counter("decoded_key", FRAMES, "Key frames among them")),
            new Member("framesDropped", counter("dropped", FRAMES, "Frames that it dropped before they were shown")),
            new Member("freezeCount", counter("freezes", COUNT, "Times that the picture stood still")),
            new Member("totalFreezesDuration", counter("frozen", NANOSECONDS, "Time that it stood still")),
            new Member("bytesReceived", counter("received_bytes", BYTES, "RTP payloads")),
            new Member("packetsReceived", counter("received", PACKETS, "RTP packets")),
            new Member("packetsLost", gauge("lost", PACKETS, "RTP packets expected and not received, less duplicates")),
            new Member("nackCount", counter("nacks", COUNT, "NACK messages it sent")),
            new Member("pliCount", counter("pli", COUNT, "Picture loss indications it sent")),
            new Member("frameWidth", gauge("width", COUNT, "Pixels")),
            new Member("frameHeight", gauge("height", COUNT, "Pixels")),
            new Member("framesPerSecond", gauge("frame_rate", HERTZ, "Frames decoded a second")),
            new Member("jitter", gauge("jitter", NANOSECONDS, "Interarrival jitter, as the viewer measures it")),
            new Member("roundTripTime", gauge("rtt", NANOSECONDS, "Round trip of its connectivity checks")),
            new Member("jitterBufferDelay", gauge("jitter_buffer", NANOSECONDS, "Mean time a frame waited to be decoded")),
            new Member("decodeTime", gauge("decode", NANOSECONDS, "Mean time that decoding took")),
            new Member("switchGap", gauge("switch_gap", NANOSECONDS, "Time without a picture when it last joined again")),
            new Member("latency", gauge("latency", NANOSECONDS, "From the picture's moment to the screen, off its time strip")));

    /** Tags stream and viewer. */
    static final Measurement PLAYBACK =
            new Measurement("playback", MEMBERS.stream().map(Member::metric).toList());

    private PlaybackReport() {}

    /**
     * Reads a JSON object of numbers. Members without a name above are passed over; null is unknown.
     *
     * @throws HttpProblem 400 for anything else
     */
    static Sample read(String json, Map<String, String> tags, long wallMillis, long nanos) throws HttpProblem {
        double[] values = new double[MEMBERS.size()];
        Arrays.fill(values, Double.NaN);
        try (JsonReader reader = new JsonReader(new StringReader(json))) {
            reader.beginObject();
            for (int members = 0; reader.hasNext(); members++) {
                if (members == MAX_MEMBERS) {
                    throw malformed();
                }
                String name = reader.nextName();
                if (reader.peek() == JsonToken.NULL) {
                    reader.nextNull();
                } else if (reader.peek() == JsonToken.NUMBER) {
                    put(values, name, reader.nextDouble());
                } else {
                    throw malformed();
                }
            }
            reader.endObject();
            if (reader.peek() != JsonToken.END_DOCUMENT) {
                throw malformed();
            }
        } catch (HttpProblem e) {
            throw e;
        } catch (IOException | IllegalStateException | NumberFormatException e) {
            throw malformed();
        }
        return new Sample(PLAYBACK, wallMillis, nanos, tags, values);
    }

    private static void put(double[] values, String name, double value) {
        for (int i = 0; i < values.length; i++) {
            Member member = MEMBERS.get(i);
            if (member.name().equals(name)) {
                double known = member.metric().unit() == NANOSECONDS ? value * NANOS_PER_SECOND : value;
                // Loss may be below zero where packets came twice (RFC 3550, appendix A.3).
                boolean plausible = Math.abs(known) <= MAX_VALUE && (known >= 0 || name.equals("packetsLost"));
                values[i] = plausible ? known : Double.NaN;
            }
        }
    }

    private static HttpProblem malformed() {
        return new HttpProblem(400, "Send one JSON object (RFC 8259) of numbers, such as {\"framesDecoded\":300}.");
    }
}
