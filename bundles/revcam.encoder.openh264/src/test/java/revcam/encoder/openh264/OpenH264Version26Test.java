package revcam.encoder.openh264;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import revcam.api.encoder.VideoEncoderFactory;
import revcam.api.media.StageException;
import revcam.testkit.VideoEncoderConformance;

/** The structures of 2.6, where the system has an older library: that one, wrapped. */
class OpenH264Version26Test extends VideoEncoderConformance {

    @TempDir
    static Path directory;

    private static Path library;

    @BeforeAll
    static void wrap() throws IOException, InterruptedException, StageException {
        OpenH264Library system = OpenH264Library.hold(OpenH264ConformanceTest.LIBRARY);
        system.release();
        assumeTrue(system.version().compareTo("2.6") < 0, "the system has " + system.version());
        library = FakeLibrary.compile(directory, FakeLibrary.VERSION_2_6);
    }

    @Override
    protected VideoEncoderFactory factory() {
        return new OpenH264EncoderFactory(Map.of("library", library.toString(), "gopSeconds", "2"));
    }
}
