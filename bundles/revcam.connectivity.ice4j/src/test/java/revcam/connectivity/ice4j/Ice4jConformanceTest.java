package revcam.connectivity.ice4j;

import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.util.Map;
import org.ice4j.ice.harvest.HostCandidateHarvester;
import org.junit.jupiter.api.BeforeAll;
import revcam.api.connectivity.ConnectivityFactory;
import revcam.api.transport.MediaLoop;
import revcam.testkit.ConnectivityConformance;

class Ice4jConformanceTest extends ConnectivityConformance {

    @BeforeAll
    static void needsAnAddress() {
        Ice4jDefaults.apply();
        assumeFalse(HostCandidateHarvester.getAllAllowedAddresses().isEmpty(), "only loopback here");
    }

    @Override
    protected ConnectivityFactory open(MediaLoop loop) {
        return new Ice4jConnectivityFactory(loop, TestConfig.of(Map.of()));
    }

    @Override
    protected void close(ConnectivityFactory factory) {
        ((Ice4jConnectivityFactory) factory).stop();
    }
}
