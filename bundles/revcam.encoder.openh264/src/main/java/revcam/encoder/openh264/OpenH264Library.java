package revcam.encoder.openh264;

import com.sun.jna.Function;
import com.sun.jna.Library;
import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import revcam.api.media.StageException;
import revcam.api.media.StageException.Reason;

/**
 * libopenh264, found and proved. Encoders hold it while they live; it goes with the last holder after {@link #unload}, or
 * after another library was asked for.
 *
 * <p>A version brings its own soname when its structures change. So only the versions that this was made for are accepted,
 * and before the first encoder is opened the offsets we use are checked against what the library itself does with the
 * memory.
 */
final class OpenH264Library {

    private static final Logger LOG = LoggerFactory.getLogger(OpenH264Library.class);
    private static final List<String> NAMES = List.of("libopenh264.so.8", "libopenh264.so.7");
    private static final String VERSIONS = "2.3 to 2.6";
    private static final String INSTALL =
            "install one with: sudo apt install libopenh264-8 || sudo apt install libopenh264-7";

    private static final byte[] START_CODE = {0, 0, 0, 1};

    private static final Map<String, OpenH264Library> LOADED = new HashMap<>();

    private final String request;
    private final NativeLibrary library;
    private final String version;
    private final OpenH264Layout layout;
    private final Function create;
    private final Function destroy;
    private int holders;
    private boolean unwanted;

    private OpenH264Library(String request, NativeLibrary library, String version, OpenH264Layout layout) {
        this.request = request;
        this.library = library;
        this.version = version;
        this.layout = layout;
        create = library.getFunction("WelsCreateSVCEncoder");
        destroy = library.getFunction("WelsDestroySVCEncoder");
    }

    /**
     * Loads the library unless it is loaded, and holds it.
     *
     * @param request a file name or path, or empty for what the system has
     * @throws StageException UNAVAILABLE with what to do
     */
    static synchronized OpenH264Library hold(String request) throws StageException {
        OpenH264Library wanted = LOADED.get(request);
        if (wanted == null) {
            wanted = load(request, NAMES);
            LOADED.put(request, wanted);
        }
        for (OpenH264Library other : List.copyOf(LOADED.values())) {
            if (other != wanted) {
                other.dismiss();
            }
        }
        wanted.unwanted = false;
        wanted.holders++;
        return wanted;
    }

    /** Ends one {@link #hold}. */
    void release() {
        synchronized (OpenH264Library.class) {
            if (--holders == 0 && unwanted) {
                free();
            }
        }
    }

    /** Closes what is loaded as soon as no encoder holds it. */
    static synchronized void unload() {
        List.copyOf(LOADED.values()).forEach(OpenH264Library::dismiss);
    }

    /** How many libraries are loaded. */
    static synchronized int loaded() {
        return LOADED.size();
    }

    private void dismiss() {
        unwanted = true;
        if (holders == 0) {
            free();
        }
    }

    private void free() {
        library.close();
        LOADED.remove(request);
    }

    OpenH264Layout layout() {
        return layout;
    }

    String version() {
        return version;
    }

    /** A new, silent {@code ISVCEncoder}, to be given back to {@link #destroy}; null when there is none. */
    Pointer create() {
        try (Memory memory = new Memory(Native.POINTER_SIZE + Integer.BYTES)) {
            memory.clear();
            if (create.invokeInt(new Object[] {memory}) != 0) {
                return null;
            }
            return memory.getPointer(0);
        }
    }

    void destroy(Pointer encoder) {
        destroy.invokeVoid(new Object[] {encoder});
    }

    /** @param names what to look for when nothing is requested, best first */
    static OpenH264Library load(String request, List<String> names) throws StageException {
        // A loader of its own, so that two versions of this bundle do not close each other's library.
        Map<String, Object> options = Map.of(Library.OPTION_CLASSLOADER, OpenH264Library.class.getClassLoader());
        String reason = "";
        StageException refusal = null;
        for (String name : request.isEmpty() ? names : List.of(request)) {
            try {
                return prove(request, NativeLibrary.getInstance(name, options));
            } catch (StageException e) {
                refusal = e;
            } catch (UnsatisfiedLinkError e) {
                reason = firstLine(e.getMessage());
            } catch (LinkageError e) {
                throw new StageException(Reason.UNAVAILABLE, "JNA cannot load its native part (" + e.getMessage()
                        + "); its directory must allow execution, set another with -Djna.tmpdir=DIRECTORY", e);
            }
        }
        if (refusal != null) {
            throw refusal;
        }
        throw new StageException(Reason.UNAVAILABLE, request.isEmpty()
                ? "libopenh264 is not installed (" + String.join(" or ", names) + "); " + INSTALL
                : "library = " + request + " in revcam.encoder.openh264.cfg cannot be loaded (" + reason
                        + "); correct it or leave it empty");
    }

