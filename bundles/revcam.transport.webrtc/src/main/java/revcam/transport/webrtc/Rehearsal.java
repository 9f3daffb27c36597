package revcam.transport.webrtc;

import java.nio.ByteBuffer;
import revcam.transport.webrtc.dtls.Dtls;
import revcam.transport.webrtc.dtls.DtlsRehearsal;
import revcam.transport.webrtc.dtls.SrtpKeys;
import revcam.transport.webrtc.srtp.SrtpReceiver;
import revcam.transport.webrtc.srtp.SrtpSender;

/**
 * Connects to ourselves once, in memory: most of the time that the first viewer after a start would wait goes into
 * loading classes, building curve tables and interpreting code that runs compiled later.
 */
final class Rehearsal {

    private static final int RTCP_BYTES = 28;
    private static final int ROOM_BYTES = 128;

    private Rehearsal() {}

    static void run(Dtls dtls) throws InterruptedException {
        SrtpKeys[] keys = DtlsRehearsal.run(dtls);
        if (keys == null) {
            return;
        }
        SrtpSender sender = new SrtpSender(keys[0].sendKey(), keys[0].sendSalt());
        SrtpReceiver receiver = new SrtpReceiver(keys[1].receiveKey(), keys[1].receiveSalt());
        byte[] protectedPacket = new byte[ROOM_BYTES];
        byte[] packet = new byte[RTCP_BYTES];
        packet[0] = (byte) 0x80;
        packet[1] = (byte) 200;
        packet[3] = RTCP_BYTES / 4 - 1;
        int bytes = sender.protectRtcp(packet, RTCP_BYTES, protectedPacket, 0);
        receiver.unprotectRtcp(ByteBuffer.wrap(protectedPacket, 0, bytes), new byte[ROOM_BYTES]);
        packet[1] = 96;
        sender.protectRtp(packet, 12, packet, 12, RTCP_BYTES - 12, protectedPacket, 0);
    }
}
