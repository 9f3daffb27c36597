package revcam.encoder.openh264;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import revcam.api.encoder.EncodedSink;
import revcam.api.encoder.EncoderRequest;
import revcam.api.encoder.VideoEncoder;
import revcam.api.media.FrameRate;
import revcam.api.media.PixelFormat;
import revcam.api.media.RawFrame;
import revcam.api.media.StageException;
import revcam.api.media.StageException.Reason;

/**
 * One libopenh264 encoder. libopenh264 reads the samples where the capture left them, and the sink reads the access unit
 * where libopenh264 wrote it.
 *
 * <p>Its rate control shares bits out by the frame rate it was told, so it is told whenever frames really come at another
 * one. The distance of IDR pictures is kept here, in time, rather than by libopenh264, in frames.
 */
final class OpenH264Encoder implements VideoEncoder {

    private static final Logger LOG = LoggerFactory.getLogger(OpenH264Encoder.class);

    /** {@code RC_BITRATE_MODE}. */
    private static final int RC_BITRATE = 1;

    /** {@code SPATIAL_LAYER_ALL}. */
    private static final int ALL_LAYERS = 4;

    /** {@code SM_FIXEDSLCNUM_SLICE}. */
    private static final int FIXED_SLICES = 1;

    /** The finest quantiser that libopenh264 uses. Its default of 0 would have it ignore the coarsest, too. */
    private static final int MIN_QP = 12;

    /** Frames per second that libopenh264 takes. */
    private static final double MIN_FPS = 1;

    private static final double MAX_FPS = 60;

    /** Share of the newest frame interval in the running mean. */
    private static final double INTERVAL_WEIGHT = 1 / 16.0;

    /** How far the frame rate may be from what libopenh264 was last told. */
    private static final double INTERVAL_TOLERANCE = 0.05;

    /** Share of the frame interval that a picture may take on one thread. */
    private static final double SLOW = 0.8;

    /** So many more pictures that took longer than that than ones that did not, and all threads work on each. */
    private static final int SLOW_PICTURES = 15;

    private final OpenH264Library library;
    private final OpenH264Layout layout;
    private final OpenH264Settings settings;
    private final int width;
    private final int height;
    private final EncodedSink sink;

    private final Memory option;
    private final Memory info;
    private final Memory picture;
    private final ByteBuffer in;
    private final AccessUnit out;
    private final Pointer object;
    private final SvcEncoder encoder;

    private boolean begun;
    private long firstCaptureNanos;
    private long lastCaptureNanos;
    private long idrNanos;
    private double intervalNanos;

    /** What the interval was when libopenh264 was last told. */
    private double appliedIntervalNanos;

    private long announcedIntervalNanos;
    private long bitrateBps;
    /** Per picture. Each is a thread's. */
    private int slices;
    private int slowPictures;
    private boolean failed;
    private boolean closed;

    OpenH264Encoder(OpenH264Library library, OpenH264Settings settings, EncoderRequest request, EncodedSink sink)
            throws StageException {
        this.library = library;
        this.settings = settings;
        this.sink = sink;
        layout = library.layout();
        width = request.width();
        height = request.height();
        bitrateBps = request.bitrateBps();
        announcedIntervalNanos = request.rate().intervalNanos();
        intervalNanos = announcedIntervalNanos;
        // Its rate control swings with more: 2 dB less and bursts five times as long where one half moves and one does not.
        slices = settings.slices() > 0 ? settings.slices() : 1;

        object = library.create();
        if (object == null) {
            throw new StageException(Reason.FAILED, "libopenh264 cannot make an encoder; the machine may lack memory");
        }
        option = new Memory(16);
        picture = new Memory(layout.pictureBytes());
        info = new Memory(layout.infoBytes());
        picture.clear();
        info.clear();
        encoder = new SvcEncoder(object, picture, info);
        out = new AccessUnit(layout, info);
        in = picture.getByteBuffer(0, layout.pictureBytes()).order(ByteOrder.nativeOrder());
        in.putInt(0, SvcEncoder.I420);
        in.putInt(layout.pictureWidth(), width);
        in.putInt(layout.pictureWidth() + Integer.BYTES, height);

        int result = initialize();
        if (result != 0) {
            free();
            throw new StageException(Reason.UNSUPPORTED, "libopenh264 " + library.version() + " refuses " + width + "x"
                    + height + " at " + request.rate() + " frames/s and " + bitrateBps + " bit/s with the settings in "
                    + "revcam.encoder.openh264.cfg (" + result + ")");
        }
        LOG.info("{}x{} at {} frames/s, {} bit/s, {} threads at most", width, height, request.rate(), bitrateBps,
                settings.threadsOrAuto());
    }

