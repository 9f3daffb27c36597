package revcam.linklab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import revcam.api.congestion.CongestionController;
import revcam.api.congestion.CongestionControllerFactory;
import revcam.api.congestion.RateLimits;
import revcam.congestion.fixed.FixedControllerFactory;

/** Whether the laboratory's figures and verdicts mean what they say. */
class VerdictTest {

    private static final CongestionControllerFactory WATCHER = new QueueWatcher();
    /** What does not adapt, under a name that is judged. */
    private static final CongestionControllerFactory STUBBORN = (now, limits, seed) -> new FixedControllerFactory()
            .open(now, new RateLimits(limits.minBps(), 1_000_000, 1_000_000), seed);

    private static Scenario scenario(String id) {
        return Cases.all(1).stream().filter(scenario -> scenario.id.equals(id)).findFirst().orElseThrow();
    }

    private static Figures figures(String id, CongestionControllerFactory factory) {
        return Figures.of(Run.of(scenario(id), "candidate", factory, 1));
    }

    private static List<String> missed(Figures figures) {
        return Thresholds.read().judge(figures).stream().filter(verdict -> !verdict.holds())
                .map(Thresholds.Verdict::figure).toList();
    }

    @Test
    void theSameSeedGivesTheSamePacketsAndAnotherOneOthers() {
        for (String id : List.of("5.1-reorder", "5.3", "5.7-30kB", "6.3", "lte", "road", "loss-bursts")) {
            String first = Run.of(scenario(id), "a", WATCHER, 7).digest();
            assertEquals(first, Run.of(scenario(id), "b", WATCHER, 7).digest(), id);
            assertNotEquals(first, Run.of(scenario(id), "a", WATCHER, 8).digest(), id);
        }
    }

    @Test
    void whoDoesNotAdaptMissesAndWhoDoesIsToldApart() {
        assertEquals(List.of("utilisationLast10", "queueP95Settled", "lossShare", "convergenceSeconds"),
                missed(figures("5.1-50ms", STUBBORN)));
        List<String> watcher = missed(figures("5.1-50ms", WATCHER));
        assertFalse(watcher.contains("queueP95Settled") || watcher.contains("lossShare"), watcher.toString());
    }

    @Test
    void theComparisonControllerIsNotJudged() {
        Figures figures = Figures.of(Run.of(scenario("5.1-50ms"), "fixed", STUBBORN, 1));
        assertEquals(List.of(), Thresholds.read().judge(figures));
    }

    @Test
    void aControllerThatIsSetAsideFails() {
        Figures figures = figures("loss-1", (now, limits, seed) -> {
            throw new IllegalStateException("no");
        });
        assertTrue(missed(figures).contains("misconduct"), missed(figures).toString());
    }

    @Test
    void figuresOfALinkThatIsKnown() {
        Figures figures = figures("5.1-50ms", STUBBORN);
        // 1 Mbit/s on a link of 1, 2.5, 0.6 and 1.
        assertEquals(4, figures.phases.size());
        assertEquals(0.98, figures.phases.get(0).utilisation, 0.02);
        assertEquals(0.42, figures.phases.get(1).utilisationLast10, 0.03);
        assertEquals(20, figures.phases.get(1).convergenceSeconds, 0.01, "it never gets there");
        assertTrue(figures.phases.get(2).queueP95 > 280, "a full queue");
        assertTrue(figures.phases.get(2).lossShare > 0.3);
        assertEquals(0, figures.phases.get(1).lossShare);
        assertTrue(figures.freezeSeconds > 10);
    }

    @Test
    void aQueueMayEmptyForThreeSecondsAfterAFallOfTheCapacity() {
        Scenario scenario = new Scenario("test", "test", "test", 30);
        scenario.forward = Capacity.steps(0, 10e6, 10, 0.5e6);
        scenario.phases = new double[] {0, 10};
        Scenario.Media media = new Scenario.Media();
        media.limits = new RateLimits(100_000, 100_000, 1_000_000);
        scenario.media.add(media);
        // Sends too much until two seconds after the fall, then little; or goes on with too much.
        Figures late = Figures.of(Run.of(scenario, "candidate", stepsDown(12), 1));
        Figures never = Figures.of(Run.of(scenario, "candidate", stepsDown(1_000), 1));
        assertTrue(late.queueP95 > 200, late.queueP95 + " ms");
        assertTrue(late.queueP95Settled < 50, late.queueP95Settled + " ms");
        assertTrue(never.queueP95Settled > 200, never.queueP95Settled + " ms");
    }

    private static CongestionControllerFactory stepsDown(double seconds) {
        return (opened, limits, seed) -> {
            long[] now = {opened};
            return (CongestionController) Proxy.newProxyInstance(VerdictTest.class.getClassLoader(),
                    new Class<?>[] {CongestionController.class}, (proxy, method, arguments) -> {
                        if (method.getName().startsWith("on")) {
                            now[0] = (Long) arguments[0];
                            return null;
                        }
                        boolean down = now[0] - opened > seconds * Simulation.SECOND;
                        return switch (method.getName()) {
                            case "targetBps" -> down ? limits.minBps() : limits.maxBps();
                            case "pacingBps" -> limits.maxBps();
                            case "paddingBps" -> 0L;
                            case "windowBytes", "nextDeadlineNanos" -> Long.MAX_VALUE;
                            default -> null;
                        };
                    });
        };
    }

    @Test
    void everyThresholdIsOfACaseAndAFigureThatExist() {
        Thresholds thresholds = Thresholds.read();
        List<Scenario> all = Cases.all(1);
        thresholds.names().forEach(name ->
                assertTrue(all.stream().anyMatch(scenario -> Cases.named(scenario.id, name)), name));
        // Judging asks for every figure by its name.
        all.forEach(scenario -> {
            Figures figures = new Figures();
            figures.scenario = scenario.id;
            figures.controller = "candidate";
            thresholds.judge(figures);
        });
    }

    @Test
    void aBundleBringsItsController(@TempDir Path folder) throws Exception {
        Path jar = folder.resolve("stranger.jar");
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
            out.putNextEntry(new JarEntry("OSGI-INF/revcam.linklab.QueueWatcher.xml"));
            out.write("""
                    <?xml version="1.0"?>
                    <scr:component xmlns:scr="http://www.osgi.org/xmlns/scr/v1.3.0" name="stranger">
                      <property name="revcam.congestion" type="String" value="watcher"/>
                      <service><provide interface="revcam.api.congestion.CongestionControllerFactory"/></service>
                      <implementation class="revcam.linklab.QueueWatcher"/>
                    </scr:component>
                    """.getBytes());
        }
        Map<String, Supplier<CongestionControllerFactory>> found = Controllers.ofBundle(jar);
        assertEquals("watcher", found.keySet().iterator().next());
        assertTrue(found.get("watcher").get() instanceof QueueWatcher);

        Path other = folder.resolve("other.jar");
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(other))) {
            out.putNextEntry(new JarEntry("nothing"));
        }
        assertThrows(Controllers.BadPlugin.class, () -> Controllers.ofBundle(other));
        assertThrows(Controllers.BadPlugin.class, () -> Controllers.ofBundle(folder.resolve("missing.jar")));
    }
}
