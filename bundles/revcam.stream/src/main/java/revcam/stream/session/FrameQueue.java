package revcam.stream.session;

/**
 * The frames of one viewer that wait for the pacer, the one that is half sent in front. Each needs the one before it, so
 * when one has to go, all go up to the newest IDR picture that waits, or up to the next that will come. An IDR picture
 * goes only for a newer one, and a frame that has begun to leave never. Allocates nothing; media loop only.
 */
final class FrameQueue {

    /** Less than the frames that the audience keeps: what waits must not be reused. */
    static final int CAPACITY = 32;
    /**
     * An IDR picture is several frames large and everybody waits for it, so what is behind it may wait so many times
     * longer until it is through.
     */
    private static final int KEY_PATIENCE = 4;

    /** Told of each frame that goes. */
    interface Loss {
        void onDropped(SharedFrame frame);
    }

    private final Loss loss;
    private final SharedFrame[] frames = new SharedFrame[CAPACITY];
    private final long[] sinceNanos = new long[CAPACITY];
    private int head;
    private int count;
    private boolean begun;

    FrameQueue(Loss loss) {
        this.loss = loss;
    }

    int count() {
        return count;
    }

    boolean isFull() {
        return count == CAPACITY;
    }

    /** @throws ArrayIndexOutOfBoundsException when it is full */
    void add(long now, SharedFrame frame) {
        if (isFull()) {
            throw new ArrayIndexOutOfBoundsException("the queue is full");
        }
        put(count++, frame, now);
    }

    /** What leaves next or is leaving, or null. */
    SharedFrame first() {
        return count == 0 ? null : frames[head];
    }

    /** Since when it has waited, or since the IDR picture before it is through. */
    long firstSinceNanos() {
        return sinceNanos[head];
    }

    /** A packet of the first frame leaves. */
    void begin() {
        begun = true;
    }

    /** The first frame has left. */
    void finish(long now) {
        boolean key = frames[head].keyframe();
        frames[head] = null;
        head = head + 1 & CAPACITY - 1;
        count--;
        begun = false;
        for (int i = 0; key && i < count; i++) {
            sinceNanos[slot(i)] = now;
        }
    }

    /** Whether an IDR picture waits or is leaving. */
    boolean holdsKey() {
        for (int i = 0; i < count; i++) {
            if (frame(i).keyframe()) {
                return true;
            }
        }
        return false;
    }

    /** When the bound will be passed if nothing leaves; {@link Long#MAX_VALUE} if never. */
    long overrunNanos(long boundNanos) {
        boolean behindKey = begun && frame(0).keyframe();
        for (int i = begun ? 1 : 0; i < count; i++) {
            if (!frame(i).keyframe()) {
                return sinceNanos[slot(i)] + (behindKey ? KEY_PATIENCE * boundNanos : boundNanos);
            }
            behindKey = true;
        }
        return Long.MAX_VALUE;
    }

    /**
     * Makes room: what waits goes, up to the newest IDR picture.
     *
     * @return whether what comes next can still be decoded
     */
    boolean drop() {
        int from = begun ? 1 : 0;
        int key = count - 1;
        while (key >= from && !frame(key).keyframe()) {
            key--;
        }
        if (key > from) {
            for (int i = from; i < key; i++) {
                loss.onDropped(frame(i));
            }
            for (int i = key; i < count; i++) {
                put(from + i - key, frame(i), sinceNanos[slot(i)]);
            }
            shorten(count - (key - from));
            return true;
        }
        int kept = Math.max(from, key + 1);
        boolean whole = count == kept;
        for (int i = kept; i < count; i++) {
            loss.onDropped(frame(i));
        }
        shorten(kept);
        return whole;
    }

    private void shorten(int to) {
        for (int i = to; i < count; i++) {
            frames[slot(i)] = null;
        }
        count = to;
    }

    private void put(int index, SharedFrame frame, long since) {
        frames[slot(index)] = frame;
        sinceNanos[slot(index)] = since;
    }

    private SharedFrame frame(int index) {
        return frames[slot(index)];
    }

    private int slot(int index) {
        return head + index & CAPACITY - 1;
    }
}
