package revcam.api.engine;

/**
 * What an engine knows about one viewer; running totals since it joined, NaN where unknown.
 *
 * @param codec encoding name that is sent, or empty
 * @param encoder what encodes it, by the engine's name, or empty
 * @param frames sent
 * @param packets RTP packets sent, retransmissions not among them
 * @param bytes RTP headers and payloads of them
 * @param retransmittedPackets sent again
 * @param nacks negative acknowledgements received (RFC 4585), messages
 * @param plis picture loss indications received
 * @param firs full intra requests received
 * @param targetBps what congestion control allows, bits per second
 * @param rttSeconds round-trip time of the last report
 * @param loss in the last report, 0 to 1
 * @param jitterSeconds interarrival jitter in the last report
 */
public record EngineStatistics(String codec, String encoder, double frames, double packets, double bytes,
        double retransmittedPackets, double nacks, double plis, double firs, double targetBps, double rttSeconds, double loss,
        double jitterSeconds) {}
