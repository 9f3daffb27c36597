package revcam.api.packetiser;

import org.osgi.annotation.versioning.ConsumerType;

/** A kind of RTP packetiser, published as an OSGi service with the property {@link #NAME}. */
@ConsumerType
public interface PacketiserFactory {

    /** Service property: the name that configuration and people use, such as {@code h264}. */
    String NAME = "revcam.packetiser";

    /** The RTP encoding name it can packetise; the engine pairs it with an encoder of the same codec. */
    String codec();

    /** A packetiser for one stream; cheap, and never fails. */
    Packetiser open();
}
