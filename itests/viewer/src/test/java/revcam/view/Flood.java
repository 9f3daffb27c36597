package revcam.view;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.zip.CRC32;

/**
 * Somebody in the network who means ill: 5,000 datagrams a second of no use, 1,000 DTLS ClientHello, and 100 offers, from its
 * making until it is closed. Two threads send.
 */
final class Flood implements AutoCloseable {

    static final int JUNK_PER_SECOND = 5_000;
    static final int HELLOS_PER_SECOND = 1_000;
    static final int POSTS_PER_SECOND = 100;

    /** An offer that RevCam would answer. */
    private static final String OFFER = String.join("\r\n", "v=0", "o=- 42 2 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE 0",
            "m=video 9 UDP/TLS/RTP/SAVPF 96", "c=IN IP4 0.0.0.0", "a=ice-ufrag:flod", "a=ice-pwd:0123456789abcdef01234567",
            "a=fingerprint:sha-256 " + "AB:".repeat(31) + "AB", "a=setup:actpass", "a=mid:0", "a=recvonly", "a=rtcp-mux",
            "a=rtpmap:96 H264/90000", "a=fmtp:96 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f",
            "a=rtcp-fb:96 nack", "a=rtcp-fb:96 nack pli", "a=rtcp-fb:96 transport-cc", "");
    private static final int SOURCES = 8;
    /** Made beforehand: who floods must not take the processor that is being measured. */
    private static final int POOL = 1024;
    private static final long STEP_NANOS = 1_000_000;
    /** After a pause, as when another process ran, no more than this is made up for at once. */
    private static final int MOST_AT_ONCE = 200;
    private static final int MOST_WAITING = 64;

    private final InetSocketAddress media;
    private final URI whep;
    private final String token;
    private final DatagramChannel[] sources = new DatagramChannel[SOURCES];
    private final ByteBuffer[] junk = new ByteBuffer[POOL];
    private final ByteBuffer[] hellos = new ByteBuffer[POOL];
    private final AtomicLong datagrams = new AtomicLong();
    private final Map<Integer, Integer> answers = new ConcurrentSkipListMap<>();
    private final Thread[] threads;
    private final long beganNanos = System.nanoTime();
    private volatile boolean open = true;

    /**
     * @param media where datagrams go to
     * @param whep where offers go to
     * @param token that every third offer has; every third has a wrong one, and every third none
     */
    Flood(InetSocketAddress media, URI whep, String token) throws IOException {
        this.media = media;
        this.whep = whep;
        this.token = token;
        for (int i = 0; i < SOURCES; i++) {
            sources[i] = DatagramChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            sources[i].configureBlocking(false);
        }
        SplittableRandom random = new SplittableRandom(5);
        for (int i = 0; i < POOL; i++) {
            junk[i] = switch (i % 4) {
                case 0 -> anything(random);
                case 1 -> check(random);
                case 2 -> media(random, 96);
                default -> media(random, 200 + random.nextInt(7));
            };
            hellos[i] = clientHello(random);
        }
        threads = new Thread[] {new Thread(this::datagrams, "flood-datagrams"), new Thread(this::offers, "flood-offers")};
        for (Thread thread : threads) {
            thread.setDaemon(true);
            thread.start();
        }
    }

    private static ByteBuffer anything(SplittableRandom random) {
        byte[] bytes = new byte[1 + random.nextInt(1400)];
        random.nextBytes(bytes);
        return ByteBuffer.wrap(bytes);
    }

    /** RTP or RTCP by its first two bytes (RFC 5761, section 4), and as good as encrypted after them. */
    private static ByteBuffer media(SplittableRandom random, int type) {
        byte[] bytes = new byte[40 + random.nextInt(1200)];
        random.nextBytes(bytes);
        bytes[0] = (byte) (0x80 | random.nextInt(32));
        bytes[1] = (byte) type;
        return ByteBuffer.wrap(bytes);
    }

    /** A connectivity check in order (RFC 8445, section 7.1), but for its credentials. */
    private static ByteBuffer check(SplittableRandom random) {
        ByteBuffer message = ByteBuffer.allocate(96);
        message.putShort((short) 1).putShort((short) 0).putInt(0x2112A442).putLong(random.nextLong()).putInt(random.nextInt());
        byte[] username = String.format("%08x:%03d", random.nextInt(), random.nextInt(1000)).getBytes(StandardCharsets.US_ASCII);
        message.putShort((short) 0x0006).putShort((short) username.length).put(username);
        message.putShort((short) 0x0024).putShort((short) 4).putInt(0x6E0001FF);
        message.putShort((short) 0x802A).putShort((short) 8).putLong(random.nextLong());
        byte[] integrity = new byte[20];
        random.nextBytes(integrity);
        message.putShort((short) 0x0008).putShort((short) integrity.length).put(integrity);
        message.putShort(2, (short) (message.position() - 20 + 8));
        CRC32 crc = new CRC32();
        crc.update(message.array(), 0, message.position());
        message.putShort((short) 0x8028).putShort((short) 4).putInt((int) crc.getValue() ^ 0x5354554E);
        return message.flip();
    }

