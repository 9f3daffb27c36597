package revcam.hotswap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceAccessMode;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.osgi.framework.BundleException;
import revcam.api.pipeline.Stage;
import revcam.hotswap.stranger.Fault;

/**
 * Bundles that would rather harm: each is preferred by a stream that somebody watches. The stream has to go on through
 * every one, say what it did, and let go of it.
 */
@Execution(ExecutionMode.CONCURRENT)
class HostileBundlesOSGiTest {

    private static final String MEDIA_LOOP = "the media loop";
    private static final Map<String, String> PRODUCTS =
            Map.of("capture", "pattern", "encoder", "x264", "packetiser", "h264", "congestion", "fixed");
    /** A thread of ours, or of theirs, is inside them for good. */
    private static final Set<Fault> NEVER_LET_GO =
            EnumSet.of(Fault.OPEN_HANGS, Fault.WORK_HANGS, Fault.CLOSE_HANGS, Fault.LEAKS_THREADS);
    private static final Duration FLOWS_AGAIN = Duration.ofSeconds(5);
    /** Ten seconds are given for opening, and the machine may be busy. */
    private static final Duration FOUND_OUT = Duration.ofSeconds(30);
    /**
     * Three seconds are waited for one that hangs. Every stream is asked, those of the other tests too, one after the other, and there
     * another that hangs may be waited for at that moment: capture and encoder go at the same time, once in a while.
     */
    private static final Duration UNINSTALLED = Duration.ofSeconds(9);
    private static final int MANY = 20;

    /** @param why part of what people are told */
    @ParameterizedTest(name = "{0} {1} after {2}")
    @CsvSource({
        "encoder, OPEN_THROWS, 0, it threw",
        "encoder, OPEN_FAILS, 0, it failed to open 3 times: it does not want to",
        "encoder, OPEN_GIVES_NULL, 0, nothing at all",
        "encoder, OPEN_HANGS, 0, it did not open within ten seconds",
        "encoder, WORK_THROWS, 0, thrown at work",
        "encoder, WORK_THROWS, 20, thrown at work",
        "encoder, WORK_HANGS, 0, it gave nothing for its first picture for two seconds",
        "encoder, WORK_HANGS, 20, it returned no frame for two seconds",
        "encoder, CLASS_IS_MISSING, 0, NoClassDefFoundError",
        "encoder, CLASS_IS_MISSING, 20, NoClassDefFoundError",
        "encoder, MUTE, 0, it gave nothing for its first picture for two seconds",
        "encoder, MUTE, 20, for two seconds",
        "encoder, GARBAGE, 0, unit",
        "encoder, GARBAGE, 20, it gives garbage",
        "encoder, EMPTY, 0, cannot be decoded by itself",
        "encoder, EMPTY, 20, for two seconds",
        "encoder, KEEPS_FRAMES, 0, for two seconds",
        "encoder, KEEPS_FRAMES, 20, it returned no frame for two seconds",
        "encoder, OTHER_SIZE, 0, its pictures are 64x64 instead of 320x180",
        "encoder, OTHER_SIZE, 20, its pictures are 64x64 instead of 320x180",
        "encoder, STRANGE_TIMES, 0, none of a frame",
        "encoder, STRANGE_TIMES, 20, none of a frame",
        "encoder, REPEATED_TIMES, 20, none of a frame",
        "encoder, FALSE_KEYFRAMES, 20, cannot be decoded by itself",
        "encoder, HIDDEN_KEYFRAMES, 0, its first unit is no key frame",
        "packetiser, OPEN_THROWS, 0, it failed to open 3 times: it threw",
        "packetiser, OPEN_GIVES_NULL, 0, it failed to open 3 times: it opened nothing",
        "packetiser, OPEN_HANGS, 0, it failed to open 3 times: it did not return within 500 ms",
        "packetiser, WORK_THROWS, 20, thrown at work",
        "packetiser, WORK_HANGS, 20, it has been busy with one unit for two seconds",
        "packetiser, CLASS_IS_MISSING, 0, NoClassDefFoundError",
        "packetiser, OVERSIZE, 0, payload",
        "congestion, OPEN_THROWS, 0, it failed to open 3 times: it threw",
        "congestion, OPEN_GIVES_NULL, 0, it failed to open 3 times: it",
        "congestion, OPEN_HANGS, 0, it failed to open 3 times: it did not return within 500 ms",
        "congestion, WORK_THROWS, 20, thrown at work",
        "congestion, CLASS_IS_MISSING, 20, NoClassDefFoundError",
        "congestion, CLOSE_HANGS, 0, it failed to open 3 times: it did not return within 500 ms",
        "congestion, CLOSE_THROWS, 0, thrown in close",
        "congestion, ABSURD_RATE, 0, it asks for 9223372036854775807 bit/s",
        "congestion, ABSURD_RATE, 20, it asks for 9223372036854775807 bit/s",
        "congestion, NEGATIVE_RATE, 20, it asks for -1 bit/s",
        "capture, OPEN_THROWS, 0, it failed to open 3 times: it threw",
        "capture, OPEN_FAILS, 0, it failed to open 3 times: it does not want to",
        "capture, OPEN_GIVES_NULL, 0, it failed to open 3 times: it opened nothing",
        "capture, OPEN_HANGS, 0, it did not open within ten seconds",
    })
    @ResourceLock(value = MEDIA_LOOP, mode = ResourceAccessMode.READ)
    void isSetAside(String role, Fault fault, int after, String why) throws Exception {
        setAside(role, fault, after, why);
    }

