package revcam.hotswap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import revcam.api.pipeline.Pipeline;
import revcam.api.pipeline.Stage;
import revcam.api.pipeline.Stage.Standing;
import revcam.hotswap.stranger.Fault;

/**
 * Exporters of strangers that would rather harm. All streams share the exporters, so one after the other: the picture goes
 * on, every other exporter gets its samples, and people are told who was set aside and why.
 */
@Execution(ExecutionMode.SAME_THREAD)
@ResourceLock(Collector.EXPORTERS)
class HostileExportersOSGiTest {

    private static final Set<Fault> NEVER_LET_GO =
            EnumSet.of(Fault.OPEN_HANGS, Fault.WORK_HANGS, Fault.CLOSE_HANGS, Fault.LEAKS_THREADS);
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    /** Ten seconds are given for opening and for a batch, and the machine may be busy. */
    private static final Duration FOUND_OUT = Duration.ofSeconds(20);
    private static final Duration UNINSTALLED = Duration.ofSeconds(6);
    private static final long GAP_NANOS = 5_000_000_000L;
    private static final int MANY = 20;

    /** @param why part of what people are told */
    @ParameterizedTest(name = "{0} after {1}")
    @CsvSource({
        "OPEN_THROWS, 0, it failed to open 3 times: it could not be made",
        "OPEN_GIVES_NULL, 0, it failed to open 3 times: it could not be made",
        "OPEN_HANGS, 0, it did not open within ten seconds",
        "WORK_THROWS, 0, 'it threw java.lang.IllegalStateException: thrown at work three times in a row'",
        "WORK_THROWS, 2, 'it threw java.lang.IllegalStateException: thrown at work three times in a row'",
        "CLASS_IS_MISSING, 1, NoClassDefFoundError",
        "WORK_HANGS, 1, it has been busy with one batch for ten seconds",
    })
    void isSetAside(Fault fault, int after, String why) throws Exception {
        String name = "exporter_" + fault.name().toLowerCase(Locale.ROOT) + "_" + after;
        Pipeline pipeline = Collector.pipeline();
        try (Collector collector = new Collector(); Lane lane = Lane.open(name);
                Stranger stranger = Stranger.better("exporter", name, fault, after)) {
            int before = lane.line.frames();
            stranger.start();
            awaitSetAside(pipeline, why);
            endsWithout(pipeline, collector, lane, stranger, fault, before);
        }
    }

    /** These serve well and are found out when they have to go. */
    @ParameterizedTest
    @EnumSource(value = Fault.class, names = {"NONE", "CLOSE_THROWS", "CLOSE_HANGS", "LEAKS_THREADS"})
    void isFoundOutWhenItGoes(Fault fault) throws Exception {
        String name = "exporter_" + fault.name().toLowerCase(Locale.ROOT);
        Pipeline pipeline = Collector.pipeline();
        try (Collector collector = new Collector(); Lane lane = Lane.open(name);
                Stranger stranger = Stranger.better("exporter", name, fault, 0)) {
            int before = lane.line.frames();
            stranger.start();
            Wait.until("that it serves", PATIENCE,
                    () -> serves(pipeline, Stranger.NAME) ? null : Collector.stage(pipeline).toString());
            pipeline.swap("exporter", Collector.NAME_HERE, "a test").toCompletableFuture().get(20, TimeUnit.SECONDS);
            assertFalse(serves(pipeline, Stranger.NAME));
            if (fault == Fault.CLOSE_HANGS) {
                awaitSetAside(pipeline, "it did not close within three seconds");
            }
            pipeline.rollback("exporter", "a test").toCompletableFuture().get(20, TimeUnit.SECONDS);
            assertEquals(fault != Fault.CLOSE_HANGS, serves(pipeline, Stranger.NAME));
            endsWithout(pipeline, collector, lane, stranger, fault, before);
        }
    }

    private static boolean serves(Pipeline pipeline, String name) {
        return Collector.stage(pipeline).serving().contains(name);
    }

    private static void awaitSetAside(Pipeline pipeline, String why) throws Exception {
        Wait.until("that it is set aside", FOUND_OUT, () -> {
            Stage stage = Collector.stage(pipeline);
            return !stage.serving().contains(Stranger.NAME) && stage.providers().stream()
                    .anyMatch(provider -> provider.name().equals(Stranger.NAME)
                            && provider.standing() == Standing.QUARANTINED && provider.why().contains(why))
                    ? null : stage.toString();
        });
    }

    private static void endsWithout(Pipeline pipeline, Collector collector, Lane lane, Stranger stranger, Fault fault,
            int before) throws Exception {
        assertTrue(serves(pipeline, "jsonl") && serves(pipeline, Collector.NAME_HERE), Collector.stage(pipeline).toString());
        collector.goesOn(lane.name, PATIENCE);
        WeakReference<ClassLoader> classes = stranger.classLoader();
        Duration took = stranger.uninstall();
        assertTrue(took.compareTo(UNINSTALLED) < 0, "uninstalling took " + took.toMillis() + " ms");
        collector.goesOn(lane.name, PATIENCE);
        assertTrue(serves(pipeline, "jsonl") && !serves(pipeline, Stranger.NAME), Collector.stage(pipeline).toString());
        lane.flows(MANY, PATIENCE);
        lane.assertUnharmed();
        long gap = lane.line.largestGapNanos(before);
        assertTrue(gap < GAP_NANOS, "no frame for " + gap / 1_000_000 + " ms");
        if (!NEVER_LET_GO.contains(fault)) {
            stranger.refresh();
            Stranger.assertCollected(classes);
        }
        System.out.printf(Locale.ROOT, "%s: largest gap %d ms, uninstalled in %d ms%n", lane.name, gap / 1_000_000,
                took.toMillis());
    }
}
