package revcam.stream;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import revcam.api.telemetry.Measurement;
import revcam.api.telemetry.Metric;
import revcam.api.telemetry.Sample;
import revcam.api.telemetry.TelemetryExporter;
import revcam.api.telemetry.Unit;

/** One exporter at work, on a thread of its own: a slow one loses its own batches and holds up nobody. */
final class ExporterRun extends ForeignWork {

    private static final Logger LOG = LoggerFactory.getLogger(ExporterRun.class);
    /** Batches that may wait while it is busy; one comes a second. */
    private static final int WAITING = 4;

    private static final Measurement EXPORTER = Measurement.of("exporter",
            Metric.counter("lost_samples", Unit.COUNT,
                    "Samples that it did not get because it was busy, failed to export, or lost later"),
            Metric.counter("failed_batches", Unit.COUNT, "Batches that it failed to export"),
            Metric.gauge("batch", Unit.NANOSECONDS, "Time it took for the last batch"));
    /** Between two samples about one that loses nothing. */
    private static final long REPORT_NANOS = TimeUnit.MINUTES.toNanos(1);

    final Providers.Candidate<TelemetryExporter> choice;
    private final Runnable changed;
    private final BlockingQueue<List<Sample>> batches = new ArrayBlockingQueue<>(WAITING);
    private volatile boolean leaving;
    private volatile boolean finishing;
    private volatile int thrownInARow; // its thread writes
    private volatile String thrown = ""; // its thread writes
    private volatile double nanosPerBatch = Double.NaN; // its thread writes
    private volatile long lostInside; // its thread writes
    private volatile long failedSamples; // its thread writes
    private volatile long failedBatches; // its thread writes
    private boolean healthy = true; // its thread
    private long missed; // the hub's thread
    private long reportedLost; // the hub's thread
    private long reportedNanos = System.nanoTime(); // the hub's thread

    /** @param changed called when it has ended */
    ExporterRun(Providers.Candidate<TelemetryExporter> choice, Runnable changed) {
        super("revcam.telemetry-" + choice.name());
        this.choice = choice;
        this.changed = changed;
    }

    /** @return false when too many wait already, and this one is lost to it */
    boolean offer(List<Sample> batch) {
        boolean taken = batches.offer(batch);
        if (!taken) {
            missed += batch.size();
        }
        wake();
        return taken;
    }

    /** How it fares, when that is news or has not been told for a minute; null otherwise. The hub's thread. */
    Sample news(long wallMillis, long now) {
        long lost = missed + lostInside + failedSamples;
        if (lost == reportedLost && now - reportedNanos < REPORT_NANOS) {
            return null;
        }
        reportedLost = lost;
        reportedNanos = now;
        return new Sample(EXPORTER, wallMillis, now, Map.of("exporter", choice.name()),
                new double[] {lost, failedBatches, nanosPerBatch});
    }

    /** No batch begins after this, also none of those that wait. */
    void leave() {
        leaving = true;
        wake();
    }

    /** It ends once it has had what waits. */
    void finish() {
        finishing = true;
        wake();
    }

    /** How often in a row it has thrown what no exporter should. */
    int thrownInARow() {
        return thrownInARow;
    }

    String thrown() {
        return thrown;
    }

    double nanosPerBatch() {
        return nanosPerBatch;
    }

    @Override
    void work() {
        while (!leaving) {
            List<Sample> batch = batches.poll();
            if (batch != null) {
                export(batch);
            } else if (finishing) {
                return;
            } else {
                awaitWake(() -> leaving || finishing || !batches.isEmpty());
            }
        }
    }

    @Override
    void ended() {
        changed.run();
    }

    private void export(List<Sample> batch) {
        long began = System.nanoTime();
        long lostBefore = lostInside;
        entered();
        try {
            try {
                choice.factory().export(batch);
            } finally {
                lostInside = choice.factory().lostSamples();
            }
            thrownInARow = 0;
            nanosPerBatch = System.nanoTime() - began;
            if (!healthy) {
                LOG.info("telemetry exporter {} works again", choice.name());
            }
            healthy = true;
        } catch (IOException e) {
            // The world's fault, not the exporter's: a full disk, a server that is away.
            thrownInARow = 0;
            failed(batch, lostBefore, e);
        } catch (RuntimeException | Error e) {
            thrown = e.toString();
            thrownInARow++;
            failed(batch, lostBefore, e);
        } finally {
            left();
        }
    }

    private void failed(List<Sample> batch, long lostBefore, Throwable failure) {
        failedBatches++;
        // One that counts what it loses has counted this, too.
        failedSamples += lostInside == lostBefore ? batch.size() : 0;
        if (healthy) {
            LOG.warn("telemetry exporter {} fails, its samples are lost until it works again: {}", choice.name(),
                    failure.toString());
        }
        healthy = false;
    }
}
