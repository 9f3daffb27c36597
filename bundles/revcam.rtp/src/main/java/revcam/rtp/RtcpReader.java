package revcam.rtp;

import java.nio.ByteBuffer;

/**
 * Reads compound (RFC 3550, section 6.1) and reduced-size (RFC 5506) RTCP packets. Work is bounded by the packet's
 * length whatever it holds, and garbage never throws: what it cannot use it skips, what contradicts itself ends the
 * packet with {@link RtcpListener#onMalformed}. One reader can serve many sessions of one thread.
 */
public final class RtcpReader {

    /** Lost packets that one datagram may name; more than a retransmission history holds. */
    public static final int MAX_NACKS = 2048;

    private static final int SENDER_REPORT = 200;
    private static final int RECEIVER_REPORT = 201;
    private static final int BYE = 203;
    private static final int TRANSPORT_FEEDBACK = 205;
    private static final int PAYLOAD_FEEDBACK = 206;

    private static final int FORMAT_NACK = 1;
    private static final int FORMAT_CONGESTION_CONTROL = 11;
    private static final int FORMAT_TRANSPORT_CC = 15;
    private static final int FORMAT_PLI = 1;
    private static final int FORMAT_FIR = 4;
    private static final int FORMAT_APPLICATION = 15;

    private static final int SENDER_INFO_BYTES = 20;
    private static final int REPORT_BLOCK_BYTES = 24;
    /** "REMB" in ASCII. */
    private static final int REMB = 0x52454D42;

    private final TransportFeedback transportFeedback = new TransportFeedback();
    private final CongestionFeedback congestionFeedback = new CongestionFeedback();
    private int nacks;

    /** Reads from position to limit; the buffer is left as it was. */
    public void read(ByteBuffer packet, RtcpListener listener) {
        nacks = 0;
        int limit = packet.limit();
        RtcpListener.Defect defect = null;
        for (int at = packet.position(), next; at < limit && defect == null; at = next) {
            if (limit - at < 4) {
                defect = RtcpListener.Defect.TRUNCATED;
                break;
            }
            int first = u8(packet, at);
            next = at + 4 + 4 * u16(packet, at + 2);
            if (first >> 6 != 2) {
                defect = RtcpListener.Defect.VERSION;
            } else if (next > limit) {
                defect = RtcpListener.Defect.TRUNCATED;
            } else {
                int end = next;
                if ((first & 0x20) != 0) {
                    // RFC 3550 pads to whole words; transport-wide feedback pads by single bytes.
                    int padding = next - at > 4 ? u8(packet, next - 1) : 0;
                    if (padding == 0 || padding > next - at - 4) {
                        defect = RtcpListener.Defect.PADDING;
                        break;
                    }
                    end -= padding;
                }
                defect = readOne(packet, u8(packet, at + 1), first & 0x1F, at + 4, end, listener);
            }
        }
        if (defect != null) {
            listener.onMalformed(defect);
        }
    }

    private RtcpListener.Defect readOne(
            ByteBuffer in, int type, int countOrFormat, int from, int end, RtcpListener listener) {
        return switch (type) {
            case SENDER_REPORT -> readSenderReport(in, countOrFormat, from, end, listener);
            case RECEIVER_REPORT -> from + 4 > end
                    ? RtcpListener.Defect.TOO_SHORT
                    : readReportBlocks(in, u32(in, from), countOrFormat, from + 4, end, listener);
            case BYE -> readBye(in, countOrFormat, from, end, listener);
            case TRANSPORT_FEEDBACK, PAYLOAD_FEEDBACK -> from + 8 > end
                    ? RtcpListener.Defect.TOO_SHORT
                    : type == TRANSPORT_FEEDBACK
                            ? readTransportFeedback(in, countOrFormat, from, end, listener)
                            : readPayloadFeedback(in, countOrFormat, from, end, listener);
            default -> null;
        };
    }

    private static RtcpListener.Defect readSenderReport(
            ByteBuffer in, int count, int from, int end, RtcpListener listener) {
        int blocksAt = from + 4 + SENDER_INFO_BYTES;
        if (blocksAt > end) {
            return RtcpListener.Defect.TOO_SHORT;
        }
        int sender = u32(in, from);
        listener.onSenderReport(
                sender,
                (long) u32(in, from + 4) << 32 | unsigned32(in, from + 8),
                u32(in, from + 12),
                unsigned32(in, from + 16),
                unsigned32(in, from + 20));
        return readReportBlocks(in, sender, count, blocksAt, end, listener);
    }

