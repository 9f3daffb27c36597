package revcam.api.engine;

import org.osgi.annotation.versioning.ConsumerType;
import revcam.api.media.StageException;

/**
 * A whole media engine beside RevCam's own: it encodes, packetises, controls congestion and reaches viewers by itself. To be
 * published as an OSGi service with the property {@link #NAME}. The stream gives it raw pictures and offers, and keeps what
 * is every engine's: who may join, how many, names, telemetry.
 */
@ConsumerType
public interface MediaEngineFactory {

    /** Service property: the name that configuration, {@code ?engine=} and people use, such as {@code libwebrtc}. */
    String NAME = "revcam.engine";

    /**
     * Opens an engine for one stream; called when its first viewer comes, on the thread that will give it its pictures. What
     * costs memory or time, such as native code, is to be loaded here and not before. May take up to ten seconds.
     *
     * @throws StageException it cannot work here; the viewer is told the message
     */
    MediaEngine open(EngineRequest request) throws StageException;
}
