package revcam.browser;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The console's tab RevCam as a person uses it, on a desktop and on a phone, while somebody watches the stream. */
class ConsoleTest {

    private static final Path SCREENSHOTS = Path.of("target", "screenshots");
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final String MARKUP = "<img src=x onerror=complaints.push('markup')>";

    /** Finds what a person would point at; whatever the browser complains about is kept. */
    private static final String HELPERS = """
            window.complaints = [];
            addEventListener('securitypolicyviolation', e => complaints.push(`${e.violatedDirective} ${e.blockedURI}`));
            addEventListener('error', e => complaints.push(e.message ?? 'a file is missing'), true);
            addEventListener('unhandledrejection', e => complaints.push(String(e.reason)));
            window.box = role => [...document.querySelectorAll('.box')]
              .find(box => box.querySelector('.role').textContent === role);
            window.provider = name => [...document.querySelectorAll('.provider')]
              .find(row => row.querySelector('strong').textContent === name);
            window.press = (where, text) => [...where.querySelectorAll('button')]
              .find(button => button.textContent === text).click();
            """;

    @Test
    void theTabShowsAndControlsThePipeline() throws IOException {
        try (Product product = Product.start(); Chromium chromium = Chromium.start()) {
            Page viewer = chromium.open(product.url());
            viewer.awaitFrames(30, PATIENCE);

            anAddressMayHaveThePassword(product, chromium);

            Page tab = chromium.openBlank();
            tab.header("Authorization", "Basic " + Base64.getEncoder().encodeToString(
                    ("revcam:" + logged(product, "web console: user revcam, password (\\S+)")).getBytes(StandardCharsets.UTF_8)));
            tab.inject(HELPERS);
            tab.screen(1280, 800, 1, false);
            tab.navigate(logged(product, "web console at (\\S+)"));
            tab.await("document.querySelectorAll('.box').length >= 5", PATIENCE);

            thePipelineIsDrawn(tab);
            theChartsHaveCurves(tab);
            tab.screenshotWhole(SCREENSHOTS.resolve("console-desktop.png"));

            aKeyFrameIsAskedFor(tab);
            aStageSetAsideIsMissedAndComesBack(tab);
            whatCannotBeDoneIsSaidWhereItWasAsked(tab);
            tab.screenshotWhole(SCREENSHOTS.resolve("console-control-desktop.png"));

            tab.screen(390, 844, 2, true);
            tab.await("document.querySelector('.plot canvas').getBoundingClientRect().right < 390", PATIENCE);
            tab.screenshotWhole(SCREENSHOTS.resolve("console-control-phone.png"));
            tab.evaluate("press(document.querySelector('.control'), '✕')");
            tab.screenshotWhole(SCREENSHOTS.resolve("console-phone.png"));
            assertAll(
                    () -> assertEquals(390, tab.evaluate("document.documentElement.scrollWidth").getAsInt(),
                            "the page is as wide as the phone"),
                    () -> assertTrue(tab.evaluate("Math.min(...[...document.querySelectorAll('#revcam button')]"
                            + ".filter(b => b.offsetParent).map(b => b.getBoundingClientRect().height))").getAsDouble() >= 44,
                            "a thumb needs 44 pixels"),
                    () -> assertTrue(tab.evaluate("Math.min(...[...document.querySelectorAll('#revcam *')]"
                            + ".filter(e => e.offsetParent).map(e => parseFloat(getComputedStyle(e).fontSize)))").getAsDouble() >= 12,
                            "smaller letters than 12 pixels"),
                    () -> assertEquals("", tab.evaluate("complaints.join('\\n')").getAsString()));

            // The viewer noticed nothing lasting.
            viewer.reset();
            viewer.awaitFrames(30, PATIENCE);
            theTabSaysWhenRevCamIsGone(product, tab);
        }
    }