    private static RtcpListener.Defect readReportBlocks(
            ByteBuffer in, int sender, int count, int from, int end, RtcpListener listener) {
        if (from + count * REPORT_BLOCK_BYTES > end) {
            return RtcpListener.Defect.TOO_SHORT;
        }
        for (int block = 0, at = from; block < count; block++, at += REPORT_BLOCK_BYTES) {
            int loss = u32(in, at + 4);
            listener.onReceiverReport(
                    sender,
                    u32(in, at),
                    (loss >>> 24) / 256.0,
                    loss << 8 >> 8,
                    unsigned32(in, at + 8),
                    unsigned32(in, at + 12),
                    u32(in, at + 16),
                    unsigned32(in, at + 20));
        }
        return null;
    }

    private static RtcpListener.Defect readBye(ByteBuffer in, int count, int from, int end, RtcpListener listener) {
        if (from + 4 * count > end) {
            return RtcpListener.Defect.TOO_SHORT;
        }
        for (int source = 0; source < count; source++) {
            listener.onBye(u32(in, from + 4 * source));
        }
        return null;
    }

    private RtcpListener.Defect readTransportFeedback(
            ByteBuffer in, int format, int from, int end, RtcpListener listener) {
        if (format == FORMAT_NACK) {
            return readNack(in, u32(in, from + 4), from + 8, end, listener);
        }
        if (format == FORMAT_CONGESTION_CONTROL) {
            RtcpListener.Defect defect = congestionFeedback.decode(in, from, end);
            if (defect == null) {
                listener.onCongestionFeedback(congestionFeedback);
            }
            return defect;
        }
        if (format == FORMAT_TRANSPORT_CC) {
            RtcpListener.Defect defect = transportFeedback.decode(in, from + 8, end);
            if (defect == null) {
                listener.onTransportFeedback(transportFeedback);
            }
            return defect;
        }
        return null;
    }

    private RtcpListener.Defect readNack(ByteBuffer in, int mediaSsrc, int from, int end, RtcpListener listener) {
        if (from + 4 > end) {
            return RtcpListener.Defect.TOO_SHORT;
        }
        for (int at = from; at + 4 <= end; at += 4) {
            int sequence = u16(in, at);
            // Bit i of the mask stands for the packet i + 1 after the first; the first itself gets a bit below it.
            for (int lost = u16(in, at + 2) << 1 | 1; lost != 0; lost >>>= 1, sequence++) {
                if ((lost & 1) != 0) {
                    if (++nacks > MAX_NACKS) {
                        return RtcpListener.Defect.TOO_MANY_NACKS;
                    }
                    listener.onNack(mediaSsrc, sequence & 0xFFFF);
                }
            }
        }
        return null;
    }

    private static RtcpListener.Defect readPayloadFeedback(
            ByteBuffer in, int format, int from, int end, RtcpListener listener) {
        int entriesAt = from + 8;
        switch (format) {
            case FORMAT_PLI -> listener.onPli(u32(in, from + 4));
            case FORMAT_FIR -> {
                if (entriesAt + 8 > end) {
                    return RtcpListener.Defect.TOO_SHORT;
                }
                for (int at = entriesAt; at + 8 <= end; at += 8) {
                    listener.onFir(u32(in, at), u8(in, at + 4));
                }
            }
            case FORMAT_APPLICATION -> {
                if (entriesAt + 4 <= end && u32(in, entriesAt) == REMB) {
                    if (entriesAt + 8 > end) {
                        return RtcpListener.Defect.TOO_SHORT;
                    }
                    listener.onReceiverEstimate(bitrate(u32(in, entriesAt + 4)));
                }
            }
            default -> { }
        }
        return null;
    }

    /** 6 bits of exponent and 18 of mantissa below the count of SSRCs; what no long can hold is as good as infinite. */
    private static long bitrate(int word) {
        int exponent = word >>> 18 & 0x3F;
        long mantissa = word & 0x3FFFF;
        return exponent < Long.numberOfLeadingZeros(mantissa) ? mantissa << exponent : Long.MAX_VALUE;
    }

    static int u8(ByteBuffer in, int at) {
        return in.get(at) & 0xFF;
    }

    static int u16(ByteBuffer in, int at) {
        return u8(in, at) << 8 | u8(in, at + 1);
    }

    static int u32(ByteBuffer in, int at) {
        return u16(in, at) << 16 | u16(in, at + 2);
    }

    private static long unsigned32(ByteBuffer in, int at) {
        return Integer.toUnsignedLong(u32(in, at));
    }
}
