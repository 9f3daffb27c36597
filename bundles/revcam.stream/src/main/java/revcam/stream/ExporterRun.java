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

/**
 * One exporter at work, on a thread of its own: a slow one loses its own batches and holds up nobody. The same thread gets
 * the service, which may construct the exporter, and gives it back, which may be its end.
 */
final class ExporterRun extends ForeignWork {

    /** Where an exporter is had from. */
    interface Source {

        /** @return null when it is not to be had */
        TelemetryExporter get();

        /** After each {@link #get} that gave one. */
        void giveBack();
    }

    private enum Phase {
        OPENING(10, "it did not open within ten seconds"),
        /** An exporter may wait for a disk or a server, and not for this long. */
        EXPORTING(10, "it has been busy with one batch for ten seconds"),
        CLOSING(3, "it did not close within three seconds");

        final long boundNanos;
        final String complaint;

        Phase(int seconds, String complaint) {
            boundNanos = TimeUnit.SECONDS.toNanos(seconds);
            this.complaint = complaint;
        }
    }

    private static final Logger LOG = LoggerFactory.getLogger(ExporterRun.class);
    /** Batches that may wait while it is busy; one comes a second. */
    private static final int WAITING = 4;
    private static final int THROWN_UNTIL_MISBEHAVED = 3;

    private static final Measurement EXPORTER = Measurement.of("exporter",
            Metric.counter("lost_samples", Unit.COUNT,
                    "Samples that it did not get because it was busy, failed to export, or lost later"),
            Metric.counter("failed_batches", Unit.COUNT, "Batches that it failed to export"),
            Metric.gauge("batch", Unit.NANOSECONDS, "Time it took for the last batch"));
    /** Between two samples about one that loses nothing. */
    private static final long REPORT_NANOS = TimeUnit.MINUTES.toNanos(1);

    final Providers.Candidate<Source> choice;
    private final Runnable changed;
    private final BlockingQueue<List<Sample>> batches = new ArrayBlockingQueue<>(WAITING);
    private volatile boolean leaving;
    private volatile boolean finishing;
    private volatile Phase phase = Phase.OPENING; // its thread writes
    private volatile String failure = ""; // its thread writes
    private volatile int thrownInARow; // its thread writes
    private volatile String thrown = ""; // its thread writes
    private volatile double nanosPerBatch = Double.NaN; // its thread writes
    private volatile long lostInside; // its thread writes
    private volatile long failedSamples; // its thread writes
    private volatile long failedBatches; // its thread writes
    private boolean healthy = true; // its thread
    /** Its provider was set aside because of this run; the hub's thread. */
    boolean blamed;
    private long missed; // the hub's thread
    private long reportedLost; // the hub's thread
    private long reportedNanos = System.nanoTime(); // the hub's thread

    /** @param changed called on its thread when it has opened, has failed to, and when it has ended */
    ExporterRun(Providers.Candidate<Source> choice, Runnable changed) {
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

    /** Whether it has been had, and takes batches. */
    boolean isOpen() {
        return phase == Phase.EXPORTING;
    }

    /** Why it could not be had; empty while it is not known, and when it could. */
    String failure() {
        return failure;
    }

    /** What it takes too long for; else empty. */
    String overtime(long now) {
        Phase at = phase;
        return insideNanos(now) > at.boundNanos ? at.complaint : "";
    }

    /** What it threw too often; else empty. */
    String thrownTooOften() {
        return thrownInARow < THROWN_UNTIL_MISBEHAVED ? "" : "it threw " + thrown + " three times in a row";
    }

    double nanosPerBatch() {
        return nanosPerBatch;
    }

    @Override
    void work() {
        TelemetryExporter exporter = open();
        changed.run();
        if (exporter != null) {
            serve(exporter);
            phase = Phase.CLOSING;
            entered();
            choice.factory().giveBack();
        }
    }

    @Override
    void ended() {
        changed.run();
    }

    private TelemetryExporter open() {
        TelemetryExporter exporter = null;
        entered();
        try {
            exporter = choice.factory().get();
            failure = exporter == null ? "it could not be made; what went wrong is in the log" : "";
        } catch (RuntimeException | Error e) {
            failure = "it threw " + e;
        } finally {
            left();
        }
        if (exporter != null) {
            phase = Phase.EXPORTING;
        }
        return exporter;
    }

    private void serve(TelemetryExporter exporter) {
        while (!leaving) {
            List<Sample> batch = batches.poll();
            if (batch != null) {
                export(exporter, batch);
            } else if (finishing) {
                return;
            } else {
                awaitWake(() -> leaving || finishing || !batches.isEmpty());
            }
        }
    }

    private void export(TelemetryExporter exporter, List<Sample> batch) {
        long began = System.nanoTime();
        long lostBefore = lostInside;
        entered();
        try {
            try {
                exporter.export(batch);
            } finally {
                lostInside = exporter.lostSamples();
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
