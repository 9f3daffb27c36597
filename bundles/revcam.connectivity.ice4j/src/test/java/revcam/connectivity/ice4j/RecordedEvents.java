package revcam.connectivity.ice4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import revcam.api.connectivity.ConnectivityEvents;
import revcam.api.transport.MediaLoop;

/** Events as text, in order; each is checked to come on the loop. */
final class RecordedEvents implements ConnectivityEvents {

    static final String VALIDATED = "validated";

    private final MediaLoop loop;
    private final BlockingQueue<String> events = new LinkedBlockingQueue<>();

    RecordedEvents(MediaLoop loop) {
        this.loop = loop;
    }

    String await(int seconds) {
        try {
            String event = events.poll(seconds, TimeUnit.SECONDS);
            assertNotNull(event, "nothing happened for " + seconds + " s");
            return event;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    void expect(String event) {
        assertEquals(event, await(20));
    }

    boolean isEmpty() {
        return events.isEmpty();
    }

    private void add(String event) {
        events.add(loop.isLoopThread() ? event : event + " on " + Thread.currentThread().getName());
    }

    @Override
    public void onValidated(long nowNanos) {
        assertTrue(Math.abs(System.nanoTime() - nowNanos) < TimeUnit.SECONDS.toNanos(5));
        add(VALIDATED);
    }

    @Override
    public void onDatagram(long nowNanos, ByteBuffer datagram) {
        add(StandardCharsets.UTF_8.decode(datagram).toString());
    }

    @Override
    public void onLost(long nowNanos, String reason) {
        add("lost: " + reason);
    }
}
