package revcam.congestion.scream;

import revcam.testkit.AdaptiveControllerConformance;

class ScreamControllerTest extends AdaptiveControllerConformance {

    ScreamControllerTest() {
        super(new ScreamControllerFactory());
    }
}
