package revcam.encoder.x264;

import java.util.Map;
import revcam.api.encoder.VideoEncoderFactory;
import revcam.testkit.VideoEncoderConformance;

/** With {@code -Dx264.library=PATH}, against another build than the system's. */
class X264ConformanceTest extends VideoEncoderConformance {

    static final String LIBRARY = System.getProperty("x264.library", "");

    @Override
    protected VideoEncoderFactory factory() {
        return new X264EncoderFactory(Map.of("library", LIBRARY, "gopSeconds", "2"));
    }
}
