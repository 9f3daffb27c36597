package revcam.stream;

import revcam.api.stream.Viewer;
import revcam.api.transport.NegotiationException;
import revcam.api.transport.Offer;
import revcam.api.transport.Transport;

/** A viewer to be, who has a place while our offer to it is open. Any thread. */
final class OfferedViewer implements Offer<Viewer> {

    private final Offer<Transport> offer;
    private final ConnectedViewer viewer;
    private boolean over; // guarded by this

    OfferedViewer(Offer<Transport> offer, ConnectedViewer viewer) {
        this.offer = offer;
        this.viewer = viewer;
    }

    @Override
    public String sdp() {
        return offer.sdp();
    }

    @Override
    public Viewer accept(String answer) throws NegotiationException {
        if (!finish()) {
            throw new NegotiationException(NegotiationException.Reason.UNAVAILABLE, "the offer has been taken back");
        }
        try {
            viewer.attach(offer.accept(answer));
            return viewer;
        } catch (NegotiationException | RuntimeException | Error e) {
            viewer.withdraw();
            throw e;
        }
    }

    @Override
    public void close() {
        if (finish()) {
            offer.close();
            viewer.withdraw();
        }
    }

    private synchronized boolean finish() {
        boolean first = !over;
        over = true;
        return first;
    }
}
