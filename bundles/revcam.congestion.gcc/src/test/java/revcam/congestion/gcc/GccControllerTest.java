package revcam.congestion.gcc;

import revcam.testkit.CongestionControllerConformance;

class GccControllerTest extends CongestionControllerConformance {

    GccControllerTest() {
        super(new GccControllerFactory());
    }
}
