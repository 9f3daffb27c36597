package revcam.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import revcam.browser.Product;
import revcam.view.Figures;
import revcam.view.Playback;

/**
 * The whole product in the guest, from its camera through its encoder, watched by libwebrtc on the host. One viewer stays
 * through everything that happens. Not part of {@code ./revcam test}, as emulation takes minutes: with
 * -Drevcam.guest.product=true. The goals hold for an idle machine: -Drevcam.strict=true asks for them.
 */
@EnabledIfSystemProperty(named = "revcam.guest.product", matches = "true")
class GuestProductTest {

    private static final int MEDIA_PORT = 8189;
    private static final int FPS = 15;
    private static final int PATIENCE = Patience.SECONDS;
    /** How much longer things may take than is asked of a real machine. */
    private static final double LENIENCE = Boolean.getBoolean("revcam.strict") ? 1 : 5;

    private final HttpClient http = HttpClient.newHttpClient();
    private final Sight sight = new Sight();
    private Guest guest;
    private URI url;

    @Test
    void theCameraIsSeenThroughWhateverHappensToTheEncoderAndToItself() throws Exception {
        Guest.assumePossible();
        int page = freeTcpPort();
        int media = freeUdpPort();
        url = URI.create("http://127.0.0.1:" + page + "/");
        try (Guest guest = this.guest = new Guest("product")) {
            layOut();
            long booted = System.nanoTime();
            guest.boot("product", "--timeout", "580", "--memory", "512", "--forward", "tcp:" + page + ":8080",
                    "--forward", "udp:" + media + ":" + MEDIA_PORT);
            guest.awaitConsole("bundles started in", 0, PATIENCE);
            say("until it has started", booted, System.nanoTime());
            InetSocketAddress via = new InetSocketAddress(InetAddress.getLoopbackAddress(), media);
            try (Playback playback = Patience.join(url.resolve("whep"), via, sight, guest::console)) {
                awaitEncoder("v4l2m2m");
                awaitPictures(3 * FPS);
                String before = holdings();
                plays();
                swapsAndBack();
                skips();
                losesItsCamera();
                hangs();
                assertEquals(before, awaitHoldings(before), "descriptors of devices and DMA-BUFs, devices' memory, threads");
                Figures all = playback.watch(0.1, 1);
                System.out.println("guest: all in all\n" + all.table());
                assertFalse(all.cut(), "the session was lost");
                assertEquals(1, stream().get("viewers").getAsInt(), "viewers");
            }
            guest.ask("kill $java");
            assertEquals(0, guest.await(1), "exit status");
        }
    }

    private void layOut() throws IOException {
        Guest.copy(Product.root().resolve("launcher/target/revcam"), guest.share.resolve("revcam"));
        Guest.copy(Product.root().resolve("configs"), guest.share.resolve("configs"));
        Files.createDirectories(guest.share.resolve("configs/local"));
        Files.writeString(guest.share.resolve("options"), "-Drevcam.capture=v4l2:/dev/video0 -Drevcam.size=320x180 -Drevcam.fps="
                + FPS + " -Drevcam.bitrate=500k");
    }

    private void plays() throws Exception {
        long from = System.nanoTime();
        int pictures = sight.cameraPictures();
        awaitPictures(5 * FPS);
        double seconds = (System.nanoTime() - from) / 1e9;
        double fps = (sight.cameraPictures() - pictures) / seconds;
        System.out.printf("guest: by hardware %.1f frames/s, longest gap %.2f s%n", fps, sight.longestGap(from));
        assertTrue(fps > FPS * 0.9 / LENIENCE, fps + " frames/s");
        assertEquals("v4l2m2m", encoder());
    }

    /** By the configuration, as a person would do it. */
    private void swapsAndBack() throws Exception {
        Path file = guest.share.resolve("configs/local/revcam.stream-main.cfg");
        Path next = guest.share.resolve("next");
        long from = System.nanoTime();
        Files.writeString(next, "encoder = x264, *\n");
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
        awaitEncoder("x264");
        say("to x264", from, System.nanoTime());
        awaitPictures(3 * FPS);
        System.out.printf("guest: longest gap on the way %.2f s%n", sight.longestGap(from));
        assertTrue(sight.longestGap(from) < LENIENCE, "a swap holds no picture up");
        from = System.nanoTime();
        Files.delete(file);
        awaitEncoder("v4l2m2m");
        say("back to hardware", from, System.nanoTime());
        awaitPictures(3 * FPS);
        System.out.printf("guest: longest gap on the way back %.2f s%n", sight.longestGap(from));
        assertTrue(sight.longestGap(from) < LENIENCE, "a swap holds no picture up");
    }

