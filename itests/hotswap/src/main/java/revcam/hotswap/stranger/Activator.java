package revcam.hotswap.stranger;

import java.util.Dictionary;
import java.util.Hashtable;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import revcam.api.capture.VideoCaptureFactory;
import revcam.api.congestion.CongestionControllerFactory;
import revcam.api.encoder.VideoEncoderFactory;
import revcam.api.engine.MediaEngineFactory;
import revcam.api.packetiser.PacketiserFactory;
import revcam.api.telemetry.TelemetryExporter;

/** Registers what the bundle's manifest says. */
public final class Activator implements BundleActivator {

    @Override
    public void start(BundleContext context) {
        Dictionary<String, String> told = context.getBundle().getHeaders("");
        Fault fault = Fault.valueOf(told.get("Stranger-Fault"));
        int after = Integer.parseInt(told.get("Stranger-After"));
        String name = told.get("Stranger-Name");
        if (fault == Fault.ACTIVATOR_THROWS) {
            throw new IllegalStateException("thrown in the activator");
        }
        Hashtable<String, Object> properties = new Hashtable<>();
        properties.put(Constants.SERVICE_RANKING, Integer.valueOf(told.get("Stranger-Ranking")));
        properties.put("lane", told.get("Stranger-Lane"));
        switch (told.get("Stranger-Role")) {
            case "capture" -> {
                properties.put(VideoCaptureFactory.NAME, name);
                context.registerService(VideoCaptureFactory.class, new StrangeCapture(context, fault, after), properties);
            }
            case "encoder" -> {
                properties.put(VideoEncoderFactory.NAME, name);
                context.registerService(VideoEncoderFactory.class, new StrangeEncoder(context, fault, after), properties);
            }
            case "packetiser" -> {
                properties.put(PacketiserFactory.NAME, name);
                context.registerService(PacketiserFactory.class, new StrangePacketiser(context, fault, after), properties);
            }
            case "congestion" -> {
                properties.put(CongestionControllerFactory.NAME, name);
                context.registerService(CongestionControllerFactory.class, new StrangeController(context, fault, after),
                        properties);
            }
            case "engine" -> {
                properties.put(MediaEngineFactory.NAME, name);
                context.registerService(MediaEngineFactory.class, new StrangeEngine(fault, after), properties);
            }
            case "exporter" -> {
                properties.put(TelemetryExporter.NAME, name);
                context.registerService(TelemetryExporter.class, new StrangeExporter(fault, after), properties);
            }
            default -> throw new IllegalArgumentException(told.get("Stranger-Role"));
        }
    }

    @Override
    public void stop(BundleContext context) {
        // The framework unregisters, which is what is being tested.
    }

    /** The product's own provider of a seam. */
    static <F> F original(BundleContext context, Class<F> seam, String property, String name) {
        try {
            return context.getServiceReferences(seam, "(" + property + "=" + name + ")").stream()
                    .map(context::getService).findFirst().orElseThrow();
        } catch (org.osgi.framework.InvalidSyntaxException e) {
            throw new IllegalArgumentException(e);
        }
    }
}
