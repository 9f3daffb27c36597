package revcam.transport.webrtc.dtls;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import revcam.testkit.SelectorLoop;

/**
 * Altered copies of everything that a peer has sent, after the handshake, without the limit on their number that a transport
 * sets: none ends the connection, and the peer's goodbye is heard after them.
 *
 * <p>{@code -Drevcam.mutations=10000000} sends as many.
 */
class AlteredRecordsTest {

    private static final int MUTATIONS = Integer.getInteger("revcam.mutations", 100_000);
    /** Without the epoch's keys a record can still move the window against replays to its end (RFC 6347, 4.1.2.6). */
    private static final int OF_ONE_CONNECTION = 5_000;
    private static final int WAIT_SECONDS = 60;
    private static final int RECORD_HEADER_BYTES = 13;
    private static final int MESSAGE_HEADER_BYTES = 12;
    /** Of what the fields of headers are most particular about: versions, epochs, types, lengths. */
    private static final int[] EDGES = {0, 1, 2, 11, 15, 16, 20, 21, 22, 23, 24, 25, 0x7F, 0x80, 0xFC, 0xFD, 0xFE, 0xFF};

    /** One end, whose events are remembered. */
    private static final class End implements DtlsConnection.Events {

        final CompletableFuture<SrtpKeys> keys = new CompletableFuture<>();
        final BlockingQueue<String> events = new LinkedBlockingQueue<>();
        DtlsConnection connection;

        @Override
        public void established(SrtpKeys established) {
            keys.complete(established);
        }

        @Override
        public void failed(String reason) {
            events.add("failed: " + reason);
            keys.completeExceptionally(new AssertionError(reason));
        }

        @Override
        public void closed() {
            events.add("closed");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void noneEndsAConnection(boolean weBegin) throws Exception {
        SplittableRandom luck = new SplittableRandom(6347);
        try (SelectorLoop loop = new SelectorLoop();
                Dtls dtls = new Dtls(DtlsIdentity.create()); Dtls peer = new Dtls(DtlsIdentity.create())) {
            for (int done = 0; done < MUTATIONS; done += OF_ONE_CONNECTION) {
                attack(loop, dtls, peer, weBegin, luck);
            }
        }
    }

    private static void attack(SelectorLoop loop, Dtls dtls, Dtls peer, boolean weBegin, SplittableRandom luck) throws Exception {
        List<byte[]> sent = Collections.synchronizedList(new ArrayList<>());
        End ours = new End();
        End theirs = new End();
        ours.connection = new DtlsConnection(dtls, loop, weBegin, List.of(peer.fingerprint()), to(loop, theirs, null), ours);
        theirs.connection = new DtlsConnection(peer, loop, !weBegin, List.of(dtls.fingerprint()), to(loop, ours, sent), theirs);
        loop.execute((weBegin ? ours : theirs).connection::start);
        ours.keys.get(WAIT_SECONDS, TimeUnit.SECONDS);
        theirs.keys.get(WAIT_SECONDS, TimeUnit.SECONDS);

        List<byte[]> genuine = List.copyOf(sent);
        CompletableFuture<Void> dealtWith = new CompletableFuture<>();
        loop.execute(() -> {
            for (int i = 0; i < OF_ONE_CONNECTION && ours.events.isEmpty(); i++) {
                byte[] altered = alter(genuine.get(luck.nextInt(genuine.size())), luck);
                ours.connection.onDatagram(ByteBuffer.wrap(altered));
                if (!ours.events.isEmpty()) {
                    ours.events.add(Arrays.toString(altered));
                }
            }
            dealtWith.complete(null);
        });
        dealtWith.get(WAIT_SECONDS, TimeUnit.SECONDS);
        assertEquals("[]", ours.events.toString());

        loop.execute(theirs.connection::close);
        assertEquals("closed", ours.events.poll(WAIT_SECONDS, TimeUnit.SECONDS));
    }

    /** @param sent takes a copy of each datagram, or null */
    private static Predicate<ByteBuffer> to(SelectorLoop loop, End end, List<byte[]> sent) {
        return datagram -> {
            byte[] copy = new byte[datagram.remaining()];
            datagram.duplicate().get(copy);
            if (sent != null) {
                sent.add(copy);
            }
            loop.execute(() -> end.connection.onDatagram(ByteBuffer.wrap(copy)));
            return true;
        };
    }

    /** As {@code HostileRelay} of {@code itests/viewer} does it, and one that knows where the headers are. */
    private static byte[] alter(byte[] genuine, SplittableRandom luck) {
        byte[] copy = genuine.clone();
        switch (luck.nextInt(8)) {
            case 0 -> { } // sent again
            case 1 -> copy = Arrays.copyOf(genuine, 1 + luck.nextInt(genuine.length));
            case 2 -> copy = Arrays.copyOf(genuine, genuine.length + 1 + luck.nextInt(64));
            case 3 -> {
                for (int i = 1 + luck.nextInt(16); i < copy.length; i++) {
                    copy[i] = (byte) luck.nextInt();
                }
            }
            case 4 -> {
                for (int flips = 1 + luck.nextInt(8); flips > 0; flips--) {
                    copy[luck.nextInt(copy.length)] ^= (byte) (1 << luck.nextInt(8));
                }
            }
            case 5 -> { // as newer than the others
                if (copy.length >= RECORD_HEADER_BYTES) {
                    ByteBuffer.wrap(copy).putInt(7, 1 + luck.nextInt(100_000));
                }
                if (luck.nextBoolean()) {
                    edge(copy, luck);
                }
            }
            default -> edge(copy, luck);
        }
        return copy;
    }

    private static void edge(byte[] copy, SplittableRandom luck) {
        int fields = Math.min(copy.length, RECORD_HEADER_BYTES + MESSAGE_HEADER_BYTES);
        for (int edges = 1 + luck.nextInt(3); edges > 0; edges--) {
            copy[luck.nextInt(fields)] = (byte) EDGES[luck.nextInt(EDGES.length)];
        }
    }
}
