package revcam.congestion.gcc;

import revcam.testkit.AdaptiveControllerConformance;

class GccControllerTest extends AdaptiveControllerConformance {

    GccControllerTest() {
        super(new GccControllerFactory());
    }
}
