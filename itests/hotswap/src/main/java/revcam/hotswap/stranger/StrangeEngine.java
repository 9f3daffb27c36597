package revcam.hotswap.stranger;

import java.util.concurrent.atomic.AtomicInteger;
import revcam.api.engine.EngineEvents;
import revcam.api.engine.EngineOffer;
import revcam.api.engine.EngineRequest;
import revcam.api.engine.EngineStatistics;
import revcam.api.engine.EngineViewer;
import revcam.api.engine.MediaEngine;
import revcam.api.engine.MediaEngineFactory;
import revcam.api.media.RawFrame;

/** Counts pictures as if it sent them, as long as it behaves. */
final class StrangeEngine implements MediaEngineFactory {

    private final Fault fault;
    private final int after;

    /** @param after how many pictures it takes well */
    StrangeEngine(Fault fault, int after) {
        this.fault = fault;
        this.after = after;
    }

    @Override
    public MediaEngine open(EngineRequest request) {
        if (fault == Fault.OPEN_HANGS) {
            Fault.hang();
        }
        return new Engine();
    }

    private final class Engine implements MediaEngine {

        private final AtomicInteger given = new AtomicInteger();
        private final AtomicInteger sent = new AtomicInteger();

        @Override
        public void onFrame(RawFrame frame) {
            frame.close();
            if (given.incrementAndGet() > after) {
                fault.atWork();
                if (fault == Fault.MUTE) {
                    return;
                }
            }
            sent.incrementAndGet();
        }

        @Override
        public EngineViewer join(EngineOffer offer, EngineEvents events) {
            if (fault == Fault.ANSWER_HANGS) {
                Fault.hang();
            }
            events.onConnected();
            return new EngineViewer() {
                @Override
                public String answer() {
                    return "answer";
                }

                @Override
                public String iceTag() {
                    return "tag";
                }

                @Override
                public String patch(String sdpFragment) {
                    return null;
                }

                @Override
                public EngineStatistics statistics() {
                    return new EngineStatistics("VP8", "none", sent.get(), sent.get(), 0, 0, 0, 0, 0, 1e6, 0, 0, 0);
                }

                @Override
                public void close() {
                    // Nothing is held.
                }
            };
        }

        @Override
        public void close() {
            fault.atClose();
        }
    }
}
