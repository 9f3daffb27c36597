package revcam.transport.webrtc.dtls;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.bouncycastle.tls.crypto.impl.bc.BcTlsCrypto;

/**
 * What all viewers' DTLS shares: the certificate, and the threads on which handshakes run, because Bouncy Castle's
 * handshake blocks and the media loop must not.
 */
public final class Dtls implements AutoCloseable {

    /** A handshake ends by then, or the viewer is given up. */
    public static final int HANDSHAKE_SECONDS = 10;

    /** Stalled peers occupy a thread each: as many as there are viewers in a handshake at a time. */
    private static final int THREADS = 4;
    private static final int MAX_WAITING = 16;
    private static final int IDLE_SECONDS = 5;

    private final DtlsIdentity identity;
    private final BcTlsCrypto crypto = DtlsSrtp.crypto();
    private final ThreadPoolExecutor handshakes;

    public Dtls(DtlsIdentity identity) {
        this.identity = identity;
        AtomicInteger number = new AtomicInteger();
        handshakes = new ThreadPoolExecutor(
                THREADS, THREADS, IDLE_SECONDS, TimeUnit.SECONDS, new ArrayBlockingQueue<>(MAX_WAITING), task -> {
                    Thread thread = new Thread(task, "dtls-" + number.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
        handshakes.allowCoreThreadTimeOut(true);
    }

    /** Of our certificate, for the answer. */
    public Fingerprint fingerprint() {
        return identity.fingerprint();
    }

    DtlsIdentity identity() {
        return identity;
    }

    BcTlsCrypto crypto() {
        return crypto;
    }

    /** @throws RejectedExecutionException when too many wait already */
    void run(Runnable handshake) {
        handshakes.execute(handshake);
    }

    /**
     * Takes no more handshakes; those under way end by themselves once their connections are closed. Never interrupts
     * them: that would close the UDP socket they send through, which is everybody's.
     */
    @Override
    public void close() {
        handshakes.shutdown();
    }
}
