package revcam.browser;

import java.io.InterruptedIOException;

public final class Pause {

    private Pause() {}

    public static void millis(long millis) throws InterruptedIOException {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted");
        }
    }
}
