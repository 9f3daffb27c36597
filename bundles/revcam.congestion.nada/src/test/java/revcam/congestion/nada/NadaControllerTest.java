package revcam.congestion.nada;

import revcam.testkit.AdaptiveControllerConformance;

class NadaControllerTest extends AdaptiveControllerConformance {

    NadaControllerTest() {
        super(new NadaControllerFactory());
    }
}
