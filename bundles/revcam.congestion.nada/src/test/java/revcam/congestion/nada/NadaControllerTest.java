package revcam.congestion.nada;

import revcam.testkit.CongestionControllerConformance;

class NadaControllerTest extends CongestionControllerConformance {

    NadaControllerTest() {
        super(new NadaControllerFactory());
    }
}
