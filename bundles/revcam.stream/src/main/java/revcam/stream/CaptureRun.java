package revcam.stream;

import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import revcam.api.capture.CaptureRequest;
import revcam.api.capture.FrameSink;
import revcam.api.capture.VideoCapture;
import revcam.api.capture.VideoCaptureFactory;
import revcam.api.media.RawFrame;
import revcam.api.media.StageException;

/** One opened capture, from open to close. Once retired, whatever it still brings is returned unused. */
final class CaptureRun implements FrameSink {

    final Providers.Candidate<VideoCaptureFactory> choice;
    final CaptureRequest request;
    VideoCapture capture; // set once, by the encoder loop

    private final FrameMailbox mailbox;
    private final Thread owner;
    private final BooleanSupplier wanted;
    private volatile boolean retired;
    private volatile StageException end;

    /** @param owner the encoder loop's thread, woken for each frame and at the end */
    CaptureRun(Providers.Candidate<VideoCaptureFactory> choice, CaptureRequest request, FrameMailbox mailbox,
            Thread owner, BooleanSupplier wanted) {
        this.choice = choice;
        this.request = request;
        this.mailbox = mailbox;
        this.owner = owner;
        this.wanted = wanted;
    }

    /** Why it ended by itself, or null. */
    StageException end() {
        return end;
    }

    void retire() {
        retired = true;
    }

    @Override
    public boolean wanted() {
        return !retired && wanted.getAsBoolean();
    }

    @Override
    public void onFrame(RawFrame frame) {
        if (retired) {
            frame.close();
        } else {
            mailbox.put(frame, owner);
            if (retired) {
                // It was retired, and the mailbox emptied, between the question and the answer.
                mailbox.discard();
            }
        }
    }

    @Override
    public void onEnded(StageException cause) {
        end = cause;
        LockSupport.unpark(owner);
    }
}
