package revcam.encoder.x264;

import com.sun.jna.FunctionMapper;
import com.sun.jna.Library;
import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Platform;
import com.sun.jna.Pointer;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import revcam.api.media.StageException;
import revcam.api.media.StageException.Reason;

/**
 * libx264, found, proved and bound to {@link X264}. One library per process: encoders hold it while they live, and it
 * goes with the last holder after {@link #unload}.
 *
 * <p>libx264 changes its structures without notice between builds and keeps one soname per build. So only the builds
 * that this was made for are accepted, and before the first encoder is opened every offset we use is checked against
 * what the library itself does with the memory.
 */
final class X264Library {

    private static final Logger LOG = LoggerFactory.getLogger(X264Library.class);
    private static final List<Integer> BUILDS = List.of(164, 165);
    private static final String INSTALL = "install one with: sudo apt install libx264-164 || sudo apt install libx264-165";

    private static final byte[] START_CODE = {0, 0, 0, 1};

    /** Any that is exact in binary. */
    private static final float CRF = 23.5f;

    private static X264Library loaded;

    private final String request;
    private final NativeLibrary library;
    private final int build;
    private final X264Layout layout;
    private int holders;
    private boolean unwanted;

    private X264Library(String request, NativeLibrary library, int build, X264Layout layout) {
        this.request = request;
        this.library = library;
        this.build = build;
        this.layout = layout;
    }

    /**
     * Loads the library unless it is loaded, and holds it.
     *
     * @param request a file name or path, or empty for what the system has
     * @throws StageException UNAVAILABLE with what to do
     */
    static synchronized X264Library hold(String request) throws StageException {
        if (loaded != null && !loaded.request.equals(request)) {
            if (loaded.holders > 0) {
                throw new StageException(Reason.UNAVAILABLE, "an encoder still uses " + loaded.library.getName()
                        + "; another library can be loaded once it is closed");
            }
            loaded.free();
        }
        if (loaded == null) {
            loaded = load(request);
        }
        loaded.unwanted = false;
        loaded.holders++;
        return loaded;
    }

    /** Ends one {@link #hold}. */
    void release() {
        synchronized (X264Library.class) {
            if (--holders == 0 && unwanted) {
                free();
            }
        }
    }

    /** Unbinds and closes the library as soon as no encoder holds it. */
    static synchronized void unload() {
        if (loaded != null) {
            loaded.unwanted = true;
            if (loaded.holders == 0) {
                loaded.free();
            }
        }
    }

    X264Layout layout() {
        return layout;
    }

    int build() {
        return build;
    }

    private void free() {
        Native.unregister(X264.class);
        library.close();
        loaded = null;
    }

    private static X264Library load(String request) throws StageException {
        X264Layout layout;
        try {
            layout = X264Layout.ofThisProcess();
        } catch (LinkageError e) {
            throw new StageException(Reason.UNAVAILABLE, "JNA cannot load its native part (" + e.getMessage()
                    + "); its directory must allow execution, set another with -Djna.tmpdir=DIRECTORY", e);
        }
        if (layout == null) {
            throw new StageException(Reason.UNSUPPORTED, "libx264 is supported on 64-bit Linux and 32-bit ARM Linux, not on "
                    + Platform.RESOURCE_PREFIX);
        }
        for (int build : BUILDS) {
            String name = request.isEmpty() ? "libx264.so." + build : request;
            FunctionMapper names = (lib, method) ->
                    method.getName().equals("x264_encoder_open") ? "x264_encoder_open_" + build : method.getName();
            NativeLibrary library;
            try {
                library = NativeLibrary.getInstance(name, Map.of(Library.OPTION_FUNCTION_MAPPER, names));
            } catch (UnsatisfiedLinkError e) {
                if (!request.isEmpty()) {
                    throw new StageException(Reason.UNAVAILABLE, "library = " + request + " in revcam.encoder.x264.cfg cannot "
                            + "be loaded (" + firstLine(e.getMessage()) + "); correct it or leave it empty", e);
                }
                continue;
            }
            if (exports(library, "x264_encoder_open_" + build)) {
                return bind(request, library, build, layout);
            }
            String found = describe(library);
            library.close();
            if (!request.isEmpty() && build == BUILDS.get(BUILDS.size() - 1)) {
                throw new StageException(Reason.UNAVAILABLE, "library = " + request + " in revcam.encoder.x264.cfg is "
                        + found + ", but builds " + BUILDS + " are supported; correct it or leave it empty");
            }
        }
        TreeSet<String> others = installed();
        throw new StageException(Reason.UNAVAILABLE, others.isEmpty()
                ? "libx264 is not installed; " + INSTALL
                : "found " + String.join(", ", others) + ", but builds " + BUILDS + " are supported; " + INSTALL);
    }

