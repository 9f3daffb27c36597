package revcam.congestion.scream;

import revcam.testkit.CongestionControllerConformance;

class ScreamControllerTest extends CongestionControllerConformance {

    ScreamControllerTest() {
        super(new ScreamControllerFactory());
    }
}
