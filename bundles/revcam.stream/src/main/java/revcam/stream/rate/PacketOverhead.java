package revcam.stream.rate;

import java.util.concurrent.TimeUnit;

/**
 * What RTP adds to an encoder's bits, from the packets that were made of them. Full packets cost in proportion to the
 * bits; each frame, and each slice, also ends in one that is not full. How many of those there are in a second is
 * measured over about a second; the share of the full ones is known. So the result holds also just after the rate has
 * changed, and while the encoder has little to say.
 *
 * <p>Not thread-safe.
 */
public final class PacketOverhead {

    private static final long WINDOW_NANOS = TimeUnit.SECONDS.toNanos(1);
    /** Of a window in the running mean. */
    private static final double WEIGHT = 0.5;
    /** Of frames that end somewhere in a packet. */
    private static final double ASSUMED_PER_FRAME = 0.5;
    /** However long the headers, half is for the pictures. */
    private static final double LEAST_SHARE = 0.5;

    private long beganNanos;
    private boolean begun;
    private double unfilled;
    private int frames;
    private double unfilledPerSecond;

    public PacketOverhead(double fps) {
        unfilledPerSecond = ASSUMED_PER_FRAME * fps;
    }

    /**
     * A frame was packetised.
     *
     * @param packets that it became
     * @param payloadBytes in all of them
     * @param maxPayloadBytes that fit into one
     */
    public void onFrame(long now, int packets, long payloadBytes, int maxPayloadBytes) {
        if (begun && now - beganNanos >= WINDOW_NANOS) {
            if (frames > 1) {
                unfilledPerSecond += WEIGHT * (unfilled * 1e9 / (now - beganNanos) - unfilledPerSecond);
            }
            begun = false;
        }
        if (!begun) {
            begun = true;
            beganNanos = now;
            unfilled = 0;
            frames = 0;
        }
        frames++;
        unfilled += Math.max(0, packets - (double) payloadBytes / maxPayloadBytes);
    }

    /** What an encoder may spend for {@code rtpBps} to leave. */
    public long encoderBps(long rtpBps, int headerBytes, int maxPayloadBytes) {
        double left = rtpBps - 8.0 * headerBytes * unfilledPerSecond;
        return Math.round(Math.max(LEAST_SHARE * rtpBps, left / (1 + (double) headerBytes / maxPayloadBytes)));
    }

    /** What leaves, at the most, when an encoder spends so much: each frame ends in packets that are not full. */
    public static long mostRtpBps(long encoderBps, double fps, int unfilledPerFrame, int headerBytes,
            int maxPayloadBytes) {
        return Math.round(encoderBps * (1 + (double) headerBytes / maxPayloadBytes)
                + 8.0 * headerBytes * fps * unfilledPerFrame);
    }
}
