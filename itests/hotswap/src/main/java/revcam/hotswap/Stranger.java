package revcam.hotswap;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.lang.ref.WeakReference;
import java.net.URL;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.Enumeration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.wiring.BundleWiring;
import org.osgi.framework.wiring.FrameworkWiring;
import revcam.hotswap.stranger.Fault;

/** A bundle that a stranger wrote: its own jar, its own class loader. */
final class Stranger implements AutoCloseable {

    /** Named in the streams' preferences, and in what a test expects. */
    static final String NAME = "stranger";

    private static final String CLASSES = "revcam/hotswap/stranger";
    private static final String IMPORTS = "org.osgi.framework,revcam.api.capture,revcam.api.congestion,revcam.api.encoder,"
            + "revcam.api.engine,revcam.api.media,revcam.api.packetiser,revcam.api.telemetry,revcam.api.transport";
    private static final Duration COLLECTED = Duration.ofSeconds(20);

    private final String role;
    private final String lane;
    private final int ranking;
    private final Fault fault;
    private final int after;
    private final Bundle bundle;

    private Stranger(String role, String lane, int ranking, Fault fault, int after, String imports) throws BundleException {
        this.role = role;
        this.lane = lane;
        this.ranking = ranking;
        this.fault = fault;
        this.after = after;
        bundle = Wait.CONTEXT.installBundle("stranger:" + lane, new ByteArrayInputStream(jar("1.0.0", imports)));
    }

    /**
     * Installs one that is better ranked than the product's own.
     *
     * @param lane the one stream that takes it
     * @param after how often it does its work well before it misbehaves
     */
    static Stranger better(String role, String lane, Fault fault, int after) throws BundleException {
        return new Stranger(role, lane, 100, fault, after, IMPORTS);
    }

    /** Installs one that serves only where a preference names it. */
    static Stranger worse(String role, String lane) throws BundleException {
        return new Stranger(role, lane, -100, Fault.NONE, 0, IMPORTS);
    }

    /** Installs one that imports what nobody exports. */
    static Stranger unresolvable(String role, String lane) throws BundleException {
        return new Stranger(role, lane, 100, Fault.NONE, 0, IMPORTS + ",com.example.nowhere");
    }

    private byte[] jar(String version, String imports) {
        Manifest manifest = new Manifest();
        Attributes main = manifest.getMainAttributes();
        main.putValue("Manifest-Version", "1.0");
        main.putValue(Constants.BUNDLE_MANIFESTVERSION, "2");
        main.putValue(Constants.BUNDLE_SYMBOLICNAME, "stranger." + lane);
        main.putValue(Constants.BUNDLE_VERSION, version);
        main.putValue(Constants.BUNDLE_ACTIVATOR, "revcam.hotswap.stranger.Activator");
        main.putValue(Constants.IMPORT_PACKAGE, imports);
        main.putValue("Stranger-Role", role);
        main.putValue("Stranger-Name", NAME);
        main.putValue("Stranger-Lane", lane);
        main.putValue("Stranger-Ranking", Integer.toString(ranking));
        main.putValue("Stranger-Fault", fault.name());
        main.putValue("Stranger-After", Integer.toString(after));
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JarOutputStream jar = new JarOutputStream(bytes, manifest)) {
            Enumeration<URL> classes = Wait.CONTEXT.getBundle().findEntries(CLASSES, "*.class", false);
            for (URL found : Collections.list(classes)) {
                if (!(fault == Fault.CLASS_IS_MISSING && found.getPath().endsWith("Absentee.class"))) {
                    jar.putNextEntry(new JarEntry(found.getPath().substring(1)));
                    try (InputStream in = found.openStream()) {
                        in.transferTo(jar);
                    }
                    jar.closeEntry();
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    Stranger start() throws BundleException {
        bundle.start();
        return this;
    }

    void stop() throws BundleException {
        bundle.stop();
    }

    /** As it is told where it serves. */
    String label() {
        return bundle.getSymbolicName() + " " + bundle.getVersion();
    }

    void update(String version) throws BundleException {
        bundle.update(new ByteArrayInputStream(jar(version, IMPORTS)));
    }

    /** Until no wiring is left of what was uninstalled or updated. */
    void refresh() throws InterruptedException {
        CountDownLatch done = new CountDownLatch(1);
        Wait.CONTEXT.getBundle(Constants.SYSTEM_BUNDLE_LOCATION).adapt(FrameworkWiring.class)
                .refreshBundles(List.of(bundle), event -> done.countDown());
        if (!done.await(20, TimeUnit.SECONDS)) {
            throw new AssertionError("refreshing " + bundle + " did not end within 20 s");
        }
    }

    /** The class loader of what is running now; held weakly. */
    WeakReference<ClassLoader> classLoader() {
        return new WeakReference<>(bundle.adapt(BundleWiring.class).getClassLoader());
    }

    /** @return how long that took */
    Duration uninstall() throws BundleException {
        long began = System.nanoTime();
        bundle.uninstall();
        return Duration.ofNanos(System.nanoTime() - began);
    }

    /** That nothing holds it any more. If something does, a heap dump in the state directory shows what. */
    static void assertCollected(WeakReference<ClassLoader> classLoader) throws Exception {
        try {
            Wait.until("that the class loader is let go of", COLLECTED, () -> {
                System.gc();
                return classLoader.get() == null ? null : classLoader.get() + " is still reachable";
            });
        } catch (AssertionError e) {
            ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class).dumpHeap(Path.of(
                    Wait.CONTEXT.getProperty("revcam.state"), "stayed-" + System.nanoTime() + ".hprof").toString(), true);
            throw e;
        }
    }

    @Override
    public void close() throws BundleException {
        if (bundle.getState() != Bundle.UNINSTALLED) {
            bundle.uninstall();
        }
    }
}
