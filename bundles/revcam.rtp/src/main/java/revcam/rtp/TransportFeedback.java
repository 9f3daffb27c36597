package revcam.rtp;

import java.nio.ByteBuffer;

/**
 * One transport-wide feedback message, decoded (draft-holmer-rmcat-transport-wide-cc-extensions-01, section 3.1):
 * consecutive transport-wide sequence numbers from {@link #baseSequence()}, indexed from 0, and which of them arrived
 * when. {@link SendHistory#join} makes sense of it.
 */
public final class TransportFeedback {

    /** Packets that one message may report on; a longer one is dropped. */
    public static final int CAPACITY = 8192;

    private static final int HEADER_BYTES = 8;
    private static final int NOT_RECEIVED = 0;
    private static final int SMALL_DELTA = 1;
    private static final int LARGE_DELTA = 2;

    private final byte[] status = new byte[CAPACITY];
    private final int[] ticks = new int[CAPACITY];
    private int baseSequence;
    private int count;
    private int feedbackCount;

    TransportFeedback() {}

    /** First sequence number reported on, 16 bits. */
    public int baseSequence() {
        return baseSequence;
    }

    /** Packets reported on. */
    public int count() {
        return count;
    }

    /** Running number of this message, 8 bits. */
    public int feedbackCount() {
        return feedbackCount;
    }

    public boolean received(int index) {
        return status[index] != NOT_RECEIVED;
    }

    /**
     * When it arrived on the receiver's clock, in 250 microseconds modulo 2^32 (the reference time's 24 bits of 64 ms);
     * meaningless unless received.
     */
    public int arrivalTicks(int index) {
        return ticks[index];
    }

    /**
     * Decodes what follows the two SSRCs.
     *
     * @return null, or what is wrong with it
     */
    RtcpListener.Defect decode(ByteBuffer in, int from, int end) {
        count = 0;
        if (end - from < HEADER_BYTES) {
            return RtcpListener.Defect.TOO_SHORT;
        }
        int statusCount = RtcpReader.u16(in, from + 2);
        if (statusCount > CAPACITY) {
            return RtcpListener.Defect.FEEDBACK_TOO_LONG;
        }
        baseSequence = RtcpReader.u16(in, from);
        feedbackCount = RtcpReader.u8(in, from + 7);
        int deltasAt = decodeStatus(in, from + HEADER_BYTES, end, statusCount);
        if (deltasAt < 0) {
            return RtcpListener.Defect.FEEDBACK;
        }
        int referenceTicks = RtcpReader.u32(in, from + 4) & 0xFFFFFF00;
        if (!decodeArrivals(in, deltasAt, end, statusCount, referenceTicks)) {
            return RtcpListener.Defect.FEEDBACK;
        }
        count = statusCount;
        return null;
    }

    /** Reads the packet status chunks; answers where the deltas begin, or -1. */
    private int decodeStatus(ByteBuffer in, int from, int end, int statusCount) {
        int at = from;
        for (int filled = 0; filled < statusCount; at += 2) {
            if (end - at < 2) {
                return -1;
            }
            int chunk = RtcpReader.u16(in, at);
            if ((chunk & 0x8000) == 0) {
                int run = chunk & 0x1FFF;
                if (run == 0) {
                    return -1;
                }
                int stop = Math.min(filled + run, statusCount);
                byte symbol = (byte) (chunk >> 13 & 3);
                while (filled < stop) {
                    status[filled++] = symbol;
                }
            } else {
                int bits = (chunk & 0x4000) == 0 ? 1 : 2;
                for (int shift = 14 - bits; shift >= 0 && filled < statusCount; shift -= bits) {
                    status[filled++] = (byte) (chunk >> shift & (1 << bits) - 1);
                }
            }
        }
        return at;
    }

    private boolean decodeArrivals(ByteBuffer in, int from, int end, int statusCount, int referenceTicks) {
        int at = from;
        int arrival = referenceTicks;
        for (int index = 0; index < statusCount; index++) {
            int symbol = status[index];
            if (symbol == NOT_RECEIVED) {
                continue;
            }
            // A delta has as many bytes as its symbol's number.
            if (symbol > LARGE_DELTA || end - at < symbol) {
                return false;
            }
            arrival += symbol == SMALL_DELTA ? RtcpReader.u8(in, at) : (short) RtcpReader.u16(in, at);
            ticks[index] = arrival;
            at += symbol;
        }
        return true;
    }
}
