package revcam.engine.libwebrtc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.onvoid.webrtc.PeerConnectionFactory;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkEvent;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.launch.FrameworkFactory;
import org.osgi.framework.wiring.FrameworkWiring;
import revcam.api.engine.EngineEvents;
import revcam.api.engine.EngineOffer;
import revcam.api.engine.EngineRequest;
import revcam.api.engine.EngineViewer;
import revcam.api.engine.MediaEngine;
import revcam.api.engine.MediaEngineFactory;
import revcam.api.media.FramePool;
import revcam.api.media.FrameRate;
import revcam.api.media.PixelFormat;

/** The finished bundle in a framework with Declarative Services, our API and slf4j, and nothing else. */
class EmbeddedLibwebrtcOSGiTest {

    @TempDir
    private Path storage;
    private Framework framework;

    @BeforeEach
    void start() throws Exception {
        framework = ServiceLoader.load(FrameworkFactory.class).findFirst().orElseThrow().newFramework(Map.of(
                Constants.FRAMEWORK_STORAGE, storage.toString(),
                // From the test's class path, so that test and bundle speak of the same types.
                Constants.FRAMEWORK_SYSTEMPACKAGES_EXTRA,
                "revcam.api.config;version=0.1.0,revcam.api.engine;version=0.1.0,revcam.api.media;version=0.1.0,"
                        + "revcam.api.transport;version=0.1.0,org.slf4j;version=2.0.17"));
        framework.start();
        BundleContext context = framework.getBundleContext();
        for (String name : new String[] {"util.function", "util.promise", "service.component", "apache.felix.configadmin",
            "apache.felix.scr"}) {
            context.installBundle(jar("org." + (name.startsWith("apache") ? "" : "osgi.") + name)).start();
        }
    }

    @AfterEach
    void stop() throws Exception {
        framework.stop();
        framework.waitForStop(5000);
    }

    @Test
    void loadsItsLibraryFromWithinOnlyWhenNeededAndAgainAfterAnUpdate() throws Exception {
        BundleContext context = framework.getBundleContext();
        Bundle bundle = context.installBundle("file:" + System.getProperty("bundle"));
        bundle.start();
        MediaEngineFactory factory = factory(context);
        assertFalse(mapped().contains("libwebrtc-java"), "the library was loaded before anyone watched");
        watch(factory);
        assertTrue(mapped().contains(storage.toString()), "the framework's copy of the library is not the one in use");

        for (int i = 0; i < 2; i++) {
            bundle.update();
            refresh();
            watch(factory(context));
        }
        MediaEngine left = factory(context).open(request());
        bundle.stop();
        left.close(); // it was closed with the bundle: this does nothing
        assertEquals(0, threads("webrtc_jni"), "threads of libwebrtc after the bundle has stopped");
    }

    private static EngineRequest request() {
        return new EngineRequest("main", FrameRate.of(30), 100_000, 500_000, 1_000_000);
    }

    private void watch(MediaEngineFactory factory) throws Exception {
        // The viewer's library is the class path's, the engine's the bundle's: two in one process.
        PeerConnectionFactory theirs = LibWebrtc.open();
        FramePool pool = new FramePool(3, PixelFormat.I420, 320, 180, 64);
        try (MediaEngine engine = factory.open(request()); Peer peer = new Peer(theirs)) {
            EngineViewer viewer = engine.join(new EngineOffer(peer.offer(), "VP8"), new EngineEvents() {
                @Override
                public void onConnected() {
                    // frames will tell
                }

                @Override
                public void onClosed(String reason) {
                    // frames will tell
                }
            });
            peer.answered(viewer.answer());
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
            for (long sequence = 0; peer.frames() < 3; ) {
                assertTrue(System.nanoTime() < end, "no picture within 30 s");
                FramePool.PooledFrame frame = pool.acquire();
                if (frame != null) {
                    frame.data().put((int) sequence, (byte) 99);
                    engine.onFrame(frame.stamp(System.nanoTime(), sequence++));
                }
                Thread.sleep(15);
            }
        } finally {
            theirs.dispose();
        }
        assertEquals(0, pool.outstanding());
    }

    private static MediaEngineFactory factory(BundleContext context) {
        ServiceReference<MediaEngineFactory> reference = context.getServiceReference(MediaEngineFactory.class);
        assertNotNull(reference, "no factory");
        assertEquals("libwebrtc", reference.getProperty(MediaEngineFactory.NAME));
        return context.getService(reference);
    }

    private void refresh() throws InterruptedException {
        Object done = new Object();
        boolean[] refreshed = new boolean[1];
        framework.adapt(FrameworkWiring.class).refreshBundles(null, event -> {
            if (event.getType() == FrameworkEvent.PACKAGES_REFRESHED) {
                synchronized (done) {
                    refreshed[0] = true;
                    done.notifyAll();
                }
            }
        });
        synchronized (done) {
            while (!refreshed[0]) {
                done.wait(5000);
            }
        }
    }

    private static String mapped() throws IOException {
        return Files.readString(Path.of("/proc/self/maps"));
    }

    private static long threads(String name) throws IOException {
        long count = 0;
        for (File task : Path.of("/proc/self/task").toFile().listFiles()) {
            count += Files.readString(task.toPath().resolve("comm")).startsWith(name) ? 1 : 0;
        }
        return count;
    }

    private static String jar(String name) throws BundleException {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(path -> new File(path).getName().matches(name.replace(".", "\\.") + "-\\d.*\\.jar"))
                .findFirst()
                .map(path -> "file:" + path)
                .orElseThrow(() -> new BundleException(name + " is not on the class path"));
    }
}
