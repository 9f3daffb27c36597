package revcam.stream;

import java.util.concurrent.atomic.AtomicBoolean;
import revcam.api.media.ForwardingFrame;
import revcam.api.media.RawFrame;

/** A frame on lease to an encoder, which is how the engine counts what is inside one. */
final class Lease extends ForwardingFrame {

    private final Runnable onReturn;
    private final AtomicBoolean open = new AtomicBoolean(true);

    /** @param onReturn called once, when the encoder lets go of it; gives the frame back */
    Lease(RawFrame frame, Runnable onReturn) {
        super(frame);
        this.onReturn = onReturn;
    }

    @Override
    public void close() {
        if (open.compareAndSet(true, false)) {
            onReturn.run();
        }
    }
}
