package revcam.capture.file;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import revcam.api.capture.CaptureRequest;
import revcam.api.capture.FrameSink;
import revcam.api.capture.VideoCapture;
import revcam.api.capture.VideoCaptureFactory;
import revcam.api.config.BadSetting;
import revcam.api.config.Settings;
import revcam.api.media.StageException;
import revcam.api.media.StageException.Reason;
import revcam.api.media.TimeStrip;

/**
 * A clip instead of a camera, in a loop. A YUV4MPEG2 file (I420, 8 bits) of the wanted size is played as it is, every
 * picture once, at the wanted rate, so that frame counter {@code N} always shows picture {@code N mod count}. Anything else
 * goes through ffmpeg, which keeps the clip's speed, scales it into the wanted size and repeats or leaves out pictures to
 * reach the wanted rate.
 */
@Component(configurationPid = FileCaptureFactory.PID, property = VideoCaptureFactory.NAME + "=file")
@Designate(ocd = FileCaptureFactory.Config.class)
public final class FileCaptureFactory implements VideoCaptureFactory {

    static final String PID = "revcam.capture.file";

    private static final Logger LOG = LoggerFactory.getLogger(FileCaptureFactory.class);

    private static final int MIN_SIDE = 32;
    private static final int MAX_SIDE = 4096;
    private static final double MAX_FPS = 1000;

    private volatile Values values;

    @ObjectClassDefinition(name = "RevCam clip", description = "Plays a clip in a loop, instead of a camera.")
    @interface Config {

        @AttributeDefinition(description = "Draw capture time and frame counter, machine-readable, over the top 1/15 of the"
                + " picture; from 320x180 pixels up")
        boolean timeStrip() default true;

        @AttributeDefinition(description = "Path of the clip for streams that ask for file without a path; relative to the"
                + " working directory")
        String source() default "";

        @AttributeDefinition(description = "The ffmpeg command: a name on the PATH or a path")
        String ffmpeg() default "ffmpeg";
    }

    private record Values(boolean timeStrip, String source, String ffmpeg) {

        static Values of(Settings settings) throws BadSetting {
            return new Values(settings.truth("timeStrip"), settings.text("source"), settings.text("ffmpeg"));
        }
    }

    @Activate
    public FileCaptureFactory(Map<String, Object> properties) {
        modified(properties);
    }

    /** Holds for captures that are opened from now on. */
    @Modified
    void modified(Map<String, Object> properties) {
        values = Settings.read(PID, Config.class, properties, values, Values::of, LOG::error);
    }

    @Override
    public VideoCapture open(CaptureRequest request, FrameSink sink) throws StageException {
        int width = request.width();
        int height = request.height();
        if (Math.min(width, height) < MIN_SIDE || Math.max(width, height) > MAX_SIDE || (width | height) % 2 != 0) {
            throw new StageException(Reason.UNSUPPORTED, "a clip cannot be shown at " + width + "x" + height
                    + "; choose even sides from 32 to 4096");
        }
        if (request.rate().fps() > MAX_FPS) {
            throw new StageException(Reason.UNSUPPORTED,
                    "a clip cannot be shown at " + request.rate() + " frames a second; choose 1000 or less");
        }
        Clip clip = clip(path(request), request);
        TimeStrip strip = values.timeStrip() && TimeStrip.fits(width, height) ? new TimeStrip(width, height) : null;
        return new FileCapture(clip, request, sink, strip);
    }

    private Path path(CaptureRequest request) throws StageException {
        String name = request.source().isEmpty() ? values.source() : request.source();
        if (name.isEmpty()) {
            throw new StageException(Reason.UNSUPPORTED,
                    "no clip is named; write file:PATH, or set source in revcam.capture.file.cfg");
        }
        try {
            return Path.of(name).toAbsolutePath().normalize();
        } catch (InvalidPathException e) {
            throw new StageException(Reason.UNSUPPORTED, "'" + name + "' is not a path: " + e.getReason(), e);
        }
    }

    private Clip clip(Path path, CaptureRequest request) throws StageException {
        try {
            byte[] start = start(path);
            if (Y4mHeader.isY4m(start, start.length)) {
                Y4mHeader header = Y4mHeader.parse(start, start.length);
                if (header.isI420() && header.width() == request.width() && header.height() == request.height()) {
                    if (!request.rate().equals(header.rate())) {
                        LOG.info("{} has {} frames a second and is played at {}", path, header.rate(), request.rate());
                    }
                    return new Y4mClip(path, header);
                }
            }
            return new FfmpegClip(values.ffmpeg(), path, request);
        } catch (FfmpegClip.CannotStart e) {
            throw new StageException(Reason.UNAVAILABLE, "to play " + path + " at " + request.width() + "x" + request.height()
                    + ", ffmpeg is needed and " + values.ffmpeg() + " does not run; install it with: sudo apt-get install ffmpeg", e);
        } catch (IllegalArgumentException e) {
            throw new StageException(Reason.UNAVAILABLE, path + " cannot be played: " + e.getMessage(), e);
        } catch (IOException e) {
            throw new StageException(Reason.UNAVAILABLE, e.getMessage(), e);
        }
    }

    /** The first bytes of the clip. */
    private static byte[] start(Path path) throws IOException {
        if (Files.notExists(path)) {
            throw new IOException("there is no clip " + path);
        }
        if (!Files.isRegularFile(path)) {
            throw new IOException(path + " is not a file; name a clip");
        }
        byte[] start;
        try (InputStream in = Files.newInputStream(path)) {
            start = in.readNBytes(Y4mHeader.MAX_BYTES);
        } catch (AccessDeniedException e) {
            throw new IOException(path + " cannot be read by this user; change its permissions", e);
        }
        if (start.length == 0) {
            throw new IOException(path + " is empty; copy the clip again");
        }
        return start;
    }
}
