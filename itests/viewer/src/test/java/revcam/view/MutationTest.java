package revcam.view;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import revcam.browser.Product;

/**
 * Somebody on the way sends altered copies of what a viewer sends, from the viewer's own address, into the running session:
 * STUN, DTLS, SRTCP with flipped bits, cut off, lengthened, filled with noise, replayed and reordered. The viewer goes on.
 *
 * <p>{@code -Drevcam.mutations=10000000} sends as many, {@code -Drevcam.mutations.rate=20000} in a second.
 */
class MutationTest {

    private static final long MUTATIONS = Long.getLong("revcam.mutations", 20_000);
    private static final int PER_SECOND = Integer.getInteger("revcam.mutations.rate", 20_000);
    private static final double GOAL = 0.8;
    /** Less than it takes to be given up (RFC 7675 and the silence of the configuration). */
    private static final double LONGEST_GAP_MILLIS = 2_000;

    @Test
    void alteredDatagramsOfTheViewersOwnChangeNothing() throws Exception {
        try (Product product = Product.start()) {
            int port = Integer.parseInt(product.configs().get("revcam.connectivity.lite", "port"));
            try (HostileRelay relay = new HostileRelay(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 7);
                    Watcher watcher = new Watcher(product.url(), relay.address())) {
                watcher.await(90, 30);
                watcher.takeLongestGapMillis();
                int lines = (int) product.logText().lines().count();
                Load before = Load.of(product.pid(), port);
                int first = watcher.pictures();
                long began = System.nanoTime();
                relay.attack(MUTATIONS, PER_SECOND);
                while (relay.isAttacking()) {
                    try {
                        watcher.await(1, 10);
                    } catch (IOException e) {
                        throw new IOException(relay.altered() + " altered datagrams, the viewer sent " + relay.counts() + ", "
                                + Load.of(product.pid(), port) + "; the log says:\n" + product.logText(), e);
                    }
                    assertNull(relay.failure());
                }
                double seconds = (System.nanoTime() - began) / 1e9;
                double fps = (watcher.pictures() - first) / seconds;
                Load after = Load.of(product.pid(), port);
                double gap = watcher.takeLongestGapMillis();
                watcher.await(60, 10);
                long lost = after.lostDatagrams() - before.lostDatagrams();
                System.out.printf(Locale.ROOT, "mutations: %d sent in %.1f s, %d of them lost in a full buffer; %.1f pictures/s,"
                        + " longest gap %.0f ms; camera: %.2f cores, %+.1f MB, %+d threads; the viewer sent %s%n", relay.altered(),
                        seconds, lost, fps, gap, (after.cpuSeconds() - before.cpuSeconds()) / seconds,
                        after.rssMegabytes() - before.rssMegabytes(), after.threads() - before.threads(), relay.counts());
                Figures figures = watcher.end();
                String log = product.logText();
                assertAll(
                        () -> assertFalse(figures.cut(), "the viewer was cut off"),
                        () -> assertEquals(0, figures.switches(), "it had to join again"),
                        () -> assertEquals(MUTATIONS, relay.altered()),
                        () -> assertTrue(lost < MUTATIONS / 10, lost + " never arrived"),
                        () -> assertTrue(fps > GOAL * 30, fps + " pictures/s"),
                        () -> assertTrue(gap < LONGEST_GAP_MILLIS, gap + " ms without a picture"),
                        () -> assertTrue(log.lines().count() - lines < 10, log),
                        () -> assertFalse(log.contains(" ERROR "), log));
            }
        }
    }
}
