package revcam.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static revcam.stream.Stages.await;
import static revcam.stream.Stages.reference;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import revcam.api.pipeline.RefusedException;
import revcam.api.pipeline.Replacement;
import revcam.api.pipeline.Stage;
import revcam.api.pipeline.Stage.Standing;
import revcam.api.telemetry.Measurement;
import revcam.api.telemetry.Metric;
import revcam.api.telemetry.Sample;
import revcam.api.telemetry.TelemetryExporter;
import revcam.api.telemetry.Unit;

class TelemetryHubTest {

    private static final Measurement NUMBER = Measurement.of("number", Metric.gauge("n", Unit.COUNT, "a number"));

    private final Map<TelemetryExporter, ServiceReference<TelemetryExporter>> references = new HashMap<>();
    private final Services services = new Services();
    private final TelemetryHub hub = new TelemetryHub(services.context(), null, Map.of());

    @AfterEach
    void stop() throws InterruptedException {
        hub.stop();
        assertFalse(Thread.getAllStackTraces().keySet().stream().anyMatch(t -> t.getName().equals("revcam.telemetry")));
    }

    /** What the framework has. */
    private static final class Services {
        private final Map<Object, Supplier<TelemetryExporter>> makers = new ConcurrentHashMap<>();
        private final List<Object> returned = new CopyOnWriteArrayList<>();
        volatile CountDownLatch hangsInClose = new CountDownLatch(0);

        void give(ServiceReference<TelemetryExporter> reference, Supplier<TelemetryExporter> maker) {
            makers.put(reference, maker);
        }