    /** RFC 6347, section 4.2.1, with what a browser says (RFC 5764, section 4.1.1). */
    private static ByteBuffer clientHello(SplittableRandom random) {
        byte[] nonce = new byte[32];
        random.nextBytes(nonce);
        ByteBuffer body = ByteBuffer.allocate(256);
        body.putShort((short) 0xFEFD).put(nonce).put((byte) 0).put((byte) 0);
        body.putShort((short) 4).putShort((short) 0xC02B).putShort((short) 0xC02F).put((byte) 1).put((byte) 0);
        ByteBuffer extensions = ByteBuffer.allocate(128);
        extensions.putShort((short) 10).putShort((short) 6).putShort((short) 4).putShort((short) 29).putShort((short) 23);
        extensions.putShort((short) 13).putShort((short) 6).putShort((short) 4).putShort((short) 0x0403).putShort((short) 0x0804);
        extensions.putShort((short) 14).putShort((short) 5).putShort((short) 2).putShort((short) 1).put((byte) 0);
        extensions.putShort((short) 23).putShort((short) 0);
        body.putShort((short) extensions.position()).put(extensions.flip());
        int length = body.position();
        ByteBuffer record = ByteBuffer.allocate(13 + 12 + length);
        record.put((byte) 22).putShort((short) 0xFEFF).putShort((short) 0).putShort((short) 0).putInt(0).putShort((short) (12 + length));
        record.put((byte) 1).put((byte) 0).putShort((short) length).putShort((short) 0);
        record.put((byte) 0).putShort((short) 0).put((byte) 0).putShort((short) length);
        return record.put(body.flip()).flip();
    }

    private void datagrams() {
        long sentJunk = 0;
        long sentHellos = 0;
        try {
            while (open) {
                double seconds = (System.nanoTime() - beganNanos) / 1e9;
                sentJunk = send(junk, sentJunk, (long) (seconds * JUNK_PER_SECOND));
                sentHellos = send(hellos, sentHellos, (long) (seconds * HELLOS_PER_SECOND));
                LockSupport.parkNanos(STEP_NANOS);
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private long send(ByteBuffer[] pool, long sent, long due) throws IOException {
        long next = Math.max(sent, due - MOST_AT_ONCE);
        for (; next < due; next++) {
            sources[(int) (next % SOURCES)].send(pool[(int) (next % POOL)].rewind(), media);
            datagrams.incrementAndGet();
        }
        return next;
    }

    private void offers() {
        HttpClient http = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();
        Semaphore waiting = new Semaphore(MOST_WAITING);
        for (long sent = 0; open; sent++) {
            long due = beganNanos + sent * 1_000_000_000L / POSTS_PER_SECOND;
            while (open && System.nanoTime() - due < 0) {
                LockSupport.parkNanos(Math.max(1, due - System.nanoTime()));
            }
            if (!waiting.tryAcquire()) {
                count(0);
                continue;
            }
            // Behind a proxy, that is from another machine: those on this one are not limited.
            HttpRequest.Builder request = HttpRequest.newBuilder(whep).timeout(Duration.ofSeconds(5))
                    .header("Content-Type", "application/sdp").header("X-Forwarded-For", "192.0.2.7")
                    .POST(HttpRequest.BodyPublishers.ofString(OFFER));
            if (sent % 3 > 0) {
                request.header("Authorization", "Bearer " + (sent % 3 == 1 ? token : "wrong"));
            }
            http.sendAsync(request.build(), HttpResponse.BodyHandlers.discarding()).whenComplete((response, failure) -> {
                waiting.release();
                count(failure == null ? response.statusCode() : -1);
            });
        }
    }

    private void count(int status) {
        answers.merge(status, 1, Integer::sum);
    }

    /** What offers were answered with; -1: not in time, 0: not sent since so many waited for an answer. */
    Map<Integer, Integer> answers() {
        return answers;
    }

    double datagramsPerSecond() {
        return datagrams.get() / ((System.nanoTime() - beganNanos) / 1e9);
    }

    double offersPerSecond() {
        return answers.values().stream().mapToInt(Integer::intValue).sum() / ((System.nanoTime() - beganNanos) / 1e9);
    }

    @Override
    public void close() throws IOException {
        open = false;
        try {
            for (Thread thread : threads) {
                thread.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        for (DatagramChannel source : sources) {
            source.close();
        }
    }
}
