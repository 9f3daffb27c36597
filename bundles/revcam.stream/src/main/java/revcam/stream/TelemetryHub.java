package revcam.stream;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
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
    private static final long STOP_BOUND_MILLIS = 2_000;
    private static final long UNBIND_BOUND_MILLIS = 3_000;
    private static final Measurement TELEMETRY = Measurement.of("telemetry",
            Metric.counter("dropped_samples", Unit.COUNT, "Samples that no exporter got, because the queue was full"));

    private final BlockingQueue<Sample> queue = new ArrayBlockingQueue<>(CAPACITY);
    private final List<Outlet> outlets = new CopyOnWriteArrayList<>();
    private final AtomicLong dropped = new AtomicLong();
    private final CountDownLatch stopping = new CountDownLatch(1);
    private final Thread thread;

    /** One exporter. */
    private static final class Outlet {
        final TelemetryExporter exporter;
        /** Held while a batch is exported, so that unbind can wait for it. */
        final ReentrantLock busy = new ReentrantLock();
        volatile boolean bound = true;
        boolean healthy = true; // telemetry thread

        Outlet(TelemetryExporter exporter) {
            this.exporter = exporter;
        }
    }

    @Activate
    public TelemetryHub() {
        thread = new Thread(this::run, "revcam.telemetry");
        thread.setDaemon(true);
        thread.setPriority(Thread.MIN_PRIORITY);
        thread.start();
    }

    @Deactivate
    void stop() throws InterruptedException {
        stopping.countDown();
        thread.join(STOP_BOUND_MILLIS);
    }

    @Reference(policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY,
            cardinality = ReferenceCardinality.MULTIPLE)
    void bindExporter(TelemetryExporter exporter) {
        outlets.add(new Outlet(exporter));
    }

    /** Returns once no thread is inside the exporter, or after a bound. */
    void unbindExporter(TelemetryExporter exporter) throws InterruptedException {
        for (Outlet outlet : outlets) {
            if (outlet.exporter == exporter) {
                outlet.bound = false;
                outlets.remove(outlet);
                if (!outlet.busy.tryLock(UNBIND_BOUND_MILLIS, TimeUnit.MILLISECONDS)) {
                    LOG.warn("telemetry exporter {} is still busy after {} ms; its bundle goes without it",
                            exporter.getClass().getName(), UNBIND_BOUND_MILLIS);
                } else {
                    outlet.busy.unlock();
                }
            }
        }
    }

    @Override
    public void publish(Sample sample) {
        // Without an exporter nobody would ever take it out again.
        if (!outlets.isEmpty() && !queue.offer(sample)) {
            dropped.incrementAndGet();
        }
    }

    private void run() {
        List<Sample> batch = new ArrayList<>();
        long reported = 0;
        boolean last = false;
        // The samples from just before the end are the ones that tell what happened: once more after stop.
        while (!last) {
            try {
                last = stopping.await(PERIOD_MILLIS, TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                last = true;
            }
            if (dropped.get() != reported) {
                reported = dropped.get();
                batch.add(new Sample(TELEMETRY, System.currentTimeMillis(), System.nanoTime(), Map.of(),
                        new double[] {reported}));
            }
            queue.drainTo(batch);
            if (!batch.isEmpty()) {
                List<Sample> lent = List.copyOf(batch);
                outlets.forEach(outlet -> export(outlet, lent));
                batch.clear();
            }
        }
    }

    private static void export(Outlet outlet, List<Sample> batch) {
        outlet.busy.lock();
        try {
            if (outlet.bound) {
                outlet.exporter.export(batch);
                if (!outlet.healthy) {
                    LOG.info("telemetry exporter {} works again", outlet.exporter.getClass().getName());
                }
                outlet.healthy = true;
            }
        } catch (Exception | Error e) {
            if (outlet.healthy) {
                LOG.warn("telemetry exporter {} fails, its samples are lost until it works again: {}",
                        outlet.exporter.getClass().getName(), e.toString());
            }
            outlet.healthy = false;
        } finally {
            outlet.busy.unlock();
        }
    }
}
