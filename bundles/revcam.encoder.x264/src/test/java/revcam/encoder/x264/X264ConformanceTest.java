package revcam.encoder.x264;

import java.util.Map;
import revcam.api.encoder.VideoEncoderFactory;
import revcam.testkit.VideoEncoderConformance;

class X264ConformanceTest extends VideoEncoderConformance {

    @Override
    protected VideoEncoderFactory factory() {
        return new X264EncoderFactory(Map.of());
    }
}
