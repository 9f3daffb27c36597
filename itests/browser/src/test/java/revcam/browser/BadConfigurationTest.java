package revcam.browser;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Mistakes in what a person writes: the page and the API say what is wrong, nothing ends, and mending it is enough. */
class BadConfigurationTest {

    @TempDir
    private Path directory;

    @Test
    void theCommandLineRefusesWhatCanNeverWork() throws IOException {
        assertRefused("--size", "1x1");
        assertRefused("--capture", "file:/nowhere/clip.mp4");
        assertRefused("--fps", "never");
        assertRefused("--nonsense", "1");
    }

    private static void assertRefused(String option, String value) throws IOException {
        try (Product product = Product.launch(option, value)) {
            assertEquals(2, product.awaitEnd(), "exit status of " + option + " " + value);
            assertTrue(product.output().isEmpty(), "on standard output: " + product.output());
            assertTrue(product.logText().contains(option), product.logText());
        }
    }

    @Test
    void anUnknownEncoderIsNamedOnThePage() throws IOException {
        try (Product product = Product.launch("--encoder", "nonsense").awaitPage();
                Chromium chromium = Chromium.start()) {
            Page page = chromium.open(product.url());
            assertSaid(product, page, "nonsense");
            assertTrue(product.output().isEmpty(), "called ready although nothing can be seen: " + product.output());
            assertEquals(0, product.end("TERM"));
        }
    }

    @Test
    void aClipThatIsMissingIsNamedAndPlaysOnceItIsThere() throws IOException {
        Configs configs = Configs.copyTo(directory.resolve("configs"));
        Path clip = directory.resolve("clip.y4m");
        configs.set("revcam.stream-main", "capture", "file:" + clip);
        try (Product product = Product.launch(configs).awaitPage();
                Chromium chromium = Chromium.start()) {
            Page page = chromium.open(product.url());
            assertSaid(product, page, "clip.y4m");
            writeClip(clip);
            page.awaitFrames(10, Duration.ofSeconds(30));
        }
    }

    @Test
    void aSizeThatCannotBeIsNamedAndTheLastGoodOneServes() throws IOException {
        Configs configs = Configs.copyTo(directory.resolve("configs"));
        configs.set("revcam.stream-main", "size", "1x1");
        try (Product product = Product.launch(configs).awaitPage();
                Chromium chromium = Chromium.start()) {
            product.awaitStream(stream -> stream.get("reason").getAsString().contains("size"), Duration.ofSeconds(10));
            Page page = chromium.open(product.url());
            page.awaitFrames(10, Duration.ofSeconds(15));
            // Corrected while it runs.
            page.reset();
            configs.set("revcam.stream-main", "size", "640x360");
            product.awaitStream(stream -> stream.get("reason").getAsString().isEmpty()
                    && stream.get("width").getAsInt() == 640, Duration.ofSeconds(15));
            page.awaitWidth(640, Duration.ofSeconds(15));
        }
    }

    @Test
    void aMissingLibraryIsNamedAndItPlaysOnceTheFileIsCorrected() throws IOException {
        Configs configs = Configs.copyTo(directory.resolve("configs"));
        configs.set("revcam.encoder.x264", "library", "/nowhere/libx264.so");
        configs.set("revcam.stream-main", "encoder", "x264");
        try (Product product = Product.launch(configs).awaitPage();
                Chromium chromium = Chromium.start()) {
            Page page = chromium.open(product.url());
            assertSaid(product, page, "/nowhere/libx264.so");
            configs.set("revcam.encoder.x264", "library", "");
            page.awaitFrames(10, Duration.ofSeconds(30));
            page.await("document.body.dataset.state === 'live'", Duration.ofSeconds(5));
            assertTrue(product.isAlive());
        }
    }

    /** Both the API and the page give a reason that contains {@code word}. */
    private static void assertSaid(Product product, Page page, String word) throws IOException {
        product.awaitStream(stream -> stream.get("state").getAsString().equals("paused")
                && stream.get("reason").getAsString().contains(word), Duration.ofSeconds(10));
        page.await("document.body && document.body.innerText.includes('" + word + "')", Duration.ofSeconds(15));
    }

    /** Grey, without a picture in it: what plays is not the question here. */
    private static void writeClip(Path clip) throws IOException {
        int width = 640;
        int height = 360;
        byte[] frame = new byte[width * height * 3 / 2];
        Arrays.fill(frame, (byte) 128);
        Path unfinished = clip.resolveSibling("unfinished");
        try (OutputStream out = Files.newOutputStream(unfinished)) {
            out.write(("YUV4MPEG2 W" + width + " H" + height + " F30:1 Ip A1:1 C420jpeg\n")
                    .getBytes(StandardCharsets.US_ASCII));
            for (int i = 0; i < 30; i++) {
                out.write("FRAME\n".getBytes(StandardCharsets.US_ASCII));
                out.write(frame);
            }
        }
        Files.move(unfinished, clip);
    }
}
