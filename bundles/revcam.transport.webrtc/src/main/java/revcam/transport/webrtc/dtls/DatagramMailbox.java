package revcam.transport.webrtc.dtls;

import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Predicate;
import org.bouncycastle.tls.DatagramTransport;

/**
 * Where the media loop leaves datagrams for the handshake, which blocks on a thread of its own. Once the handshake is
 * over, the loop reads them itself and must not wait: {@link #stopWaiting()}.
 */
final class DatagramMailbox implements DatagramTransport {

    /** Fits the smallest IPv6 path (1280 bytes) with its headers and a tunnel's. */
    private static final int SEND_LIMIT_BYTES = 1200;
    private static final int RECEIVE_LIMIT_BYTES = 2048;
    private static final int MAX_WAITING_BYTES = 32 * 1024;

    private final Predicate<ByteBuffer> out;
    private final Deque<byte[]> waiting = new ArrayDeque<>();
    private int waitingBytes;
    private boolean mayWait = true;
    private boolean closed;

    /** @param out sends a datagram; false when it was not taken */
    DatagramMailbox(Predicate<ByteBuffer> out) {
        this.out = out;
    }

    /** Takes a copy, or drops it when there are too many: DTLS copes with loss. */
    synchronized void offer(ByteBuffer datagram) {
        int bytes = datagram.remaining();
        if (closed || bytes > RECEIVE_LIMIT_BYTES || waitingBytes + bytes > MAX_WAITING_BYTES) {
            return;
        }
        byte[] copy = new byte[bytes];
        datagram.get(copy);
        waiting.add(copy);
        waitingBytes += bytes;
        notifyAll();
    }

    /** From now on an empty mailbox is an {@link InterruptedIOException}; once it is closed, an {@link EOFException}. */
    synchronized void stopWaiting() {
        mayWait = false;
    }

    synchronized boolean isClosed() {
        return closed;
    }

    @Override
    public synchronized int receive(byte[] buf, int off, int len, int waitMillis) throws IOException {
        long deadlineNanos = System.nanoTime() + waitMillis * 1_000_000L;
        while (waiting.isEmpty()) {
            if (closed) {
                throw new EOFException("closed");
            }
            if (!mayWait) {
                throw new InterruptedIOException("nothing more");
            }
            long leftMillis = (deadlineNanos - System.nanoTime() + 999_999) / 1_000_000;
            if (leftMillis <= 0) {
                return -1;
            }
            try {
                wait(leftMillis);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException();
            }
        }
        byte[] datagram = waiting.remove();
        waitingBytes -= datagram.length;
        int bytes = Math.min(len, datagram.length);
        System.arraycopy(datagram, 0, buf, off, bytes);
        return bytes;
    }

    @Override
    public void send(byte[] buf, int off, int len) {
        if (!isClosed()) {
            out.test(ByteBuffer.wrap(buf, off, len));
        }
    }

    @Override
    public int getReceiveLimit() {
        return RECEIVE_LIMIT_BYTES;
    }

    @Override
    public int getSendLimit() {
        return SEND_LIMIT_BYTES;
    }

    @Override
    public synchronized void close() {
        closed = true;
        notifyAll();
    }
}
