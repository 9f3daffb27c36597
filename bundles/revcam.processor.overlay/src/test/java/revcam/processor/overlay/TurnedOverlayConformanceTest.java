package revcam.processor.overlay;

import java.util.Map;
import revcam.api.processor.FrameProcessorFactory;
import revcam.testkit.FrameProcessorConformance;

/** With width and height exchanged. */
class TurnedOverlayConformanceTest extends FrameProcessorConformance {

    @Override
    protected FrameProcessorFactory factory() {
        return new OverlayFactory(Map.of("rotate", "90", "mirror", "true", "time", "time"));
    }
}
