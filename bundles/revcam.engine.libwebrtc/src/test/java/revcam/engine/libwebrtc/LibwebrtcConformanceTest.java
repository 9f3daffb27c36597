package revcam.engine.libwebrtc;

import dev.onvoid.webrtc.PeerConnectionFactory;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import revcam.api.engine.MediaEngineFactory;
import revcam.testkit.MediaEngineConformance;

class LibwebrtcConformanceTest extends MediaEngineConformance {

    private PeerConnectionFactory theirs;

    @BeforeEach
    void open() {
        theirs = LibWebrtc.open();
    }

    @AfterEach
    void dispose() {
        theirs.dispose();
    }

    @Override
    protected MediaEngineFactory factory() {
        return new LibwebrtcEngineFactory(Map.of());
    }

    @Override
    protected Watcher watcher() {
        return new Peer(theirs);
    }

    @Override
    protected List<String> codecs() {
        return LibwebrtcSettings.KNOWN;
    }
}
