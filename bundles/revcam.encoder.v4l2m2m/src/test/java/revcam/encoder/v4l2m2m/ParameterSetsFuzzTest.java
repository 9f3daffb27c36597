package revcam.encoder.v4l2m2m;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever hardware gives, an IDR picture comes with a sequence parameter set or not at all, and nothing of it is lost. */
class ParameterSetsFuzzTest {

    static Stream<byte[]> units() {
        return Stream.of("10" + "000000016742c01fd90000000168cb83cb20", "08" + "0000000165888400", "20"
                + "000000016742c01fd90000000168cb83cb200000000165888400ff", "0600000168cb83" + "050000016588", "")
                .map(HexFormat.of()::parseHex);
    }

    /** @param data buffers of a driver, each behind a byte of length */
    @MethodSource("units")
    @FuzzTest(maxDuration = "5m")
    void buffers(byte[] data) {
        ParameterSets sets = new ParameterSets();
        ByteBuffer in = ByteBuffer.wrap(data);
        while (in.hasRemaining()) {
            int length = Math.min(in.get() & 0xFF, in.remaining());
            ByteBuffer unit = in.slice(in.position(), length);
            in.position(in.position() + length);
            ByteBuffer completed = sets.complete(unit);
            assertEquals(0, unit.position());
            assertEquals(length, unit.limit());
            if (completed == null) {
                assertTrue(sets.isIdr());
                continue;
            }
            assertTrue(completed.remaining() >= length || completed != unit);
            byte[] whole = new byte[completed.remaining()];
            completed.duplicate().get(whole);
            if (sets.isIdr()) {
                boolean set = false;
                for (int at = 0; at + 3 < whole.length; at++) {
                    set |= whole[at] == 0 && whole[at + 1] == 0 && whole[at + 2] == 1 && (whole[at + 3] & 31) == 7;
                }
                assertTrue(set, () -> HexFormat.of().formatHex(whole));
            }
            if (completed == unit) {
                byte[] given = new byte[length];
                unit.duplicate().get(given);
                assertTrue(Arrays.equals(given, whole));
            }
        }
    }
}
