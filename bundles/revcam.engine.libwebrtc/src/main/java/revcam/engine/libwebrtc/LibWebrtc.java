package revcam.engine.libwebrtc;

import dev.onvoid.webrtc.PeerConnectionFactory;
import dev.onvoid.webrtc.RTCPeerConnection;
import dev.onvoid.webrtc.internal.NativeLoader;
import dev.onvoid.webrtc.internal.NativeObject;
import dev.onvoid.webrtc.internal.RefCountedObject;
import dev.onvoid.webrtc.media.audio.HeadlessAudioDeviceModule;
import java.lang.reflect.Field;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Loads libwebrtc, says what is missing where it does not load, and gives back what webrtc-java would keep. */
public final class LibWebrtc {

    /** What the library is linked with, by Debian's names; apt passes over those that are there. */
    private static final String PACKAGES =
            "libpulse0 libudev1 libx11-6 libxfixes3 libxrandr2 libxcomposite1 libdbus-1-3 libstdc++6";
    private static final Pattern MISSING = Pattern.compile("(lib\\S+\\.so[.\\d]*): cannot open shared object file");
    private static final String LIBRARY = "webrtc-java";

    private static boolean loaded; // guarded by the class

    private LibWebrtc() {}

    /**
     * A factory of connections, with the three threads of libwebrtc that serve them. Needs neither sound nor display: the
     * audio device is one that keeps silent. To be disposed of by whoever asked.
     *
     * @throws UnsupportedOperationException libwebrtc cannot be used here; the message says why, and what to do
     */
    public static PeerConnectionFactory open() {
        try {
            load();
            HeadlessAudioDeviceModule silence = new HeadlessAudioDeviceModule();
            try {
                return new PeerConnectionFactory(silence);
            } finally {
                // The factory holds it by now.
                silence.dispose();
            }
        } catch (ExceptionInInitializerError | NoClassDefFoundError | UnsatisfiedLinkError | RuntimeException e) {
            throw new UnsupportedOperationException(explain(e), e);
        }
    }

    /**
     * In a framework the library is the bundle's and unpacked by it, to where other such files are. webrtc-java would put
     * a copy into the temporary directory, which is memory on many a system.
     */
    private static synchronized void load() {
        if (loaded) {
            return;
        }
        try {
            System.loadLibrary(LIBRARY + "-linux-" + architecture());
            Field done = NativeLoader.class.getDeclaredField("LOADED_LIB_SET");
            done.setAccessible(true);
            @SuppressWarnings("unchecked")
            Set<String> names = (Set<String>) done.get(null);
            names.add(LIBRARY);
        } catch (UnsatisfiedLinkError e) {
            if (MISSING.matcher(String.valueOf(e.getMessage())).find()) {
                throw e;
            }
            // Outside a framework there is none of that name; webrtc-java unpacks its own.
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("this is another webrtc-java than the one this was written for", e);
        }
        loaded = true;
    }

    private static String architecture() {
        String name = System.getProperty("os.arch");
        return switch (name) {
            case "amd64" -> "x86_64";
            case "arm" -> "aarch32";
            default -> name;
        };
    }

    /** For a person. */
    static String explain(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        Matcher missing = MISSING.matcher(String.valueOf(root.getMessage()));
        if (missing.find()) {
            return "libwebrtc needs " + missing.group(1) + ", which this machine has not; install it with: apt-get install "
                    + "--no-install-recommends " + PACKAGES;
        }
        return "libwebrtc does not load on this machine (" + System.getProperty("os.name") + " "
                + System.getProperty("os.arch") + "): " + root;
    }

    /** A Java object that holds a reference of its own to a native one. */
    private static final class Reference extends RefCountedObject {}

    private static final Field HANDLE = handle();

    private static Field handle() {
        try {
            Field field = NativeObject.class.getDeclaredField("nativeHandle");
            field.setAccessible(true);
            return field;
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("this is another webrtc-java than the one this was written for", e);
        }
    }

    /**
     * Gives back the reference that a track, a source, or what {@code addTrack} and {@code addTransceiver} returned holds;
     * webrtc-java offers no way to for some, and complains for others. Not for what it hands to observers or gives out of
     * another object, which it only borrows. The object must not be used any more. Null is passed over.
     */
    public static void release(NativeObject object) {
        if (object != null) {
            release(take(object));
        }
    }

    /** Closes a connection and frees it, which webrtc-java 0.14.0 forgets. Null is passed over. */
    public static void close(RTCPeerConnection connection) {
        if (connection != null) {
            Reference reference = take(connection);
            if (reference != null) {
                set(connection, get(reference));
                connection.close();
                release(reference);
            }
        }
    }

    /** @return null when it holds none */
    private static Reference take(NativeObject object) {
        long handle = get(object);
        if (handle == 0) {
            return null;
        }
        Reference reference = new Reference();
        set(reference, handle);
        set(object, 0);
        return reference;
    }

    private static void release(Reference reference) {
        if (reference != null) {
            reference.release();
        }
    }

    private static long get(NativeObject object) {
        try {
            return HANDLE.getLong(object);
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void set(NativeObject object, long handle) {
        try {
            HANDLE.setLong(object, handle);
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(e);
        }
    }
}
