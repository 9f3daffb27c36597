package revcam.framework;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.osgi.framework.Bundle;
import org.osgi.framework.Constants;

class BundlesOSGiTest {

    @Test
    void everyBundleIsActive() {
        List<String> others = Arrays.stream(Services.CONTEXT.getBundles())
                .filter(bundle -> bundle.getHeaders().get(Constants.FRAGMENT_HOST) == null)
                .filter(bundle -> bundle.getState() != Bundle.ACTIVE && bundle.getState() != Bundle.STARTING)
                .map(bundle -> bundle + " is in state " + bundle.getState())
                .toList();
        assertEquals(List.of(), others);
    }

    @ParameterizedTest
    @CsvSource({
        "revcam.api.capture.VideoCaptureFactory, (revcam.capture=pattern)",
        "revcam.api.capture.VideoCaptureFactory, (revcam.capture=file)",
        "revcam.api.capture.VideoCaptureFactory, (revcam.capture=v4l2)",
        "revcam.api.capture.VideoCaptureFactory, (revcam.capture=libcamera)",
        "revcam.api.processor.FrameProcessorFactory, (revcam.processor=overlay)",
        "revcam.api.encoder.VideoEncoderFactory, (revcam.encoder=x264)",
        "revcam.api.encoder.VideoEncoderFactory, (revcam.encoder=openh264)",
        "revcam.api.packetiser.PacketiserFactory, (revcam.packetiser=h264)",
        "revcam.api.congestion.CongestionControllerFactory, (revcam.congestion=fixed)",
        "revcam.api.congestion.CongestionControllerFactory, (revcam.congestion=gcc)",
        "revcam.api.congestion.CongestionControllerFactory, (revcam.congestion=nada)",
        "revcam.api.congestion.CongestionControllerFactory, (revcam.congestion=scream)",
        "revcam.api.transport.TransportFactory, (revcam.transport=webrtc)",
        "revcam.api.connectivity.ConnectivityFactory, (revcam.connectivity=lite)",
        "revcam.api.telemetry.TelemetryExporter, (revcam.telemetry=jsonl)",
        "revcam.api.telemetry.TelemetryExporter, (revcam.telemetry=prometheus)",
        "revcam.api.telemetry.TelemetryExporter, (revcam.telemetry=influx)",
        "com.sun.net.httpserver.HttpHandler, (revcam.http.path=/metrics)",
        "revcam.api.telemetry.Telemetry, (objectClass=*)",
        "revcam.api.stream.VideoStream, (revcam.stream.default=true)",
    })
    void everyStageIsThere(String type, String filter) throws InterruptedException {
        Services.await(type, filter);
    }
}
