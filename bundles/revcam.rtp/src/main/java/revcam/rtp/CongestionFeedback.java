package revcam.rtp;

import java.nio.ByteBuffer;

/**
 * One congestion control feedback message (RFC 8888, section 3.1): what of some RTP streams arrived, and when. It is read
 * where it lies, one packet after the other; {@link RtpSendHistory#join} makes sense of it. Its ECN bits are skipped:
 * no packet leaves here that may be marked.
 *
 * <p>{@code rewind(); while (next()) ...} visits all packets; the other methods are about the present one.
 */
public final class CongestionFeedback {

    private static final int SSRC_BYTES = 4;
    private static final int TIMESTAMP_BYTES = 4;
    private static final int BLOCK_HEADER_BYTES = 8;
    private static final int METRIC_BYTES = 2;
    /** A quarter of the sequence numbers (section 3.1). */
    private static final int MAX_REPORTS = 16_384;
    private static final int RECEIVED = 0x8000;
    private static final int OFFSET = 0x1FFF;
    /**
     * The arrival time is not known, or later than the report. One less is an offset above the range: as a number it is
     * the smallest of those.
     */
    private static final int OFFSET_UNKNOWN = 0x1FFF;
    /** Offsets count 1/1024 s, timestamps 1/65536 s. */
    private static final int OFFSET_SHIFT = 6;

    private ByteBuffer in;
    private int from;
    private int end;
    private int reportTicks;
    private int at;
    private int left; // of the block, behind the present packet
    private int ssrc;
    private int sequence;
    private int metric;

    CongestionFeedback() {}

    /**
     * Checks what follows the RTCP header.
     *
     * @return null, or what is wrong with it
     */
    RtcpListener.Defect decode(ByteBuffer packet, int start, int stop) {
        int blocksEnd = stop - TIMESTAMP_BYTES;
        int block = start + SSRC_BYTES;
        if (block > blocksEnd) {
            return RtcpListener.Defect.TOO_SHORT;
        }
        while (block < blocksEnd) {
            if (blocksEnd - block < BLOCK_HEADER_BYTES) {
                return RtcpListener.Defect.FEEDBACK;
            }
            int reports = RtcpReader.u16(packet, block + 6);
            if (reports > MAX_REPORTS) {
                return RtcpListener.Defect.FEEDBACK_TOO_LONG;
            }
            block += blockBytes(reports);
        }
        if (block != blocksEnd) {
            return RtcpListener.Defect.FEEDBACK;
        }
        in = packet;
        from = start + SSRC_BYTES;
        end = blocksEnd;
        reportTicks = RtcpReader.u32(packet, blocksEnd);
        rewind();
        return null;
    }

    /** Blocks end at a whole word. */
    private static int blockBytes(int reports) {
        return BLOCK_HEADER_BYTES + METRIC_BYTES * (reports + (reports & 1));
    }

    /** Before the first packet. */
    public void rewind() {
        at = from;
        left = 0;
    }

    /** Goes to the next packet, if there is one. */
    public boolean next() {
        while (left == 0) {
            if (at == end) {
                return false;
            }
            ssrc = RtcpReader.u32(in, at);
            sequence = RtcpReader.u16(in, at + 4) - 1;
            left = RtcpReader.u16(in, at + 6);
            at += BLOCK_HEADER_BYTES;
        }
        sequence = sequence + 1 & 0xFFFF;
        metric = RtcpReader.u16(in, at);
        at += METRIC_BYTES;
        if (--left == 0) {
            at += (at - from) & METRIC_BYTES;
        }
        return true;
    }

    /** Of the stream. */
    public int ssrc() {
        return ssrc;
    }

    /** RTP sequence number, 16 bits. */
    public int sequence() {
        return sequence;
    }

    public boolean received() {
        return (metric & RECEIVED) != 0;
    }

    /** Whether the receiver knows when it arrived; meaningless unless received. */
    public boolean arrivalKnown() {
        return (metric & OFFSET) != OFFSET_UNKNOWN;
    }

    /**
     * When it arrived on the receiver's clock, in 1/65536 s modulo 2^32, with a resolution of 1/1024 s. Of a packet that
     * arrived more than 8189/1024 s before the report, the latest moment at which that may have been; of one that arrived
     * at no known time, when the report was made. Meaningless unless received.
     */
    public int arrivalTicks() {
        int offset = metric & OFFSET;
        return offset == OFFSET_UNKNOWN ? reportTicks : reportTicks - (offset << OFFSET_SHIFT);
    }
}
