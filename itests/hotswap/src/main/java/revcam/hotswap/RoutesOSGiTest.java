package revcam.hotswap;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.osgi.service.cm.Configuration;
import revcam.api.pipeline.Pipeline;
import revcam.api.pipeline.Stage;
import revcam.hotswap.stranger.Fault;

/**
 * Every route by which a stage can be changed ends in the same state, for every stage, under one viewer that stays: an
 * edited file, the console's form and its tab over HTTP, the shell over its socket, bundles that come, go, are updated or
 * refreshed.
 */
@Execution(ExecutionMode.CONCURRENT)
class RoutesOSGiTest {

    private static final Map<String, String> PRODUCTS =
            Map.of("capture", "pattern", "encoder", "x264", "packetiser", "h264", "congestion", "fixed");
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String CHOSEN = Stranger.NAME + ", *";

    /** How a person makes a preference the stage's. */
    private interface Route {
        void prefer(Seat seat, String preference) throws Exception;
    }

    /**
     * A stage of a pipeline, and where its preference is kept.
     *
     * @param file of the configuration
     * @param chosen the preference that makes the stranger serve; {@code usual} makes the product's own
     */
    private record Seat(Pipeline pipeline, String role, String file, String chosen, String usual) {

        static Seat of(Lane lane, String role) {
            return new Seat(lane.pipeline, role, "revcam.stream-" + lane.name + ".cfg", CHOSEN, "*");
        }

        Path file(String folder) {
            return Path.of(Wait.CONTEXT.getProperty("revcam.configs"), folder, file);
        }

        Configuration configuration() throws Exception {
            String pid = file.replace(".cfg", "").replace('-', '~');
            Configuration[] found = Lane.admin().listConfigurations("(service.pid=" + pid + ")");
            assertEquals(1, found == null ? 0 : found.length, "configurations of " + pid);
            return found[0];
        }

        Stage stage() {
            return Wait.told(pipeline).stream().filter(stage -> stage.role().equals(role)).findFirst().orElseThrow();
        }

        Stage.Provider stranger() {
            return stage().providers().stream().filter(provider -> provider.name().equals(Stranger.NAME)).findFirst()
                    .orElse(null);
        }
    }

    /** The user's own file, which holds what differs from the shipped one. */
    private static final Route FILE = (seat, preference) -> {
        Path file = seat.file("local");
        List<String> others = Files.exists(file) ? Files.readAllLines(file).stream()
                .filter(line -> !line.matches(seat.role + " ?=.*")).toList() : List.of();
        Files.writeString(file, String.join("\n", others) + "\n" + seat.role + " = " + preference + "\n");
    };

    /** The console's form for configurations. */
    private static final Route FORM = (seat, preference) -> People.edit(seat.configuration(), seat.role, preference);

    /** The buttons of the console's tab; back again by undoing. */
    private static final Route TAB = (seat, preference) -> {
        if (preference.equals(seat.chosen)) {
            People.press("swap", seat.pipeline.name(), seat.role, Stranger.NAME);
        } else {
            People.press("rollback", seat.pipeline.name(), seat.role, null);
        }
    };

    /** The shell's socket; back again by undoing. */
    private static final Route SHELL = (seat, preference) -> People.type((preference.equals(seat.chosen)
            ? "swap " + seat.role + " " + Stranger.NAME : "rollback " + seat.role) + " --stream " + seat.pipeline.name());

    @ParameterizedTest
    @ValueSource(strings = {"capture", "encoder", "packetiser", "congestion"})
    void allEndInTheSameState(String role) throws Exception {
        String name = role + "Routes";
        String product = PRODUCTS.get(role);
        Path file = Path.of(Wait.CONTEXT.getProperty("revcam.configs"), "revcam.stream-" + name + ".cfg");
        Probe.get();
        Files.writeString(file, Lane.settings(name));
        try (Lane lane = Lane.of(name); Stranger stranger = Stranger.worse(role, name)) {
            Seat seat = Seat.of(lane, role);
            stranger.start();
            Wait.until("that the stranger is ready", PATIENCE, Stage.Standing.READY,
                    () -> seat.stranger() == null ? null : seat.stranger().standing());
            for (Route route : List.of(FILE, FORM, TAB, SHELL, FILE)) {
                route.prefer(seat, CHOSEN);
                assertState(lane, seat, Stranger.NAME, CHOSEN);
                route.prefer(seat, "*");
                assertState(lane, seat, product, "*");
            }
            // One route's choice is another's to take back.
            SHELL.prefer(seat, CHOSEN);
            assertState(lane, seat, Stranger.NAME, CHOSEN);
            TAB.prefer(seat, "*");
            assertState(lane, seat, product, "*");
            FORM.prefer(seat, CHOSEN);
            assertState(lane, seat, Stranger.NAME, CHOSEN);

            stranger.stop();
            assertState(lane, seat, product, CHOSEN);
            stranger.start();
            assertState(lane, seat, Stranger.NAME, CHOSEN);
            stranger.update("1.1.0");
            assertState(lane, seat, Stranger.NAME, CHOSEN);
            assertEquals(stranger.label(), seat.stranger().bundle());
            stranger.refresh();
            assertState(lane, seat, Stranger.NAME, CHOSEN);
            stranger.uninstall();
            assertState(lane, seat, product, CHOSEN);
        } finally {
            Files.delete(file);
            Files.deleteIfExists(Path.of(Wait.CONTEXT.getProperty("revcam.configs"), "local", file.getFileName().toString()));
        }
    }

