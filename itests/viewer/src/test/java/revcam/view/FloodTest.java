package revcam.view;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import revcam.browser.Product;

/**
 * Somebody watches while somebody else floods the camera. Who floods takes processor time of the same machine, so what it does
 * to the camera is the difference to a flood of two ports beside it, and the two take turns.
 *
 * <p>{@code -Drevcam.flood.seconds=20 -Drevcam.flood.rounds=3} measures for longer, and then asks for the goal.
 */
class FloodTest {

    private static final double SECONDS = Double.parseDouble(System.getProperty("revcam.flood.seconds", "2.5"));
    private static final int ROUNDS = Integer.getInteger("revcam.flood.rounds", 2);
    /** Below this a phase has too few pictures to tell 5 % from chance. */
    private static final double LONG_SECONDS = 10;
    /** Of the frame rate. */
    private static final double GOAL = 0.95;
    private static final double GOAL_WHEN_SHORT = 0.8;
    private static final double GOAL_MEGABYTES = 16;
    /** A Java that has just started grows by itself for a while. */
    private static final double MEGABYTES_WHEN_SHORT = 64;
    /** The web server makes its threads when they are first needed. */
    private static final int MORE_THREADS = 12;

    /** What one phase was like. */
    private record Phase(double picturesPerSecond, double longestGapMillis, double cpu, double datagramsPerSecond,
            double offersPerSecond, long lostDatagrams, Load after, String answers) {

        @Override
        public String toString() {
            return String.format(Locale.ROOT, "%.1f pictures/s, longest gap %.0f ms, camera: %.2f cores, %.0f MB, %d threads;"
                    + " %.0f datagrams/s, of which the kernel dropped %d in all, %.0f offers/s, answered %s", picturesPerSecond,
                    longestGapMillis, cpu, after.rssMegabytes(), after.threads(), datagramsPerSecond, lostDatagrams,
                    offersPerSecond, answers);
        }
    }

    @Test
    void whoWatchesGoesOnWatching() throws Exception {
        try (Product product = Product.start(); Watcher watcher = new Watcher(product.url(), null);
                DatagramSocket aside = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            int port = Integer.parseInt(product.configs().get("revcam.connectivity.lite", "port"));
            InetSocketAddress media = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
            String token = Files.readString(product.state().resolve("whep.token")).strip();
            HttpServer other = refusing();
            try {
                URI otherWhep = URI.create("http://127.0.0.1:" + other.getAddress().getPort() + "/whep");
                InetSocketAddress otherMedia = new InetSocketAddress(aside.getLocalAddress(), aside.getLocalPort());
                watcher.await(60, 30);
                // Both once, so that what is made when it is first needed is there.
                measure(product, watcher, port, otherMedia, otherWhep, token);
                Load before = Load.of(product.pid(), port);
                List<Phase> there = new ArrayList<>();
                List<Phase> here = new ArrayList<>();
                for (int round = 0; round < ROUNDS; round++) {
                    there.add(measure(product, watcher, port, otherMedia, otherWhep, token));
                    System.out.println("flood beside it:    " + there.get(round));
                    here.add(measure(product, watcher, port, media, URI.create(product.url() + "whep"), token));
                    System.out.println("flood of the camera: " + here.get(round));
                }
                watcher.await(30, 5);
                Figures figures = watcher.end();
                Load after = Load.of(product.pid(), port);
                double ratio = rate(here) / rate(there);
                System.out.printf(Locale.ROOT, "flood: %.1f %% of the frame rate beside it, %+.1f MB, %+d threads%n", 100 * ratio,
                        after.rssMegabytes() - before.rssMegabytes(), after.threads() - before.threads());
                boolean isLong = SECONDS >= LONG_SECONDS;
                assertAll(
                        () -> assertFalse(figures.cut(), "the viewer was cut off"),
                        () -> assertEquals(0, figures.switches(), "it had to join again"),
                        () -> here.forEach(phase -> assertTrue(phase.datagramsPerSecond()
                                > 0.8 * (Flood.JUNK_PER_SECOND + Flood.HELLOS_PER_SECOND), "that is no flood: " + phase)),
                        () -> assertTrue(ratio > (isLong ? GOAL : GOAL_WHEN_SHORT), here + " against " + there),
                        () -> assertTrue(after.rssMegabytes() - before.rssMegabytes()
                                < (isLong ? GOAL_MEGABYTES : MEGABYTES_WHEN_SHORT), before + ", then " + after),
                        () -> assertTrue(after.threads() - before.threads() <= MORE_THREADS, before + ", then " + after),
                        () -> assertTrue(product.logText().lines().count() < 100, "a line for each: " + product.logText()));
            } finally {
                other.stop(0);
            }
        }
    }

    private static double rate(List<Phase> phases) {
        List<Double> rates = new ArrayList<>(phases.stream().map(Phase::picturesPerSecond).toList());
        Collections.sort(rates);
        return (rates.get((rates.size() - 1) / 2) + rates.get(rates.size() / 2)) / 2;
    }

    private static Phase measure(Product product, Watcher watcher, int port, InetSocketAddress media, URI whep, String token)
            throws IOException, InterruptedException {
        try (Flood flood = new Flood(media, whep, token)) {
            Load before = Load.of(product.pid(), port);
            watcher.takeLongestGapMillis();
            int first = watcher.pictures();
            long began = System.nanoTime();
            Thread.sleep((long) (1000 * SECONDS));
            int pictures = watcher.pictures() - first;
            double seconds = (System.nanoTime() - began) / 1e9;
            Load after = Load.of(product.pid(), port);
            return new Phase(pictures / seconds, watcher.takeLongestGapMillis(), (after.cpuSeconds() - before.cpuSeconds()) / seconds,
                    flood.datagramsPerSecond(), flood.offersPerSecond(), after.lostDatagrams() - before.lostDatagrams(), after,
                    flood.answers().toString());
        }
    }

    /** Somebody else's web server. */
    private static HttpServer refusing() throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            exchange.getRequestBody().readAllBytes();
            exchange.sendResponseHeaders(401, -1);
            exchange.close();
        });
        server.start();
        return server;
    }
}
