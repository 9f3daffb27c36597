package revcam.rtp;

/**
 * When the next packet may leave, so that frames are spread over time and a bottleneck's queue is not filled by bursts.
 * It counts bytes and keeps no packets.
 *
 * <p>Packets leave at the pacing rate, whatever is queued: a rate that rose with the queue would move the queue into the
 * network. How long the queue may grow is its owner's decision; see {@link #backlogNanos}. {@link #hurry} is the one
 * exception. A caller that comes late may catch up.
 */
public final class Pacer {

    private final long burstNanos;
    private long pacingBps;
    private long hurryBps;
    private long queuedBytes;
    private long dueNanos;
    /** Of the packet whose time still runs, for a rate that rises meanwhile. */
    private int lastBytes;
    private boolean started;

    /**
     * @param burstNanos how much unused time may be made up for after a pause: what leaves at once then, in time at the
     *     pacing rate; at least how finely the caller measures time
     * @param pacingBps as {@link #setPacingBps}
     */
    public Pacer(long burstNanos, long pacingBps) {
        if (burstNanos < 0) {
            throw new IllegalArgumentException("burst " + burstNanos + " ns");
        }
        this.burstNanos = burstNanos;
        setPacingBps(pacingBps);
    }

    /** @param bps bits per second of RTP with headers, above 0 */
    public void setPacingBps(long bps) {
        if (bps <= 0) {
            throw new IllegalArgumentException("pacing rate " + bps + " bit/s");
        }
        if (started && bps > pacingBps && queuedBytes > 0) {
            // What the last packet claimed at a low rate must not hold up a probe that begins now.
            dueNanos -= (long) (lastBytes * 8e9 * (1.0 / pacingBps - 1.0 / bps));
            lastBytes = 0;
        }
        pacingBps = bps;
    }

    /** Bytes wait to be sent. */
    public void onQueued(long nowNanos, int bytes) {
        if (queuedBytes == 0) {
            dueNanos = started ? Math.max(dueNanos, nowNanos - burstNanos) : nowNanos - burstNanos;
            started = true;
        }
        queuedBytes += bytes;
    }

    /** What is queued now is to leave within this time, however low the pacing rate. */
    public void hurry(long nowNanos, long withinNanos) {
        dueNanos = Math.min(dueNanos, nowNanos);
        hurryBps = Math.max(hurryBps, (long) Math.ceil(queuedBytes * 8e9 / withinNanos));
    }

    /** Whether the next queued packet may leave now. */
    public boolean maySend(long nowNanos) {
        return queuedBytes > 0 && dueNanos - nowNanos <= 0;
    }

    /** When {@link #maySend} turns or turned true; {@link Long#MAX_VALUE} if nothing waits. */
    public long nextSendNanos() {
        return queuedBytes > 0 ? dueNanos : Long.MAX_VALUE;
    }

    /** Queued bytes leave. */
    public void onSent(int bytes) {
        lastBytes = bytes;
        dueNanos += (long) (bytes * 8e9 / rateBps());
        onDropped(bytes);
    }

    /** Bytes leave that were never queued. They take their time like others. */
    public void onSentAside(long nowNanos, int bytes) {
        if (!started || dueNanos - (nowNanos - burstNanos) < 0) {
            dueNanos = nowNanos - burstNanos;
            started = true;
        }
        dueNanos += (long) (bytes * 8e9 / rateBps());
    }

    /** Queued bytes will not be sent after all. */
    public void onDropped(long bytes) {
        queuedBytes = Math.max(0, queuedBytes - bytes);
        if (queuedBytes == 0) {
            hurryBps = 0;
        }
    }

    public long queuedBytes() {
        return queuedBytes;
    }

    /** How long what is queued takes to leave at the present rate, if nothing else holds it up. */
    public long backlogNanos() {
        return (long) (queuedBytes * 8e9 / rateBps());
    }

    /** What packets leave at now, bits per second. */
    public long rateBps() {
        return Math.max(pacingBps, hurryBps);
    }
}