    private static X264Library bind(String request, NativeLibrary library, int build, X264Layout layout)
            throws StageException {
        try {
            Native.register(X264.class, library);
            String mismatch = mismatch(layout);
            if (mismatch == null) {
                LOG.info("libx264 build {} from {}", build, library.getFile() == null ? library.getName() : library.getFile());
                return new X264Library(request, library, build, layout);
            }
            Native.unregister(X264.class);
            library.close();
            throw new StageException(Reason.UNAVAILABLE, library.getName() + " says it is libx264 build " + build
                    + " but is laid out differently (" + mismatch + "), so it is not used; " + INSTALL);
        } catch (UnsatisfiedLinkError e) {
            library.close();
            throw new StageException(Reason.UNAVAILABLE, library.getName() + " lacks a function of libx264 build " + build
                    + " (" + firstLine(e.getMessage()) + "); " + INSTALL, e);
        }
    }

    /**
     * Compares what the library does to memory with the layout. The checks that only read and write memory which is too
     * large on purpose come first; an encoder is opened when they have passed.
     *
     * @return what differs, or null
     */
    private static String mismatch(X264Layout layout) {
        final byte untouched = (byte) 0xAA;
        try (Memory param = new Memory(4096); Memory picture = new Memory(1024); Memory output = new Memory(1024);
                Memory nals = new Memory(64); Memory samples = new Memory(64 * 48 * 3 / 2)) {
            param.setMemory(0, param.size(), untouched);
            picture.setMemory(0, picture.size(), untouched);
            if (X264.x264_param_default_preset(param, "ultrafast", "zerolatency") != 0) {
                return "no preset ultrafast";
            }
            X264.x264_picture_init(picture);
            if (written(param, untouched) != layout.paramBytes() || written(picture, untouched) != layout.pictureBytes()) {
                return "sizes " + written(param, untouched) + " and " + written(picture, untouched);
            }
            if (param.getInt(X264Layout.PARAM_WIDTH) != 0
                    || param.getInt(X264Layout.PARAM_HEIGHT) != 0
                    || param.getInt(X264Layout.PARAM_CSP) != X264.CSP_I420
                    || param.getInt(X264Layout.PARAM_BIT_DEPTH) != 8
                    || param.getInt(X264Layout.PARAM_LEVEL) != -1) {
                return "defaults";
            }
            X264.x264_param_parse(param, "bitrate", "12345");
            X264.x264_param_parse(param, "fps", "25/1");
            X264.x264_param_parse(param, "threads", "1");
            X264.x264_param_parse(param, "log", "-1");
            if (param.getInt(layout.bitrate()) != 12345 || param.getInt(layout.fps()) != 25) {
                return "position of bitrate or frame rate";
            }
            X264.x264_param_parse(param, "crf", Float.toString(CRF));
            X264.x264_param_parse(param, "vbv-maxrate", "2345");
            X264.x264_param_parse(param, "vbv-bufsize", "345");
            if (param.getFloat(layout.crf()) != CRF
                    || param.getInt(layout.vbvMaxBitrate()) != 2345
                    || param.getInt(layout.vbvBufferSize()) != 345) {
                return "position of rate control";
            }
            param.setInt(X264Layout.PARAM_WIDTH, 64);
            param.setInt(X264Layout.PARAM_HEIGHT, 48);
            Pointer description = X264.x264_param2string(param, 1);
            String text = description.getString(0);
            X264.x264_free(description);
            if (!text.startsWith("64x48 fps=25/1 ")) {
                return "parameters read back as " + text.substring(0, Math.min(60, text.length()));
            }
            return mismatchOfOneFrame(layout, param, picture, output, nals, samples);
        }
    }