    /** Alone, for all streams run on the loop that it holds up. */
    @Test
    @ResourceLock(MEDIA_LOOP)
    void isSetAsideAlthoughItHoldsUpTheMediaLoop() throws Exception {
        setAside("congestion", Fault.WORK_HANGS, 20, "it did not return for two seconds");
    }

    private static void setAside(String role, Fault fault, int after, String why) throws Exception {
        String name = name(role, fault, after);
        try (Lane lane = Lane.open(name); Stranger stranger = Stranger.better(role, name, fault, after)) {
            int before = lane.line.frames();
            stranger.start();
            Wait.until("that " + name + " is set aside", FOUND_OUT, () -> {
                Stage.Provider how = lane.stranger(role);
                return how != null && how.standing() == Stage.Standing.QUARANTINED && how.why().contains(why) ? null
                        : String.valueOf(lane.stage(role));
            });
            goesOnWithout(lane, stranger, role, fault, before);
        }
    }

    /** A camera is tried for ever, for it may be plugged in again; what it must not do is take the others along. */
    @ParameterizedTest(name = "{0} {1} after {2}")
    @CsvSource({
        "capture, WORK_THROWS, 20",
        "capture, MUTE, 20",
        "capture, STRANGE_TIMES, 20",
        "capture, REPEATED_TIMES, 20",
        "capture, OTHER_SIZE, 0",
        "capture, OTHER_SIZE, 20",
        "capture, RESTLESS_SIZE, 0",
        "capture, RESTLESS_SIZE, 20",
        "capture, ODD_SIZE, 0",
        "capture, ODD_SIZE, 20",
        "packetiser, MUTE, 20",
        "packetiser, GARBAGE, 20",
    })
    @ResourceLock(value = MEDIA_LOOP, mode = ResourceAccessMode.READ)
    void doesNoHarm(String role, Fault fault, int after) throws Exception {
        String name = name(role, fault, after);
        try (Lane lane = Lane.open(name); Stranger stranger = Stranger.better(role, name, fault, after)) {
            int before = lane.line.frames();
            stranger.start();
            lane.flows(MANY, FOUND_OUT);
            endsWithout(lane, stranger, role, fault, before);
        }
    }

