package revcam.hotswap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import revcam.api.pipeline.Stage;
import revcam.hotswap.stranger.Fault;

/**
 * Somebody watches one stream while bundles that would rather harm come to others, all at once: what he sees must not depend
 * on it. One is not among them: a congestion controller that never returns holds up the loop that all viewers share until it
 * is set aside ({@link HostileBundlesOSGiTest#isSetAsideAlthoughItHoldsUpTheMediaLoop}).
 */
@Isolated("it counts frames a second")
class BystanderOSGiTest {

    private record Hostile(String role, Fault fault) {}

    private static final List<Hostile> ALL = List.of(
            new Hostile("encoder", Fault.WORK_HANGS), new Hostile("encoder", Fault.WORK_THROWS),
            new Hostile("encoder", Fault.GARBAGE), new Hostile("encoder", Fault.KEEPS_FRAMES),
            new Hostile("packetiser", Fault.WORK_HANGS), new Hostile("congestion", Fault.ABSURD_RATE));
    private static final int AFTER_FRAMES = 20;
    private static final Duration SET_ASIDE = Duration.ofSeconds(20);
    private static final Duration AT_LEAST = Duration.ofSeconds(4);
    /** The goal is 0.95; frames are counted for some four seconds, and a machine that builds is no measuring room. */
    private static final double LEAST = 0.8;

    @Test
    void whoWatchesAnotherStreamSeesNothingOfIt() throws Exception {
        List<AutoCloseable> open = new ArrayList<>();
        try {
            Lane watched = Lane.open("bystander");
            open.add(watched);
            List<Lane> lanes = new ArrayList<>();
            List<Stranger> strangers = new ArrayList<>();
            for (Hostile hostile : ALL) {
                String name = "beside_" + hostile.role + "_" + hostile.fault.name().toLowerCase(Locale.ROOT);
                lanes.add(Lane.open(name));
                open.add(lanes.get(lanes.size() - 1));
                strangers.add(Stranger.better(hostile.role, name, hostile.fault, AFTER_FRAMES));
                open.add(strangers.get(strangers.size() - 1));
            }
            double before = rate(watched, () -> { });
            int first = watched.line.frames();
            double during = rate(watched, () -> {
                for (Stranger stranger : strangers) {
                    stranger.start();
                }
                for (int i = 0; i < ALL.size(); i++) {
                    Lane lane = lanes.get(i);
                    String role = ALL.get(i).role;
                    Wait.until("that " + lane.name + " is set aside", SET_ASIDE, () -> {
                        Stage.Provider how = lane.stranger(role);
                        return how != null && how.standing() == Stage.Standing.QUARANTINED ? null : String.valueOf(how);
                    });
                }
            });
            double gap = watched.line.largestGapNanos(first) / 1e6;
            System.out.printf(Locale.ROOT, "bystander: %.1f frames a second, %.1f while %d hostile bundles were set aside (%.1f %%);"
                    + " longest gap %.0f ms%n", before, during, ALL.size(), 100 * during / before, gap);
            assertTrue(during > LEAST * before, during + " frames a second instead of " + before);
            watched.assertUnharmed();
            for (int i = 0; i < ALL.size(); i++) {
                assertEquals(1, lanes.get(i).stage(ALL.get(i).role).serving().size(), lanes.get(i).name + " goes on with its own");
            }
        } finally {
            for (int i = open.size() - 1; i >= 0; i--) {
                open.get(i).close();
            }
        }
    }

    private interface Work {
        void run() throws Exception;
    }

    /** Frames a second for as long as something takes, but not for too short a time. */
    private static double rate(Lane lane, Work work) throws Exception {
        int first = lane.line.frames();
        long began = System.nanoTime();
        work.run();
        long left = AT_LEAST.toNanos() - (System.nanoTime() - began);
        if (left > 0) {
            Thread.sleep(left / 1_000_000);
        }
        return (lane.line.frames() - first) / ((System.nanoTime() - began) / 1e9);
    }
}
