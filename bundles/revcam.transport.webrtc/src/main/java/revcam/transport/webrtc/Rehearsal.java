package revcam.transport.webrtc;

import java.nio.ByteBuffer;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import revcam.api.connectivity.ConnectivityFactory;
import revcam.api.media.StageException;
import revcam.api.packetiser.RtpFormat;
import revcam.api.transport.MediaLoop;
import revcam.api.transport.NegotiationException;
import revcam.api.transport.TransportEvents;
import revcam.api.transport.TransportRequest;
import revcam.transport.webrtc.dtls.Dtls;
import revcam.transport.webrtc.dtls.DtlsRehearsal;
import revcam.transport.webrtc.dtls.SrtpKeys;
import revcam.transport.webrtc.sdp.PeerDescription;
import revcam.transport.webrtc.srtp.SrtpReceiver;
import revcam.transport.webrtc.srtp.SrtpSender;

/**
 * Answers an offer that nobody made, and shakes hands with ourselves in memory: most of the time that the first viewer
 * after a start would wait goes into loading classes, building curve tables and interpreting code.
 */
final class Rehearsal {

    private static final Logger LOG = LoggerFactory.getLogger(Rehearsal.class);
    private static final int RTP_HEADER_BYTES = 12;
    private static final int RTCP_BYTES = 28;
    private static final int ROOM_BYTES = 128;
    private static final byte PAYLOAD_TYPE = 108;

    private static final String OFFER = """
            v=0
            o=- 1 1 IN IP4 127.0.0.1
            s=-
            t=0 0
            a=group:BUNDLE 0
            m=video 9 UDP/TLS/RTP/SAVPF 108 109
            c=IN IP4 0.0.0.0
            a=candidate:1 1 udp 2113937151 rehearsal.local 9 typ host
            a=ice-ufrag:rehearsal
            a=ice-pwd:rehearsalrehearsalrehearsal
            a=fingerprint:%s
            a=setup:actpass
            a=mid:0
            a=extmap:4 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
            a=recvonly
            a=rtcp-mux
            a=rtpmap:108 H264/90000
            a=rtcp-fb:108 transport-cc
            a=rtcp-fb:108 nack
            a=fmtp:108 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f
            a=rtpmap:109 rtx/90000
            a=fmtp:109 apt=108
            """;
    private static final RtpFormat FORMAT = new RtpFormat(
            "H264", 90_000, Map.of("packetization-mode", "1", "profile-level-id", "42e01f"), 1280, 720);

    private Rehearsal() {}

    /** @param connectivity null when there is none yet */
    static void run(MediaLoop loop, Dtls dtls, ConnectivityFactory connectivity) throws InterruptedException {
        if (connectivity != null) {
            answer(loop, dtls, connectivity);
        }
        SrtpKeys[] keys = DtlsRehearsal.run(dtls);
        if (keys != null) {
            protect(keys[0], keys[1]);
        }
    }

    private static void answer(MediaLoop loop, Dtls dtls, ConnectivityFactory connectivity) {
        TransportRequest request =
                new TransportRequest(OFFER.formatted(dtls.fingerprint()), FORMAT, "rehearsal", "rehearsal", 1, 2);
        try {
            new WebRtcTransport(loop, dtls, PeerDescription.offer(request.offer(), FORMAT), request, connectivity, new Nobody(),
                    transport -> {}).close();
        } catch (NegotiationException | StageException e) {
            LOG.debug("rehearsal: {}", e.getMessage());
        }
    }

    private static void protect(SrtpKeys server, SrtpKeys client) {
        try (SrtpSender sender = new SrtpSender(server.sendKey(), server.sendSalt());
                SrtpReceiver receiver = new SrtpReceiver(client.receiveKey(), client.receiveSalt())) {
            byte[] packet = new byte[RTCP_BYTES];
            // A sender report; then the same bytes as RTP.
            ByteBuffer.wrap(packet).put((byte) 0x80).put((byte) 200).putShort((short) (RTCP_BYTES / 4 - 1));
            receiver.unprotectRtcp(sender.protectRtcp(packet, RTCP_BYTES), new byte[ROOM_BYTES]);
            packet[1] = PAYLOAD_TYPE;
            sender.protectRtp(packet, RTP_HEADER_BYTES, packet, RTP_HEADER_BYTES, RTCP_BYTES - RTP_HEADER_BYTES);
        }
    }

    private static final class Nobody implements TransportEvents {

        @Override
        public void onConnected(long nowNanos) {}

        @Override
        public void onRtcp(long nowNanos, ByteBuffer packet) {}

        @Override
        public void onClosed(long nowNanos, String reason) {}
    }
}
