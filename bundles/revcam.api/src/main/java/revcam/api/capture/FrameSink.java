package revcam.api.capture;

import org.osgi.annotation.versioning.ProviderType;
import revcam.api.media.RawFrame;
import revcam.api.media.StageException;

/**
 * Where a source puts its pictures. The source calls from one thread at a time; no call blocks.
 */
@ProviderType
public interface FrameSink {

    /**
     * Whether a picture offered now would be used. A source that makes its pictures skips the work while this is false;
     * one that must keep a device running returns the buffer to it at once. Ask once per frame interval.
     */
    boolean wanted();

    /** Hands over the lease: the sink closes it, whatever happens. */
    void onFrame(RawFrame frame);

    /**
     * The source has ended by itself: unplugged, end of pipe, broken. Called at most once, and nothing after it. The
     * engine then closes the source and tries to open it again.
     */
    void onEnded(StageException cause);
}
