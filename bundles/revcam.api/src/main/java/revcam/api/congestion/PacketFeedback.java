package revcam.api.congestion;

import org.osgi.annotation.versioning.ProviderType;

/**
 * One feedback report joined with the send history: packets in sending order, indexed from 0. Packets that left the
 * history before the report came are not in it.
 */
@ProviderType
public interface PacketFeedback {

    int count();

    /** Unwrapped transport-wide sequence number. */
    long transportSequence(int index);

    /** When it was sent, on the sender's clock, nanoseconds. */
    long sentNanos(int index);

    int sizeBytes(int index);

    boolean received(int index);

    /**
     * When it arrived, on the receiver's clock with an unknown origin, nanoseconds; meaningless unless received. Only
     * differences count; the resolution is that of the feedback (250 microseconds for transport-wide-cc, 1/1024 s for
     * RFC 8888).
     */
    long arrivalNanos(int index);
}
