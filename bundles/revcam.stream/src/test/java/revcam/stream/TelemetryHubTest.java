package revcam.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import revcam.api.telemetry.Measurement;
import revcam.api.telemetry.Metric;
import revcam.api.telemetry.Sample;
import revcam.api.telemetry.TelemetryExporter;
import revcam.api.telemetry.Unit;

class TelemetryHubTest {

    private static final Measurement NUMBER = Measurement.of("number", Metric.gauge("n", Unit.COUNT, "a number"));

    private final TelemetryHub hub = new TelemetryHub();

    @AfterEach
    void stop() throws InterruptedException {
        hub.stop();
        assertFalse(Thread.getAllStackTraces().keySet().stream().anyMatch(t -> t.getName().equals("revcam.telemetry")));
    }

    private void publish(int number) {
        hub.publish(new Sample(NUMBER, 0, 0, Map.of(), new double[] {number}));
    }

    /** Keeps what it gets. */
    private static final class Collector implements TelemetryExporter {
        final BlockingQueue<Sample> got = new LinkedBlockingQueue<>();

        @Override
        public void export(List<Sample> batch) {
            got.addAll(batch);
        }

        int next() throws InterruptedException {
            Sample sample = got.poll(10, TimeUnit.SECONDS);
            assertTrue(sample != null, "no sample in ten seconds");
            return (int) sample.values()[0];
        }
    }

    @Test
    void everyExporterGetsEverySampleInOrder() throws Exception {
        Collector one = new Collector();
        Collector two = new Collector();
        hub.bindExporter(one);
        hub.bindExporter(two);
        for (int i = 0; i < 100; i++) {
            publish(i);
        }
        for (int i = 0; i < 100; i++) {
            assertEquals(i, one.next());
            assertEquals(i, two.next());
        }
    }

    @Test
    void oneThatThrowsCostsTheOthersNothing() throws Exception {
        Semaphore thrown = new Semaphore(0);
        hub.bindExporter(batch -> {
            thrown.release();
            throw new IOException("disk full");
        });
        hub.bindExporter(batch -> {
            thrown.release();
            throw new NoClassDefFoundError("a bundle that was half removed");
        });
        Collector good = new Collector();
        hub.bindExporter(good);
        publish(1);
        assertEquals(1, good.next());
        publish(2);
        assertEquals(2, good.next());
        assertTrue(thrown.tryAcquire(4, 10, TimeUnit.SECONDS), "they are offered the next batch too");
    }

    @Test
    void stopHandsOverWhatIsStillQueued() throws Exception {
        Collector late = new Collector();
        hub.bindExporter(late);
        for (int i = 0; i < 10; i++) {
            publish(i);
        }
        hub.stop();
        assertEquals(10, late.got.size());
    }

    @Test
    void stopDuringAnExportLetsItFinishAndHandsOverTheRest() throws Exception {
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        Collector collector = new Collector();
        hub.bindExporter(batch -> {
            inside.countDown();
            try {
                go.await(); // an interrupt would end a real exporter's write half way
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
            collector.export(batch);
        });
        publish(1);
        assertTrue(inside.await(10, TimeUnit.SECONDS));
        publish(2);
        Thread stopper = new Thread(() -> {
            try {
                hub.stop();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        stopper.start();
        while (stopper.getState() != Thread.State.TIMED_WAITING) {
            Thread.onSpinWait();
        }
        go.countDown();
        stopper.join();
        assertEquals(List.of(1.0, 2.0), collector.got.stream().map(sample -> sample.values()[0]).toList());
    }

    @Test
    void unbindWaitsUntilNobodyIsInsideAndThenNobodyComes() throws Exception {
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        Collector collector = new Collector();
        TelemetryExporter slow = batch -> {
            inside.countDown();
            try {
                go.await();
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
            collector.export(batch);
        };
        hub.bindExporter(slow);
        publish(1);
        assertTrue(inside.await(10, TimeUnit.SECONDS));
        CountDownLatch unbound = new CountDownLatch(1);
        Thread framework = new Thread(() -> {
            try {
                hub.unbindExporter(slow);
                unbound.countDown();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        framework.start();
        while (framework.getState() != Thread.State.TIMED_WAITING) {
            Thread.onSpinWait();
        }
        assertEquals(1, unbound.getCount(), "unbind returned while the exporter was at work");
        go.countDown();
        assertTrue(unbound.await(10, TimeUnit.SECONDS));
        publish(2);
        hub.stop();
        assertEquals(1, collector.got.size());
    }

    @Test
    void whatExceedsTheQueueIsCountedAndPublishNeverWaits() throws Exception {
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        Collector collector = new Collector();
        hub.bindExporter(batch -> {
            inside.countDown();
            try {
                go.await();
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
            collector.export(batch);
        });
        publish(0);
        assertTrue(inside.await(10, TimeUnit.SECONDS));
        for (int i = 1; i <= 5000; i++) {
            publish(i);
        }
        go.countDown();
        hub.stop();
        List<Sample> drops = collector.got.stream().filter(s -> s.measurement().name().equals("telemetry")).toList();
        assertEquals(1, drops.size());
        assertEquals(5001 - (collector.got.size() - 1), (int) drops.get(0).values()[0]);
        assertTrue(drops.get(0).values()[0] > 0);
    }
}
