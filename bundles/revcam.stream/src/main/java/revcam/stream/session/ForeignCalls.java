package revcam.stream.session;

/** Watches the media loop's calls into plug-ins, which run on it because nothing else may touch a session. */
public interface ForeignCalls {

    /** For a session that runs on no loop: in a simulator, under test. */
    ForeignCalls UNWATCHED = new ForeignCalls() {
        @Override
        public void enter(ControllerSeat seat) {}

        @Override
        public void leave() {}

        @Override
        public void rethrowIfLeftBehind() {}
    };

    /** The loop calls a controller; every call ends with {@link #leave}. */
    void enter(ControllerSeat seat);

    /** The call has returned. Throws when the loop has gone on without the thread that was in it. */
    void leave();

    /** The same; to be called by whoever catches everything on the loop, before it goes on. */
    void rethrowIfLeftBehind();
}
