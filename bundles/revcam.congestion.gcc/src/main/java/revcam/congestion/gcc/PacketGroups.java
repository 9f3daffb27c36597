package revcam.congestion.gcc;

/**
 * Puts packets that left together into groups and compares each group with the one before: how much later did it leave,
 * and how much later did it arrive (draft-ietf-rmcat-gcc-02, section 5.2; libwebrtc's InterArrivalDelta). Fed in sending
 * order with packets that arrived.
 */
final class PacketGroups {

    /** Packets that leave within this of the group's first belong to it. */
    private static final long GROUP_NANOS = 5_000_000;
    /** Packets that arrive together although they left apart were held up and released together. */
    private static final long BURST_GAP_NANOS = 5_000_000;
    private static final long MAX_BURST_NANOS = 100_000_000;
    /** The receiver's clock or the path has jumped. */
    private static final long JUMP_NANOS = 3_000_000_000L;

    private boolean any;
    private boolean compared;
    private long firstSent;
    private long lastSent;
    private long firstArrival;
    private long lastArrival;
    private long previousSent;
    private long previousArrival;

    private long sendDelta;
    private long arrivalDelta;
    private long arrival;

    /** @return whether a group was completed and can be compared with the one before it */
    boolean onPacket(long sentNanos, long arrivalNanos) {
        if (!any) {
            begin(sentNanos, arrivalNanos);
            return false;
        }
        if (sentNanos < firstSent) {
            return false; // out of order
        }
        if (Math.abs(arrivalNanos - lastArrival) > JUMP_NANOS) {
            compared = false;
            begin(sentNanos, arrivalNanos);
            return false;
        }
        if (belongs(sentNanos, arrivalNanos)) {
            lastSent = Math.max(lastSent, sentNanos);
            lastArrival = Math.max(lastArrival, arrivalNanos);
            return false;
        }
        boolean complete = compared;
        sendDelta = lastSent - previousSent;
        arrivalDelta = lastArrival - previousArrival;
        arrival = lastArrival;
        previousSent = lastSent;
        previousArrival = lastArrival;
        compared = true;
        begin(sentNanos, arrivalNanos);
        return complete;
    }

    private boolean belongs(long sentNanos, long arrivalNanos) {
        if (sentNanos - firstSent <= GROUP_NANOS) {
            return true;
        }
        long later = arrivalNanos - lastArrival;
        long propagation = later - (sentNanos - lastSent);
        return propagation < 0 && later <= BURST_GAP_NANOS && arrivalNanos - firstArrival < MAX_BURST_NANOS;
    }

    private void begin(long sentNanos, long arrivalNanos) {
        any = true;
        firstSent = sentNanos;
        lastSent = sentNanos;
        firstArrival = arrivalNanos;
        lastArrival = arrivalNanos;
    }

    /** Of the completed group against the one before it, nanoseconds. */
    long sendDeltaNanos() {
        return sendDelta;
    }

    long arrivalDeltaNanos() {
        return arrivalDelta;
    }

    /** Of the completed group's last packet. */
    long arrivalNanos() {
        return arrival;
    }
}
