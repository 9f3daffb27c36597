package revcam.transport.webrtc;

import java.net.InetAddress;
import java.util.Map;
import revcam.api.connectivity.ConnectivityFactory;
import revcam.api.transport.MediaLoop;
import revcam.api.transport.TransportFactory;
import revcam.testkit.TransportConformance;
import revcam.transport.webrtc.ice.IceLiteFactory;

class WebRtcConformanceTest extends TransportConformance {

    private IceLiteFactory lite;

    @Override
    protected TransportFactory open(MediaLoop loop) {
        lite = new IceLiteFactory(loop, Map.of("port", 0, "listen", InetAddress.getLoopbackAddress().getHostAddress(), "silence", 10));
        WebRtcTransportFactory factory = new WebRtcTransportFactory(loop, null, -1);
        factory.bindConnectivity(lite, Map.of(ConnectivityFactory.NAME, "lite"));
        return factory;
    }

    @Override
    protected void close(TransportFactory factory) throws InterruptedException {
        ((WebRtcTransportFactory) factory).deactivate();
        lite.deactivate();
    }
}
