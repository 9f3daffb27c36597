package revcam.shell;

import java.util.List;
import revcam.api.stream.JoinRequest;
import revcam.api.stream.StreamStatus;
import revcam.api.stream.VideoStream;
import revcam.api.stream.Viewer;
import revcam.api.transport.Offer;

/** A stream with a status, whose key frames are counted. */
final class FakeStream implements VideoStream {

    int keyframes;
    private final StreamStatus status;

    FakeStream(String name, StreamStatus.State state, String reason) {
        status = new StreamStatus(name, state, reason, 1280, 720, 15, 2_000_000,
                "15.0 frames/s: 180 kbit/s are too little, all pictures in full size need 276", 2,
                List.of(
                        new StreamStatus.Stage("capture", "pattern", "revcam.capture.pattern 0.1.0", ""),
                        new StreamStatus.Stage("encoder", "", "", "no encoder fits")));
    }

    @Override
    public String name() {
        return status.name();
    }

    @Override
    public StreamStatus status() {
        return status;
    }

    @Override
    public Viewer join(JoinRequest request) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long stalledNanos() {
        return 0;
    }

    @Override
    public Offer<Viewer> offer(String origin) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void requestKeyframe() {
        keyframes++;
    }
}
