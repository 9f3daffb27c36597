package revcam.transport.webrtc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import revcam.api.connectivity.ConnectivityFactory;
import revcam.api.packetiser.RtpFormat;
import revcam.api.transport.NegotiationException;
import revcam.api.transport.Transport;
import revcam.api.transport.TransportEvents;
import revcam.api.transport.TransportRequest;
import revcam.testkit.SelectorLoop;
import revcam.transport.webrtc.ice.IceLiteFactory;

/** A real browser: it takes our answer, our ICE, DTLS and SRTP, and we take its RTCP, its restart and its goodbye. */
class ChromiumTest {

    private static final RtpFormat FORMAT = new RtpFormat("H264", 90000,
            Map.of("packetization-mode", "1", "profile-level-id", "42c01f"), 1280, 720);
    private static final int SSRC = 0x12345678;
    /** A browser that starts for the first time since the machine did reads much from a disk. */
    private static final int WAIT_SECONDS = 45;
    /** Reports each step by its title, so that the test sees where it stops. */
    private static final String PAGE = """
            <!doctype html><video muted autoplay></video><script>
            const tell = text => fetch('/tell', {method: 'POST', body: text});
            (async () => {
              const query = new URLSearchParams(location.search);
              const pc = new RTCPeerConnection({bundlePolicy: query.get('bundle') || 'balanced'});
              if (query.has('all')) pc.addTransceiver('audio', {direction: 'recvonly'});
              pc.addTransceiver('video', {direction: 'recvonly'});
              if (query.has('all')) pc.createDataChannel('unwanted');
              let connected;
              const whenConnected = new Promise(resolve => connected = resolve);
              pc.onconnectionstatechange = () => pc.connectionState === 'connected' && connected();
              await pc.setLocalDescription();
              let answer = await (await fetch('/offer', {method: 'POST', body: pc.localDescription.sdp})).text();
              await pc.setRemoteDescription({type: 'answer', sdp: answer});
              await whenConnected;
              await tell('connected');
              let packets = 0;
              while (packets < 20) {
                (await pc.getStats()).forEach(s => { if (s.type === 'inbound-rtp') packets = s.packetsReceived; });
                await new Promise(resolve => setTimeout(resolve, 50));
              }
              await tell('media');
              await fetch('/go-on');
              if (query.has('all')) return pc.close();
              const ufrag = sdp => /a=ice-ufrag:(.*)\\r/.exec(sdp)[1];
              const password = sdp => /a=ice-pwd:(.*)\\r/.exec(sdp)[1];
              await pc.setLocalDescription(await pc.createOffer({iceRestart: true}));
              const offer = pc.localDescription.sdp;
              const fragment = await (await fetch('/patch', {method: 'POST',
                  body: `a=ice-ufrag:${ufrag(offer)}\\r\\na=ice-pwd:${password(offer)}\\r\\n`})).text();
              answer = answer.replaceAll(ufrag(answer), ufrag(fragment))
                  .replaceAll(password(answer), password(fragment));
              await pc.setRemoteDescription({type: 'answer', sdp: answer});
              let selected = false;
              while (!selected) {
                const stats = await pc.getStats();
                stats.forEach(s => {
                  if (s.type === 'transport' && s.iceLocalUsernameFragment === ufrag(offer)) {
                    const pair = stats.get(s.selectedCandidatePairId);
                    selected = pair && pair.state === 'succeeded'
                        && stats.get(pair.localCandidateId).usernameFragment === ufrag(offer);
                  }
                });
                await new Promise(resolve => setTimeout(resolve, 50));
              }
              await tell('restarted');
              pc.close();
            })().catch(e => tell('error ' + e));
            </script>""";

    @TempDir
    private Path directory;

    @Test
    void playsAndRestartsAndLeaves() throws Exception {
        // As configured: all addresses of this machine, or loopback when it has no other.
        run("/", "", true);
    }

    @Test
    void playsByLoopbackAlone() throws Exception {
        run("/", "127.0.0.1", true);
    }

    @Test
    void takesAnAnswerThatRefusesAudioAndData() throws Exception {
        run("/?all=1", "", false);
        run("/?all=1&bundle=max-bundle", "", false);
    }

