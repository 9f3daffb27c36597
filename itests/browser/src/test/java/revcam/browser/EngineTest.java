package revcam.browser;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The page plays what libwebrtc sends, in every codec it has. */
class EngineTest {

    private static final int SECONDS = Integer.getInteger("revcam.seconds", 4);

    private static Product product;
    private static Chromium chromium;

    @BeforeAll
    static void start() throws IOException {
        product = Product.start("--engine", "revcam,libwebrtc");
        chromium = Chromium.start();
    }

    @AfterAll
    static void stop() throws IOException {
        chromium.close();
        product.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"H264", "VP8", "VP9", "AV1"})
    void plays(String codec) throws IOException {
        Page page = chromium.open(product.url() + "?engine=libwebrtc&codec=" + codec);
        page.awaitFrames(30, Duration.ofSeconds(20));
        page.reset();
        Pause.millis(1000L * SECONDS);
        Watch watch = page.watch();
        System.out.println("libwebrtc, " + codec + ": " + watch);
        assertAll(
                () -> assertEquals("video/" + codec, watch.stats().mime()),
                () -> assertEquals(1280, watch.width()),
                () -> assertEquals(720, watch.height()),
                () -> assertTrue(watch.framesPerSecond() > 15, watch.framesPerSecond() + " frames a second"),
                () -> assertTrue(watch.strips() > 0, "no frame with a time strip"),
                () -> assertTrue(watch.unreadable() <= watch.strips() / 20, watch.unreadable() + " damaged strips"),
                () -> assertEquals(0, watch.backwards(), "frames that came twice or late"));
        page.navigate("about:blank");
        product.awaitStream(stream -> stream.get("viewers").getAsInt() == 0, Duration.ofSeconds(15));
    }
}
