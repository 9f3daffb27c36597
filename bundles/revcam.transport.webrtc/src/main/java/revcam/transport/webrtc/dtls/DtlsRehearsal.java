package revcam.transport.webrtc.dtls;

import java.io.IOException;
import java.util.List;
import org.bouncycastle.tls.DTLSClientProtocol;
import org.bouncycastle.tls.DTLSServerProtocol;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A handshake with ourselves, in memory. */
public final class DtlsRehearsal {

    private static final Logger LOG = LoggerFactory.getLogger(DtlsRehearsal.class);
    private static final int TIMEOUT_MILLIS = 60_000;

    private DtlsRehearsal() {}

    /**
     * Runs it, which takes a while.
     *
     * @return the server's keys and the client's, or null when it failed
     */
    public static SrtpKeys[] run(Dtls dtls) throws InterruptedException {
        List<Fingerprint> ours = List.of(dtls.fingerprint());
        DtlsSrtp server = new DtlsSrtp(dtls.crypto(), dtls.identity(), ours, TIMEOUT_MILLIS);
        DtlsSrtp client = new DtlsSrtp(dtls.crypto(), dtls.identity(), ours, TIMEOUT_MILLIS);
        DatagramMailbox[] clientMailbox = new DatagramMailbox[1];
        DatagramMailbox serverMailbox = new DatagramMailbox(datagram -> {
            clientMailbox[0].offer(datagram);
            return true;
        });
        clientMailbox[0] = new DatagramMailbox(datagram -> {
            serverMailbox.offer(datagram);
            return true;
        });
        Thread serverThread = new Thread(() -> {
            try {
                new DTLSServerProtocol().accept(new DtlsServer(server), serverMailbox);
            } catch (IOException | RuntimeException | LinkageError e) {
                // A linkage error: the bundle was stopped meanwhile.
                LOG.debug("as server", e);
                clientMailbox[0].close();
            }
        }, "webrtc-rehearsal-server");
        serverThread.setDaemon(true);
        serverThread.start();
        try {
            new DTLSClientProtocol().connect(new DtlsClient(client), clientMailbox[0]);
        } catch (IOException | RuntimeException | LinkageError e) {
            LOG.debug("as client", e);
            serverMailbox.close();
        }
        serverThread.join();
        return server.keys() == null || client.keys() == null ? null : new SrtpKeys[] {server.keys(), client.keys()};
    }
}
