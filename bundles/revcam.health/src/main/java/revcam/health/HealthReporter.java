package revcam.health;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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
import revcam.api.telemetry.Sample;
import revcam.api.telemetry.Telemetry;

/** Publishes the measurements {@code health}, {@code core} and {@code thread} at a steady pace, on a thread of its own. */
@Component(configurationPid = "revcam.health")
@Designate(ocd = HealthReporter.Config.class)
public final class HealthReporter {

    private static final Logger LOG = LoggerFactory.getLogger(HealthReporter.class);
    private static final int PERIOD_MILLIS = 2_000;
    private static final int LOOKS_PER_THREADS = 5;
    private static final long STOP_BOUND_MILLIS = 1_000;

    private final CountDownLatch stopping = new CountDownLatch(1);
    private final Thread thread;

    @ObjectClassDefinition(name = "RevCam health", description = "Processor, memory and temperature as telemetry.")
    @interface Config {

        @AttributeDefinition(description = "Milliseconds between two looks, 500 to 600000", min = "500", max = "600000")
        int period() default PERIOD_MILLIS;

        @AttributeDefinition(description = "Where proc and sys are")
        String root() default "/";

        @AttributeDefinition(description = "A directory on the file system whose free space is told")
        String disk() default "/";

        @AttributeDefinition(description = "Whether processor time is told by core and by thread, too")
        boolean detailed() default true;
    }

    /** @param properties as {@link Config} describes them, still text: a bad number must not keep the bundle from starting */
    @Activate
    public HealthReporter(@Reference Telemetry telemetry, Map<String, Object> properties) {
        long periodMillis = periodMillis(properties.getOrDefault("period", PERIOD_MILLIS));
        Path root = Path.of(properties.getOrDefault("root", "/").toString().trim());
        Path disk = Path.of(properties.getOrDefault("disk", "/").toString().trim());
        boolean detailed = !properties.getOrDefault("detailed", "true").toString().trim().equalsIgnoreCase("false");
        thread = new Thread(() -> run(telemetry, root, disk, detailed, periodMillis), "revcam.health");
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

    private void run(Telemetry telemetry, Path root, Path disk, boolean detailed, long periodMillis) {
        List<Sample> samples = new ArrayList<>();
        Threads threads = new Threads(root);
        long looks = 0;
        try (Health health = new Health(root, disk); Cores cores = new Cores(root)) {
            do {
                long wallMillis = System.currentTimeMillis();
                long nanos = System.nanoTime();
                samples.add(health.sample(wallMillis, nanos));
                if (detailed) {
                    cores.sample(wallMillis, nanos, samples);
                    // A directory of many files, for what changes slowly.
                    if (looks++ % LOOKS_PER_THREADS == 0) {
                        threads.sample(wallMillis, nanos, samples);
                    }
                }
                samples.forEach(telemetry::publish);
                samples.clear();
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
