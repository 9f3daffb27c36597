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
    /** Who has come, or is coming, in the place of whom; by the former's id. */
    private final Map<String, Viewer> successors = new ConcurrentHashMap<>();

    /** Has the stream answer the offer; how many may watch is the stream's to say. */
    Viewer join(VideoStream stream, JoinRequest request) throws NegotiationException {
        byId.values().removeIf(viewer -> !viewer.alive() && viewer.elsewhere().isEmpty());
        successors.keySet().retainAll(byId.keySet());
        Viewer viewer = stream.join(request);
        byId.put(viewer.id(), viewer);
        return viewer;
    }

    /** Whether this one is still watching and nobody has come in its place yet: it has one place to give away, and no more. */
    boolean mayBeReplaced(String id) {
        Viewer viewer = byId.get(id);
        Viewer successor = successors.get(id);
        return viewer != null && viewer.alive() && (successor == null || !successor.alive());
    }

    void replaced(String id, Viewer successor) {
        successors.put(id, successor);
    }

    Viewer get(String id) throws HttpProblem {
        Viewer viewer = byId.get(id);
        if (viewer != null && !viewer.alive() && !viewer.elsewhere().isEmpty()) {
            throw new HttpProblem(410, "Start again with a POST, at once: " + viewer.elsewhere() + ".");
        }
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