    /** Exporters serve side by side, so a swap makes one serve alone, and nobody takes over from it when it goes. */
    @Test
    @ResourceLock(Collector.EXPORTERS)
    void allEndInTheSameStateForExportersToo() throws Exception {
        Seat seat = new Seat(Collector.pipeline(), "exporter", "revcam.telemetry.cfg", Stranger.NAME, "jsonl");
        Files.deleteIfExists(seat.file("local")); // another test's choice
        Files.writeString(seat.file(""), "exporter = jsonl\n");
        try (Lane lane = Lane.open("exporterRoutes"); Stranger stranger = Stranger.worse("exporter", "exporterRoutes")) {
            assertExporters(lane, seat, "jsonl", "jsonl");
            stranger.start();
            Wait.until("that the stranger is there, and excluded", PATIENCE, Stage.Standing.EXCLUDED,
                    () -> seat.stranger() == null ? null : seat.stranger().standing());
            for (Route route : List.of(FILE, FORM, TAB, SHELL, FILE)) {
                route.prefer(seat, Stranger.NAME);
                assertExporters(lane, seat, Stranger.NAME, Stranger.NAME);
                route.prefer(seat, "jsonl");
                assertExporters(lane, seat, "jsonl", "jsonl");
            }
            SHELL.prefer(seat, Stranger.NAME);
            assertExporters(lane, seat, Stranger.NAME, Stranger.NAME);
            TAB.prefer(seat, "jsonl");
            assertExporters(lane, seat, "jsonl", "jsonl");
            FORM.prefer(seat, Stranger.NAME);
            assertExporters(lane, seat, Stranger.NAME, Stranger.NAME);

            stranger.stop();
            assertExporters(lane, seat, null, Stranger.NAME);
            stranger.start();
            assertExporters(lane, seat, Stranger.NAME, Stranger.NAME);
            stranger.update("1.1.0");
            assertExporters(lane, seat, Stranger.NAME, Stranger.NAME);
            Wait.until("that the new version is the one", PATIENCE, stranger.label(), () -> seat.stranger().bundle());
            stranger.refresh();
            assertExporters(lane, seat, Stranger.NAME, Stranger.NAME);
            stranger.uninstall();
            assertExporters(lane, seat, null, Stranger.NAME);
        } finally {
            Files.deleteIfExists(seat.file("local"));
            Files.delete(seat.file(""));
            Wait.until("that all exporters serve again", PATIENCE, "*", () -> seat.stage().preference());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"capture", "encoder", "packetiser", "congestion"})
    void aBetterBundleTakesOverByItself(String role) throws Exception {
        String name = role + "Better";
        try (Lane lane = Lane.open(name); Stranger stranger = Stranger.better(role, name, Fault.NONE, 0)) {
            Seat seat = Seat.of(lane, role);
            stranger.start();
            assertState(lane, seat, Stranger.NAME, "*");
            stranger.stop();
            assertState(lane, seat, PRODUCTS.get(role), "*");
            stranger.start();
            assertState(lane, seat, Stranger.NAME, "*");
            stranger.update("2.0.0");
            assertState(lane, seat, Stranger.NAME, "*");
            assertEquals(stranger.label(), seat.stranger().bundle());
        }
    }

    private static void assertState(Lane lane, Seat seat, String serving, String preference) throws Exception {
        lane.awaitServing(seat.role, serving, PATIENCE);
        lane.flows(10, PATIENCE);
        assertSeat(lane, seat, serving, preference);
        assertEquals("", seat.stage().problem());
        assertEquals(preference, lane.configuration().getProperties().get(seat.role));
    }

    /** @param serving null for nobody */
    private static void assertExporters(Lane lane, Seat seat, String serving, String preference) throws Exception {
        Wait.until("that " + serving + " exports alone", PATIENCE, () -> {
            Stage stage = seat.stage();
            return stage.serving().equals(serving == null ? List.of() : List.of(serving))
                    && stage.preference().equals(preference) ? null : stage.toString();
        });
        lane.flows(10, PATIENCE);
        assertSeat(lane, seat, serving, preference);
        assertEquals(serving == null, !seat.stage().problem().isEmpty(), seat.stage().toString());
        assertEquals(preference, seat.configuration().getProperties().get(seat.role));
    }

    private static void assertSeat(Lane lane, Seat seat, String serving, String preference) {
        Stage stage = seat.stage();
        assertEquals(serving == null ? List.of() : List.of(serving), stage.serving(), stage.toString());
        assertEquals(preference, stage.preference());
        if (serving != null) {
            // Other tests' strangers come behind, excluded.
            assertEquals(Stage.Standing.SERVING, stage.providers().stream()
                    .filter(provider -> provider.name().equals(serving)).findFirst().orElseThrow().standing());
        }
        for (String other : Lane.ROLES) {
            if (!other.equals(seat.role)) {
                assertEquals(List.of(PRODUCTS.get(other)), lane.stage(other).serving());
            }
        }
        lane.assertUnharmed();
    }
}
