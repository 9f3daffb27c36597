package revcam.testkit;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import revcam.api.media.StageException;
import revcam.api.packetiser.Packetiser;
import revcam.api.packetiser.PacketiserFactory;
import revcam.api.packetiser.RtpFormat;
import revcam.api.packetiser.RtpPayloads;

/** What every {@link Packetiser} must hold. */
public abstract class PacketiserConformance {

    /** Enough for a small parameter set, the middle, what fits IPv6's minimum MTU, and more than any path takes. */
    private static final int[] PAYLOAD_LIMITS = {100, 101, 555, 1188, 1432, 60_000};

    private final PacketiserFactory factory;
    private Packetiser packetiser;

    /** @param factory the provider under test, as it is published */
    protected PacketiserConformance(PacketiserFactory factory) {
        this.factory = factory;
    }

    /** An access unit that a stream can begin with, parameter sets included, of more than 5000 bytes. */
    protected abstract byte[] keyAccessUnit();

    /** An access unit that may follow it, of more than 100 bytes. */
    protected abstract byte[] deltaAccessUnit();

    /** Things that are no access unit of the codec, each not empty. */
    protected abstract List<byte[]> garbage();

    /** Size of the pictures in {@link #keyAccessUnit()}, as {@code 640x360}. */
    protected abstract String pictureSize();

    @BeforeEach
    void open() {
        packetiser = factory.open();
    }

    @AfterEach
    void close() {
        packetiser.close();
    }

    @Test
    void theFactorySaysItsCodec() {
        assertFalse(factory.codec().isBlank());
    }

    @Test
    void payloadsKeepWithinTheirBounds() throws StageException {
        for (int limit : PAYLOAD_LIMITS) {
            for (byte[] unit : List.of(keyAccessUnit(), deltaAccessUnit())) {
                List<byte[]> payloads = packetise(ByteBuffer.wrap(unit), limit);
                assertFalse(payloads.isEmpty(), "no payload of an access unit of " + unit.length + " bytes");
                for (byte[] payload : payloads) {
                    assertTrue(
                            payload.length > 0 && payload.length <= limit,
                            payload.length + " bytes where " + limit + " are allowed");
                }
            }
        }
    }

    @Test
    void noMorePayloadsThanTheBytesNeed() throws StageException {
        byte[] unit = keyAccessUnit();
        int limit = 1188;
        int needed = unit.length / limit + 1;
        int made = packetise(ByteBuffer.wrap(unit), limit).size();
        assertTrue(made <= needed + needed / 10 + 4, made + " payloads for " + unit.length + " bytes");
    }

    @Test
    void theSameInputGivesTheSamePayloads() throws StageException {
        List<byte[]> first = packetise(ByteBuffer.wrap(keyAccessUnit()), 1188);
        packetise(ByteBuffer.wrap(deltaAccessUnit()), 555);
        assertSame(first, packetise(ByteBuffer.wrap(keyAccessUnit()), 1188));
    }

    @Test
    void anyBufferWillDoAndIsLeftAsItWas() throws StageException {
        byte[] unit = keyAccessUnit();
        List<byte[]> expected = packetise(ByteBuffer.wrap(unit), 1188);
        ByteBuffer heap = ByteBuffer.allocate(unit.length + 64);
        ByteBuffer direct = ByteBuffer.allocateDirect(unit.length + 64);
        for (ByteBuffer buffer : List.of(heap, direct)) {
            for (int offset : new int[] {0, 1, 7, 32}) {
                buffer.clear();
                for (int index = 0; index < buffer.capacity(); index++) {
                    buffer.put(index, (byte) 0xAB);
                }
                buffer.put(offset, unit).limit(offset + unit.length).position(offset);
                byte[] before = contents(buffer);

                assertSame(expected, packetise(buffer, 1188));
                assertSame(expected, packetise(buffer.asReadOnlyBuffer(), 1188));
                assertEquals(offset, buffer.position());
                assertEquals(offset + unit.length, buffer.limit());
                assertArrayEquals(before, contents(buffer));
            }
        }
    }