    private static String logged(Product product, String pattern) throws IOException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (System.nanoTime() - end < 0) {
            Matcher line = Pattern.compile(pattern).matcher(product.logText());
            if (line.find()) {
                return line.group(1);
            }
            Pause.millis(50);
        }
        throw new IOException("the log does not have " + pattern + ":\n" + product.logText());
    }

    private static void anAddressMayHaveThePassword(Product product, Chromium chromium) throws IOException {
        Page tab = chromium.openBlank();
        tab.navigate(logged(product, "web console at (\\S+)").replace("//",
                "//revcam:" + logged(product, "web console: user revcam, password (\\S+)") + "@"));
        tab.await("document.querySelectorAll('.box').length >= 5", PATIENCE);
    }

    private static void thePipelineIsDrawn(Page tab) throws IOException {
        assertEquals("capture pattern, processor nobody, encoder x264, packetiser h264, congestion gcc, transport webrtc",
                tab.evaluate("[...document.querySelector('.pipeline').querySelectorAll('.box')].map(box => "
                        + "box.querySelector('.role').textContent + ' ' + box.querySelector('.name').textContent).join(', ')")
                        .getAsString());
        tab.await("box('encoder').textContent.match(/revcam\\.encoder\\.x264 \\d.*Serving.*\\d (ms|µs) \\/ frame/)", PATIENCE);
        tab.await("document.querySelector('.facts').textContent.startsWith('1 viewer · 1280×720 · 30 fps')", PATIENCE);
    }

    private static void theChartsHaveCurves(Page tab) throws IOException {
        String value = "[...document.querySelectorAll('.chart')].find(c => c.querySelector('h3').textContent === '%s')"
                + ".querySelectorAll('.legend b')[%d].textContent";
        tab.await(value.formatted("Bitrate", 2) + ".endsWith('bit/s')", PATIENCE);
        tab.await(value.formatted("Frame rate", 1) + ".endsWith(' fps')", PATIENCE);
        tab.await(value.formatted("Latency by stage", 6) + ".match(/ (ms|µs)$/)", PATIENCE);
        tab.await(value.formatted("Processor", 0) + ".endsWith(' %')", PATIENCE);
        tab.await(value.formatted("Memory", 0) + ".endsWith(' MB')", PATIENCE);
        tab.await(value.formatted("Round trip", 0) + ".match(/ (ms|µs)$/)", PATIENCE);
        assertEquals(8, tab.evaluate("document.querySelectorAll('.plot canvas').length").getAsInt());
    }

    private static void aKeyFrameIsAskedFor(Page tab) throws IOException {
        tab.evaluate("press(document.querySelector('.pipeline'), 'Key frame now')");
        tab.await("document.querySelector('.pipeline > .message').textContent === 'A key frame was asked for.'", PATIENCE);
    }

    private static void aStageSetAsideIsMissedAndComesBack(Page tab) throws IOException {
        tab.evaluate("box('packetiser').click()");
        tab.evaluate("press(provider('h264'), 'Quarantine…')");
        tab.evaluate("provider('h264').querySelector('input').value = \"" + MARKUP + "\"");
        tab.evaluate("press(provider('h264').querySelector('form'), 'Quarantine')");
        tab.await("provider('h264').querySelector('.pill').textContent === 'Quarantined'", PATIENCE);
        tab.await("provider('h264').querySelector('.why').textContent.includes('<img src=x')", PATIENCE);
        tab.await("box('packetiser').querySelector('.pill').textContent === 'Missing'", PATIENCE);
        tab.await("box('packetiser').querySelector('.problem').textContent !== ''", PATIENCE);
        tab.evaluate("press(provider('h264'), 'Release')");
        tab.await("box('packetiser').querySelector('.pill').textContent === 'Serving'", PATIENCE);
        tab.await("[...document.querySelectorAll('.log tbody tr')].some(row => row.textContent.includes('packetiser'))", PATIENCE);
        tab.evaluate("box('packetiser').click()");
        assertEquals(0, tab.evaluate("document.querySelectorAll('.control').length").getAsInt());
    }

    private static void whatCannotBeDoneIsSaidWhereItWasAsked(Page tab) throws IOException {
        tab.evaluate("box('capture').click()");
        tab.evaluate("press(provider('file'), 'Use it')");
        tab.evaluate("provider('file').querySelector('input').value = \"" + MARKUP + "\"");
        tab.evaluate("press(provider('file').querySelector('form'), 'Use it')");
        tab.await("[...document.querySelectorAll('.provider')].some(row => row.querySelector('strong').textContent"
                + ".startsWith('file') && row.querySelector('.message[data-kind=bad]')?.textContent.length > 20)", PATIENCE);
        tab.await("box('capture').querySelector('.pill').textContent === 'Serving'", PATIENCE);
    }

    private static void theTabSaysWhenRevCamIsGone(Product product, Page tab) throws IOException {
        assertEquals(0, product.end("TERM"));
        tab.await("document.querySelector('.notice').textContent.includes('does not answer')", PATIENCE);
    }
}
