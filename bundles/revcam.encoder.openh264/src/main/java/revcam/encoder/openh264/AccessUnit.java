package revcam.encoder.openh264;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * What libopenh264 made of one picture: in an {@code SFrameBSInfo}, layers that each have their NAL units behind each
 * other. libopenh264 puts the layers, too, behind each other, without promising it; then the access unit is read where it
 * lies, and otherwise it is gathered.
 */
final class AccessUnit {

    private final OpenH264Layout layout;
    private final Pointer info;
    private final ByteBuffer fields;

    /** The view that the last picture was read through: costly to make, and libopenh264 mostly writes to one place. */
    private long start;
    private ByteBuffer view;

    private ByteBuffer gathered = ByteBuffer.allocate(0);

    /** @param info {@link OpenH264Layout#infoBytes()} */
    AccessUnit(OpenH264Layout layout, Memory info) {
        this.layout = layout;
        this.info = info;
        fields = info.getByteBuffer(0, layout.infoBytes()).order(ByteOrder.nativeOrder());
    }

    int frameType() {
        return fields.getInt(layout.frameType());
    }

    /** Bytes of the whole access unit, 0 when nothing was encoded. */
    int size() {
        return fields.getInt(0) > 0 ? fields.getInt(layout.frameBytes()) : 0;
    }

    /** The access unit from position to limit, valid until the encoder's next call. */
    ByteBuffer bytes() {
        int layers = fields.getInt(0);
        long end = data(0);
        for (int layer = 0; layer < layers - 1; layer++) {
            end += layerBytes(layout, info, layer);
            if (data(layer + 1) != end) {
                return gather(layers);
            }
        }
        return view(data(0), size());
    }

    private ByteBuffer view(long address, int size) {
        if (address != start || view == null || size > view.capacity()) {
            start = address;
            view = new Pointer(address).getByteBuffer(0, size);
        }
        return view.clear().limit(size);
    }

    private ByteBuffer gather(int layers) {
        if (gathered.capacity() < size()) {
            gathered = ByteBuffer.allocate(size());
        }
        gathered.clear();
        for (int layer = 0; layer < layers; layer++) {
            gathered.put(new Pointer(data(layer)).getByteBuffer(0, layerBytes(layout, info, layer)));
        }
        return gathered.flip();
    }

    private long data(int layer) {
        int at = layout.layers() + layer * layout.layerBytes() + layout.layerData();
        return Native.POINTER_SIZE == 8 ? fields.getLong(at) : fields.getInt(at) & 0xffffffffL;
    }

    /** Bytes of one layer: the sum of its NAL units, start codes included. */
    static int layerBytes(OpenH264Layout layout, Pointer info, int layer) {
        long at = layout.layers() + (long) layer * layout.layerBytes();
        int sum = 0;
        for (int length : info.getPointer(at + layout.layerNalLengths())
                .getIntArray(0, info.getInt(at + OpenH264Layout.LAYER_NALS))) {
            sum += length;
        }
        return sum;
    }
}