    private void skips() throws Exception {
        guest.ask("echo 5 >/sys/module/revcam_testenc/parameters/lose_every");
        long from = System.nanoTime();
        awaitPictures(5 * FPS);
        System.out.printf("guest: every fifth picture left out: longest gap %.2f s%n", sight.longestGap(from));
        assertTrue(sight.longestGap(from) < LENIENCE, "pictures left out hold none up");
        assertEquals("v4l2m2m", encoder(), "pictures left out are no failure");
        guest.ask("echo 0 >/sys/module/revcam_testenc/parameters/lose_every");
    }

    private void losesItsCamera() throws Exception {
        int grey = sight.greyPictures();
        long from = System.nanoTime();
        // As long as somebody has it open it stays away.
        guest.ask("exec 8</dev/video0; v4l2-ctl -d /dev/video0 -c disconnect=1");
        await("no-signal picture", () -> sight.greyPictures() > grey + 5);
        say("from a camera gone to some pictures that say so", from, System.nanoTime());
        long back = System.nanoTime();
        guest.ask("exec 8<&-");
        long seen = awaitCamera(back);
        say("from a camera back to its picture", back, seen);
        assertTrue(seen - back < 2e9 * LENIENCE, "a camera that is back is seen within two seconds");
        awaitPictures(3 * FPS);
        assertEquals("v4l2m2m", encoder());
    }

    private void hangs() throws Exception {
        int console = guest.consoleLength();
        long from = System.nanoTime();
        guest.ask("echo Y >/sys/module/revcam_testenc/parameters/hang");
        long found = guest.awaitConsole("it has not returned a picture for", console, PATIENCE);
        say("from a hang to where it is found", from, found);
        long seen = awaitCamera(found);
        say("from there to a picture", found, seen);
        assertTrue(seen - found < 1e9 * LENIENCE, "pictures go on within a second");
        awaitEncoder("x264");
        awaitPictures(3 * FPS);
        long mended = System.nanoTime();
        guest.ask("echo N >/sys/module/revcam_testenc/parameters/hang");
        awaitEncoder("v4l2m2m");
        say("from a firmware mended to its pictures", mended, System.nanoTime());
        awaitPictures(3 * FPS);
    }

    private String awaitHoldings(String wanted) throws Exception {
        String[] now = {""};
        for (long until = System.nanoTime() + 30_000_000_000L; !now[0].equals(wanted) && System.nanoTime() < until;) {
            Thread.sleep(500);
            now[0] = holdings();
        }
        return now[0];
    }

    /** What the product has of devices, and its threads that use them. */
    private String holdings() throws Exception {
        return guest.ask("""
                echo $(ls -l /proc/$java/fd | grep -c -e /dev/video -e dmabuf) descriptors, \
                $(grep -c -e /dev/video -e dmabuf /proc/$java/maps) mappings, \
                $(cat /proc/$java/task/*/comm | grep -c -e revcam.capture -e revcam.encoder) threads
                """).strip();
    }

    private void awaitPictures(int count) throws Exception {
        int until = sight.cameraPictures() + count;
        await(count + " more pictures", () -> sight.cameraPictures() >= until);
    }

    private long awaitCamera(long afterNanos) throws Exception {
        await("a picture of the camera", () -> sight.firstAfter(afterNanos) != 0);
        return sight.firstAfter(afterNanos);
    }

    private void await(String what, BooleanSupplier condition) throws Exception {
        for (long until = System.nanoTime() + PATIENCE * 1_000_000_000L; !condition.getAsBoolean();) {
            if (!guest.isRunning() || System.nanoTime() > until) {
                throw new AssertionError("not within " + PATIENCE + " s: " + what + "; the guest's console is " + guest.console());
            }
            Thread.sleep(20);
        }
    }

    private void awaitEncoder(String name) throws Exception {
        for (long until = System.nanoTime() + PATIENCE * 1_000_000_000L; !name.equals(encoder());) {
            if (System.nanoTime() > until) {
                throw new AssertionError("not within " + PATIENCE + " s: encoder " + name + "; the stream is " + stream()
                        + "; the guest's console is " + guest.console());
            }
            Thread.sleep(200);
        }
    }

    private String encoder() throws Exception {
        for (JsonElement stage : stream().getAsJsonArray("stages")) {
            if (stage.getAsJsonObject().get("role").getAsString().equals("encoder")) {
                return stage.getAsJsonObject().get("provider").getAsString();
            }
        }
        return "";
    }

    private JsonObject stream() throws Exception {
        HttpResponse<String> response = http.send(HttpRequest.newBuilder(url.resolve("api/streams"))
                .timeout(Duration.ofSeconds(30)).build(), HttpResponse.BodyHandlers.ofString());
        assertEquals(200, response.statusCode(), response::body);
        return JsonParser.parseString(response.body()).getAsJsonObject().getAsJsonArray("streams").get(0).getAsJsonObject();
    }

    private static void say(String what, long fromNanos, long toNanos) {
        System.out.printf("guest: %s: %.2f s%n", what, (toNanos - fromNanos) / 1e9);
    }

    private static int freeTcpPort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static int freeUdpPort() throws IOException {
        try (DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
