package revcam.api.capture;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * A running source. Leases that it handed out stay readable after {@link #close()} until each is closed: the memory goes
 * with the last of them.
 */
@ConsumerType
public interface VideoCapture extends AutoCloseable {

    /** Stops the source and releases its device; when this returns no thread of it is inside the sink. Idempotent. */
    @Override
    void close();
}
