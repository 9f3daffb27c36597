package revcam.telemetry.influx;

import java.io.IOException;

/** Where lines go. The sender's thread, but for {@link #abort}. */
interface Sink {

    /** Bytes that one {@link #send} may carry; a single line may be longer. */
    int maxBytes();

    /**
     * Sends lines, each ending with a line feed.
     *
     * @throws Refused when the other side answered and does not take them
     * @throws IOException when it could not be reached; the same lines may be sent again
     */
    void send(byte[] lines) throws IOException;

    /** Has a {@link #send} that is under way fail soon, and lets go of what is open until the next; any thread. */
    void abort();

    /** The other side's no. */
    final class Refused extends IOException {

        private static final long serialVersionUID = 1;

        /** What to do with the lines. */
        enum Then {
            /** These lines will never be taken. */
            DROP,
            /** Half as many might be. */
            HALVE,
            /** Later. */
            RETRY,
            /** Once somebody has changed a setting, here or there. */
            RETRY_SELDOM
        }

        final Then then;
        /** What the other side asks for; 0 for nothing. */
        final long afterMillis;

        Refused(String message, Then then, long afterMillis) {
            super(message);
            this.then = then;
            this.afterMillis = afterMillis;
        }
    }
}
