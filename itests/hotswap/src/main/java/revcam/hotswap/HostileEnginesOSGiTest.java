package revcam.hotswap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import revcam.api.pipeline.Stage;
import revcam.api.stream.Viewer;
import revcam.api.transport.NegotiationException;
import revcam.hotswap.stranger.Fault;

/**
 * Whole engines that would rather harm, preferred by a stream that somebody watches through ours. Whoever joined theirs has
 * to be sent on to ours, and told why.
 */
@Execution(ExecutionMode.CONCURRENT)
class HostileEnginesOSGiTest {

    private static final Set<Fault> NEVER_LET_GO = EnumSet.of(Fault.OPEN_HANGS, Fault.ANSWER_HANGS, Fault.WORK_HANGS);
    private static final Duration FOUND_OUT = Duration.ofSeconds(30);
    private static final Duration UNINSTALLED = Duration.ofSeconds(6);
    private static final int MANY = 20;

    /** @param why part of what people are told */
    @ParameterizedTest(name = "{0} after {1}")
    @CsvSource({
        "OPEN_HANGS, 0, it did not open within ten seconds",
        "ANSWER_HANGS, 0, it did not answer an offer within 8 s",
        "WORK_HANGS, 20, it did not return from a call for five seconds",
        "WORK_THROWS, 20, it threw java.lang.IllegalStateException: thrown at work",
        "CLASS_IS_MISSING, 20, it threw java.lang.NoClassDefFoundError",
        "MUTE, 0, it sent nothing of",
    })
    void isSetAside(Fault fault, int after, String why) throws Exception {
        String name = "engine_" + fault.name().toLowerCase(Locale.ROOT) + "_" + after;
        try (Lane lane = Lane.open(name, "engine = stranger, revcam", "engine.filter = (lane=" + name + ")");
                Stranger stranger = Stranger.better("engine", name, fault, after)) {
            lane.awaitServing("engine", "revcam", FOUND_OUT);
            int before = lane.line.frames();
            stranger.start();
            lane.awaitServing("engine", Stranger.NAME, FOUND_OUT);
            assertEquals("engine stranger serves this stream now", lane.elsewhere());
            Viewer theirs = null;
            try {
                theirs = lane.join();
            } catch (NegotiationException e) {
                assertTrue(fault == Fault.OPEN_HANGS, e.getMessage());
            }
            Wait.until("that " + name + " is set aside", FOUND_OUT, () -> {
                Stage.Provider how = lane.stranger("engine");
                return how.standing() == Stage.Standing.QUARANTINED && how.why().contains(why) ? null
                        : String.valueOf(lane.stage("engine"));
            });
            if (theirs != null && fault != Fault.ANSWER_HANGS) {
                assertTrue(!theirs.alive() && theirs.elsewhere().contains(why), theirs.elsewhere());
            }
            lane.awaitServing("engine", "revcam", FOUND_OUT);
            assertEquals("", lane.elsewhere());
            lane.flows(MANY, FOUND_OUT);
            lane.join().leave();
            WeakReference<ClassLoader> classes = stranger.classLoader();
            Duration took = stranger.uninstall();
            assertTrue(took.compareTo(UNINSTALLED) < 0, "uninstalling took " + took.toMillis() + " ms");
            for (String any : Lane.ROLES) {
                assertEquals(1, lane.stage(any).serving().size(), any);
            }
            assertEquals(List.of("revcam"), lane.stage("engine").serving());
            lane.flows(MANY, FOUND_OUT);
            lane.assertUnharmed();
            long gap = lane.line.largestGapNanos(before);
            assertTrue(gap < Duration.ofSeconds(5).toNanos(), "no frame for " + gap / 1_000_000 + " ms");
            theirs = null;
            if (!NEVER_LET_GO.contains(fault)) {
                stranger.refresh();
                Stranger.assertCollected(classes);
            }
        }
    }
}