    private static OpenH264Library prove(String request, NativeLibrary library) throws StageException {
        String problem;
        try {
            int[] version = version(library);
            String text = version[0] + "." + version[1] + "." + version[2];
            OpenH264Layout layout = OpenH264Layout.of(version[1]);
            if (version[0] != 2 || version[1] < 3 || version[1] > 6) {
                problem = "is libopenh264 " + text + ", but " + VERSIONS + " are supported";
            } else if (layout == null) {
                problem = "is for a machine on which only 64-bit Linux and 32-bit ARM Linux are supported";
            } else {
                OpenH264Library proved = new OpenH264Library(request, library, text, layout);
                String mismatch = proved.mismatch();
                if (mismatch == null) {
                    LOG.info("libopenh264 {} from {}", text,
                            library.getFile() == null ? library.getName() : library.getFile());
                    return proved;
                }
                problem = "says it is libopenh264 " + text + " but is laid out differently (" + mismatch + ")";
            }
        } catch (UnsatisfiedLinkError e) {
            problem = "is not libopenh264 (" + firstLine(e.getMessage()) + ")";
        }
        String name = request.isEmpty()
                ? library.getName()
                : "library = " + request + " in revcam.encoder.openh264.cfg";
        library.close();
        throw new StageException(Reason.UNAVAILABLE, name + " " + problem + ", so it is not used; "
                + (request.isEmpty() ? INSTALL : "correct it or leave it empty"));
    }

    private static int[] version(NativeLibrary library) {
        try (Memory memory = new Memory(4L * Integer.BYTES)) {
            memory.clear();
            library.getFunction("WelsGetCodecVersionEx").invokeVoid(new Object[] {memory});
            return memory.getIntArray(0, 3);
        }
    }

    /**
     * Compares what the library does to memory with the layout: first with memory that is too large on purpose, then with
     * one encoded picture.
     *
     * @return what differs, or null
     */
    private String mismatch() {
        final byte untouched = (byte) 0xAA;
        try (Memory param = new Memory(2048); Memory picture = new Memory(256); Memory info = new Memory(16384);
                Memory value = new Memory(2048); Memory samples = new Memory(64 * 48 * 3 / 2)) {
            Pointer object = create();
            if (object == null) {
                return "no encoder";
            }
            SvcEncoder encoder = new SvcEncoder(object, picture, info);
            try {
                value.setInt(0, 0);
                encoder.setOption(SvcEncoder.TRACE_LEVEL, value);
                param.setMemory(0, param.size(), untouched);
                encoder.getDefaultParams(param);
                // The last bytes may be padding that stays as it was.
                long size = written(param, untouched);
                if (size > layout.paramBytes() || size <= layout.paramBytes() - Integer.BYTES) {
                    return "size " + size + " of the parameters";
                }
                if (param.getInt(OpenH264Layout.PARAM_SPATIAL_LAYERS) != 1
                        || param.getInt(OpenH264Layout.PARAM_MAX_QP) != 51
                        || param.getInt(OpenH264Layout.PARAM_IDR_RATIO) != 400) {
                    return "defaults";
                }
                return mismatchOfOneFrame(encoder, param, picture, info, value, samples);
            } finally {
                encoder.uninitialize();
                destroy(object);
            }
        }
    }