        BundleContext context() {
            return (BundleContext) Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] {BundleContext.class},
                    (proxy, method, arguments) -> switch (method.getName()) {
                        case "getService" -> makers.get(arguments[0]).get();
                        case "ungetService" -> {
                            hangsInClose.await();
                            yield returned.add(arguments[0]);
                        }
                        default -> throw new UnsupportedOperationException(method.getName());
                    });
        }
    }

    /** One that may fail to come to be. */
    private void bind(String name, Supplier<TelemetryExporter> maker) {
        ServiceReference<TelemetryExporter> reference = reference(TelemetryExporter.NAME, name);
        services.give(reference, maker);
        hub.bindExporter(reference);
    }

    private Stage.Provider provider(String name) {
        return Stages.told(hub).get(0).providers().stream().filter(p -> p.name().equals(name)).findFirst().orElseThrow();
    }

    private void bind(TelemetryExporter exporter) {
        String name = "exporter" + references.size();
        references.put(exporter, reference(TelemetryExporter.NAME, name));
        services.give(references.get(exporter), () -> exporter);
        hub.bindExporter(references.get(exporter));
        await(() -> Stages.told(hub).get(0).serving().contains(name));
    }

    private void publish(int number) {
        hub.publish(new Sample(NUMBER, 0, 0, Map.of(), new double[] {number}));
    }

    /** Keeps what it gets. */
    private static final class Collector implements TelemetryExporter {
        final BlockingQueue<Sample> got = new LinkedBlockingQueue<>();

        @Override
        public void export(List<Sample> batch) {
            batch.stream().filter(sample -> !sample.measurement().name().equals("exporter")).forEach(got::add);
        }

        int next() throws InterruptedException {
            Sample sample = got.poll(30, TimeUnit.SECONDS);
            assertTrue(sample != null, "no sample in ten seconds");
            return (int) sample.values()[0];
        }
    }

    @Test
    void everyExporterGetsEverySampleInOrder() throws Exception {
        Collector one = new Collector();
        Collector two = new Collector();
        bind(one);
        bind(two);
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
        bind(batch -> {
            thrown.release();
            throw new IOException("disk full");
        });
        bind(batch -> {
            thrown.release();
            throw new NoClassDefFoundError("a bundle that was half removed");
        });
        Collector good = new Collector();
        bind(good);
        publish(1);
        assertEquals(1, good.next());
        publish(2);
        assertEquals(2, good.next());
        assertTrue(thrown.tryAcquire(4, 10, TimeUnit.SECONDS), "they are offered the next batch too");
    }

    /** What an exporter could not take, and what it says it lost after it had taken it, is told to all. */
    @Test
    void whatAnExporterLosesIsCounted() throws Exception {
        bind(batch -> {
            throw new IOException("disk full");
        });
        bind(new TelemetryExporter() {
            @Override
            public void export(List<Sample> batch) {
                // kept to be sent later
            }

            @Override
            public long lostSamples() {
                return 7;
            }
        });
        BlockingQueue<Sample> told = new LinkedBlockingQueue<>();
        bind(batch -> batch.stream().filter(sample -> sample.measurement().name().equals("exporter")).forEach(told::add));
        publish(1);
        Map<String, Double> lost = new HashMap<>();
        await(() -> {
            for (Sample sample; (sample = told.poll()) != null; ) {
                lost.put(sample.tags().get("exporter"), sample.values()[0]);
            }
            return lost.getOrDefault("exporter0", 0.0) >= 1 && lost.getOrDefault("exporter1", 0.0) == 7;
        });
    }

    @Test
    void stopHandsOverWhatIsStillQueued() throws Exception {
        Collector late = new Collector();
        bind(late);
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
        bind(batch -> {
            inside.countDown();
            try {
                go.await(); // an interrupt would end a real exporter's write half way
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
            collector.export(batch);
        });
        publish(1);
        assertTrue(inside.await(30, TimeUnit.SECONDS));
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
        bind(slow);
        publish(1);
        assertTrue(inside.await(30, TimeUnit.SECONDS));
        CountDownLatch unbound = new CountDownLatch(1);
        Thread framework = new Thread(() -> {
            try {
                hub.unbindExporter(references.get(slow));
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
        assertTrue(unbound.await(30, TimeUnit.SECONDS));
        publish(2);
        hub.stop();
        assertEquals(1, collector.got.size());
    }

    @Test
    void whatExceedsTheQueueIsCountedAndPublishNeverWaits() throws Exception {
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        Collector collector = new Collector();
        bind(batch -> {
            inside.countDown();
            try {
                go.await();
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
            collector.export(batch);
        });
        publish(0);
        assertTrue(inside.await(30, TimeUnit.SECONDS));
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

    @Test
    void oneThatHangsHoldsUpNobodyAndOneThatThrowsThreeTimesIsSetAside() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        bind(batch -> {
            try {
                go.await();
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
        });
        bind(batch -> {
            throw new IllegalStateException("no");
        });
        Collector good = new Collector();
        bind(good);
        for (int i = 0; i < 4; i++) {
            publish(i);
            assertEquals(i, good.next());
        }
        await(() -> Stages.told(hub).get(0).providers().get(1).standing() == Standing.QUARANTINED);
        assertTrue(Stages.told(hub).get(0).providers().get(1).why().contains("IllegalStateException: no"));
        hub.release(TelemetryHub.ROLE, "exporter1");
        await(() -> Stages.told(hub).get(0).serving().contains("exporter1"));
        go.countDown();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void oneThatCannotBeHadRestsAndIsSetAsideTheThirdTime(boolean throwing) throws Exception {
        bind("broken", () -> {
            if (throwing) {
                throw new IllegalStateException("no");
            }
            return null;
        });
        Collector good = new Collector();
        bind(good);
        await(() -> provider("broken").standing() == Standing.RESTING);
        publish(1);
        assertEquals(1, good.next());
        await(() -> provider("broken").standing() == Standing.QUARANTINED);
        assertTrue(provider("broken").why().startsWith("it failed to open 3 times: it "
                + (throwing ? "threw java.lang.IllegalStateException: no" : "could not be made")), provider("broken").why());
        assertFalse(Stages.told(hub).get(0).serving().contains("broken"));
        Replacement refused = hub.replacements().get(0);
        assertFalse(refused.succeeded(), refused.toString());
        assertEquals("exporter0", refused.to());
    }

    @Test
    void oneThatHangsInCloseIsSetAsideAndHoldsUpNobody() throws Exception {
        services.hangsInClose = new CountDownLatch(1);
        bind(batch -> { });
        Collector good = new Collector();
        bind(good);
        hub.swap(TelemetryHub.ROLE, "exporter1", "test").toCompletableFuture().get(30, TimeUnit.SECONDS);
        publish(1);
        assertEquals(1, good.next());
        await(() -> provider("exporter0").standing() == Standing.QUARANTINED);
        assertEquals("it did not close within three seconds", provider("exporter0").why());
        services.hangsInClose.countDown();
    }

    @Test
    void whoGoesIsGivenBackOnce() throws Exception {
        Collector one = new Collector();
        bind(one);
        hub.unbindExporter(references.get(one));
        assertEquals(List.of(references.get(one)), services.returned);
    }

    @Test
    void aPersonChoosesAndGoesBack() throws Exception {
        Collector one = new Collector();
        Collector two = new Collector();
        bind(one);
        bind(two);
        hub.swap(TelemetryHub.ROLE, "exporter1", "test").toCompletableFuture().get(30, TimeUnit.SECONDS);
        assertEquals(List.of("exporter1"), Stages.told(hub).get(0).serving());
        publish(7);
        assertEquals(7, two.next());
        assertEquals(0, one.got.size());
        hub.rollback(TelemetryHub.ROLE, "test").toCompletableFuture().get(30, TimeUnit.SECONDS);
        assertEquals(2, Stages.told(hub).get(0).serving().size());
        assertThrows(RefusedException.class, () -> hub.rollback(TelemetryHub.ROLE, "test"));
        assertThrows(RefusedException.class, () -> hub.swap(TelemetryHub.ROLE, "nobody", "test"));
    }
}
