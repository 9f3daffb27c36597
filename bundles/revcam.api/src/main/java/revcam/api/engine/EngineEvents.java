package revcam.api.engine;

import org.osgi.annotation.versioning.ProviderType;

/** What an engine tells about one viewer. Any thread; returns at once. */
@ProviderType
public interface EngineEvents {

    /** The path is validated and secure: media flows. Called once. */
    void onConnected();

    /**
     * The viewer left or was lost, and {@link EngineViewer#close()} has still to be called. Called at most once, with a
     * reason fit for a log.
     */
    void onClosed(String reason);
}
