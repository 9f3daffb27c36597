package revcam.capture.v4l2;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;
import revcam.api.capture.CaptureRequest;
import revcam.api.media.FrameRate;
import revcam.api.media.PixelFormat;
import revcam.api.media.StageException;
import revcam.api.media.StageException.Reason;
import revcam.v4l2.BufferType;
import revcam.v4l2.FormatDescription;
import revcam.v4l2.FrameRates;
import revcam.v4l2.FrameSizes;
import revcam.v4l2.V4l2Exception;
import revcam.v4l2.VideoDevice;
import revcam.v4l2.VideoFormat;

/**
 * A format, size and rate that a camera offers.
 *
 * @param frames what is made of it
 * @param rate the nearest that is not below the wanted one, else the fastest; the wanted one where the camera does not tell
 */
record CameraMode(CameraFormat format, PixelFormat frames, int width, int height, FrameRate rate) {

    /** Which of the camera's queues it is. */
    static BufferType queueOf(VideoDevice device) {
        return device.capability().isCaptureMultiPlanar() ? BufferType.CAPTURE_MPLANE : BufferType.CAPTURE;
    }

    /**
     * The mode that comes nearest: by size, then by rate, then by what it costs.
     *
     * @throws StageException UNSUPPORTED when the camera gives no plain pictures of a kind that the settings allow
     */
    static CameraMode choose(VideoDevice device, CaptureRequest request, V4l2Settings settings)
            throws V4l2Exception, StageException {
        List<FormatDescription> offered = device.formats(queueOf(device));
        List<CameraMode> modes = modes(device, offered, request, settings);
        return modes.stream()
                .min(Comparator.<CameraMode>comparingLong(mode -> mode.distance(request))
                        .thenComparingDouble(mode -> mode.shortfall(request.rate()))
                        .thenComparing(CameraMode::format))
                .orElseThrow(() -> new StageException(Reason.UNSUPPORTED, refusal(device, offered, settings)));
    }

    private static List<CameraMode> modes(
            VideoDevice device, List<FormatDescription> offered, CaptureRequest request, V4l2Settings settings)
            throws V4l2Exception {
        List<CameraMode> modes = new ArrayList<>();
        for (CameraFormat format : CameraFormat.values()) {
            PixelFormat frames = format.frames(settings.format());
            // Formats that a library would have to make (libv4l) are not there for us.
            if (frames == null || offered.stream().noneMatch(o -> o.fourcc() == format.fourcc && !o.emulated())) {
                continue;
            }
            for (FrameSizes sizes : sizes(device, format, request)) {
                int width = even(sizes, sizes.nearestWidth(request.width()), sizes.minWidth(), sizes.stepWidth());
                int height = even(sizes, sizes.nearestHeight(request.height()), sizes.minHeight(), sizes.stepHeight());
                if (width % 2 == 0 && height % 2 == 0) {
                    modes.add(new CameraMode(format, frames, width, height,
                            rate(device.frameRates(format.fourcc, width, height), request.rate())));
                }
            }
        }
        return modes;
    }

    /** Of a range, the next even side below where the nearest is odd. */
    private static int even(FrameSizes sizes, int side, int min, int step) {
        return side % 2 == 0 || sizes.isSingle() || side - step < min ? side : side - step;
    }

    private static List<FrameSizes> sizes(VideoDevice device, CameraFormat format, CaptureRequest request)
            throws V4l2Exception {
        List<FrameSizes> sizes = device.frameSizes(format.fourcc);
        if (!sizes.isEmpty()) {
            return sizes;
        }
        VideoFormat tried =
                device.tryFormat(queueOf(device), new VideoFormat(request.width(), request.height(), format.fourcc));
        return tried.fourcc() == format.fourcc ? List.of(FrameSizes.of(tried.width(), tried.height())) : List.of();
    }

    private static FrameRate rate(List<FrameRates> offered, FrameRate wanted) {
        List<FrameRate> nearest = offered.stream().map(rates -> rates.nearest(wanted)).toList();
        // A hair below counts as the same: 30000/1001 for 30.
        return nearest.stream().filter(rate -> rate.fps() > 0.99 * wanted.fps())
                .min(Comparator.comparingDouble(FrameRate::fps))
                .or(() -> nearest.stream().max(Comparator.comparingDouble(FrameRate::fps)))
                .orElse(wanted);
    }

    private long distance(CaptureRequest request) {
        return Math.abs((long) width - request.width()) + Math.abs((long) height - request.height());
    }

    private double shortfall(FrameRate wanted) {
        return Math.max(0, wanted.fps() - rate.fps());
    }

    private static String refusal(VideoDevice device, List<FormatDescription> offered, V4l2Settings settings) {
        TreeSet<String> names = new TreeSet<>();
        offered.forEach(format -> names.add(format.toString()));
        String gives = names.isEmpty() ? "no pictures" : String.join(", ", names);
        if (settings.format() != V4l2Settings.Format.AUTO) {
            return device + " gives " + gives + ", which cannot become " + settings.format()
                    + "; write format = auto in revcam.capture.v4l2.cfg";
        }
        return device + " gives " + gives + ", but only uncompressed pictures (YUYV, NV12, YU12) can be used: decoding MJPEG "
                + "would take more time than encoding. Use another camera, or for a Raspberry Pi camera module: capture = "
                + "libcamera";
    }

    @Override
    public String toString() {
        return format + " " + width + "x" + height + " at " + rate;
    }
}
