package revcam.view;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** A viewer in this process who watches until it is closed, and can be asked meanwhile. */
final class Watcher implements AutoCloseable {

    /** Asks the camera less often than it allows. */
    private static final double SLICE_SECONDS = 2.5;
    private static final double PATIENCE_SECONDS = 30;
    private static final long END_SECONDS = 40;

    private final AtomicInteger pictures = new AtomicInteger();
    private final AtomicLong lastNanos = new AtomicLong();
    private final AtomicLong longestGapNanos = new AtomicLong();
    private final CompletableFuture<Figures> outcome = new CompletableFuture<>();
    private volatile boolean wanted = true;

    /** @param via the only address at which to reach the camera's media, or null for those that it names */
    Watcher(String url, InetSocketAddress via) {
        Thread thread = new Thread(() -> {
            try (Playback playback = Playback.open(View.endpoint(url), null, via, (nanos, picture) -> seen(nanos))) {
                Figures figures;
                do {
                    figures = playback.watch(SLICE_SECONDS, PATIENCE_SECONDS);
                } while (wanted && !figures.cut());
                outcome.complete(figures);
            } catch (ViewException | RuntimeException e) {
                outcome.completeExceptionally(e);
            }
        }, "watcher");
        thread.setDaemon(true);
        thread.start();
    }

    private void seen(long nanos) {
        long before = lastNanos.getAndSet(nanos);
        if (before != 0) {
            longestGapNanos.accumulateAndGet(nanos - before, Math::max);
        }
        pictures.incrementAndGet();
    }

    /** How many pictures have come so far. */
    int pictures() {
        return pictures.get();
    }

    /** When the latest picture came, by {@link System#nanoTime()}; 0 before the first. */
    long lastNanos() {
        return lastNanos.get();
    }

    /** The longest time between two pictures since this was last asked. */
    double takeLongestGapMillis() {
        return longestGapNanos.getAndSet(0) / 1e6;
    }

    /** Waits until so many more pictures have come. */
    void await(int more, double seconds) throws IOException, InterruptedException {
        int goal = pictures.get() + more;
        long until = System.nanoTime() + (long) (seconds * 1e9);
        while (pictures.get() < goal) {
            if (outcome.isDone() || System.nanoTime() - until > 0) {
                throw new IOException(pictures + " of " + goal + " pictures: " + outcome);
            }
            Thread.sleep(5);
        }
    }

    /** Stops watching. @return how the whole of it was */
    Figures end() throws IOException, InterruptedException {
        wanted = false;
        try {
            return outcome.get(END_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new IOException(e.getCause());
        } catch (TimeoutException e) {
            throw new IOException("it does not end", e);
        }
    }

    @Override
    public void close() {
        wanted = false;
    }
}
