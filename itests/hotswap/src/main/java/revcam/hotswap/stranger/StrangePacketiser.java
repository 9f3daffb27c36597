package revcam.hotswap.stranger;

import java.nio.ByteBuffer;
import org.osgi.framework.BundleContext;
import revcam.api.media.StageException;
import revcam.api.packetiser.Packetiser;
import revcam.api.packetiser.PacketiserFactory;
import revcam.api.packetiser.RtpFormat;
import revcam.api.packetiser.RtpPayloads;

/** The H.264 packetiser, as long as it behaves. */
final class StrangePacketiser implements PacketiserFactory {

    private final BundleContext context;
    private final Fault fault;
    private final int after;

    /** @param after how many access units it packetises well */
    StrangePacketiser(BundleContext context, Fault fault, int after) {
        this.context = context;
        this.fault = fault;
        this.after = after;
    }

    @Override
    public String codec() {
        return "H264";
    }

    @Override
    public Packetiser open() {
        switch (fault) {
            case OPEN_THROWS -> throw new IllegalStateException("thrown in open");
            case OPEN_HANGS -> Fault.hang();
            case LEAKS_THREADS -> Fault.leak();
            default -> { }
        }
        if (fault == Fault.OPEN_GIVES_NULL) {
            return null;
        }
        Packetiser original = Activator.original(context, PacketiserFactory.class, NAME, "h264").open();
        return new Packetiser() {
            private int units;

            @Override
            public void packetise(ByteBuffer accessUnit, int maxPayloadBytes, RtpPayloads out) throws StageException {
                if (units++ < after) {
                    original.packetise(accessUnit, maxPayloadBytes, out);
                    return;
                }
                fault.atWork();
                switch (fault) {
                    case MUTE -> { }
                    case GARBAGE -> throw new StageException(StageException.Reason.FAILED, "it does not like this unit");
                    case OVERSIZE -> original.packetise(accessUnit, 1 << 20, out);
                    default -> original.packetise(accessUnit, maxPayloadBytes, out);
                }
            }

            @Override
            public boolean isKeyframe() {
                return original.isKeyframe();
            }

            @Override
            public RtpFormat format() {
                return original.format();
            }

            @Override
            public void close() {
                try {
                    fault.atClose();
                } finally {
                    original.close();
                }
            }
        };
    }
}