    private int initialize() {
        option.setInt(0, 0);
        encoder.setOption(SvcEncoder.TRACE_LEVEL, option);
        try (Memory param = new Memory(layout.paramBytes())) {
            encoder.getDefaultParams(param);
            appliedIntervalNanos = intervalNanos;
            int bps = scaledBitrate();
            float fps = (float) frameRate();
            int threads = settings.threadsOrAuto();
            param.setInt(OpenH264Layout.PARAM_WIDTH, width);
            param.setInt(OpenH264Layout.PARAM_HEIGHT, height);
            param.setInt(OpenH264Layout.PARAM_BITRATE, bps);
            param.setInt(OpenH264Layout.PARAM_RC_MODE, RC_BITRATE);
            param.setFloat(OpenH264Layout.PARAM_FRAME_RATE, fps);
            param.setInt(OpenH264Layout.PARAM_LAYER_WIDTH, width);
            param.setInt(OpenH264Layout.PARAM_LAYER_HEIGHT, height);
            param.setFloat(OpenH264Layout.PARAM_LAYER_FRAME_RATE, fps);
            param.setInt(OpenH264Layout.PARAM_LAYER_BITRATE, bps);
            param.setInt(OpenH264Layout.PARAM_LAYER_PROFILE, settings.profile().idc);
            param.setInt(OpenH264Layout.PARAM_LAYER_SLICE_MODE, FIXED_SLICES);
            param.setInt(OpenH264Layout.PARAM_LAYER_SLICES, slices);
            param.setInt(OpenH264Layout.PARAM_COMPLEXITY, settings.complexity().ordinal());
            param.setInt(OpenH264Layout.PARAM_INTRA_PERIOD, 0);
            param.setInt(OpenH264Layout.PARAM_REFERENCES, 1);
            param.setInt(OpenH264Layout.PARAM_ID_STRATEGY, 0);
            param.setInt(OpenH264Layout.PARAM_CABAC, settings.profile() == OpenH264Settings.Profile.BASELINE ? 0 : 1);
            param.setInt(OpenH264Layout.PARAM_MAX_QP, settings.maxQp());
            param.setInt(OpenH264Layout.PARAM_MIN_QP, MIN_QP);
            param.setShort(OpenH264Layout.PARAM_THREADS, (short) threads);
            param.setInt(OpenH264Layout.PARAM_DEBLOCKING_OFF, settings.deblocking() ? 0 : 1);
            param.setInt(OpenH264Layout.PARAM_IDR_RATIO, settings.idrPercent());
            // Adaptive quantisation has been switched off inside the library since 2016, whatever one asks for.
            truth(param, OpenH264Layout.PARAM_ADAPTIVE_QUANT, false);
            // With load balancing the same pictures would give another stream each time.
            truth(param, OpenH264Layout.PARAM_LOAD_BALANCING, false);
            truth(param, OpenH264Layout.PARAM_FRAME_SKIP, settings.frameSkip());
            truth(param, OpenH264Layout.PARAM_DENOISE, settings.denoise());
            truth(param, OpenH264Layout.PARAM_BACKGROUND, settings.backgroundDetection());
            truth(param, OpenH264Layout.PARAM_SCENE_CHANGE, settings.sceneCut());
            return encoder.initializeExt(param);
        }
    }

    private static void truth(Pointer param, int offset, boolean value) {
        param.setByte(offset, (byte) (value ? 1 : 0));
    }

    /** What libopenh264 is told: the present frame rate, as far as it takes it. */
    private double frameRate() {
        return Math.max(MIN_FPS, Math.min(MAX_FPS, 1e9 / intervalNanos));
    }

    /** The bitrate for it, so that the bits per second stay right also at other frame rates than libopenh264 takes. */
    private int scaledBitrate() {
        double bits = bitrateBps * frameRate() * intervalNanos / 1e9;
        return (int) Math.max(1_000, Math.min(1_000_000_000, Math.round(bits)));
    }

    private void applyRate() {
        appliedIntervalNanos = intervalNanos;
        option.setFloat(0, (float) frameRate());
        int result = encoder.setOption(SvcEncoder.FRAME_RATE, option);
        if (result == 0) {
            option.setInt(0, ALL_LAYERS);
            option.setInt(Integer.BYTES, scaledBitrate());
            result = encoder.setOption(SvcEncoder.BITRATE, option);
        }
        if (result != 0) {
            fail("libopenh264 refuses " + bitrateBps + " bit/s (" + result + ")");
        }
    }

    @Override
    public int maxInFlight() {
        return 1;
    }

