package revcam.api.packetiser;

import java.nio.ByteBuffer;
import org.osgi.annotation.versioning.ConsumerType;
import revcam.api.media.StageException;

/**
 * Splits access units into RTP payloads. It owns no sequence numbers, timestamps or SSRCs: those are the session's, so
 * that one packetiser serves every viewer and can be replaced between two access units. One thread at a time.
 */
@ConsumerType
public interface Packetiser extends AutoCloseable {

    /**
     * Appends the payloads of one access unit in sending order; the marker bit belongs on the last. An access unit that
     * is empty or holds nothing worth sending appends nothing.
     *
     * @param accessUnit from position to limit, borrowed and left as it was
     * @param maxPayloadBytes upper bound of each payload; at least 100
     * @param out cleared by the caller
     * @throws StageException FAILED when this is no access unit of the codec; {@code out} is then undefined
     */
    void packetise(ByteBuffer accessUnit, int maxPayloadBytes, RtpPayloads out) throws StageException;

    /**
     * Whether the access unit packetised last can be decoded without those before it: for H.264 an IDR picture with its
     * parameter sets. The engine holds an encoder's word against it.
     */
    boolean isKeyframe();

    /**
     * What the stream really is, read from the parameter sets that went through; null before the first. A change shows
     * after the access unit that made it.
     */
    RtpFormat format();

    @Override
    void close();
}
