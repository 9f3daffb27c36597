package revcam.transport.webrtc.dtls;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.sun.management.ThreadMXBean;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.bouncycastle.tls.DTLSClientProtocol;
import org.bouncycastle.tls.DTLSServerProtocol;
import org.bouncycastle.tls.DatagramTransport;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever a peer sends for a handshake, as far as {@link HandshakeBounds} lets it through, Bouncy Castle ends it with an
 * exception that {@link DtlsConnection} expects, without keys, and in bounded memory.
 */
class DtlsFuzzTest {

    /** Two orders below what announced lengths would make it reserve without the bounds: 16 messages of 16 MiB. */
    private static final long MAX_BYTES = 3_000_000;
    private static final ThreadMXBean MEMORY = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final Dtls DTLS = new Dtls(DtlsIdentity.create());
    private static final DtlsIdentity PEER = DtlsIdentity.create();

    /** Datagrams, each behind two bytes of length; then the path is gone. */
    private static final class Script implements DatagramTransport {

        private final ByteBuffer datagrams;

        Script(byte[] data) {
            datagrams = ByteBuffer.wrap(data);
        }

        @Override
        public int receive(byte[] buf, int off, int len, int waitMillis) throws IOException {
            while (datagrams.remaining() > 2) {
                int length = Math.min(datagrams.getShort() & 0x7FF, datagrams.remaining());
                ByteBuffer datagram = datagrams.slice(datagrams.position(), length);
                datagrams.position(datagrams.position() + length);
                if (length > 0 && HandshakeBounds.accept(datagram)) {
                    int taken = Math.min(len, length);
                    datagram.get(0, buf, off, taken);
                    return taken;
                }
            }
            throw new EOFException();
        }

        @Override
        public void send(byte[] buf, int off, int len) {
            // Nobody is there.
        }

        @Override
        public int getReceiveLimit() {
            return 2048;
        }

        @Override
        public int getSendLimit() {
            return 1200;
        }

        @Override
        public void close() {
            datagrams.position(datagrams.limit());
        }
    }

    @FunctionalInterface
    private interface Handshake {
        void with(DtlsSrtp srtp, DatagramTransport path) throws IOException;
    }

    private static void play(byte[] data, Handshake handshake) {
        DtlsSrtp srtp = new DtlsSrtp(DTLS.crypto(), DTLS.identity(), List.of(PEER.fingerprint()), 10_000);
        long before = MEMORY.getCurrentThreadAllocatedBytes();
        try {
            handshake.with(srtp, new Script(data));
            throw new AssertionError("a recorded handshake cannot succeed: our random is another");
        } catch (IOException | RuntimeException e) {
            // As DtlsConnection takes it.
        }
        assertTrue(srtp.keys() == null);
        long bytes = MEMORY.getCurrentThreadAllocatedBytes() - before;
        assertTrue(bytes < MAX_BYTES, () -> bytes + " bytes for " + data.length);
    }

    @MethodSource("fromClients")
    @FuzzTest(maxDuration = "5m")
    void server(byte[] data) {
        play(data, (srtp, path) -> new DTLSServerProtocol().accept(new DtlsServer(srtp), path));
    }

    @MethodSource("fromServers")
    @FuzzTest(maxDuration = "5m")
    void client(byte[] data) {
        play(data, (srtp, path) -> new DTLSClientProtocol().connect(new DtlsClient(srtp), path));
    }

    static Stream<byte[]> fromClients() throws Exception {
        byte[] sent = recorded(true);
        return Stream.of(sent, Arrays.copyOf(sent, sent.length / 2));
    }

    static Stream<byte[]> fromServers() throws Exception {
        byte[] sent = recorded(false);
        return Stream.of(sent, Arrays.copyOf(sent, sent.length / 2));
    }

    /** What one side of a real handshake sent. */
    private static byte[] recorded(boolean byClient) throws Exception {
        ByteArrayOutputStream recorded = new ByteArrayOutputStream();
        DatagramMailbox[] ends = new DatagramMailbox[2];
        for (int i = 0; i < 2; i++) {
            int other = 1 - i;
            boolean wanted = (i == 0) == byClient;
            ends[i] = new DatagramMailbox(datagram -> {
                if (wanted) {
                    recorded.write(datagram.remaining() >> 8);
                    recorded.write(datagram.remaining());
                    recorded.write(datagram.array(), datagram.arrayOffset() + datagram.position(), datagram.remaining());
                }
                ends[other].offer(datagram.duplicate());
                return true;
            });
        }
        CompletableFuture<Void> server = CompletableFuture.runAsync(() -> {
            try {
                new DTLSServerProtocol().accept(new DtlsServer(
                        new DtlsSrtp(DTLS.crypto(), DTLS.identity(), List.of(PEER.fingerprint()), 10_000)), ends[1]);
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
        new DTLSClientProtocol().connect(new DtlsClient(
                new DtlsSrtp(DTLS.crypto(), PEER, List.of(DTLS.fingerprint()), 10_000)), ends[0]);
        server.get();
        return recorded.toByteArray();
    }
}
