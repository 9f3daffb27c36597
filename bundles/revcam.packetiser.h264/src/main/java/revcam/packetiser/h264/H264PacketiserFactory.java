package revcam.packetiser.h264;

import org.osgi.service.component.annotations.Component;
import revcam.api.packetiser.Packetiser;
import revcam.api.packetiser.PacketiserFactory;

/** RTP payloads for H.264 in packetization mode 1 (RFC 6184). It has nothing to configure. */
@Component(property = PacketiserFactory.NAME + "=h264")
public final class H264PacketiserFactory implements PacketiserFactory {

    @Override
    public String codec() {
        return "H264";
    }

    @Override
    public Packetiser open() {
        return new H264Packetiser();
    }
}
