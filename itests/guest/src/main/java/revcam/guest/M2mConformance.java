package revcam.guest;

import java.util.Map;
import revcam.api.encoder.VideoEncoderFactory;
import revcam.encoder.v4l2m2m.V4l2M2mEncoderFactory;
import revcam.testkit.VideoEncoderConformance;

/** The encoder's conformance, against the driver of this machine. */
public class M2mConformance extends VideoEncoderConformance {

    @Override
    protected VideoEncoderFactory factory() {
        return new V4l2M2mEncoderFactory(Map.of("gopSeconds", "2"));
    }
}
