package revcam.view;

import dev.onvoid.webrtc.PeerConnectionFactory;
import dev.onvoid.webrtc.RTCPeerConnectionState;
import dev.onvoid.webrtc.RTCStatsReport;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import revcam.engine.libwebrtc.LibWebrtc;

/**
 * One stream being watched: joins by WHEP when opened, decodes on libwebrtc's threads, leaves when closed. Where the camera
 * says that another engine serves, it joins again beside, and changes over with the first picture. To be used by one thread;
 * holds native memory until {@link #close()}.
 */
public final class Playback implements AutoCloseable {

    /** Thirty times a minute is what RevCam allows. */
    private static final long ASK_NANOS = TimeUnit.MILLISECONDS.toNanos(2_500);
    private static final long PICTURE_SECONDS = 10;
    /** A camera whose engine went has another one ready soon, if at all. */
    private static final int TRIES = 5;
    private static final long BETWEEN_MILLIS = 1_000;

    private final FrameMeter meter;
    private final PeerConnectionFactory factory;
    private final URI endpoint;
    private final String token;
    private final InetSocketAddress via;
    private final List<RTCStatsReport> before = new ArrayList<>();
    private ViewerConnection connection;
    private long postedNanos;
    private int switches;

    private Playback(URI endpoint, String token, InetSocketAddress via, PictureObserver observer) throws ViewException {
        meter = new FrameMeter(observer);
        this.endpoint = endpoint;
        this.token = token;
        this.via = via;
        try {
            factory = LibWebrtc.open();
        } catch (UnsupportedOperationException e) {
            throw new ViewException(e.getMessage(), e);
        }
    }

    /**
     * Begins to watch.
     *
     * @param endpoint of WHEP
     * @param token bearer token, or null
     * @param via the only address at which to reach the camera's media, as a relay or a forwarded port; null for those
     *     that the camera names. Who comes this way stays with the session that it has
     */
    public static Playback open(URI endpoint, String token, InetSocketAddress via) throws ViewException {
        return open(endpoint, token, via, (nanos, picture) -> {});
    }

    /** As the other, and shows every picture to an observer. */
    public static Playback open(URI endpoint, String token, InetSocketAddress via, PictureObserver observer)
            throws ViewException {
        Playback playback = new Playback(endpoint, token, via, observer);
        try {
            playback.connection = ViewerConnection.open(playback.factory, endpoint, token, via, playback.meter.next());
            playback.postedNanos = playback.connection.postedNanos();
            return playback;
        } catch (ViewException | RuntimeException | Error e) {
            playback.factory.dispose();
            throw e;
        }
    }

    /**
     * Waits for the first picture, and then watches.
     *
     * @param patienceSeconds for the first picture
     * @throws ViewException no picture came, or the camera does not answer any more
     */
    public Figures watch(double seconds, double patienceSeconds) throws ViewException {
        try {
            if (!meter.awaitFirst(System.nanoTime() + (long) (patienceSeconds * 1e9))) {
                RTCPeerConnectionState state = connection.state();
                throw new ViewException("no video within " + Figures.number(patienceSeconds, 1) + " s: "
                        + (state == RTCPeerConnectionState.CONNECTED
                                ? "connected, but no picture could be decoded; the page and revcam's log say how the stream is"
                                : "there is no way to the camera's media (" + state.name().toLowerCase(Locale.ROOT)
                                        + "); is UDP blocked between here and there?"));
            }
            boolean cut = !goOn(System.nanoTime() + (long) (seconds * 1e9));
            List<RTCStatsReport> all = new ArrayList<>(before);
            all.add(connection.statistics());
            return Figures.of(meter, postedNanos, all, switches, cut);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ViewException("interrupted", e);
        }
    }

    /** @return false when the connection was lost for good */
    private boolean goOn(long until) throws ViewException, InterruptedException {
        for (long left; (left = until - System.nanoTime()) > 0; ) {
            boolean lost = isLostWithin(Math.min(left, ASK_NANOS));
            WhepSession.Told told = via == null ? connection.session().ask() : WhepSession.Told.GO_ON;
            if (told == WhepSession.Told.ENDED) {
                joinAgain(until);
            } else if (told == WhepSession.Told.REJOIN && !lost) {
                moveOver();
            } else if (lost) {
                return false;
            }
        }
        return true;
    }

    private boolean isLostWithin(long nanos) throws InterruptedException {
        try {
            connection.lost().get(nanos, TimeUnit.NANOSECONDS);
            return true;
        } catch (TimeoutException | ExecutionException e) {
            return false;
        }
    }

    /** The next session is there, and has a picture, before the last one ends. */
    private void moveOver() throws ViewException, InterruptedException {
        ViewerConnection next;
        FrameMeter.Session pictures = meter.next();
        try {
            next = ViewerConnection.open(factory, connection.session().replacing(endpoint), token, via, pictures);
        } catch (ViewException e) {
            System.err.println("revcam: another engine serves, and does not let us in: " + e.getMessage());
            return; // it will be told again
        }
        if (meter.awaitPicture(pictures, System.nanoTime() + TimeUnit.SECONDS.toNanos(PICTURE_SECONDS))) {
            take(next);
        } else {
            next.close();
        }
    }

    private void joinAgain(long until) throws ViewException, InterruptedException {
        for (int tries = 1; ; tries++) {
            try {
                take(ViewerConnection.open(factory, endpoint, token, via, meter.next()));
                return;
            } catch (ViewException e) {
                if (tries == TRIES || System.nanoTime() - until > 0) {
                    throw e;
                }
                Thread.sleep(BETWEEN_MILLIS);
            }
        }
    }

    private void take(ViewerConnection next) throws ViewException {
        ViewerConnection former = connection;
        connection = next;
        switches++;
        before.add(former.statistics());
        former.close();
    }

    @Override
    public void close() throws ViewException {
        try {
            connection.close();
        } finally {
            factory.dispose();
        }
    }
}
