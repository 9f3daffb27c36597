package revcam.transport.webrtc;

import java.nio.ByteBuffer;
import java.util.function.Consumer;
import revcam.api.connectivity.Connectivity;
import revcam.api.connectivity.ConnectivityEvents;
import revcam.api.connectivity.ConnectivityFactory;
import revcam.api.media.StageException;
import revcam.api.transport.MediaLoop;
import revcam.api.transport.NegotiationException;
import revcam.api.transport.NegotiationException.Reason;
import revcam.api.transport.Offer;
import revcam.api.transport.Transport;
import revcam.api.transport.TransportEvents;
import revcam.api.transport.TransportRequest;
import revcam.transport.webrtc.dtls.Dtls;
import revcam.transport.webrtc.sdp.OwnOffer;
import revcam.transport.webrtc.sdp.PeerDescription;

/** Our offer, and the path that is open for whoever answers it. */
final class WebRtcOffer implements Offer<Transport>, ConnectivityEvents {

    private final MediaLoop loop;
    private final Dtls dtls;
    private final TransportRequest request;
    private final TransportEvents events;
    private final Owner owner;
    private final Connectivity connectivity;
    private final String sdp;
    private boolean over; // guarded by this
    /** Why there is no path any more, or null. */
    private volatile String lost;

    // Media loop from here on.
    private WebRtcTransport transport;
    private boolean validated;

    /** Keeps what is open. */
    interface Owner {

        void began(WebRtcTransport transport);

        void ended(WebRtcTransport transport);

        void over(WebRtcOffer offer);
    }

    WebRtcOffer(MediaLoop loop, Dtls dtls, TransportRequest request, ConnectivityFactory paths, TransportEvents events,
            Owner owner) throws StageException {
        this.loop = loop;
        this.dtls = dtls;
        this.request = request;
        this.events = events;
        this.owner = owner;
        connectivity = paths.offer(this);
        sdp = OwnOffer.of(request, WebRtcTransport.ice(connectivity), dtls.fingerprint());
    }

    @Override
    public String sdp() {
        return sdp;
    }

    @Override
    public Transport accept(String answer) throws NegotiationException {
        if (!finish()) {
            throw new NegotiationException(Reason.UNAVAILABLE, "the offer has been taken back");
        }
        try {
            if (lost != null) {
                throw new NegotiationException(Reason.UNAVAILABLE, lost);
            }
            PeerDescription peer = PeerDescription.answer(answer, request.format());
            WebRtcTransport opened =
                    new WebRtcTransport(loop, dtls, peer, answer, connectivity, events, owner::ended);
            owner.began(opened);
            loop.execute(() -> begin(opened));
            return opened;
        } catch (NegotiationException | RuntimeException | Error e) {
            connectivity.close();
            throw e;
        }
    }

    @Override
    public void close() {
        if (finish()) {
            connectivity.close();
        }
    }

    private boolean finish() {
        synchronized (this) {
            if (over) {
                return false;
            }
            over = true;
        }
        owner.over(this);
        return true;
    }

    private void begin(WebRtcTransport opened) {
        transport = opened;
        long nowNanos = System.nanoTime();
        if (lost != null) {
            opened.onLost(nowNanos, lost);
        } else if (validated) {
            opened.onValidated(nowNanos);
        }
    }

    /** The peer may check before we have its answer. */
    @Override
    public void onValidated(long nowNanos) {
        validated = true;
        if (transport != null) {
            transport.onValidated(nowNanos);
        }
    }

    /** What comes before the answer is sent again: DTLS has its own retransmission. */
    @Override
    public void onDatagram(long nowNanos, ByteBuffer datagram) {
        if (transport != null) {
            transport.onDatagram(nowNanos, datagram);
        }
    }

    @Override
    public void onLost(long nowNanos, String reason) {
        lost = reason;
        if (transport != null) {
            transport.onLost(nowNanos, reason);
        }
    }
}
