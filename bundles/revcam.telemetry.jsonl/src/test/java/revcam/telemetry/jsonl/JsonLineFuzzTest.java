package revcam.telemetry.jsonl;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;
import revcam.api.telemetry.Measurement;
import revcam.api.telemetry.Metric;
import revcam.api.telemetry.Sample;
import revcam.api.telemetry.Unit;

/** Whatever a stream is called and whatever is measured, a line is one JSON object that another reader understands. */
class JsonLineFuzzTest {

    static Stream<byte[]> samples() {
        return Stream.of("\u0001\u0002\u0003\u0004\u0005\u0006\u0007\u0008front \"yard\" \\", "@\u0000\u0000\u0000\u0000\u0000\u0000\u0000a\nb\tc")
                .map(text -> text.getBytes(StandardCharsets.ISO_8859_1));
    }

    @MethodSource("samples")
    @FuzzTest(maxDuration = "5m")
    void line(byte[] data) {
        if (data.length < 8) {
            return;
        }
        double value = ByteBuffer.wrap(data).getDouble();
        String name = new String(data, 8, data.length - 8, StandardCharsets.UTF_8);
        StringBuilder out = new StringBuilder();
        JsonLine.append(out, new Sample(Measurement.of("m", Metric.gauge("value", Unit.COUNT, "")), 12, 0,
                Map.of("stream", name), new double[] {value}));
        assertEquals(out.length() - 1, out.indexOf("\n"), "one line");
        JsonObject read = JsonParser.parseString(out.toString()).getAsJsonObject();
        assertEquals(name, read.get("stream").getAsString());
        assertEquals(12, read.get("t").getAsLong());
        assertEquals(Double.isFinite(value), read.has("value"));
        if (Double.isFinite(value)) {
            assertEquals(value == 0 ? 0 : value, read.get("value").getAsDouble());
        }
    }
}