    private String mismatchOfOneFrame(
            SvcEncoder encoder, Memory param, Memory picture, Memory info, Memory value, Memory samples) {
        param.setInt(OpenH264Layout.PARAM_WIDTH, 64);
        param.setInt(OpenH264Layout.PARAM_HEIGHT, 48);
        param.setInt(OpenH264Layout.PARAM_LAYER_WIDTH, 64);
        param.setInt(OpenH264Layout.PARAM_LAYER_HEIGHT, 48);
        param.setInt(OpenH264Layout.PARAM_BITRATE, 100_000);
        param.setInt(OpenH264Layout.PARAM_LAYER_BITRATE, 100_000);
        param.setFloat(OpenH264Layout.PARAM_FRAME_RATE, 25);
        param.setFloat(OpenH264Layout.PARAM_LAYER_FRAME_RATE, 25);
        param.setShort(OpenH264Layout.PARAM_THREADS, (short) 1);
        if (encoder.initializeExt(param) != 0) {
            return "a plain encoder cannot be opened";
        }
        // What is set by option must turn up where we would have set it.
        value.setInt(0, 4);
        value.setInt(4, 12_345);
        encoder.setOption(SvcEncoder.BITRATE, value);
        value.setFloat(0, 20);
        encoder.setOption(SvcEncoder.FRAME_RATE, value);
        value.setInt(0, 77);
        encoder.setOption(SvcEncoder.IDR_INTERVAL, value);
        value.setInt(0, 2);
        encoder.setOption(SvcEncoder.COMPLEXITY, value);
        value.setInt(0, 0);
        encoder.setOption(SvcEncoder.RC_FRAME_SKIP, value);
        value.setMemory(0, value.size(), (byte) 0xAA);
        if (encoder.getOption(SvcEncoder.PARAM_EXT, value) != 0
                || value.getInt(OpenH264Layout.PARAM_BITRATE) != 12_345
                || value.getInt(OpenH264Layout.PARAM_LAYER_BITRATE) != 12_345
                || value.getFloat(OpenH264Layout.PARAM_FRAME_RATE) != 20
                || value.getFloat(OpenH264Layout.PARAM_LAYER_FRAME_RATE) != 20
                || value.getInt(OpenH264Layout.PARAM_INTRA_PERIOD) != 77
                || value.getInt(OpenH264Layout.PARAM_COMPLEXITY) != 2
                || value.getByte(OpenH264Layout.PARAM_FRAME_SKIP) != 0
                || value.getShort(OpenH264Layout.PARAM_THREADS) != 1) {
            return "position of parameters";
        }

        samples.setMemory(0, samples.size(), (byte) 128);
        picture.clear();
        picture.setInt(0, SvcEncoder.I420);
        int[] strides = {64, 32, 32};
        int[] offsets = {0, 64 * 48, 64 * 48 * 5 / 4};
        for (int plane = 0; plane < 3; plane++) {
            picture.setInt(OpenH264Layout.PICTURE_STRIDES + 4L * plane, strides[plane]);
            picture.setPointer(layout.picturePlanes() + (long) plane * Native.POINTER_SIZE,
                    samples.share(offsets[plane]));
        }
        picture.setInt(layout.pictureWidth(), 64);
        picture.setInt(layout.pictureWidth() + 4L, 48);
        picture.setLong(layout.pictureMillis(), 5_000_000_000L);
        info.clear();
        if (encoder.encodeFrame() != 0) {
            return "a plain picture cannot be encoded";
        }
        if (info.getInt(layout.frameType()) != SvcEncoder.TYPE_IDR
                || info.getLong(layout.frameMillis()) != 5_000_000_000L) {
            return "picture";
        }
        int count = info.getInt(0);
        if (count < 1 || count > 8) {
            return count + " layers";
        }
        int sum = 0;
        for (int layer = 0; layer < count; layer++) {
            sum += AccessUnit.layerBytes(layout, info, layer);
            Pointer data = info.getPointer(layout.layers() + (long) layer * layout.layerBytes() + layout.layerData());
            if (!Arrays.equals(data.getByteArray(0, 4), START_CODE)) {
                return "NAL units";
            }
        }
        return sum == info.getInt(layout.frameBytes()) ? null : "size of a picture";
    }

    /** Bytes up to the last one that is no longer as it was. */
    private static long written(Memory memory, byte untouched) {
        long end = memory.size();
        while (end > 0 && memory.getByte(end - 1) == untouched) {
            end--;
        }
        return end;
    }

    private static String firstLine(String text) {
        return text == null ? "no reason given" : text.lines().findFirst().orElse("no reason given");
    }
}
