package revcam.processor.overlay;

import java.util.Map;
import revcam.api.processor.FrameProcessorFactory;
import revcam.testkit.FrameProcessorConformance;

/** With all that it draws, upright. */
class OverlayConformanceTest extends FrameProcessorConformance {

    @Override
    protected FrameProcessorFactory factory() {
        return new OverlayFactory(Map.of("guides", "true", "time", "date", "time.millis", "true"));
    }
}
