package revcam.browser;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * The viewer's address changes while it watches. The browser finds that its path is dead, restarts ICE (RFC 8445, section 9),
 * and goes on with the same session. How long that takes is mostly the browser's to say; {@code -Drevcam.moves=10} moves more
 * often.
 */
class RoamingTest {

    private static final int MOVES = Integer.getInteger("revcam.moves", 2);
    private static final int FIRST_HOST = 3;
    /** The browser's patience twice: until it takes the path for dead, and for the restart. */
    private static final Duration PICTURE_AGAIN = Duration.ofSeconds(20);

    @Test
    void theSameSessionGoesOnFromAnotherAddress() throws IOException {
        try (Bottleneck link = Bottleneck.create(20_000, 300)) {
            assumeTrue(link != null, "this system lets us have no network namespaces");
            try (Product product = Product.launch(link.cameraPrefix(), "--listen", Bottleneck.CAMERA_ADDRESS, "--token", "none")
                    .awaitReady()) {
                String url = product.url().replace("127.0.0.1", Bottleneck.CAMERA_ADDRESS);
                try (Chromium chromium = Chromium.start(link.viewerPrefix(), List.of(
                        "--unsafely-treat-insecure-origin-as-secure=" + url.substring(0, url.length() - 1)))) {
                    Page page = chromium.open(url);
                    page.awaitFrames(60, Duration.ofSeconds(20));
                    List<Double> millis = new ArrayList<>();
                    for (int move = 0; move < MOVES; move++) {
                        millis.add(move(link, page, FIRST_HOST + move));
                    }
                    Collections.sort(millis);
                    Watch watch = page.watch();
                    System.out.printf("roaming: pictures again %.0f ms after the address changed (median of %d; least %.0f, most %.0f);"
                            + " joined %d times%n", millis.get(millis.size() / 2), MOVES, millis.get(0), millis.get(MOVES - 1),
                            watch.joins().size());
                    assertAll(
                            () -> assertEquals(1, watch.joins().size(), "the page had to connect again"),
                            () -> assertTrue(millis.get(MOVES - 1) < PICTURE_AGAIN.toMillis(), millis.toString()));
                }
            }
        }
    }

    /** @return from the change to the first picture that the old path cannot have carried, milliseconds */
    private static double move(Bottleneck link, Page page, int host) throws IOException {
        long began = System.nanoTime();
        link.moveViewer(host);
        // What has arrived is still in the jitter buffer.
        Pause.millis(300);
        int before = page.evaluate("revcamProbe.decoded()").getAsInt();
        page.await("revcamProbe.decoded() > " + before, PICTURE_AGAIN);
        double millis = (System.nanoTime() - began) / 1e6;
        page.awaitFrames(before + 60, Duration.ofSeconds(20));
        return millis;
    }
}
