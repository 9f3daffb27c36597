package revcam.framework;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.cm.ManagedService;

class ConfigurationOSGiTest {

    private static final String PID = "revcam.framework.probe";

    @Test
    void anEditedFileReachesItsComponent() throws IOException, InterruptedException {
        Path file = Path.of(Services.CONTEXT.getProperty("felix.fileinstall.dir"), PID + ".cfg");
        BlockingQueue<Dictionary<String, ?>> updates = new LinkedBlockingQueue<>();
        Dictionary<String, Object> properties = new Hashtable<>();
        properties.put(Constants.SERVICE_PID, PID);
        ServiceRegistration<ManagedService> probe = Services.CONTEXT.registerService(ManagedService.class,
                update -> updates.add(update == null ? new Hashtable<>() : update), properties);
        try {
            assertEquals(null, next(updates).get("port"));

            Files.writeString(file, "port = ${revcam.port:-8080}\nother = ${revcam.nowhere:-default}\n");
            Dictionary<String, ?> first = next(updates);
            assertEquals(Services.CONTEXT.getProperty("revcam.port"), first.get("port"));
            assertEquals("default", first.get("other"));

            Files.writeString(file, "port = 1234\n");
            assertEquals("1234", next(updates).get("port"));

            Files.delete(file);
            assertEquals(null, next(updates).get("port"));
        } finally {
            probe.unregister();
            Files.deleteIfExists(file);
        }
    }

    /** An encoder that vanished with every saved file would interrupt the stream. */
    @ParameterizedTest
    @CsvSource({"x264, vbvMillis, 700", "openh264, idrPercent, 300"})
    void anEncoderTakesAChangeWithoutLeaving(String name, String key, String value) throws IOException, InterruptedException {
        ServiceReference<?> encoder = Services.await("revcam.api.encoder.VideoEncoderFactory", "(revcam.encoder=" + name + ")");
        Path file = Path.of(Services.CONTEXT.getProperty("felix.fileinstall.dir"), "revcam.encoder." + name + ".cfg");
        String shipped = Files.readString(file);
        try {
            Files.writeString(file, shipped.replaceFirst("(?m)^" + key + " = .*$", key + " = " + value));
            ServiceReference<?> changed = Services.await("revcam.api.encoder.VideoEncoderFactory",
                    "(&(revcam.encoder=" + name + ")(" + key + "=" + value + "))");
            assertEquals(encoder.getProperty(Constants.SERVICE_ID), changed.getProperty(Constants.SERVICE_ID));
        } finally {
            Files.writeString(file, shipped);
        }
    }

    private static Dictionary<String, ?> next(BlockingQueue<Dictionary<String, ?>> updates) throws InterruptedException {
        Dictionary<String, ?> update = updates.poll(10, TimeUnit.SECONDS);
        if (update == null) {
            throw new AssertionError("the component was not told within 10 s");
        }
        return update;
    }
}
