package revcam.transport.webrtc;

import java.net.InetAddress;
import java.util.Map;
import revcam.api.connectivity.ConnectivityFactory;
import revcam.api.transport.MediaLoop;
import revcam.testkit.ConnectivityConformance;
import revcam.transport.webrtc.ice.IceLiteFactory;

class IceLiteConformanceTest extends ConnectivityConformance {

    @Override
    protected ConnectivityFactory open(MediaLoop loop) {
        return new IceLiteFactory(loop, Map.of("port", 0, "listen", InetAddress.getLoopbackAddress().getHostAddress(), "silence", 10));
    }

    @Override
    protected void close(ConnectivityFactory factory) {
        ((IceLiteFactory) factory).deactivate();
    }
}
