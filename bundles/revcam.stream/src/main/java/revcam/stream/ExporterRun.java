package revcam.stream;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import revcam.api.telemetry.Sample;
import revcam.api.telemetry.TelemetryExporter;

/** One exporter at work, on a thread of its own: a slow one loses its own batches and holds up nobody. */
final class ExporterRun extends ForeignWork {

    private static final Logger LOG = LoggerFactory.getLogger(ExporterRun.class);
    /** Batches that may wait while it is busy; one comes a second. */
    private static final int WAITING = 4;

    final Providers.Candidate<TelemetryExporter> choice;
    private final Runnable changed;
    private final BlockingQueue<List<Sample>> batches = new ArrayBlockingQueue<>(WAITING);
    private volatile boolean leaving;
    private volatile boolean finishing;
    private volatile int thrownInARow; // its thread writes
    private volatile String thrown = ""; // its thread writes
    private volatile double nanosPerBatch = Double.NaN; // its thread writes
    private boolean healthy = true; // its thread

    /** @param changed called when it has ended */
    ExporterRun(Providers.Candidate<TelemetryExporter> choice, Runnable changed) {
        super("revcam.telemetry-" + choice.name());
        this.choice = choice;
        this.changed = changed;
    }

    /** @return false when too many wait already, and this one is lost to it */
    boolean offer(List<Sample> batch) {
        boolean taken = batches.offer(batch);
        wake();
        return taken;
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
        entered();
        try {
            choice.factory().export(batch);
            thrownInARow = 0;
            nanosPerBatch = System.nanoTime() - began;
            if (!healthy) {
                LOG.info("telemetry exporter {} works again", choice.name());
            }
            healthy = true;
        } catch (IOException e) {
            // The world's fault, not the exporter's: a full disk, a server that is away.
            thrownInARow = 0;
            complain(e);
        } catch (RuntimeException | Error e) {
            thrown = e.toString();
            thrownInARow++;
            complain(e);
        } finally {
            left();
        }
    }

    private void complain(Throwable failure) {
        if (healthy) {
            LOG.warn("telemetry exporter {} fails, its samples are lost until it works again: {}", choice.name(),
                    failure.toString());
        }
        healthy = false;
    }
}
