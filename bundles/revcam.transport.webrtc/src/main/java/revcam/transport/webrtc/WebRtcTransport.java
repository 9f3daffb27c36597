package revcam.transport.webrtc;

import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import revcam.api.connectivity.Connectivity;
import revcam.api.connectivity.ConnectivityEvents;
import revcam.api.connectivity.ConnectivityFactory;
import revcam.api.connectivity.IceCredentials;
import revcam.api.media.StageException;
import revcam.api.transport.MediaLoop;
import revcam.api.transport.NegotiatedMedia;
import revcam.api.transport.NegotiationException;
import revcam.api.transport.Transport;
import revcam.api.transport.TransportEvents;
import revcam.api.transport.TransportRequest;
import revcam.transport.webrtc.dtls.Dtls;
import revcam.transport.webrtc.dtls.DtlsConnection;
import revcam.transport.webrtc.dtls.SrtpKeys;
import revcam.transport.webrtc.sdp.Answer;
import revcam.transport.webrtc.sdp.IceFragment;
import revcam.transport.webrtc.sdp.PeerDescription;
import revcam.transport.webrtc.srtp.SrtpReceiver;
import revcam.transport.webrtc.srtp.SrtpSender;

/**
 * One viewer's path: connectivity, then DTLS, then SRTP. Media loop only, but for the methods that say otherwise.
 */
final class WebRtcTransport implements Transport, ConnectivityEvents, DtlsConnection.Events, MediaLoop.DeadlineTask {

    private static final Logger LOG = LoggerFactory.getLogger(WebRtcTransport.class);
    private static final SecureRandom RANDOM = new SecureRandom();
    /** More than any path's MTU that a session keeps to. */
    private static final int MAX_PACKET_BYTES = 2048;
    private static final int TAG_BYTES = 8;
    /**
     * After the handshake DTLS has a goodbye to say, and at most its last flight again. A forged record costs a hundred times
     * what it costs to forge.
     */
    private static final int RECORDS_PER_SECOND = 50;

    private final MediaLoop loop;
    private final TransportEvents events;
    private final Consumer<WebRtcTransport> onEnd;
    private final PeerDescription peer;
    private final Connectivity connectivity;
    private final String answer;

    /** The viewer's credentials now and before the latest restart; changed by who holds {@code this}. */
    private IceCredentials remote;
    private IceCredentials formerRemote;
    private volatile String iceTag = newTag();

    private final byte[] rtcp = new byte[MAX_PACKET_BYTES];
    private final ByteBuffer rtcpBuffer = ByteBuffer.wrap(rtcp);
    private final DtlsConnection connection;
    private MediaLoop.Registration deadline;
    private long deadlineNanos = Long.MAX_VALUE;
    /** Null until DTLS has keys. */
    SrtpSender sender;
    SrtpReceiver receiver;
    private Budget records;
    private boolean closed;

    /**
     * Answers an offer. Any thread.
     *
     * @param onEnd told on the media loop when this is over, however it ended
     */
    WebRtcTransport(MediaLoop loop, Dtls dtls, PeerDescription peer, TransportRequest request,
            ConnectivityFactory paths, TransportEvents events, Consumer<WebRtcTransport> onEnd)
            throws StageException, NegotiationException {
        this.loop = loop;
        this.events = events;
        this.onEnd = onEnd;
        this.peer = peer;
        remote = peer.credentials();
        connection = new DtlsConnection(dtls, loop, peer.weBegin(), peer.fingerprints(), this::sendDatagram, this);
        connectivity = paths.open(remote, this);
        checkChecks(connectivity, peer, "offer full ICE");
        peer.candidates().forEach(connectivity::addRemoteCandidate);
        answer = Answer.to(peer, request, ice(connectivity), dtls.fingerprint());
    }

    /**
     * Goes on from an offer of ours that was answered; whoever made it hands on what the path has to tell. Any thread.
     *
     * @param answer as the peer wrote it
     */
    WebRtcTransport(MediaLoop loop, Dtls dtls, PeerDescription peer, String answer, Connectivity path,
            TransportEvents events, Consumer<WebRtcTransport> onEnd) throws NegotiationException {
        this.loop = loop;
        this.events = events;
        this.onEnd = onEnd;
        this.peer = peer;
        this.answer = answer;
        remote = peer.credentials();
        connection = new DtlsConnection(dtls, loop, peer.weBegin(), peer.fingerprints(), this::sendDatagram, this);
        connectivity = path;
        checkChecks(path, peer, "start RevCam with --connectivity ice4j to have full ICE");
        path.answered(remote);
        peer.candidates().forEach(path::addRemoteCandidate);
    }

    private static void checkChecks(Connectivity path, PeerDescription peer, String advice) throws NegotiationException {
        if (path.lite() && peer.iceLite()) {
            path.close();
            throw new NegotiationException(NegotiationException.Reason.NOT_ACCEPTABLE,
                    "both sides are ice-lite, and nobody would send connectivity checks: " + advice);
        }
    }

    @Override
    public String answer() {
        return answer;
    }

    @Override
    public NegotiatedMedia media() {
        return peer.media();
    }

    @Override
    public String iceTag() {
        return iceTag;
    }

