package revcam.v4l2;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Waits for a device, and for another thread that ends the wait. One thread waits, any may {@link #wake()}. To be closed
 * before the device.
 */
public final class DevicePoll implements AutoCloseable {

    /** A capture buffer can be dequeued (POLLIN). */
    public static final int READABLE = 0x1;
    /** An event waits (POLLPRI). */
    public static final int EVENT = 0x2;
    /** An output buffer can be dequeued (POLLOUT). */
    public static final int WRITABLE = 0x4;
    /**
     * POLLERR, asked for or not: a queue is not streaming or has no buffers, or the device has gone. It stays, so whoever just
     * waits again spins; dequeue to learn why.
     */
    public static final int ERROR = 0x8;
    /** The device has gone (POLLHUP). */
    public static final int HANGUP = 0x10;
    /** {@link #wake()} was called. */
    public static final int WOKEN = 0x1_0000;

    private static final int POLLIN = 0x1;
    /** {@code struct pollfd}: fd, events, revents. */
    private static final int POLLFD_BYTES = 8;

    private final VideoDevice device;
    private final ByteBuffer descriptors = direct(2 * POLLFD_BYTES);
    private final ByteBuffer awaitCounter = direct(Long.BYTES);
    private final ByteBuffer wakeCounter = direct(Long.BYTES);
    private int eventFd;

    public DevicePoll(VideoDevice device) throws V4l2Exception {
        this.device = device;
        wakeCounter.putLong(0, 1);
        eventFd = device.calls().eventfd();
        device.check("eventfd", eventFd);
    }

    /**
     * Blocks until something of {@code events} holds, the device fails, or it is woken. Does not allocate.
     *
     * @param events {@link #READABLE}, {@link #WRITABLE}, {@link #EVENT}; with 0 only failures and waking end it
     * @param timeoutMillis -1 for ever
     * @return what holds, a sum of the constants; 0 after the time is over
     */
    public int await(int events, int timeoutMillis) throws V4l2Exception {
        descriptors.putInt(0, device.fd()).putShort(4, (short) events).putShort(6, (short) 0);
        descriptors.putInt(8, eventFd).putShort(12, (short) POLLIN).putShort(14, (short) 0);
        int result = device.calls().poll(descriptors, 2, timeoutMillis);
        // A signal is taken for a short timeout: callers wait in a loop anyway.
        if (result == 0 || result == -Errno.EINTR.number()) {
            return 0;
        }
        device.check("poll", result);
        int happened = descriptors.getShort(6);
        if (descriptors.getShort(14) != 0) {
            device.calls().read(eventFd, awaitCounter, Long.BYTES);
            happened |= WOKEN;
        }
        return happened;
    }

    /** Ends the wait that is going on, or the next one. Any thread; does nothing once closed. */
    public synchronized void wake() {
        if (eventFd >= 0) {
            device.calls().write(eventFd, wakeCounter, Long.BYTES);
        }
    }

    /** To be called when nobody waits any more. Idempotent. */
    @Override
    public synchronized void close() {
        if (eventFd >= 0) {
            device.calls().close(eventFd);
            eventFd = -1;
        }
    }

    private static ByteBuffer direct(int bytes) {
        return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
    }
}
