package revcam.signalling.whep;

import java.net.URI;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import revcam.api.stream.StreamStatus.State;
import revcam.api.stream.VideoStream;
import revcam.http.HttpEndpoint;

/**
 * Prints {@code ready http://...} on standard output, once, when a viewer can connect: programs wait for that line. For
 * people, it then tells the addresses for other machines, and, the first time ever, the token.
 */
final class ReadyLine implements Runnable {

    private static final Logger log = LoggerFactory.getLogger("revcam.signalling.whep");

    private static final long POLL_MILLIS = 5;
    private static final long SLOW_POLL_MILLIS = 100;
    private static final long HURRY_NANOS = TimeUnit.SECONDS.toNanos(20);
    private static final long PAGE_GRACE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    private final Streams streams;
    private final Supplier<Token> token;
    private final Runnable whenReady;
    private final Thread thread = new Thread(this, "ready-line");

    private volatile HttpEndpoint endpoint;

    /** @param whenReady called once, after the line */
    ReadyLine(Streams streams, Supplier<Token> token, Runnable whenReady) {
        this.streams = streams;
        this.token = token;
        this.whenReady = whenReady;
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    void close() {
        thread.interrupt();
    }

    void endpoint(HttpEndpoint bound) {
        endpoint = bound;
    }

    void endpointGone(HttpEndpoint gone) {
        if (endpoint == gone) {
            endpoint = null;
        }
    }

    @Override
    public void run() {
        long start = System.nanoTime();
        try {
            HttpEndpoint ready;
            while ((ready = ready()) == null) {
                Thread.sleep(System.nanoTime() - start < HURRY_NANOS ? POLL_MILLIS : SLOW_POLL_MILLIS);
            }
            // The page may be a moment behind; that it is not installed must not hold back who does without.
            long page = System.nanoTime() + PAGE_GRACE_NANOS;
            while (!ready.serves("/") && System.nanoTime() - page < 0) {
                Thread.sleep(POLL_MILLIS);
            }
            System.out.println("ready " + ready.local());
            System.out.flush();
            whenReady.run();
            tellPeople(ready);
        } catch (InterruptedException e) {
            // deactivated
        }
    }

    /** The port through which a viewer can connect now, or null. */
    private HttpEndpoint ready() {
        HttpEndpoint bound = endpoint;
        VideoStream stream = streams.byDefault();
        if (bound == null || stream == null || !bound.serves("/whep")) {
            return null;
        }
        State state = stream.status().state();
        return state == State.IDLE || state == State.LIVE ? bound : null;
    }

    private void tellPeople(HttpEndpoint ready) {
        List<URI> remote = ready.remote();
        if (remote.isEmpty()) {
            return;
        }
        Token present = token.get();
        if (!present.isNew()) {
            log.info("from other devices: {}{}", join(remote, ""), present.isNeeded()
                    ? " with the token (a random one is in " + Token.FILE + " of the state directory)" : "");
            return;
        }
        // Past the log, which others may read and keep.
        System.err.println("From other devices, with a token that is shown only this once: "
                + join(remote, "#token=" + present.value()));
    }

    private static String join(List<URI> roots, String suffix) {
        return String.join(" ", roots.stream().map(root -> root + suffix).toList());
    }
}
