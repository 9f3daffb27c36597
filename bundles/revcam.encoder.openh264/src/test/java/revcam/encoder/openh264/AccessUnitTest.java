package revcam.encoder.openh264;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.jna.Memory;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class AccessUnitTest {

    private final OpenH264Layout layout = OpenH264Layout.of(3);
    private final Memory info = new Memory(layout.infoBytes());
    private final Memory data = new Memory(64);
    private final Memory lengths = new Memory(3L * Integer.BYTES);

    AccessUnitTest() {
        info.clear();
        for (int i = 0; i < data.size(); i++) {
            data.setByte(i, (byte) i);
        }
        lengths.write(0, new int[] {3, 2, 5}, 0, 3);
    }

    /** Two NAL units of 3 and 2 bytes, then one of 5. */
    private byte[] read(int firstLayer, int secondLayer) {
        info.setInt(0, 2);
        layer(0, firstLayer, 0, 2);
        layer(1, secondLayer, 2, 1);
        info.setInt(layout.frameBytes(), 10);
        ByteBuffer bytes = new AccessUnit(layout, info).bytes();
        assertEquals(secondLayer == firstLayer + 5, bytes.isDirect(), "read where it lies");
        byte[] copy = new byte[bytes.remaining()];
        bytes.get(copy);
        return copy;
    }

    private void layer(int index, int at, int firstNal, int nals) {
        long layer = layout.layers() + (long) index * layout.layerBytes();
        info.setInt(layer + OpenH264Layout.LAYER_NALS, nals);
        info.setPointer(layer + layout.layerNalLengths(), lengths.share(4L * firstNal));
        info.setPointer(layer + layout.layerData(), data.share(at));
    }

    @Test
    void layersBehindEachOtherAreReadInPlace() {
        assertArrayEquals(new byte[] {7, 8, 9, 10, 11, 12, 13, 14, 15, 16}, read(7, 12));
    }

    @Test
    void layersApartAreGathered() {
        assertArrayEquals(new byte[] {40, 41, 42, 43, 44, 9, 10, 11, 12, 13}, read(40, 9));
    }

    @Test
    void theViewFollowsAnotherAddressAndAnotherSize() {
        info.setInt(0, 1);
        AccessUnit unit = new AccessUnit(layout, info);
        int[][] places = {{5, 4}, {5, 9}, {5, 2}, {20, 3}};
        for (int[] place : places) {
            layer(0, place[0], 0, 1);
            info.setInt(layout.frameBytes(), place[1]);
            ByteBuffer bytes = unit.bytes();
            assertEquals(place[1], bytes.remaining());
            assertEquals(place[0], bytes.get(0));
        }
    }

    @Test
    void aFrameThatWasLeftOutHasNoBytes() {
        info.setInt(0, 0);
        info.setInt(layout.frameBytes(), 10);
        assertEquals(0, new AccessUnit(layout, info).size());
        info.setInt(0, 1);
        assertTrue(new AccessUnit(layout, info).size() > 0);
    }
}