    @Override
    public synchronized String patch(String sdpFragment) throws NegotiationException {
        IceFragment fragment = IceFragment.read(sdpFragment, peer.media().mid());
        IceCredentials named = fragment.credentials();
        if (named == null || named.equals(remote)) {
            fragment.candidates().forEach(connectivity::addRemoteCandidate);
            return null;
        }
        if (named.equals(formerRemote)) {
            // Trickled before the restart and overtaken by it (RFC 8838, section 10).
            return null;
        }
        try {
            connectivity.restart(named);
        } catch (StageException e) {
            throw new NegotiationException(NegotiationException.Reason.UNAVAILABLE, e.getMessage());
        }
        fragment.candidates().forEach(connectivity::addRemoteCandidate);
        formerRemote = remote;
        remote = named;
        iceTag = newTag();
        return Answer.fragment(peer, ice(connectivity));
    }

    @Override
    public int overheadBytes() {
        return connectivity.overheadBytes() + SrtpSender.RTP_OVERHEAD_BYTES;
    }

    @Override
    public boolean sendRtp(byte[] header, int headerBytes, byte[] payload, int payloadOffset, int payloadBytes) {
        if (closed || sender == null) {
            return false;
        }
        return connectivity.send(sender.protectRtp(header, headerBytes, payload, payloadOffset, payloadBytes));
    }

    @Override
    public boolean sendRtcp(byte[] packet, int bytes) {
        if (closed || sender == null) {
            return false;
        }
        return connectivity.send(sender.protectRtcp(packet, bytes));
    }

    private boolean sendDatagram(ByteBuffer datagram) {
        return connectivity.send(datagram);
    }

    @Override
    public void close() {
        loop.execute(() -> end());
    }

    /** Closes, and tells the session why. Any thread. */
    void abort(String reason) {
        loop.execute(() -> {
            if (end()) {
                events.onClosed(System.nanoTime(), reason);
            }
        });
    }

    @Override
    public void onValidated(long nowNanos) {
        // A peer may finish DTLS on a pair that it has checked before it nominates one.
        if (closed || deadline != null || sender != null) {
            return;
        }
        LOG.debug("{}: validated", this);
        deadlineNanos = nowNanos + TimeUnit.SECONDS.toNanos(Dtls.HANDSHAKE_SECONDS);
        deadline = loop.onDeadline(this);
        if (peer.weBegin()) {
            connection.start();
        }
    }

    @Override
    public void onDatagram(long nowNanos, ByteBuffer datagram) {
        if (closed) {
            return;
        }
        // RFC 7983, section 7: DTLS from 20 to 63, RTP and RTCP from 128 to 191.
        int first = datagram.get(datagram.position()) & 0xFF;
        if (first >= 128 && first <= 191) {
            onSrtp(nowNanos, datagram);
        } else if (first >= 20 && first <= 63 && (records == null || records.take(nowNanos))) {
            connection.onDatagram(datagram);
        }
    }

    private void onSrtp(long nowNanos, ByteBuffer datagram) {
        if (receiver == null || datagram.remaining() > MAX_PACKET_BYTES) {
            return;
        }
        int bytes = receiver.unprotectRtcp(datagram, rtcp);
        if (bytes > 0) {
            rtcpBuffer.limit(bytes).position(0);
            events.onRtcp(nowNanos, rtcpBuffer);
        }
    }

    @Override
    public void onLost(long nowNanos, String reason) {
        lost(nowNanos, reason);
    }

    @Override
    public void established(SrtpKeys keys) {
        if (closed) {
            return;
        }
        sender = new SrtpSender(keys.sendKey(), keys.sendSalt());
        receiver = new SrtpReceiver(keys.receiveKey(), keys.receiveSalt());
        deadlineNanos = Long.MAX_VALUE;
        LOG.debug("{}: connected", this);
        long nowNanos = System.nanoTime();
        records = new Budget(RECORDS_PER_SECOND, nowNanos);
        events.onConnected(nowNanos);
    }

    @Override
    public void failed(String reason) {
        lost(System.nanoTime(), reason);
    }

    @Override
    public void closed() {
        lost(System.nanoTime(), "the viewer left");
    }

    @Override
    public long nextDeadlineNanos() {
        return deadlineNanos;
    }

    /** The handshake ends by itself at that time, if it ever began. */
    @Override
    public void onDeadline(long nowNanos) {
        lost(nowNanos, "no DTLS handshake within " + Dtls.HANDSHAKE_SECONDS + " s");
    }

    private void lost(long nowNanos, String reason) {
        if (end()) {
            events.onClosed(nowNanos, reason);
        }
    }

    /** @return false when it was over already */
    private boolean end() {
        if (closed) {
            return false;
        }
        closed = true;
        deadlineNanos = Long.MAX_VALUE;
        if (deadline != null) {
            deadline.close();
        }
        connection.close();
        if (sender != null) {
            sender.close();
            receiver.close();
        }
        // Null when it was lost while it was being opened.
        if (connectivity != null) {
            connectivity.close();
        }
        onEnd.accept(this);
        return true;
    }

    static Answer.Ice ice(Connectivity connectivity) {
        return new Answer.Ice(connectivity.local(), connectivity.lite(), connectivity.candidates());
    }

    private static String newTag() {
        byte[] tag = new byte[TAG_BYTES];
        RANDOM.nextBytes(tag);
        return HexFormat.of().formatHex(tag);
    }
}
