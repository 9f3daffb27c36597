package revcam.congestion.nada;

import com.code_intelligence.jazzer.junit.FuzzTest;
import revcam.testkit.ControllerScript;

/** Whatever a viewer reports, the rates stay finite and within their limits. */
class NadaFuzzTest {

    @FuzzTest(maxDuration = "5m")
    void anyFeedback(byte[] data) {
        ControllerScript.run(new NadaControllerFactory(), data);
    }
}
