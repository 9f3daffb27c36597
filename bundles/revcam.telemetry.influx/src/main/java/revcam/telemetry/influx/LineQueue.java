package revcam.telemetry.influx;

import java.io.ByteArrayOutputStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * Lines that wait to be sent, bounded by the memory they take: the newest push the oldest out, because what happens now is
 * what somebody who looks wants to see. Thread-safe.
 */
final class LineQueue {

    /** Of an array, its header and its place in the queue. */
    private static final int OVERHEAD_BYTES = 24;

    private final Deque<byte[]> lines = new ArrayDeque<>();
    private long maxBytes;
    private long bytes;
    private long lost;

    LineQueue(long maxBytes) {
        this.maxBytes = maxBytes;
    }

    /** @return lines that went to make room, this one itself if it alone is too long */
    synchronized int add(byte[] line) {
        lines.addLast(line);
        bytes += cost(line);
        return trim();
    }

    /** @return lines that went, because there is less room now */
    synchronized int bound(long bound) {
        maxBytes = bound;
        return trim();
    }

    private int trim() {
        int gone = 0;
        while (bytes > maxBytes) {
            bytes -= cost(lines.removeFirst());
            gone++;
        }
        lost += gone;
        return gone;
    }

    /** Moves the oldest lines to the end of {@code into}, as many as fit and one at least; false when there is none. */
    synchronized boolean take(int mostBytes, List<byte[]> into) {
        int taken = 0;
        while (!lines.isEmpty() && (taken == 0 || taken + lines.peekFirst().length <= mostBytes)) {
            byte[] line = lines.removeFirst();
            bytes -= cost(line);
            taken += line.length;
            into.add(line);
        }
        return taken > 0;
    }

    /** Puts back what was taken, before all others; the oldest of them go where there is no room any more. */
    synchronized void putBack(List<byte[]> taken) {
        for (int i = taken.size() - 1; i >= 0; i--) {
            lines.addFirst(taken.get(i));
            bytes += cost(taken.get(i));
        }
        trim();
    }

    /** What was taken and will never be sent. */
    synchronized void lose(int count) {
        lost += count;
    }

    /** Lines lost since the start, for whatever reason. */
    synchronized long lost() {
        return lost;
    }

    synchronized long bytes() {
        return bytes;
    }

    private static int cost(byte[] line) {
        return line.length + OVERHEAD_BYTES;
    }

    static byte[] joined(List<byte[]> lines) {
        int length = lines.stream().mapToInt(line -> line.length).sum();
        ByteArrayOutputStream out = new ByteArrayOutputStream(length);
        lines.forEach(out::writeBytes);
        return out.toByteArray();
    }
}
