package revcam.capture.v4l2;

import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import revcam.api.capture.CaptureRequest;
import revcam.api.media.StageException;
import revcam.api.media.StageException.Reason;
import revcam.v4l2.Errno;
import revcam.v4l2.SystemCalls;
import revcam.v4l2.V4l2Exception;
import revcam.v4l2.VideoDevice;
import revcam.v4l2.VideoNode;

/** Finds and opens the camera that is meant, by a name that stays the same when it is plugged in again. */
final class Cameras {

    /** Of drivers whose nodes look like cameras and convert what others took. */
    private static final List<String> CONVERTERS = List.of("bcm2835-isp", "bcm2835-codec", "pispbe", "rpi-hevc-dec");

    private final SystemCalls calls;
    private final Path root;

    /** @param root normally {@code /} */
    Cameras(SystemCalls calls, Path root) {
        this.calls = calls;
        this.root = root;
    }

    /** An opened camera and the path it will be found at again. */
    record Found(CameraSession session, String path) {}

    /**
     * @param device path, name of a link in /dev/v4l, {@code videoN}, or empty for the first camera there is
     * @param before where that was found the last time, under the name that stays, or null
     */
    Found open(String device, String before, CaptureRequest request, V4l2Settings settings) throws StageException {
        if (!device.isEmpty()) {
            String path = before == null ? stablePath(device) : before;
            return new Found(session(path, request, settings), path);
        }
        return first(before, request, settings);
    }

    /** Whether something is plugged in there now. */
    boolean isThere(String path) {
        return Files.exists(root.resolve(path.substring(1)), LinkOption.NOFOLLOW_LINKS);
    }

    private String stablePath(String device) throws StageException {
        List<VideoNode> nodes = VideoNode.list(root);
        String path = device;
        if (!device.startsWith("/")) {
            if (device.contains("/")) {
                throw new StageException(Reason.UNSUPPORTED, "'" + device + "' is no device; write a path from /dev on, the name "
                        + "of a link in /dev/v4l/by-id, or video0");
            }
            path = device.matches("video\\d{1,3}") ? "/dev/" + device
                    : isThere("/dev/v4l/by-path/" + device) ? "/dev/v4l/by-path/" + device : "/dev/v4l/by-id/" + device;
        }
        for (VideoNode node : nodes) {
            if (node.path().equals(path)) {
                return node.stablePath();
            }
        }
        return path;
    }

    private Found first(String before, CaptureRequest request, V4l2Settings settings) throws StageException {
        List<String> paths = new ArrayList<>();
        VideoNode.list(root).forEach(node -> paths.add(node.stablePath()));
        if (before != null && paths.remove(before)) {
            paths.add(0, before);
        }
        List<String> reasons = new ArrayList<>();
        StageException busy = null;
        for (String path : paths) {
            try {
                if (isCamera(path)) {
                    return new Found(session(path, request, settings), path);
                }
            } catch (V4l2Exception e) {
                reasons.add(e.getMessage());
            } catch (StageException e) {
                reasons.add(e.getMessage());
                busy = e.reason() == Reason.BUSY ? e : busy;
            }
        }
        if (busy != null) {
            throw busy;
        }
        throw new StageException(Reason.UNAVAILABLE, reasons.isEmpty()
                ? "no camera is plugged in; plug one in, or for a Raspberry Pi camera module: capture = libcamera"
                : "no camera can be used: " + String.join("; ", reasons));
    }

    private boolean isCamera(String path) throws V4l2Exception {
        try (VideoDevice device = VideoDevice.open(calls, path)) {
            return device.capability().isCapture() && device.capability().isStreaming()
                    && !device.capability().isMemoryToMemory() && !CONVERTERS.contains(device.capability().driver());
        }
    }

    private CameraSession session(String path, CaptureRequest request, V4l2Settings settings) throws StageException {
        try {
            return CameraSession.open(calls, path, request, settings);
        } catch (V4l2Exception e) {
            throw new StageException(e.errno() == Errno.EBUSY ? Reason.BUSY : Reason.UNAVAILABLE, e.getMessage(), e);
        }
    }
}
