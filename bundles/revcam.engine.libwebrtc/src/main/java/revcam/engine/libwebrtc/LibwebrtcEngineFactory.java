package revcam.engine.libwebrtc;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import revcam.api.config.Settings;
import revcam.api.engine.EngineRequest;
import revcam.api.engine.MediaEngine;
import revcam.api.engine.MediaEngineFactory;
import revcam.api.media.StageException;

/**
 * libwebrtc, the engine that browsers have, at the other end as well. It costs an encoder for each viewer, some 50 MB, and
 * seven libraries of the system; it brings VP8, VP9, AV1 and an H.264 encoder of its own. Nothing of it is loaded before
 * {@link #open}.
 */
@Component(configurationPid = LibwebrtcEngineFactory.PID, property = MediaEngineFactory.NAME + "=libwebrtc")
@Designate(ocd = LibwebrtcEngineFactory.Config.class)
public final class LibwebrtcEngineFactory implements MediaEngineFactory {

    static final String PID = "revcam.engine.libwebrtc";

    private static final Logger LOG = LoggerFactory.getLogger(LibwebrtcEngineFactory.class);

    /** Settings of the engine. */
    @ObjectClassDefinition(name = "RevCam on libwebrtc",
            description = "VP8, VP9, AV1 and H.264 by libwebrtc. Changes hold for new viewers.")
    @interface Config {

        @AttributeDefinition(description = "Codecs that may be sent, best first: H264, VP8, VP9, AV1")
        String codecs() default "H264, VP8, VP9, AV1";

        @AttributeDefinition(description = "Local UDP ports, such as 46200-46299, within 1024-65535; each viewer takes one."
                + " Empty: the system chooses")
        String ports() default "";
    }

    private final Set<LibwebrtcEngine> open = ConcurrentHashMap.newKeySet();
    private volatile LibwebrtcSettings settings;

    @Activate
    public LibwebrtcEngineFactory(Map<String, Object> properties) {
        modified(properties);
    }

    @Modified
    void modified(Map<String, Object> properties) {
        settings = Settings.read(PID, Config.class, properties, settings, LibwebrtcSettings::of, LOG::error);
    }

    @Override
    public MediaEngine open(EngineRequest request) throws StageException {
        try {
            LibwebrtcEngine engine = new LibwebrtcEngine(request, () -> settings, open::remove);
            open.add(engine);
            return engine;
        } catch (UnsupportedOperationException e) {
            throw new StageException(StageException.Reason.UNAVAILABLE, e.getMessage(), e);
        }
    }

    /** The stream has closed them by now, unless it never learnt that this goes. */
    @Deactivate
    void stop() {
        open.forEach(LibwebrtcEngine::close);
    }
}
