package revcam.rtp;

/**
 * When the next packet may leave: spreads frames over time, yet lets nothing wait longer than a bound. It counts bytes
 * and keeps no packets.
 *
 * <p>Packets leave at the pacing rate. Whenever more is queued than that rate clears within the bound, the rate rises
 * to what clears it in time and stays there until the queue is empty; so whatever was queued at {@code t} has left at
 * {@code t + bound}, to within the caller's own lateness. A caller that comes late may catch up.
 */
public final class Pacer {

    private final long burstNanos;
    private final long maxQueueNanos;
    private long pacingBps;
    private long drainBps;
    private long queuedBytes;
    private long dueNanos;
    private boolean started;

    /**
     * @param burstNanos how much unused time may be made up for after a pause: what leaves at once then, in time at the
     *     pacing rate; at least how finely the caller measures time
     * @param maxQueueNanos longest wait
     * @param pacingBps as {@link #setPacingBps}
     */
    public Pacer(long burstNanos, long maxQueueNanos, long pacingBps) {
        if (burstNanos < 0 || maxQueueNanos <= 0) {
            throw new IllegalArgumentException("burst " + burstNanos + " ns, queue " + maxQueueNanos + " ns");
        }
        this.burstNanos = burstNanos;
        this.maxQueueNanos = maxQueueNanos;
        setPacingBps(pacingBps);
    }

    /** @param bps bits per second of RTP with headers, above 0 */
    public void setPacingBps(long bps) {
        if (bps <= 0) {
            throw new IllegalArgumentException("pacing rate " + bps + " bit/s");
        }
        pacingBps = bps;
    }

    /** Bytes wait to be sent. */
    public void onQueued(long nowNanos, int bytes) {
        if (queuedBytes == 0) {
            drainBps = 0;
            dueNanos = started ? Math.max(dueNanos, nowNanos - burstNanos) : nowNanos - burstNanos;
            started = true;
        }
        queuedBytes += bytes;
        // At a low rate the packet before may have claimed all of the bound.
        dueNanos = Math.min(dueNanos, nowNanos + maxQueueNanos / 2);
        long window = maxQueueNanos - Math.max(0, dueNanos - nowNanos);
        drainBps = Math.max(drainBps, (long) Math.ceil(queuedBytes * 8e9 / window));
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
        dueNanos += (long) (bytes * 8e9 / rateBps());
        onDropped(bytes);
    }

    /** Queued bytes will not be sent after all. */
    public void onDropped(long bytes) {
        queuedBytes = Math.max(0, queuedBytes - bytes);
    }

    public long queuedBytes() {
        return queuedBytes;
    }

    /** What packets leave at now, bits per second. */
    public long rateBps() {
        return Math.max(pacingBps, drainBps);
    }
}
