package revcam.stream;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import revcam.api.telemetry.Measurement;
import revcam.api.telemetry.Metric;
import revcam.api.telemetry.Sample;
import revcam.api.telemetry.Telemetry;
import revcam.api.telemetry.TelemetryExporter;
import revcam.api.telemetry.Unit;

/** Collects samples from every thread and hands them to every exporter, once a second, on a thread of its own. */
@Component
public final class TelemetryHub implements Telemetry {

    private static final Logger LOG = LoggerFactory.getLogger(TelemetryHub.class);
    /** Thirty seconds of one stream with four viewers; an exporter that is slower than that loses samples. */
    private static final int CAPACITY = 4096;
    private static final long PERIOD_MILLIS = 1_000;
    private static final Measurement TELEMETRY = Measurement.of("telemetry",
            Metric.counter("dropped_samples", Unit.COUNT, "Samples that no exporter got, because the queue was full"));

    private final BlockingQueue<Sample> queue = new ArrayBlockingQueue<>(CAPACITY);
    private final Map<TelemetryExporter, Boolean> exporters = new ConcurrentHashMap<>();
    private final AtomicLong dropped = new AtomicLong();
    private final Thread thread;
    private volatile boolean running = true;

    @Activate
    public TelemetryHub() {
        thread = new Thread(this::run, "revcam.telemetry");
        thread.setDaemon(true);
        thread.setPriority(Thread.MIN_PRIORITY);
        thread.start();
    }

    @Deactivate
    void stop() throws InterruptedException {
        running = false;
        thread.interrupt();
        thread.join(2_000);
    }

    @Reference(policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY,
            cardinality = ReferenceCardinality.MULTIPLE)
    void bindExporter(TelemetryExporter exporter) {
        exporters.put(exporter, true);
    }

    void unbindExporter(TelemetryExporter exporter) {
        synchronized (exporter) {
            exporters.remove(exporter);
        }
    }

    @Override
    public void publish(Sample sample) {
        // Without an exporter nobody would ever take it out again.
        if (!exporters.isEmpty() && !queue.offer(sample)) {
            dropped.incrementAndGet();
        }
    }

    private void run() {
        List<Sample> batch = new ArrayList<>();
        long reported = 0;
        while (running) {
            try {
                Thread.sleep(PERIOD_MILLIS);
            } catch (InterruptedException e) {
                // Stopping: the last samples are the ones that tell what happened.
            }
            if (dropped.get() != reported) {
                reported = dropped.get();
                batch.add(new Sample(TELEMETRY, System.currentTimeMillis(), System.nanoTime(), Map.of(),
                        new double[] {reported}));
            }
            queue.drainTo(batch);
            if (!batch.isEmpty()) {
                exporters.keySet().forEach(exporter -> export(exporter, batch));
                batch.clear();
            }
        }
    }

    private void export(TelemetryExporter exporter, List<Sample> batch) {
        // The monitor lets unbind wait until no thread is inside a departing exporter.
        synchronized (exporter) {
            Boolean healthy = exporters.get(exporter);
            if (healthy == null) {
                return;
            }
            try {
                exporter.export(List.copyOf(batch));
                if (!healthy) {
                    LOG.info("telemetry exporter {} works again", exporter.getClass().getName());
                }
                exporters.replace(exporter, true);
            } catch (Exception e) {
                if (healthy) {
                    LOG.warn("telemetry exporter {} fails, its samples are lost until it works again: {}",
                            exporter.getClass().getName(), e.toString());
                }
                exporters.replace(exporter, false);
            }
        }
    }
}
