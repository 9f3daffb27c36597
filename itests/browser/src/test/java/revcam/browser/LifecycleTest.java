package revcam.browser;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Both ends come and go. */
class LifecycleTest {

    /** What is promised; two seconds more than the default silence. */
    private static final Duration VANISHED = Duration.ofSeconds(10);

    @ParameterizedTest
    @ValueSource(strings = {"INT", "TERM"})
    void endsCleanlyWhileSomebodyWatches(String signal) throws IOException {
        try (Product product = Product.start(); Chromium chromium = Chromium.start()) {
            Page page = chromium.open(product.url());
            page.awaitFrames(10, Duration.ofSeconds(15));
            assertEquals(0, product.end(signal), "exit status");
            assertEquals(1, product.output().size(), "lines on standard output: " + product.output());
            assertTrue(product.output().get(0).startsWith("ready http://"), product.output().get(0));
        }
    }

    @Test
    void thePageResumesWhenTheServerWasKilledAndCameBack() throws IOException {
        try (Product first = Product.start(); Chromium chromium = Chromium.start()) {
            Page page = chromium.open(first.url());
            page.awaitFrames(10, Duration.ofSeconds(15));
            page.evaluate("window.sameDocument = true");
            first.end("KILL");
            try (Product second = first.again().awaitReady()) {
                page.reset();
                long start = System.nanoTime();
                page.awaitFrames(30, Duration.ofSeconds(45));
                System.out.println("reconnect: playing again " + (System.nanoTime() - start) / 1_000_000
                        + " ms after the server was ready");
                page.await("document.body.dataset.state === 'live'", Duration.ofSeconds(5));
                assertTrue(page.evaluate("window.sameDocument === true").getAsBoolean(), "the page was loaded anew");
                assertEquals(0, second.end("TERM"));
            }
        }
    }

    @Test
    void aViewerThatVanishesIsNoticed() throws IOException {
        try (Product product = Product.start(); Chromium chromium = Chromium.start()) {
            Page page = chromium.open(product.url());
            page.awaitFrames(10, Duration.ofSeconds(15));
            product.awaitStream(stream -> stream.get("viewers").getAsInt() == 1, Duration.ofSeconds(2));
            chromium.kill();
            long start = System.nanoTime();
            product.awaitStream(stream -> stream.get("viewers").getAsInt() == 0, VANISHED);
            System.out.println("vanished: noticed after " + (System.nanoTime() - start) / 1_000_000 + " ms");
        }
    }

    /** Closing the tab is no vanishing: the goodbye must arrive at once, and the place be free. */
    @Test
    void aViewerThatLeavesIsForgottenAtOnce() throws IOException {
        try (Product product = Product.start(); Chromium chromium = Chromium.start()) {
            Page page = chromium.open(product.url());
            page.awaitFrames(10, Duration.ofSeconds(15));
            page.navigate("about:blank");
            product.awaitStream(stream -> stream.get("viewers").getAsInt() == 0, Duration.ofSeconds(2));
        }
    }
}
