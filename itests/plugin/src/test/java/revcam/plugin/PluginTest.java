package revcam.plugin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import revcam.browser.Chromium;
import revcam.browser.Page;
import revcam.browser.Product;
import revcam.browser.Watch;

/** A stranger's encoder comes, is updated and goes, while somebody watches who notices nothing but the mosaic. */
class PluginTest {

    private static final Duration TAKE_OVER = Duration.ofSeconds(30);
    private static final Duration PLAYING = Duration.ofSeconds(30);
    /** Frames that may be missing around a change, beyond those that a busy machine lacks anyway. */
    private static final int MOST_MISSING = 15;
    private static final int FRAMES = 60;

    @TempDir
    Path directory;

    /** Frames missing for each that is shown, before anything is changed. */
    private double missingAnyway;

    @Test
    void takesOverIsUpdatedAndGoes() throws IOException, InterruptedException {
        Path jar = new OutsideBuild(directory).build();
        try (Product product = Product.start("--size", "640x360"); Chromium chromium = Chromium.start()) {
            Path deploy = product.state().resolve("deploy");
            Page page = chromium.open(product.url());
            page.awaitFrames(30, PLAYING);
            String former = encoder(product.stream());
            page.reset();
            page.awaitFrames(FRAMES, PLAYING);
            missingAnyway = (double) page.watch().gaps() / FRAMES;

            page.reset();
            Jars.deploy(jar, deploy, "mosaic.jar");
            assertServes("mosaic com.example.mosaic 1.0.0", product);
            assertGoesOn("taken over", page);
            String why = product.awaitShell("why", "encoder");
            assertTrue(why.lines().anyMatch(line -> line.matches(" +mosaic +serving .*")), why);

            Jars.deploy(Jars.withVersion(jar, "1.1.0", directory.resolve("newer.jar")), deploy, "mosaic.jar");
            assertServes("mosaic com.example.mosaic 1.1.0", product);
            assertGoesOn("updated", page);

            Files.delete(deploy.resolve("mosaic.jar"));
            assertServes(former, product);
            assertGoesOn("removed", page);
            System.out.print(product.awaitShell("swaps"));
        }
    }

    private static void assertServes(String expected, Product product) throws IOException {
        product.awaitStream(stream -> encoder(stream).startsWith(expected), TAKE_OVER);
    }

    /** Name and bundle of the encoder. */
    private static String encoder(JsonObject stream) {
        for (JsonElement each : stream.getAsJsonArray("stages")) {
            JsonObject stage = each.getAsJsonObject();
            if (stage.get("role").getAsString().equals("encoder")) {
                return stage.get("provider").getAsString() + " " + stage.get("bundle").getAsString();
            }
        }
        return "";
    }

    private void assertGoesOn(String what, Page page) throws IOException {
        page.awaitFrames(page.watch().strips() + FRAMES, PLAYING);
        Watch watch = page.watch();
        System.out.println(what + ": " + watch);
        assertEquals(1, watch.joins().size(), "connections made since the page was loaded");
        assertEquals(0, watch.backwards(), "frames that came twice or late");
        assertEquals(0, watch.stats().packetsLost(), "packets lost");
        assertTrue(watch.gaps() <= MOST_MISSING + 2 * missingAnyway * watch.strips(), watch.gaps() + " frames missing, "
                + missingAnyway + " for each before");
        page.reset();
    }
}
