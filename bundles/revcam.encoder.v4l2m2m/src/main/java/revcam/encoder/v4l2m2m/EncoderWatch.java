package revcam.encoder.v4l2m2m;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.osgi.service.component.ComponentContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import revcam.v4l2.NativeSystemCalls;
import revcam.v4l2.SystemCalls;
import revcam.v4l2.V4l2Exception;
import revcam.v4l2.VideoNode;

/**
 * Publishes the encoder once there is a device for it, or once somebody names one. Most machines have none, and a provider that
 * never works is not worth a warning there. Its thread looks at the list of nodes, and at nodes only when that changes.
 */
@Component(service = {}, immediate = true, configurationPid = V4l2M2mEncoderFactory.PID)
public final class EncoderWatch {

    private static final Logger LOG = LoggerFactory.getLogger(EncoderWatch.class);

    /** Drivers are loaded while the machine starts, which is when RevCam does. */
    private static final long SECONDS = 10;

    private final Supplier<SystemCalls> calls;
    private final Path root;
    private final Runnable found;
    private final CountDownLatch ended = new CountDownLatch(1);
    /** A node could not be opened: a new one may not be everybody's yet. One thread at a time. */
    private boolean refused;

    @Activate
    public EncoderWatch(ComponentContext context, Map<String, Object> properties) {
        this(NativeSystemCalls::load, Path.of("/"), properties,
                () -> context.enableComponent(V4l2M2mEncoderFactory.class.getName()), SECONDS * 1000);
    }

    EncoderWatch(Supplier<SystemCalls> calls, Path root, Map<String, Object> properties, Runnable found, long millis) {
        this.calls = calls;
        this.root = root;
        this.found = found;
        boolean named = !String.valueOf(properties.getOrDefault("device", "")).isBlank();
        if (named || isThere(VideoNode.list(root))) {
            found.run();
            return;
        }
        LOG.info("no device here encodes H.264 by V4L2; one that comes is used");
        Thread thread = new Thread(() -> watch(millis), "revcam.encoder.v4l2m2m-watch");
        thread.setDaemon(true);
        thread.start();
    }

    @Deactivate
    void deactivate() {
        ended.countDown();
    }

    private void watch(long millis) {
        List<VideoNode> seen = VideoNode.list(root);
        try {
            while (!ended.await(millis, TimeUnit.MILLISECONDS)) {
                List<VideoNode> nodes = VideoNode.list(root);
                if ((refused || !nodes.equals(seen)) && isThere(nodes)) {
                    found.run();
                    return;
                }
                seen = nodes;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean isThere(List<VideoNode> nodes) {
        refused = false;
        for (VideoNode node : nodes) {
            try {
                if (EncoderDevice.isEncoder(calls.get(), node.path())) {
                    return true;
                }
            } catch (V4l2Exception e) {
                LOG.debug("not looked at", e);
                refused = true;
            } catch (UnsupportedOperationException e) {
                LOG.info("no encoder in hardware: {}", e.getMessage());
                return false;
            }
        }
        return false;
    }
}
