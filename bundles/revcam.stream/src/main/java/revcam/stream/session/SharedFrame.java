package revcam.stream.session;

import revcam.api.packetiser.RtpPayloads;
import revcam.rtp.RetransmissionHistory;

/**
 * One access unit as RTP payloads, shared by every viewer and kept for retransmission. The encoder's side fills it and
 * hands it through the ring; from then on it is the media loop's until that returns it. {@link #generation()} changes
 * when it is reused, so that a history entry can tell that its frame has gone.
 */
public final class SharedFrame implements RetransmissionHistory.Frame {

    private final RtpPayloads payloads = new RtpPayloads();
    private int generation;
    private boolean keyframe;
    private long captureNanos;
    private long readyNanos;

    /** To be filled before {@link #describe}; read-only from then on. */
    public RtpPayloads payloads() {
        return payloads;
    }

    /**
     * Says what the payloads are of.
     *
     * @param captureNanos the picture's moment
     * @param readyNanos when the packetiser was done
     */
    public void describe(boolean keyframe, long captureNanos, long readyNanos) {
        this.keyframe = keyframe;
        this.captureNanos = captureNanos;
        this.readyNanos = readyNanos;
    }

    public boolean keyframe() {
        return keyframe;
    }

    public long captureNanos() {
        return captureNanos;
    }

    public long readyNanos() {
        return readyNanos;
    }

    @Override
    public int generation() {
        return generation;
    }

    /** Makes every history entry that still points here stale. */
    public void retire() {
        generation++;
    }
}