    private static String mismatchOfOneFrame(
            X264Layout layout, Memory param, Memory picture, Memory output, Memory nals, Memory samples) {
        samples.setMemory(0, samples.size(), (byte) 128);
        picture.setInt(X264Layout.PICTURE_TYPE, X264.TYPE_IDR);
        picture.setLong(X264Layout.PICTURE_PTS, 4_000_000_000L);
        picture.setInt(layout.imageCsp(), X264.CSP_I420);
        picture.setInt(layout.imagePlanes(), 3);
        int[] strides = {64, 32, 32};
        int[] offsets = {0, 64 * 48, 64 * 48 * 5 / 4};
        for (int plane = 0; plane < 3; plane++) {
            picture.setInt(layout.strides() + 4L * plane, strides[plane]);
            picture.setPointer(layout.planes() + (long) plane * Native.POINTER_SIZE, samples.share(offsets[plane]));
        }
        X264.x264_picture_init(output);
        Pointer encoder = X264.x264_encoder_open(param);
        if (encoder == null) {
            return "a plain encoder cannot be opened";
        }
        try {
            int size = X264.x264_encoder_encode(encoder, nals, nals.share(8), picture, output);
            int count = nals.getInt(8);
            if (size <= 0 || count < 3 || count > 8) {
                return "no access unit from one picture";
            }
            Pointer nal = nals.getPointer(0);
            int sum = 0;
            for (int i = 0; i < count; i++) {
                sum += nal.getInt((long) i * layout.nalBytes() + X264Layout.NAL_SIZE);
            }
            if (sum != size || !Arrays.equals(nal.getPointer(X264Layout.NAL_PAYLOAD).getByteArray(0, 4), START_CODE)) {
                return "NAL units";
            }
            if (output.getInt(X264Layout.PICTURE_TYPE) != X264.TYPE_IDR
                    || output.getLong(X264Layout.PICTURE_PTS) != 4_000_000_000L) {
                return "picture";
            }
            if (output.getDouble(layout.pictureCrf()) != CRF) {
                return "constant rate factor of a picture " + output.getDouble(layout.pictureCrf());
            }
            return null;
        } finally {
            X264.x264_encoder_close(encoder);
        }
    }

    /** Bytes up to the last one that is no longer as it was. */
    private static long written(Memory memory, byte untouched) {
        long end = memory.size();
        while (end > 0 && memory.getByte(end - 1) == untouched) {
            end--;
        }
        return end;
    }

    private static boolean exports(NativeLibrary library, String function) {
        try {
            library.getFunction(function);
            return true;
        } catch (UnsatisfiedLinkError e) {
            return false;
        }
    }

    private static String describe(NativeLibrary library) {
        for (int build = 100; build < 300; build++) {
            if (exports(library, "x264_encoder_open_" + build)) {
                return "libx264 build " + build;
            }
        }
        return "not libx264";
    }

    /** What lies where Debian and most others keep libraries, without loading any of it. */
    private static TreeSet<String> installed() {
        TreeSet<String> names = new TreeSet<>();
        for (String directory : List.of("/usr/lib", "/usr/local/lib", "/lib64", "/usr/lib64")) {
            collect(Path.of(directory), "libx264.so.*", names);
        }
        try (DirectoryStream<Path> triplets = Files.newDirectoryStream(Path.of("/usr/lib"), "*-linux-gnu*")) {
            triplets.forEach(triplet -> collect(triplet, "libx264.so.*", names));
        } catch (IOException e) {
            // the message just names fewer files
        }
        return names;
    }

    private static void collect(Path directory, String glob, TreeSet<String> names) {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, glob)) {
            files.forEach(file -> names.add(file.toString()));
        } catch (IOException e) {
            // no such directory
        }
    }

    private static String firstLine(String text) {
        return text == null ? "no reason given" : text.lines().findFirst().orElse("no reason given");
    }
}
