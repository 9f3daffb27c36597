package revcam.signalling.whip;

import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import revcam.api.stream.JoinRequest;
import revcam.api.stream.StreamStatus;
import revcam.api.stream.VideoStream;
import revcam.api.stream.Viewer;
import revcam.api.transport.NegotiationException;
import revcam.api.transport.NegotiationException.Reason;
import revcam.api.transport.Offer;

/** A stream that makes offers and takes any answer but {@code unusable}. */
final class FakeStream implements VideoStream {

    static final String OFFER = "v=0 the offer";

    final BlockingQueue<Watcher> watchers = new LinkedBlockingQueue<>();
    volatile boolean starting;
    volatile int open;

    @Override
    public String name() {
        return "porch";
    }

    @Override
    public Offer<Viewer> offer(String origin) throws NegotiationException {
        if (starting) {
            throw new NegotiationException(Reason.UNAVAILABLE, "it is starting");
        }
        open++;
        return new Offer<>() {

            private boolean over;

            @Override
            public String sdp() {
                return OFFER;
            }

            @Override
            public Viewer accept(String answer) throws NegotiationException {
                close();
                if (answer.equals("unusable")) {
                    throw new NegotiationException(Reason.NOT_ACCEPTABLE, "no codec in common");
                }
                Watcher watcher = new Watcher(answer, origin);
                watchers.add(watcher);
                return watcher;
            }

            @Override
            public void close() {
                open -= over ? 0 : 1;
                over = true;
            }
        };
    }

    static final class Watcher implements Viewer {

        final String answer;
        final String origin;
        volatile boolean alive = true;
        volatile boolean left;

        Watcher(String answer, String origin) {
            this.answer = answer;
            this.origin = origin;
        }

        @Override
        public boolean alive() {
            return alive;
        }

        @Override
        public void leave() {
            alive = false;
            left = true;
        }

        @Override
        public String id() {
            return "id";
        }

        @Override
        public Map<String, String> tags() {
            return Map.of();
        }

        @Override
        public String answer() {
            return answer;
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
        public String elsewhere() {
            return "";
        }
    }

    @Override
    public StreamStatus status() {
        throw new UnsupportedOperationException();
    }

    @Override
    public long stalledNanos() {
        return 0;
    }

    @Override
    public Viewer join(JoinRequest request) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void requestKeyframe() {
        throw new UnsupportedOperationException();
    }
}
