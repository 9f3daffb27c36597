package revcam.transport.webrtc.dtls;

import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.bouncycastle.tls.DTLSClientProtocol;
import org.bouncycastle.tls.DTLSServerProtocol;
import org.bouncycastle.tls.DTLSTransport;
import org.bouncycastle.tls.TlsFatalAlert;
import org.bouncycastle.tls.TlsFatalAlertReceived;
import org.bouncycastle.tls.TlsTimeoutException;
import revcam.api.transport.MediaLoop;

/** One viewer's DTLS: a handshake on a thread of {@link Dtls}, then alerts only. Media loop, but for the handshake. */
public final class DtlsConnection implements AutoCloseable {

    /** What comes of it; on the media loop. After a call to {@link #failed} or {@link #closed} nothing follows. */
    public interface Events {

        /** The handshake is over and the peer is who the offer said. Called once. */
        void established(SrtpKeys keys);

        /** The handshake went wrong or took too long, or DTLS broke after it. */
        void failed(String reason);

        /** The peer said goodbye. */
        void closed();
    }

    private final Dtls dtls;
    private final MediaLoop loop;
    private final boolean client;
    private final List<Fingerprint> peer;
    private final Events events;
    private final DatagramMailbox mailbox;
    private boolean started;
    private DTLSTransport transport;
    private boolean ended;

    /**
     * Expects a handshake.
     *
     * @param client whether we begin: then {@link #start()} is to be called
     * @param peer fingerprints of the peer's certificate; without any the handshake fails
     * @param out sends a datagram; any thread
     */
    public DtlsConnection(
            Dtls dtls, MediaLoop loop, boolean client, List<Fingerprint> peer, Predicate<ByteBuffer> out,
            Events events) {
        this.dtls = dtls;
        this.loop = loop;
        this.client = client;
        this.peer = List.copyOf(peer);
        this.events = events;
        mailbox = new DatagramMailbox(out);
    }

    /** Begins the handshake. As the passive side the peer's first datagram does, so that silence costs no thread. */
    public void start() {
        if (started || ended) {
            return;
        }
        started = true;
        // The time spent waiting for a thread counts.
        long deadlineNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(Dtls.HANDSHAKE_SECONDS);
        try {
            dtls.run(() -> handshake(deadlineNanos));
        } catch (RejectedExecutionException e) {
            end();
            events.failed("too many DTLS handshakes at a time");
        }
    }

    /** @param datagram consumed */
    public void onDatagram(ByteBuffer datagram) {
        if (ended || !HandshakeBounds.accept(datagram)) {
            return;
        }
        mailbox.offer(datagram);
        if (transport != null) {
            drain();
        } else if (!client) {
            start();
        }
    }

    /** Says goodbye, if there is someone to say it to. */
    @Override
    public void close() {
        if (!ended && transport != null) {
            try {
                transport.close();
            } catch (IOException e) {
                // Gone already.
            }
        }
        end();
    }

    private void handshake(long deadlineNanos) {
        long leftMillis = TimeUnit.NANOSECONDS.toMillis(deadlineNanos - System.nanoTime());
        DtlsSrtp srtp = new DtlsSrtp(dtls.crypto(), dtls.identity(), peer, (int) Math.max(1, leftMillis));
        try {
            DTLSTransport secured = client
                    ? new DTLSClientProtocol().connect(new DtlsClient(srtp), mailbox)
                    : new DTLSServerProtocol().accept(new DtlsServer(srtp), mailbox);
            loop.execute(() -> established(secured, srtp.keys()));
        } catch (IOException | RuntimeException e) {
            String reason = reason(e);
            loop.execute(() -> fail(reason));
        }
    }

    private static String reason(Exception failure) {
        if (failure instanceof TlsTimeoutException) {
            return "no DTLS handshake within " + Dtls.HANDSHAKE_SECONDS + " s";
        }
        if (failure instanceof TlsFatalAlertReceived) {
            return "the viewer refused DTLS: " + failure.getMessage();
        }
        if (failure instanceof TlsFatalAlert) {
            return "DTLS: " + failure.getMessage() + (failure.getCause() == null ? "" : ", " + failure.getCause());
        }
        return "DTLS: " + failure;
    }

    private void established(DTLSTransport secured, SrtpKeys keys) {
        if (ended) {
            return;
        }
        transport = secured;
        mailbox.stopWaiting();
        events.established(keys);
        // What came between the handshake's end and now; perhaps already a goodbye.
        drain();
    }

    private void fail(String reason) {
        if (!ended) {
            end();
            events.failed(reason);
        }
    }

    /** Alerts, and repeated handshake messages that ask for our last flight again; there is no application data. */
    private void drain() {
        byte[] data = new byte[mailbox.getReceiveLimit()];
        try {
            while (!ended && !mailbox.isClosed()) {
                transport.receive(data, 0, data.length, 1);
            }
        } catch (InterruptedIOException e) {
            return;
        } catch (EOFException | TlsFatalAlertReceived e) {
            // The mailbox was closed by the peer's close_notify, or the peer gave up.
        } catch (IOException e) {
            fail(reason(e));
            return;
        }
        if (!ended) {
            end();
            events.closed();
        }
    }

    private void end() {
        ended = true;
        mailbox.close();
    }
}
