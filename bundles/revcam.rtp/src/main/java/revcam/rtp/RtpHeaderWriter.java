package revcam.rtp;

import java.nio.charset.StandardCharsets;

/**
 * Writes the RTP header (RFC 3550, section 5.1) with the one-byte header extensions (RFC 8285, section 4.2) of one
 * viewer.
 */
public final class RtpHeaderWriter {

    /** The longest header this writes: fixed part, extension header, and four extensions with a MID of 16 bytes. */
    public static final int MAX_BYTES = 12 + 4 + 32;

    private static final int FIXED_BYTES = 12;
    private static final int MAX_MID_BYTES = 16;
    private static final int VERSION_2 = 2 << 6;
    private static final int EXTENSION_BIT = 1 << 4;
    private static final int ONE_BYTE_PROFILE = 0xBEDE;
    private static final int WITH_ARRIVAL_TIMES = 0x8000;
    /** abs-send-time wraps here: 24 bits of which 18 are a fraction of a second. */
    private static final long ABS_SEND_TIME_WRAP_NANOS = 64_000_000_000L;

    private final byte[] plain;
    private final byte[] withPlayoutDelay;
    private final int transportSequenceAt;
    private final int absSendTimeAt;
    private final boolean feedbackRequests;

    /**
     * Extension ids are those that were negotiated, 1 to 14, or 0 to leave the extension out.
     *
     * @param midId {@code urn:ietf:params:rtp-hdrext:sdes:mid} (RFC 9143, section 15)
     * @param mid its value, 1 to 16 bytes of UTF-8; null without {@code midId}
     * @param transportSequenceId draft-holmer-rmcat-transport-wide-cc-extensions-01, section 2
     * @param feedbackRequests whether it is the second version of that one ({@code
     *     http://www.webrtc.org/experiments/rtp-hdrext/transport-wide-cc-02}), in which a packet can ask for feedback; all
     *     packets have the room for it, so that those of a frame are of one size
     * @param absSendTimeId {@code http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time}
     * @param playoutDelayId {@code http://www.webrtc.org/experiments/rtp-hdrext/playout-delay}
     * @throws IllegalArgumentException an id or the MID is out of range
     */
    public RtpHeaderWriter(int midId, String mid, int transportSequenceId, boolean feedbackRequests, int absSendTimeId,
            int playoutDelayId) {
        byte[] extensions = new byte[MAX_BYTES - FIXED_BYTES];
        int at = 4;
        this.feedbackRequests = feedbackRequests && transportSequenceId != 0;
        int transportSequenceBytes = feedbackRequests ? 4 : 2;
        transportSequenceAt = place(extensions, at, transportSequenceId, transportSequenceBytes);
        at = transportSequenceAt < 0 ? at : transportSequenceAt + transportSequenceBytes;
        absSendTimeAt = place(extensions, at, absSendTimeId, 3);
        at = absSendTimeAt < 0 ? at : absSendTimeAt + 3;
        if (midId != 0) {
            byte[] value = mid.getBytes(StandardCharsets.UTF_8);
            if (value.length == 0 || value.length > MAX_MID_BYTES) {
                throw new IllegalArgumentException("a MID in a one-byte header extension has 1 to 16 bytes, not "
                        + value.length);
            }
            int valueAt = place(extensions, at, midId, value.length);
            System.arraycopy(value, 0, extensions, valueAt, value.length);
            at = valueAt + value.length;
        }
        plain = template(extensions, at);
        // Minimum and maximum delay, 12 bits each, are zero: show every frame as soon as it can be shown.
        int playoutDelayAt = place(extensions, at, playoutDelayId, 3);
        withPlayoutDelay = playoutDelayAt < 0 ? plain : template(extensions, playoutDelayAt + 3);
    }

    /** Where the extension's value goes, or -1 when it is left out. */
    private static int place(byte[] extensions, int at, int id, int length) {
        if (id == 0) {
            return -1;
        }
        if (id < 0 || id > 14) {
            throw new IllegalArgumentException("a one-byte header extension has an id from 1 to 14, not " + id);
        }
        extensions[at] = (byte) (id << 4 | length - 1);
        return at + 1;
    }

    private static byte[] template(byte[] extensions, int length) {
        boolean any = length > 4;
        int words = (length - 4 + 3) / 4;
        byte[] header = new byte[any ? FIXED_BYTES + 4 + 4 * words : FIXED_BYTES];
        header[0] = (byte) (any ? VERSION_2 | EXTENSION_BIT : VERSION_2);
        if (any) {
            System.arraycopy(extensions, 4, header, FIXED_BYTES + 4, length - 4);
            Bytes.putShort(header, FIXED_BYTES, ONE_BYTE_PROFILE);
            Bytes.putShort(header, FIXED_BYTES + 2, words);
        }
        return header;
    }

    /** Length of a header with every negotiated extension: what to leave for it in the path's MTU. */
    public int maxBytes() {
        return withPlayoutDelay.length;
    }

    /**
     * Writes one header to the start of {@code out}, which holds at least {@link #maxBytes()}.
     *
     * @param transportSequence transport-wide sequence number; its low 16 bits are sent
     * @param nowNanos when the packet leaves, for abs-send-time
     * @param playoutDelay whether to ask the receiver to show this frame at once, where that was negotiated
     * @return length of the header
     */
    public int write(
            byte[] out,
            int payloadType,
            boolean marker,
            int sequence,
            int timestamp,
            int ssrc,
            long transportSequence,
            long nowNanos,
            boolean playoutDelay) {
        byte[] template = playoutDelay ? withPlayoutDelay : plain;
        System.arraycopy(template, 0, out, 0, template.length);
        out[1] = (byte) (marker ? payloadType | 0x80 : payloadType);
        Bytes.putShort(out, 2, sequence);
        Bytes.putInt(out, 4, timestamp);
        Bytes.putInt(out, 8, ssrc);
        if (transportSequenceAt >= 0) {
            Bytes.putShort(out, FIXED_BYTES + transportSequenceAt, (int) transportSequence);
        }
        if (absSendTimeAt >= 0) {
            Bytes.put24(out, FIXED_BYTES + absSendTimeAt, absSendTime(nowNanos));
        }
        return template.length;
    }

    /**
     * Has the packet of a header that {@link #write} wrote ask for feedback, with arrival times, on it and those before it.
     *
     * @param packets 1 to 32767, itself included
     * @throws IllegalStateException the viewer does not take requests
     */
    public void requestFeedback(byte[] header, int packets) {
        if (!feedbackRequests) {
            throw new IllegalStateException("this viewer reports by itself");
        }
        Bytes.putShort(header, FIXED_BYTES + transportSequenceAt + 2, WITH_ARRIVAL_TIMES | packets);
    }

    private static int absSendTime(long nowNanos) {
        return (int) ((Math.floorMod(nowNanos, ABS_SEND_TIME_WRAP_NANOS) << 18) / 1_000_000_000L);
    }
}
