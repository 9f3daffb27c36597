package revcam.encoder.openh264;

import java.util.Map;
import revcam.api.encoder.VideoEncoderFactory;
import revcam.testkit.VideoEncoderConformance;

/** With {@code -Dopenh264.library=PATH}, against another version than the system's. */
class OpenH264ConformanceTest extends VideoEncoderConformance {

    static final String LIBRARY = System.getProperty("openh264.library", "");

    @Override
    protected VideoEncoderFactory factory() {
        return new OpenH264EncoderFactory(Map.of("library", LIBRARY, "gopSeconds", "2"));
    }
}