    private void run(String path, String listen, boolean restarts) throws Exception {
        Path chromium = Stream.of("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
                .map(Path::of).filter(Files::isExecutable).findFirst().orElse(null);
        assumeTrue(chromium != null, "no Chromium here");
        SelectorLoop loop = new SelectorLoop();
        IceLiteFactory lite = new IceLiteFactory(loop, Map.of("port", 0, "listen", listen, "silence", 10));
        WebRtcTransportFactory factory = new WebRtcTransportFactory(loop, directory.resolve("state"), -1);
        factory.bindConnectivity(lite, Map.of(ConnectivityFactory.NAME, "lite"));
        Server server = new Server(factory);
        Process browser = new ProcessBuilder(chromium.toString(), "--headless=new", "--no-sandbox", "--disable-gpu",
                        "--disable-background-networking", "--no-first-run", "--disable-quic",
                        "--disable-component-update", "--disable-sync",
                        "--user-data-dir=" + directory.resolve("profile"), server.url() + path)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            server.await("connected");
            Transport transport = server.transport;
            assertEquals("connected", server.events.poll(WAIT_SECONDS, TimeUnit.SECONDS));
            String tag = transport.iceTag();
            server.sendMedia(loop);
            server.await("media");
            assertEquals("rtcp", server.events.poll(WAIT_SECONDS, TimeUnit.SECONDS));
            server.goOn.countDown();
            if (restarts) {
                server.await("restarted");
                assertNotEquals(tag, transport.iceTag());
            }
            String event = server.events.poll(WAIT_SECONDS, TimeUnit.SECONDS);
            while ("rtcp".equals(event)) {
                event = server.events.poll(WAIT_SECONDS, TimeUnit.SECONDS);
            }
            assertEquals("closed: the viewer left", event);
        } finally {
            browser.descendants().forEach(ProcessHandle::destroy);
            browser.destroy();
            browser.waitFor(5, TimeUnit.SECONDS);
            // A link to outside, which JUnit would warn of.
            Files.deleteIfExists(directory.resolve("profile/SingletonSocket"));
            server.close();
            factory.deactivate();
            lite.deactivate();
            loop.close();
        }
    }

    /** The page, and just enough of WHEP. */
    private static final class Server implements TransportEvents, AutoCloseable {

        private final WebRtcTransportFactory factory;
        private final HttpServer http;
        private final ExecutorService threads = Executors.newCachedThreadPool();
        private final BlockingQueue<String> told = new LinkedBlockingQueue<>();
        private final BlockingQueue<String> events = new LinkedBlockingQueue<>();
        private final CountDownLatch goOn = new CountDownLatch(1);
        private volatile Transport transport;
        private volatile boolean stopped;

        Server(WebRtcTransportFactory factory) throws IOException {
            this.factory = factory;
            http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            http.setExecutor(threads);
            http.createContext("/", exchange -> {
                byte[] body = exchange.getRequestBody().readAllBytes();
                exchange.getResponseHeaders().add("Content-Type", "text/html");
                byte[] reply;
                try {
                    reply = reply(exchange, new String(body, StandardCharsets.UTF_8)).getBytes(StandardCharsets.UTF_8);
                } catch (NegotiationException e) {
                    told.add("refused: " + e.getMessage());
                    reply = new byte[0];
                }
                exchange.sendResponseHeaders(200, reply.length == 0 ? -1 : reply.length);
                exchange.getResponseBody().write(reply);
                exchange.close();
            });
            http.start();
        }

        private String reply(HttpExchange exchange, String body) throws NegotiationException {
            switch (exchange.getRequestURI().getPath()) {
                case "/":
                    return PAGE;
                case "/offer":
                    transport = factory.open(new TransportRequest(body, FORMAT, "main", "cam", SSRC, 2), this);
                    return transport.answer();
                case "/patch":
                    return transport.patch(body);
                case "/tell":
                    told.add(body);
                    return "";
                case "/go-on":
                    try {
                        goOn.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                    return "";
                default:
                    return "";
            }
        }

        String url() {
            return "http://127.0.0.1:" + http.getAddress().getPort();
        }

        void await(String expected) throws InterruptedException {
            assertEquals(expected, told.poll(WAIT_SECONDS, TimeUnit.SECONDS));
        }

        /** Packets that are no picture: the browser counts and acknowledges them all the same. */
        void sendMedia(SelectorLoop loop) {
            Transport to = transport;
            ByteBuffer header = ByteBuffer.allocate(12);
            byte[] payload = new byte[1000];
            payload[0] = 0x65;
            threads.execute(() -> {
                for (int sequence = 0; !stopped; sequence++) {
                    int number = sequence;
                    loop.execute(() -> {
                        header.clear();
                        header.put((byte) 0x80).put((byte) (0x80 | to.media().payloadType()));
                        header.putShort((short) number).putInt(3000 * number).putInt(SSRC);
                        to.sendRtp(header.array(), 12, payload, 0, payload.length);
                    });
                    try {
                        TimeUnit.MILLISECONDS.sleep(20);
                    } catch (InterruptedException e) {
                        return;
                    }
                }
            });
        }

        @Override
        public void onConnected(long nowNanos) {
            events.add("connected");
        }

        @Override
        public void onRtcp(long nowNanos, ByteBuffer packet) {
            int type = packet.get(packet.position() + 1) & 0xFF;
            assertTrue(type >= 200 && type <= 207, "RTCP packet type " + type);
            events.add("rtcp");
        }

        @Override
        public void onClosed(long nowNanos, String reason) {
            events.add("closed: " + reason);
        }

        @Override
        public void close() {
            stopped = true;
            threads.shutdownNow();
            http.stop(0);
        }
    }
}
