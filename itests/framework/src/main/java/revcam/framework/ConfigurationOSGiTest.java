package revcam.framework;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static revcam.framework.Configurations.LOCAL;
import static revcam.framework.Configurations.SHIPPED;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ManagedService;
import revcam.http.HttpEndpoint;

class ConfigurationOSGiTest {

    private static final String PID = "revcam.framework.probe";
    private static final Path FILE = SHIPPED.resolve(PID + ".cfg");
    private static final Path LOCAL_FILE = LOCAL.resolve(PID + ".cfg");
    private static final String COMMENTED = "# What it is for.\nport = ${revcam.port:-8080}\nother = ${revcam.nowhere:-default}\n";

    private final BlockingQueue<Dictionary<String, ?>> updates = new LinkedBlockingQueue<>();
    private ServiceRegistration<ManagedService> probe;

    @BeforeEach
    void listen() throws InterruptedException {
        Dictionary<String, Object> properties = new Hashtable<>();
        properties.put(Constants.SERVICE_PID, PID);
        probe = Services.CONTEXT.registerService(ManagedService.class,
                update -> updates.add(update == null ? new Hashtable<>() : update), properties);
        assertNull(next().get("port"));
    }

    /** An encoder that vanished with every saved file would interrupt the stream. */
    @ParameterizedTest
    @CsvSource({"x264, vbvMillis, 700", "openh264, idrPercent, 300"})
    void anEncoderTakesAChangeWithoutLeaving(String name, String key, String value) throws Exception {
        ServiceReference<?> encoder = Services.await("revcam.api.encoder.VideoEncoderFactory", "(revcam.encoder=" + name + ")");
        Path file = LOCAL.resolve("revcam.encoder." + name + ".cfg");
        try {
            Configurations.write(file, key + " = " + value + "\n");
            ServiceReference<?> changed = Services.await("revcam.api.encoder.VideoEncoderFactory",
                    "(&(revcam.encoder=" + name + ")(" + key + "=" + value + "))");
            assertEquals(encoder.getProperty(Constants.SERVICE_ID), changed.getProperty(Constants.SERVICE_ID));
        } finally {
            Files.deleteIfExists(file);
            Configurations.awaitFiles();
        }
    }

    @AfterEach
    void cleanUp() throws Exception {
        probe.unregister();
        Files.deleteIfExists(FILE);
        Files.deleteIfExists(LOCAL_FILE);
        // A look that began between the two has it gone, and then there once more by what it still saw of the second.
        Configurations.awaitFiles();
        Configurations.await(PID + " is gone", () -> Configurations.find(PID) == null);
    }

    @Test
    void anEditedFileReachesItsComponent() throws Exception {
        Files.writeString(FILE, COMMENTED);
        Dictionary<String, ?> first = next();
        assertEquals(Services.CONTEXT.getProperty("revcam.port"), first.get("port"));
        assertEquals("default", first.get("other"));

        Files.writeString(FILE, "port = 1234\n");
        assertEquals("1234", next().get("port"));

        Files.delete(FILE);
        assertNull(next().get("port"));
    }

    @Test
    void theUsersFileIsOverTheShippedOneAndItsDirectoryNeedNotExist() throws Exception {
        Files.writeString(FILE, COMMENTED);
        assertEquals("default", next().get("other"));
        Configurations.write(LOCAL_FILE, "other = mine\n");
        assertEquals("mine", next().get("other"));
        Files.delete(LOCAL_FILE);
        assertEquals("default", next().get("other"));
    }

    @Test
    void theCommandLineIsOverTheUsersFile() throws Exception {
        Configurations.restart(() -> {
            Configurations.write(FILE, COMMENTED);
            Configurations.write(LOCAL_FILE, "port = 9000\nother = mine\n");
        });
        Dictionary<String, ?> first = next();
        assertEquals(Services.CONTEXT.getProperty("revcam.port"), first.get("port"));
        assertEquals("mine", first.get("other"));
    }

    @Test
    void whatIsChangedByConfigurationAdminSurvivesARestartAndTheShippedFileIsUntouched() throws Exception {
        Files.writeString(FILE, COMMENTED);
        next();
        Configuration configuration = Configurations.find(PID);
        Dictionary<String, Object> changed = configuration.getProperties();
        changed.put("other", "changed");
        configuration.update(changed);
        assertTrue(Configurations.read(LOCAL_FILE).endsWith("\nother = changed\n"), Configurations.read(LOCAL_FILE));
        assertEquals(COMMENTED, Configurations.read(FILE));
        assertEquals("changed", next().get("other"));

        Configurations.awaitFiles();
        Configurations.restart(() -> Configurations.find(PID).delete());
        Configurations.await(PID, "other", "changed");
        assertEquals(COMMENTED, Configurations.read(FILE));

        Configurations.find(PID).delete();
        assertFalse(Files.exists(LOCAL_FILE));
        Configurations.await(PID, "other", "default");
    }

    @Test
    void aFileThatIsNotWholeChangesNothing() throws Exception {
        Files.writeString(FILE, COMMENTED);
        next();
        Configurations.write(LOCAL_FILE, "other = mine\n");
        assertEquals("mine", next().get("other"));
        for (String torn : new String[] {"", "other = mi", "other\n", "\0\0\0\0", "other = mine\nanoth"}) {
            Files.writeString(LOCAL_FILE, torn);
            Configurations.awaitFiles();
            assertEquals("mine", Configurations.values(PID).get("other"), torn);
        }
        assertNull(updates.poll(), "the component was troubled");
    }

    @Test
    void aBadValueLeavesTheWebServerAsItIs() throws Exception {
        Services.await(HttpEndpoint.class.getName(), "(objectClass=*)");
        ServiceReference<HttpEndpoint> endpoint = Services.CONTEXT.getServiceReference(HttpEndpoint.class);
        Path file = LOCAL.resolve("revcam.http.cfg");
        try {
            Configurations.write(file, "threads = many\n");
            Configurations.awaitFiles();
            assertEquals("many", Configurations.values("revcam.http").get("threads"));
            assertSame(endpoint, Services.CONTEXT.getServiceReference(HttpEndpoint.class), "opened anew");
            Configurations.write(file, "threads = 9\n");
            Configurations.awaitFiles();
            Configurations.await("the server moved", () -> !endpoint.equals(
                    Services.CONTEXT.getServiceReference(HttpEndpoint.class)));
        } finally {
            Files.deleteIfExists(file);
            Configurations.awaitFiles();
        }
        assertEquals("8", Configurations.values("revcam.http").get("threads"));
    }

    @Test
    void aStreamMayExistInTheUsersFilesOnly() throws Exception {
        Path file = LOCAL.resolve("revcam.stream-garden.cfg");
        try {
            Configurations.write(file, "revcam.stream = garden\nrevcam.stream.default = false\nviewers.max = 1\n");
            Services.await("revcam.api.stream.VideoStream", "(revcam.stream=garden)");
        } finally {
            Files.deleteIfExists(file);
        }
        Configurations.await("the stream is gone", () -> !Services.isThere("(revcam.stream=garden)"));
        assertEquals(Map.of(), Configurations.values("revcam.stream~garden"));
    }

    private Dictionary<String, ?> next() throws InterruptedException {
        Dictionary<String, ?> update = updates.poll(30, TimeUnit.SECONDS);
        if (update == null) {
            throw new AssertionError("the component was not told within 30 s");
        }
        return update;
    }
}