    @Override
    public void encode(RawFrame frame, boolean keyframe) {
        int result;
        long nanos;
        try (frame) {
            if (failed || closed) {
                return;
            }
            String problem = point(frame);
            if (problem != null) {
                fail(problem);
                return;
            }
            nanos = frame.captureNanos();
            if (slowPictures >= SLOW_PICTURES && settings.slices() == 0 && slices < settings.threadsOrAuto()) {
                divide(settings.threadsOrAuto());
            }
            follow(nanos);
            if (failed) {
                return;
            }
            // The first picture is an IDR picture anyway.
            if (begun && (keyframe || idrDue(nanos))) {
                encoder.forceIntraFrame();
            }
            begun = true;
            in.putLong(layout.pictureMillis(), (nanos - firstCaptureNanos) / 1_000_000);
            long started = System.nanoTime();
            result = encoder.encodeFrame();
            boolean slow = System.nanoTime() - started > SLOW * announcedIntervalNanos;
            slowPictures = Math.max(0, Math.min(SLOW_PICTURES, slowPictures + (slow ? 1 : -1)));
        }
        deliver(result, nanos);
    }

    /** Goes on with a slice for each thread, and an IDR picture. */
    private void divide(int threads) {
        LOG.info("one thread is too slow for {}x{}: {} slices, one for each thread", width, height, threads);
        slices = threads;
        begun = false;
        encoder.uninitialize();
        int result = initialize();
        if (result != 0) {
            fail("libopenh264 refuses " + threads + " slices (" + result + "); set slices = 1 in revcam.encoder.openh264.cfg");
        }
    }

    /** Lets the input picture point at the frame's samples, or says why that would be wrong. */
    private String point(RawFrame frame) {
        ByteBuffer data = frame.data();
        PixelFormat format = frame.format();
        if (frame.width() != width || frame.height() != height || format != PixelFormat.I420 || !data.isDirect()) {
            return "a frame of " + frame.width() + "x" + frame.height() + " " + format + " came to an encoder of "
                    + width + "x" + height + " " + PixelFormat.I420;
        }
        long address = Pointer.nativeValue(Native.getDirectBufferPointer(data));
        for (int plane = 0; plane < format.planes(); plane++) {
            int offset = frame.planeOffset(plane);
            int stride = frame.planeStride(plane);
            int row = format.rowBytes(plane, width);
            if (offset < 0 || stride < row
                    || offset + (long) stride * (format.rows(plane, height) - 1) + row > data.capacity()) {
                return "plane " + plane + " of a frame lies outside its memory";
            }
            in.putInt(OpenH264Layout.PICTURE_STRIDES + Integer.BYTES * plane, stride);
            putAddress(layout.picturePlanes() + plane * Native.POINTER_SIZE, address + offset);
        }
        return null;
    }

    private void putAddress(int index, long address) {
        if (Native.POINTER_SIZE == 8) {
            in.putLong(index, address);
        } else {
            in.putInt(index, (int) address);
        }
    }

    /** Follows the rate at which frames really come. A single long gap counts as two frames at most. */
    private void follow(long nanos) {
        if (begun) {
            double interval = Math.max(intervalNanos / 2, Math.min(intervalNanos * 2, nanos - lastCaptureNanos));
            intervalNanos += INTERVAL_WEIGHT * (interval - intervalNanos);
            if (Math.abs(intervalNanos - appliedIntervalNanos) > INTERVAL_TOLERANCE * appliedIntervalNanos) {
                applyRate();
            }
        } else {
            firstCaptureNanos = nanos;
        }
        lastCaptureNanos = nanos;
    }

    private boolean idrDue(long nanos) {
        return settings.gopSeconds() > 0 && nanos - idrNanos + intervalNanos / 2 >= settings.gopSeconds() * 1e9;
    }

    private void deliver(int result, long nanos) {
        if (result != 0) {
            fail("libopenh264 could not encode a frame (" + result + ")");
        } else if (out.frameType() == SvcEncoder.TYPE_SKIP || out.size() == 0) {
            sink.onSkipped(nanos);
        } else {
            boolean idr = out.frameType() == SvcEncoder.TYPE_IDR;
            if (idr) {
                idrNanos = nanos;
            }
            sink.onAccessUnit(out.bytes(), nanos, idr);
        }
    }

    private void fail(String problem) {
        failed = true;
        sink.onFailed(new StageException(Reason.FAILED, problem));
    }

    @Override
    public void setRate(long bitrateBps, FrameRate rate) {
        if (failed || closed) {
            return;
        }
        if (bitrateBps != this.bitrateBps || rate.intervalNanos() != announcedIntervalNanos) {
            this.bitrateBps = bitrateBps;
            if (rate.intervalNanos() != announcedIntervalNanos) {
                announcedIntervalNanos = rate.intervalNanos();
                intervalNanos = announcedIntervalNanos;
            }
            applyRate();
        }
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        free();
        library.release();
    }

    private void free() {
        encoder.uninitialize();
        library.destroy(object);
        option.close();
        picture.close();
        info.close();
    }
}
