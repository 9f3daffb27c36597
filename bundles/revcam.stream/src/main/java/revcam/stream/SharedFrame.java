package revcam.stream;

import revcam.api.packetiser.RtpPayloads;
import revcam.rtp.RetransmissionHistory;

/**
 * One access unit as RTP payloads, shared by every viewer and kept for retransmission. The encoder's side fills it and
 * hands it through the ring; from then on it is the media loop's until that returns it. {@link #generation()} changes
 * when it is reused, so that a history entry can tell that its frame has gone.
 */
final class SharedFrame implements RetransmissionHistory.Frame {

    final RtpPayloads payloads = new RtpPayloads();
    private int generation;
    boolean keyframe;
    long captureNanos;
    /** When the packetiser was done. */
    long readyNanos;

    @Override
    public int generation() {
        return generation;
    }

    /** Makes every history entry that still points here stale. */
    void retire() {
        generation++;
    }
}
