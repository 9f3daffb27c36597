package revcam.api.transport;

import java.nio.channels.SelectableChannel;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The one thread that owns every viewer's session: it waits for datagrams, commands and deadlines and runs their
 * handlers one after the other. Whatever runs on it must not block. Published by the engine as an OSGi service.
 */
@ProviderType
public interface MediaLoop {

    /** Queues a command and wakes the loop. Any thread; commands of one thread run in order. */
    void execute(Runnable command);

    /** Whether the caller is the loop. */
    boolean isLoopThread();

    /**
     * Calls {@code handler} on the loop whenever {@code channel} is readable. The channel must be non-blocking, and
     * stays the caller's. Any thread.
     *
     * @return closes the registration; afterwards the handler is not called any more once the loop has passed by
     */
    Registration onReadable(SelectableChannel channel, TimedHandler handler);

    /** Asks {@code task} for its deadline after every round of the loop, and calls it when that has passed. */
    Registration onDeadline(DeadlineTask task);

    /** Something to do at a given loop time. */
    @FunctionalInterface
    interface TimedHandler {
        /** @param nowNanos {@link System#nanoTime()} of this round of the loop */
        void run(long nowNanos);
    }

    /** Something with deadlines of its own. Asked often: answer from a field. */
    interface DeadlineTask {
        /** {@link Long#MAX_VALUE} for never. */
        long nextDeadlineNanos();

        void onDeadline(long nowNanos);
    }

    /** Ends what it was returned for. Idempotent; any thread. */
    interface Registration extends AutoCloseable {
        @Override
        void close();
    }
}
