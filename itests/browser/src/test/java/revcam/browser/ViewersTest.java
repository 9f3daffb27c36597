package revcam.browser;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.NetworkInterface;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Several viewers, and viewers who are hard to reach. Two browsers on two cores may be a little slow. */
class ViewersTest {

    @Test
    void twoWatchTheSameEncoding() throws IOException {
        try (Product product = Product.start(); Chromium one = Chromium.start(); Chromium other = Chromium.start()) {
            Page first = one.open(product.url());
            first.awaitFrames(30, Duration.ofSeconds(15));
            first.reset();
            Page second = other.open(product.url());
            second.awaitFrames(30, Duration.ofSeconds(15));
            second.reset();
            assertEquals(2, product.stream().get("viewers").getAsInt());
            Pause.millis(5_000);
            Watch seenByFirst = first.watch();
            Watch seenBySecond = second.watch();
            System.out.println("first of two: " + seenByFirst);
            System.out.println("second of two: " + seenBySecond);
            assertAll(
                    // The second one's key frame must not disturb the first.
                    () -> assertEquals(0, seenByFirst.stats().pliCount()),
                    () -> assertEquals(0, seenByFirst.stats().packetsLost()),
                    () -> assertEquals(0, seenBySecond.stats().packetsLost()),
                    () -> assertEquals(30, seenByFirst.framesPerSecond(), 8),
                    () -> assertEquals(30, seenBySecond.framesPerSecond(), 8));
        }
    }

    /** The optional bundle, started because its role's option names it. */
    @Test
    void theyAreReachedByFullIce() throws IOException {
        assumeTrue(hasAddress(), "full ICE offers no loopback address, and this machine has no other");
        try (Product product = Product.start("--connectivity", "ice4j"); Chromium chromium = Chromium.start()) {
            Page page = chromium.open(product.url());
            page.awaitFrames(60, Duration.ofSeconds(20));
            assertEquals(0, product.end("TERM"), "exit status");
        }
    }

    private static boolean hasAddress() throws IOException {
        return NetworkInterface.networkInterfaces().flatMap(NetworkInterface::inetAddresses)
                .anyMatch(address -> !address.isLoopbackAddress() && !address.isLinkLocalAddress());
    }

    /** Without permission to use a camera, a browser hides its addresses behind names that only mDNS can resolve. */
    @Test
    void anOfferOfNothingButMdnsNamesIsAnswered() throws IOException {
        try (Product product = Product.start(); Chromium chromium = Chromium.start()) {
            Page page = chromium.open(product.url() + "icon.svg");
            // An image has no player of its own. An older way to offer than the page's: wait for every candidate first.
            String offer = page.evaluate("""
                    (async () => {
                      const peer = window.peer = new RTCPeerConnection();
                      peer.addTransceiver('video', {direction: 'recvonly'});
                      await peer.setLocalDescription(await peer.createOffer());
                      while (peer.iceGatheringState !== 'complete') {
                        await new Promise((resolve) => setTimeout(resolve, 10));
                      }
                      const response = await fetch('/whep', {method: 'POST',
                          headers: {'Content-Type': 'application/sdp'}, body: peer.localDescription.sdp});
                      if (response.status !== 201) throw new Error(response.status + ' ' + await response.text());
                      await peer.setRemoteDescription({type: 'answer', sdp: await response.text()});
                      return peer.localDescription.sdp;
                    })()""").getAsString();
            assertTrue(offer.contains("a=candidate:"), "the offer has no candidate:\n" + offer);
            assertFalse(offer.lines().anyMatch(line -> line.startsWith("a=candidate:") && !line.contains(".local ")),
                    "the offer has an address:\n" + offer);
            page.awaitFrames(30, Duration.ofSeconds(10));
        }
    }

    @Test
    void lostPacketsAreSentAgainAndThePictureGoesOn() throws IOException {
        // Media is larger than this, STUN and RTCP are smaller, so that only pictures suffer.
        try (NetworkNamespace network = NetworkNamespace.create(2, 500)) {
            assumeTrue(network != null, "this system lets us have no network namespace with a packet filter");
            try (Product product = Product.launch(network.prefix()).awaitReady();
                    Chromium chromium = Chromium.start(network.prefix())) {
                Page page = chromium.open(product.url());
                page.awaitFrames(60, Duration.ofSeconds(20));
                page.reset();
                long lostBefore = network.lost();
                Pause.millis(10_000);
                Watch watch = page.watch();
                long lost = network.lost() - lostBefore;
                System.out.println("2 % loss: " + watch + "; the network lost " + lost);
                assertAll(
                        () -> assertTrue(lost >= 10, "the network lost only " + lost),
                        () -> assertTrue(watch.stats().retransmittedPacketsReceived() >= lost * 0.8,
                                "came again: " + watch.stats().retransmittedPacketsReceived() + " of " + lost),
                        () -> assertEquals(0, watch.stats().pliCount(), "a picture was given up"),
                        () -> assertEquals(0, watch.stats().framesDropped(), "frames dropped"),
                        () -> assertEquals(30, watch.framesPerSecond(), 5));
            }
        }
    }
}
