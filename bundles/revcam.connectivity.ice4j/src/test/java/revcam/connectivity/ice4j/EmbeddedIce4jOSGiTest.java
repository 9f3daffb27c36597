package revcam.connectivity.ice4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.File;
import java.net.NetworkInterface;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.Map;
import java.util.ServiceLoader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.launch.FrameworkFactory;
import revcam.api.connectivity.Connectivity;
import revcam.api.connectivity.ConnectivityFactory;
import revcam.api.transport.MediaLoop;
import revcam.testkit.SelectorLoop;

/** The finished bundle in a framework with Declarative Services, our API and slf4j, and nothing else. */
class EmbeddedIce4jOSGiTest {

    private final SelectorLoop loop = new SelectorLoop();
    private final RecordedEvents events = new RecordedEvents(loop);
    @TempDir
    private Path storage;
    private Framework framework;

    @BeforeEach
    void start() throws Exception {
        assumeFalse(
                NetworkInterface.networkInterfaces().allMatch(nic -> nic.inetAddresses().allMatch(a -> a.isLoopbackAddress())),
                "only loopback here");
        framework = ServiceLoader.load(FrameworkFactory.class).findFirst().orElseThrow().newFramework(Map.of(
                Constants.FRAMEWORK_STORAGE, storage.toString(),
                // From the test's class path, so that test and bundle speak of the same types.
                Constants.FRAMEWORK_SYSTEMPACKAGES_EXTRA,
                "revcam.api.config;version=0.1.0,revcam.api.connectivity;version=0.1.0,"
                        + "revcam.api.media;version=0.1.0,"
                        + "revcam.api.transport;version=0.1.0,org.slf4j;version=2.0.17"));
        framework.start();
        BundleContext context = framework.getBundleContext();
        context.registerService(MediaLoop.class, loop, null);
        for (String name : new String[] {"util.function", "util.promise", "service.component", "apache.felix.configadmin",
            "apache.felix.scr"}) {
            context.installBundle(jar("org." + (name.startsWith("apache") ? "" : "osgi.") + name)).start();
        }
        configure(context);
    }

    /** As the shipped file does: without it only relays would be used. By reflection, for the types are the framework's. */
    private static void configure(BundleContext context) throws Exception {
        Object admin = context.getService(
                context.getAllServiceReferences("org.osgi.service.cm.ConfigurationAdmin", null)[0]);
        Class<?> type = Arrays.stream(admin.getClass().getInterfaces())
                .filter(found -> found.getSimpleName().equals("ConfigurationAdmin")).findFirst().orElseThrow();
        Object configuration = type.getMethod("getConfiguration", String.class, String.class)
                .invoke(admin, "revcam.connectivity.ice4j", null);
        type.getClassLoader().loadClass("org.osgi.service.cm.Configuration").getMethod("update", Dictionary.class)
                .invoke(configuration, new Hashtable<>(Map.of("policy", "all")));
    }

    @AfterEach
    void stop() throws Exception {
        loop.close();
        if (framework != null) {
            framework.stop();
            framework.waitForStop(5000);
        }
    }

    @Test
    void loadsIce4jFromWithinAndOnlyWhenNeeded() throws Exception {
        BundleContext context = framework.getBundleContext();
        Bundle bundle = context.installBundle("file:" + System.getProperty("bundle"));
        bundle.start();
        ServiceReference<ConnectivityFactory> reference = context.getServiceReference(ConnectivityFactory.class);
        assertNotNull(reference, "no factory");
        assertEquals("ice4j", reference.getProperty(ConnectivityFactory.NAME));
        ConnectivityFactory factory = context.getService(reference);
        assertNull(System.getProperty("ice4j.software"), "ice4j was prepared before the first viewer");

        IcePeer viewer = new IcePeer();
        // As of a thread that knows nothing of the bundle: ice4j looks for its configuration there.
        Thread.currentThread().setContextClassLoader(ClassLoader.getPlatformClassLoader());
        Connectivity connectivity = factory.open(viewer.credentials(), events);
        assertEquals(ClassLoader.getPlatformClassLoader(), Thread.currentThread().getContextClassLoader());
        viewer.connect(connectivity);
        events.expect(RecordedEvents.VALIDATED);
        viewer.send("through the framework");
        events.expect("through the framework");
        assertTrue(connectivity.send(ByteBuffer.wrap("and back".getBytes(StandardCharsets.UTF_8))));
        assertEquals("and back", viewer.receive(5000));

        bundle.stop();
        events.expect("lost: the bundle of ice4j stopped");
        viewer.close();
    }

    private static String jar(String name) throws BundleException {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(path -> new File(path).getName().matches(name.replace(".", "\\.") + "-\\d.*\\.jar"))
                .findFirst()
                .map(path -> "file:" + path)
                .orElseThrow(() -> new BundleException(name + " is not on the class path"));
    }
}
