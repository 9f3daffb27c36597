package revcam.guest;

import java.net.InetSocketAddress;
import java.net.URI;
import java.util.concurrent.Callable;
import revcam.view.Playback;
import revcam.view.PictureObserver;
import revcam.view.ViewException;

/** For a processor that is emulated. */
final class Patience {

    /** What takes a second on a board may take so long. */
    static final int SECONDS = 120;

    private Patience() {}

    /**
     * Watches, and waits for the first picture. Tries again, as the page does: a first handshake may take longer there than
     * anybody waits.
     *
     * @param via see {@link Playback#open(URI, String, InetSocketAddress)}
     * @param log what the product has said so far, to be told should it not work
     */
    static Playback join(URI endpoint, InetSocketAddress via, PictureObserver observer, Callable<String> log) throws Exception {
        for (long until = System.nanoTime() + SECONDS * 1_000_000_000L;;) {
            Playback playback = null;
            try {
                playback = Playback.open(endpoint, null, via, observer);
                double seconds = playback.watch(0.1, SECONDS / 3.0).firstFrameMillis() / 1000;
                System.out.printf("guest: from the offer to the first picture: %.1f s%n", seconds);
                return playback;
            } catch (ViewException e) {
                System.out.println("guest: " + e.getMessage());
                if (playback != null) {
                    playback.close();
                }
                if (System.nanoTime() > until) {
                    throw new AssertionError(e.getMessage() + "; the log says:\n" + log.call(), e);
                }
            }
        }
    }
}
