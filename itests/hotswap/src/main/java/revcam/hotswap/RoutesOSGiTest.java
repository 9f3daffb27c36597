package revcam.hotswap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Dictionary;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.osgi.service.cm.Configuration;
import revcam.api.pipeline.Replacement;
import revcam.api.pipeline.Stage;
import revcam.hotswap.stranger.Fault;

/**
 * Every route by which a stage can be changed ends in the same state, for every stage, under one viewer that stays: an
 * edited file, the console's way to configuration, the shell's way to the pipeline, bundles that come, go, are updated or
 * refreshed.
 */
@Execution(ExecutionMode.CONCURRENT)
class RoutesOSGiTest {

    private static final Map<String, String> PRODUCTS =
            Map.of("capture", "pattern", "encoder", "x264", "packetiser", "h264", "congestion", "fixed");
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final String CHOSEN = Stranger.NAME + ", *";

    /** How a person makes a preference the stage's. */
    private interface Route {
        void prefer(Lane lane, String role, String preference) throws Exception;
    }

    /** The user's own file, which holds what differs from the shipped one. */
    private static final Route FILE = (lane, role, preference) -> {
        Path file = file("local", lane.name);
        List<String> others = Files.exists(file) ? Files.readAllLines(file).stream()
                .filter(line -> !line.matches(role + " ?=.*")).toList() : List.of();
        Files.writeString(file, String.join("\n", others) + "\n" + role + " = " + preference + "\n");
    };

    private static final Route CONSOLE = (lane, role, preference) -> {
        Configuration configuration = lane.configuration();
        Dictionary<String, Object> settings = configuration.getProperties();
        settings.put(role, preference);
        configuration.update(settings);
    };

    /** What shell and console call; back again by undoing. */
    private static final Route SWAP = (lane, role, preference) -> {
        Replacement done = (preference.equals(CHOSEN) ? lane.pipeline.swap(role, Stranger.NAME, "a test")
                : lane.pipeline.rollback(role, "a test")).toCompletableFuture().get(20, TimeUnit.SECONDS);
        assertTrue(done.succeeded(), done + " " + lane.stage(role));
    };

    @ParameterizedTest
    @ValueSource(strings = {"capture", "encoder", "packetiser", "congestion"})
    void allEndInTheSameState(String role) throws Exception {
        String name = role + "Routes";
        String product = PRODUCTS.get(role);
        Path file = file("", name);
        Probe.get();
        Files.writeString(file, Lane.settings(name));
        try (Lane lane = Lane.of(name); Stranger stranger = Stranger.worse(role, name)) {
            stranger.start();
            Wait.until("that the stranger is ready", PATIENCE, Stage.Standing.READY,
                    () -> lane.stranger(role) == null ? null : lane.stranger(role).standing());
            for (Route route : List.of(FILE, CONSOLE, SWAP, FILE)) {
                route.prefer(lane, role, CHOSEN);
                assertState(lane, role, Stranger.NAME, CHOSEN);
                route.prefer(lane, role, "*");
                assertState(lane, role, product, "*");
            }
            // One route's choice is another's to take back.
            SWAP.prefer(lane, role, CHOSEN);
            assertState(lane, role, Stranger.NAME, CHOSEN);
            CONSOLE.prefer(lane, role, "*");
            assertState(lane, role, product, "*");
            CONSOLE.prefer(lane, role, CHOSEN);
            assertState(lane, role, Stranger.NAME, CHOSEN);

            stranger.stop();
            assertState(lane, role, product, CHOSEN);
            stranger.start();
            assertState(lane, role, Stranger.NAME, CHOSEN);
            stranger.update("1.1.0");
            assertState(lane, role, Stranger.NAME, CHOSEN);
            assertEquals(stranger.label(), lane.stranger(role).bundle());
            stranger.refresh();
            assertState(lane, role, Stranger.NAME, CHOSEN);
            stranger.uninstall();
            assertState(lane, role, product, CHOSEN);
        } finally {
            Files.delete(file);
            Files.deleteIfExists(file("local", name));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"capture", "encoder", "packetiser", "congestion"})
    void aBetterBundleTakesOverByItself(String role) throws Exception {
        String name = role + "Better";
        try (Lane lane = Lane.open(name); Stranger stranger = Stranger.better(role, name, Fault.NONE, 0)) {
            stranger.start();
            assertState(lane, role, Stranger.NAME, "*");
            stranger.stop();
            assertState(lane, role, PRODUCTS.get(role), "*");
            stranger.start();
            assertState(lane, role, Stranger.NAME, "*");
            stranger.update("2.0.0");
            assertState(lane, role, Stranger.NAME, "*");
            assertEquals(stranger.label(), lane.stranger(role).bundle());
        }
    }

    private static void assertState(Lane lane, String role, String serving, String preference) throws Exception {
        lane.awaitServing(role, serving, PATIENCE);
        lane.flows(10, PATIENCE);
        Stage stage = lane.stage(role);
        assertEquals(List.of(serving), stage.serving(), stage.toString());
        assertEquals(preference, stage.preference());
        assertEquals(preference, lane.configuration().getProperties().get(role));
        assertEquals("", stage.problem());
        assertEquals(Stage.Standing.SERVING, stage.providers().stream()
                .filter(provider -> provider.name().equals(serving)).findFirst().orElseThrow().standing());
        for (String other : Lane.ROLES) {
            if (!other.equals(role)) {
                assertEquals(List.of(PRODUCTS.get(other)), lane.stage(other).serving());
            }
        }
        lane.assertUnharmed();
    }

    private static Path file(String folder, String name) {
        return Path.of(Wait.CONTEXT.getProperty("revcam.configs"), folder, "revcam.stream-" + name + ".cfg");
    }
}
