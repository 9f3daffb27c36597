package revcam.signalling.whep;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import revcam.api.stream.JoinRequest;
import revcam.api.stream.VideoStream;
import revcam.api.stream.Viewer;
import revcam.api.transport.NegotiationException;
import revcam.http.HttpProblem;

/** The viewers that joined here and have not gone yet. Thread-safe. */
final class Sessions {

    private final Map<String, Viewer> byId = new ConcurrentHashMap<>();

    /** Has the stream answer the offer; how many may watch is the stream's to say. */
    Viewer join(VideoStream stream, JoinRequest request) throws NegotiationException {
        byId.values().removeIf(viewer -> !viewer.alive());
        Viewer viewer = stream.join(request);
        byId.put(viewer.id(), viewer);
        return viewer;
    }

    Viewer get(String id) throws HttpProblem {
        Viewer viewer = byId.get(id);
        if (viewer == null || !viewer.alive()) {
            byId.remove(id);
            throw gone();
        }
        return viewer;
    }

    Viewer remove(String id) throws HttpProblem {
        Viewer viewer = byId.remove(id);
        if (viewer == null) {
            throw gone();
        }
        return viewer;
    }

    private static HttpProblem gone() {
        return new HttpProblem(404, "There is no such viewer, or it has left. Start again with a POST.");
    }
}
