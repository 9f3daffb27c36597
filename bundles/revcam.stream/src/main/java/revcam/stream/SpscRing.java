package revcam.stream;

import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * A bounded queue between exactly two threads, without locks or allocation. One offers, the other polls; the release
 * and acquire of a slot publish what the element holds.
 */
final class SpscRing<T> {

    private final AtomicReferenceArray<T> slots;
    private final int mask;
    private int head; // consumer's
    private int tail; // producer's

    /** @param capacity a power of two */
    SpscRing(int capacity) {
        if (Integer.bitCount(capacity) != 1) {
            throw new IllegalArgumentException("capacity must be a power of two, not " + capacity);
        }
        slots = new AtomicReferenceArray<>(capacity);
        mask = capacity - 1;
    }

    /** Producer only; false when full. */
    boolean offer(T element) {
        if (slots.getAcquire(tail & mask) != null) {
            return false;
        }
        slots.setRelease(tail++ & mask, element);
        return true;
    }

    /** Elements in it, at some moment during the call; any thread, not for every element: it looks at each slot. */
    int size() {
        int size = 0;
        for (int i = 0; i <= mask; i++) {
            size += slots.getAcquire(i) == null ? 0 : 1;
        }
        return size;
    }

    /** Consumer only; null when empty. */
    T poll() {
        T element = slots.getAcquire(head & mask);
        if (element != null) {
            slots.setRelease(head++ & mask, null);
        }
        return element;
    }
}