    @Test
    void payloadsAreAppended() throws StageException {
        RtpPayloads out = new RtpPayloads();
        packetiser.packetise(ByteBuffer.wrap(keyAccessUnit()), 1188, out);
        int first = out.count();
        packetiser.packetise(ByteBuffer.wrap(deltaAccessUnit()), 1188, out);

        List<byte[]> expected = new ArrayList<>(packetise(ByteBuffer.wrap(keyAccessUnit()), 1188));
        assertEquals(expected.size(), first);
        expected.addAll(packetise(ByteBuffer.wrap(deltaAccessUnit()), 1188));
        assertSame(expected, copy(out));
    }

    @Test
    void anEmptyAccessUnitGivesNothing() throws StageException {
        assertEquals(0, packetise(ByteBuffer.allocate(0), 1188).size());
    }

    @Test
    void theFormatIsKnownAfterTheFirstKeyAccessUnit() throws StageException {
        assertNull(packetiser.format());

        packetise(ByteBuffer.wrap(keyAccessUnit()), 1188);
        RtpFormat format = packetiser.format();
        assertNotNull(format);
        assertAll(
                () -> assertEquals(factory.codec(), format.encodingName()),
                () -> assertEquals(90_000, format.clockRateHz()),
                () -> assertEquals(pictureSize(), format.width() + "x" + format.height()));
        for (String name : format.parameters().keySet()) {
            assertEquals(name.toLowerCase(Locale.ROOT), name);
        }

        packetise(ByteBuffer.wrap(deltaAccessUnit()), 1188);
        assertEquals(format, packetiser.format());
    }

    @Test
    void garbageIsRefusedAndTheNextGoodUnitWorks() throws StageException {
        List<byte[]> expected = packetise(ByteBuffer.wrap(keyAccessUnit()), 1188);
        RtpFormat format = packetiser.format();
        for (byte[] garbage : garbage()) {
            for (Packetiser one : List.of(packetiser, factory.open())) {
                StageException refusal = assertThrows(
                        StageException.class,
                        () -> one.packetise(ByteBuffer.wrap(garbage), 1188, new RtpPayloads()),
                        () -> "accepted " + Arrays.toString(Arrays.copyOf(garbage, 16)));
                assertEquals(StageException.Reason.FAILED, refusal.reason());
                assertFalse(refusal.getMessage().isBlank());
                assertSame(expected, packetise(one, ByteBuffer.wrap(keyAccessUnit()), 1188));
                assertEquals(format, one.format());
            }
        }
    }

    @Test
    void truncationAndDamageDoNothingWorse() throws StageException {
        byte[] unit = keyAccessUnit();
        List<byte[]> expected = packetise(ByteBuffer.wrap(unit), 1188);
        Random random = new Random(17);
        for (int round = 0; round < 2_000; round++) {
            byte[] damaged = Arrays.copyOf(unit, round < 300 ? round : 1 + random.nextInt(unit.length));
            for (int change = random.nextInt(1, 9); round >= 300 && change > 0; change--) {
                damaged[random.nextInt(Math.min(damaged.length, 200))] = (byte) random.nextInt();
            }
            try {
                for (byte[] payload : packetise(ByteBuffer.wrap(damaged), 100)) {
                    assertTrue(payload.length > 0 && payload.length <= 100);
                }
            } catch (StageException refused) {
                assertEquals(StageException.Reason.FAILED, refused.reason());
            }
        }
        assertSame(expected, packetise(ByteBuffer.wrap(unit), 1188));
    }

    private List<byte[]> packetise(ByteBuffer accessUnit, int maxPayloadBytes) throws StageException {
        return packetise(packetiser, accessUnit, maxPayloadBytes);
    }

    private static List<byte[]> packetise(Packetiser packetiser, ByteBuffer accessUnit, int maxPayloadBytes)
            throws StageException {
        RtpPayloads out = new RtpPayloads();
        packetiser.packetise(accessUnit, maxPayloadBytes, out);
        return copy(out);
    }

    private static List<byte[]> copy(RtpPayloads payloads) {
        List<byte[]> all = new ArrayList<>();
        for (int index = 0; index < payloads.count(); index++) {
            int offset = payloads.offset(index);
            all.add(Arrays.copyOfRange(payloads.bytes(), offset, offset + payloads.size(index)));
        }
        return all;
    }

    private static byte[] contents(ByteBuffer buffer) {
        byte[] all = new byte[buffer.capacity()];
        buffer.duplicate().clear().get(all);
        return all;
    }

    private static void assertSame(List<byte[]> expected, List<byte[]> actual) {
        assertArrayEquals(expected.toArray(), actual.toArray());
    }
}
