package revcam.signalling.whip;

import java.io.IOException;
import java.net.URI;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import revcam.api.stream.VideoStream;
import revcam.api.stream.Viewer;
import revcam.api.transport.NegotiationException;
import revcam.api.transport.Offer;

/**
 * Keeps one stream at one server, on a thread of its own: offers it, watches over the session, ends it, and begins anew
 * after a pause that grows with every failure.
 */
final class Push {

    private static final Logger LOG = LoggerFactory.getLogger("revcam.signalling.whip");
    private static final long WATCH_MILLIS = 250;
    /** A session that lasted longer than a path takes to be found was a good one. */
    private static final long GOOD_NANOS = TimeUnit.SECONDS.toNanos(30);
    private static final long STOP_BOUND_MILLIS = 3_500;
    private static final int MAX_DOUBLINGS = 16;

    private final Streams streams;
    private final String name;
    private final WhipClient server;
    private final long minMillis;
    private final long maxMillis;
    private final Thread thread = new Thread(this::run, "revcam.signalling.whip");
    private volatile boolean stopping;
    private int failures; // its thread
    private String told = ""; // its thread

    /** @param minMillis the pause after a first failure, doubled with each to {@code maxMillis} at most */
    Push(Streams streams, String name, WhipClient server, long minMillis, long maxMillis) {
        this.streams = streams;
        this.name = name;
        this.server = server;
        this.minMillis = minMillis;
        this.maxMillis = maxMillis;
        thread.setDaemon(true);
        thread.start();
    }

    /** Ends the session, and waits for that for a moment. */
    void stop() throws InterruptedException {
        stopping = true;
        thread.interrupt();
        thread.join(STOP_BOUND_MILLIS);
    }

    private void run() {
        while (!stopping) {
            try {
                Thread.sleep(attempt());
            } catch (InterruptedException e) {
                // To stop; the loop looks.
            }
        }
    }

    private long attempt() throws InterruptedException {
        try {
            return pass();
        } catch (RuntimeException | LinkageError e) {
            LOG.error("Pushing to {} failed; it is tried again", server, e);
            return backOff(0, true);
        }
    }

    /** One session. @return milliseconds until the next */
    private long pass() throws InterruptedException {
        VideoStream stream = streams.get(name);
        if (stream == null) {
            failed(name.isEmpty() ? "there is no stream yet" : "there is no stream named " + name + " yet");
            return backOff(0, false);
        }
        URI session = null;
        boolean answered = false;
        Viewer viewer = null;
        long beganNanos = System.nanoTime();
        try (Offer<Viewer> offer = stream.offer("WHIP server " + server)) {
            Reply.Session created = server.publish(offer.sdp());
            session = created.url();
            answered = true;
            if (session == null) {
                LOG.warn("{} has not said where its session is ended (no Location that can be used): it has to notice by itself",
                        server);
            }
            viewer = offer.accept(created.answer());
            LOG.info("{} has answered the offer of stream {}", server, stream.name());
            told = "";
            while (viewer.alive()) {
                Thread.sleep(WATCH_MILLIS);
            }
            long lastedNanos = System.nanoTime() - beganNanos;
            if (lastedNanos > GOOD_NANOS) {
                failures = 0;
            }
            failed("the session has ended after " + TimeUnit.NANOSECONDS.toSeconds(lastedNanos) + " s");
            return backOff(0, false);
        } catch (NegotiationException e) {
            failed((answered ? "its answer cannot be used: " : "") + e.getMessage());
            return backOff(0, answered);
        } catch (Refusal e) {
            failed(e.getMessage());
            return backOff(e.afterMillis(), e.isLasting());
        } catch (IOException e) {
            failed(e.getMessage() == null ? e.toString() : e.getClass() == IOException.class ? e.getMessage() : e.toString());
            return backOff(0, false);
        } finally {
            if (viewer != null) {
                viewer.leave();
            }
            // Also when it was lost: its server may not have noticed yet, and would not let us in again.
            server.end(session);
        }
    }

    /** Once for each reason, however often it is tried. */
    private void failed(String why) {
        if (stopping || why.equals(told)) {
            LOG.debug("{}: {}", server, why);
        } else {
            told = why;
            LOG.warn("Stream {} is not at {}: {}. It is tried again.", name.isEmpty() ? "(default)" : name, server, why);
        }
    }

    /** Not all cameras of a house at the same moment. */
    private long backOff(long askedMillis, boolean lasting) {
        long doubled = lasting ? maxMillis : Math.min(maxMillis, minMillis << Math.min(failures, MAX_DOUBLINGS));
        failures++;
        return Math.max((long) (doubled * ThreadLocalRandom.current().nextDouble(0.75, 1.25)), askedMillis);
    }
}
