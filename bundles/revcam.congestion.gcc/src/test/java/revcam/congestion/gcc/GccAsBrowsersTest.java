package revcam.congestion.gcc;

import java.util.Map;
import revcam.testkit.CongestionControllerConformance;

/** Without what goes beyond browsers, and with the loss rule that browsers had before. */
class GccAsBrowsersTest extends CongestionControllerConformance {

    GccAsBrowsersTest() {
        super(new GccControllerFactory(Map.of("search", "false", "loss", "thresholds")));
    }
}
