package revcam.health;

import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import revcam.api.telemetry.Telemetry;

/** Publishes the measurement {@code health} at a steady pace, on a thread of its own. */
@Component(configurationPid = "revcam.health")
@Designate(ocd = HealthReporter.Config.class)
public final class HealthReporter {

    private static final Logger LOG = LoggerFactory.getLogger(HealthReporter.class);
    private static final int PERIOD_MILLIS = 2_000;
    private static final long STOP_BOUND_MILLIS = 1_000;

    private final CountDownLatch stopping = new CountDownLatch(1);
    private final Thread thread;

    @ObjectClassDefinition(name = "RevCam health", description = "Processor, memory and temperature as telemetry.")
    @interface Config {

        @AttributeDefinition(description = "Milliseconds between two looks, 500 to 600000", min = "500", max = "600000")
        int period() default PERIOD_MILLIS;

        @AttributeDefinition(description = "Where proc and sys are")
        String root() default "/";
    }

    /** @param properties as {@link Config} describes them, still text: a bad number must not keep the bundle from starting */
    @Activate
    public HealthReporter(@Reference Telemetry telemetry, Map<String, Object> properties) {
        long periodMillis = periodMillis(properties.getOrDefault("period", PERIOD_MILLIS));
        Path root = Path.of(properties.getOrDefault("root", "/").toString().trim());
        thread = new Thread(() -> run(telemetry, root, periodMillis), "revcam.health");
        thread.setDaemon(true);
        thread.setPriority(Thread.MIN_PRIORITY);
        thread.start();
    }

    private static long periodMillis(Object value) {
        try {
            long millis = Long.parseLong(value.toString().trim());
            if (millis >= 500 && millis <= 600_000) {
                return millis;
            }
        } catch (NumberFormatException e) {
            // reported below, as a number out of range is
        }
        LOG.error("revcam.health.cfg: period = {} is not a whole number of milliseconds from 500 to 600000; using {}",
                value, PERIOD_MILLIS);
        return PERIOD_MILLIS;
    }

    private void run(Telemetry telemetry, Path root, long periodMillis) {
        try (Health health = new Health(root)) {
            do {
                telemetry.publish(health.sample(System.currentTimeMillis(), System.nanoTime()));
            } while (!stopping.await(periodMillis, TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            // the end, too
        }
    }

    @Deactivate
    void stop() throws InterruptedException {
        stopping.countDown();
        thread.join(STOP_BOUND_MILLIS);
    }
}