    /** These serve well and are found out when they have to go. */
    @ParameterizedTest(name = "{0} {1}")
    @CsvSource({
        "encoder, CLOSE_HANGS, true",
        "capture, CLOSE_HANGS, true",
        "packetiser, CLOSE_HANGS, false",
        "encoder, CLOSE_THROWS, false",
        "packetiser, CLOSE_THROWS, false",
        "capture, CLOSE_THROWS, false",
        "encoder, LEAKS_THREADS, false",
        "packetiser, LEAKS_THREADS, false",
        "congestion, LEAKS_THREADS, false",
        "capture, LEAKS_THREADS, false",
    })
    @ResourceLock(value = MEDIA_LOOP, mode = ResourceAccessMode.READ)
    void isFoundOutWhenItGoes(String role, Fault fault, boolean setAside) throws Exception {
        String name = name(role, fault, 0);
        try (Lane lane = Lane.open(name); Stranger stranger = Stranger.better(role, name, fault, 0)) {
            int before = lane.line.frames();
            stranger.start();
            lane.awaitServing(role, Stranger.NAME, FOUND_OUT);
            lane.flows(MANY, FOUND_OUT);
            lane.pipeline.swap(role, PRODUCTS.get(role), "test").toCompletableFuture();
            lane.awaitServing(role, PRODUCTS.get(role), FOUND_OUT);
            if (setAside) {
                Wait.until("that " + name + " is set aside", FOUND_OUT, () -> {
                    Stage.Provider how = lane.stranger(role);
                    return how.standing() == Stage.Standing.QUARANTINED
                            && how.why().contains("it did not close within three seconds") ? null : how.toString();
                });
            }
            goesOnWithout(lane, stranger, role, fault, before);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"capture", "encoder", "packetiser", "congestion"})
    @ResourceLock(value = MEDIA_LOOP, mode = ResourceAccessMode.READ)
    void doesNotEvenStart(String role) throws Exception {
        String name = role + "NotStarted";
        try (Lane lane = Lane.open(name); Stranger stranger = Stranger.better(role, name, Fault.ACTIVATOR_THROWS, 0)) {
            int before = lane.line.frames();
            assertThrows(BundleException.class, stranger::start);
            goesOnWithout(lane, stranger, role, Fault.ACTIVATOR_THROWS, before);
            try (Stranger second = Stranger.unresolvable(role, name)) {
                assertThrows(BundleException.class, second::start);
                lane.flows(MANY, FOUND_OUT);
                assertTrue(second.uninstall().compareTo(UNINSTALLED) < 0);
            }
            lane.assertUnharmed();
        }
    }

    private static void goesOnWithout(Lane lane, Stranger stranger, String role, Fault fault, int before) throws Exception {
        lane.awaitServing(role, PRODUCTS.get(role), FLOWS_AGAIN);
        lane.flows(MANY, FOUND_OUT);
        endsWithout(lane, stranger, role, fault, before);
    }

    private static void endsWithout(Lane lane, Stranger stranger, String role, Fault fault, int before) throws Exception {
        WeakReference<ClassLoader> classes = fault == Fault.ACTIVATOR_THROWS ? null : stranger.classLoader();
        Duration took = stranger.uninstall();
        assertTrue(took.compareTo(UNINSTALLED) < 0, "uninstalling took " + took.toMillis() + " ms");
        lane.awaitServing(role, PRODUCTS.get(role), FLOWS_AGAIN);
        lane.flows(MANY, FOUND_OUT);
        for (String any : Lane.ROLES) {
            assertEquals(java.util.List.of(PRODUCTS.get(any)), lane.stage(any).serving());
        }
        lane.assertUnharmed();
        long gap = lane.line.largestGapNanos(before);
        assertTrue(gap < FLOWS_AGAIN.toNanos(), "no frame for " + gap / 1_000_000 + " ms");
        if (classes != null && !NEVER_LET_GO.contains(fault)) {
            stranger.refresh();
            Stranger.assertCollected(classes);
        }
        System.out.printf(Locale.ROOT, "%s: largest gap %d ms, uninstalled in %d ms%n", lane.name, gap / 1_000_000,
                took.toMillis());
    }

    private static String name(String role, Fault fault, int after) {
        return role + "_" + fault.name().toLowerCase(Locale.ROOT) + "_" + after;
    }
}
