package revcam.browser;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a browser reports of packets, other than by itself and transport-wide. */
class CongestionFeedbackTest {

    private static final String SECOND = " http://www.webrtc.org/experiments/rtp-hdrext/transport-wide-cc-02\r\n";
    private static final String KEEP_ANSWER = """
            (() => {
              const real = window.fetch;
              window.fetch = async (input, init = {}) => {
                const response = await real(input, init);
                if (init.method === 'POST' && !window.answered) window.answered = await response.clone().text();
                return response;
              };
            })()""";

    /**
     * Chromium behind a field trial; it offers transport-wide congestion control beside it, which would be preferred. So the
     * offer leaves without that, and without its estimate of the rate.
     */
    private static final String TRIAL = "--force-fieldtrials=WebRTC-RFC8888CongestionControlFeedback/Enabled,offer:true/";

    private static final String WITHOUT_TRANSPORT_CC = """
            (() => {
              const real = window.fetch;
              window.fetch = async (input, init = {}) => {
                if (init.method !== 'POST') return real(input, init);
                window.offered = init.body.split('\\r\\n')
                    .filter((line) => !/^a=rtcp-fb:\\d+ (transport-cc|goog-remb)$/.test(line));
                const response = await real(input, {...init, body: window.offered.join('\\r\\n')});
                window.answered = await response.clone().text();
                return response;
              };
            })()""";

    /**
     * With nothing but a receiver report each second a controller gropes its way up, by 8 % at a time: from 1 to 2.9 Mbit/s
     * in 14 seconds. One that is told of packets sees the capacity of this machine's own network at once.
     */
    private static final Duration SOON = Duration.ofSeconds(8);

    /** It does not report by itself then, so that the rate is found is the proof. */
    @Test
    void ourPageHasChromiumReportWhenItIsAsked() throws IOException {
        try (Product product = Product.start("--bitrate", "3000k"); Chromium chromium = Chromium.start()) {
            Page page = chromium.openBlank();
            page.inject(KEEP_ANSWER);
            page.navigate(product.url());
            page.awaitFrames(30, Duration.ofSeconds(20));
            String answer = page.evaluate("answered").getAsString();
            assertTrue(answer.contains(SECOND), answer);
            assertFalse(answer.contains("transport-wide-cc-extensions-01"), answer);
            product.awaitStream(stream -> stream.get("bitrateBps").getAsLong() > 2_900_000, SOON);
        }
    }

    @Test
    void feedsTheControllerAsInRfc8888() throws IOException {
        try (Product product = Product.start("--bitrate", "3000k");
                Chromium chromium = Chromium.start(List.of(), List.of(TRIAL))) {
            Page page = chromium.openBlank();
            page.inject(WITHOUT_TRANSPORT_CC);
            page.navigate(product.url());
            page.awaitFrames(30, Duration.ofSeconds(20));
            assumeTrue(page.evaluate("offered.some((line) => line.endsWith(' ack ccfb'))").getAsBoolean(),
                    "this Chromium does not offer RFC 8888");
            String answer = page.evaluate("answered").getAsString();
            assertTrue(answer.contains(" ack ccfb\r\n"), answer);
            assertFalse(answer.contains("transport"), answer);
            long begin = System.nanoTime();
            product.awaitStream(stream -> stream.get("bitrateBps").getAsLong() > 2_900_000, SOON);
            System.out.printf("RFC 8888: the full rate after %.1f s%n", (System.nanoTime() - begin) * 1e-9);
            page.reset();
            Pause.millis(3_000);
            Watch watch = page.watch();
            System.out.println("RFC 8888: " + watch);
            assertEquals(0, watch.stats().packetsLost(), "packets lost");
            assertTrue(watch.framesPerSecond() > 15, watch.framesPerSecond() + " frames a second");
        }
    }
}
