package revcam.encoder.x264;

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
import revcam.encoder.x264.X264Settings.RateMode;

/**
 * One libx264 encoder. libx264 reads the samples where the capture left them, and the sink reads the access unit where
 * libx264 wrote it.
 *
 * <p>libx264 could take real timestamps for its rate control, but then it holds each picture back until the next one has
 * come. So it is told a constant frame rate, once and for all, and when frames really come at another rate the bitrate it
 * is given is scaled so that the bits per second stay what they should be: a camera that slows down in the dark, or an
 * engine that drops frames, keeps its bitrate. For the same reason the distance of IDR pictures is kept here, in time,
 * rather than by libx264, in frames.
 */
final class X264Encoder implements VideoEncoder {

    private static final Logger LOG = LoggerFactory.getLogger(X264Encoder.class);

    /** Share of the newest frame interval in the running mean. */
    private static final double INTERVAL_WEIGHT = 1 / 16.0;

    /** How far the frame rate may be from what libx264 was last told. */
    private static final double INTERVAL_TOLERANCE = 0.05;

    /** A VBV of fewer frames leaves an IDR picture no room, and what libx264 expects of the others fits no longer. */
    private static final int VBV_FRAMES = 4;

    /** Where the VBV bounds the rate as well, libx264 spends a sixth less than it may with fewer. */
    private static final int VBR_VBV_FRAMES = 6;

    /**
     * With CBR, how much more than the target the VBV lets through: it bounds single pictures, {@link RateControl} the rate.
     * With less libx264 was seen to stay below half of the target for seconds, by what it wrongly expects of pictures.
     */
    private static final double VBV_HEADROOM = 1.5;

    /** How much longer than the configured VBV the one of VBR is. */
    private static final int VBR_WINDOW = 8;

    /** More than libx264 can hold: look-ahead (250), B pictures (16) and frame threads (128). */
    private static final int SLOTS = 512;

    private final X264Library library;
    private final X264Layout layout;
    private final X264Settings settings;
    private final PixelFormat format;
    private final int width;
    private final int height;
    private final EncodedSink sink;
    private final FrameAddresses frameAddresses = new FrameAddresses();

    private final Memory memory;
    private final Pointer param;
    private final Pointer pictureIn;
    private final Pointer pictureOut;
    private final Pointer nals;
    private final Pointer nalCount;
    private final ByteBuffer in;
    private final ByteBuffer out;
    private final Pointer encoder;

    private long nalArrayAddress;
    private Pointer nalArray;
    private long accessUnitAddress;
    private ByteBuffer accessUnit;

    private final long[] captureNanos = new long[SLOTS];
    private final RateControl control = new RateControl();
    private long frames;
    private long lastCaptureNanos;
    private long idrNanos;

    /** What libx264 takes to be the time between frames, for good. */
    private final double nominalIntervalNanos;

    /** What it is, averaged. */
    private double intervalNanos;

    /** What it was when libx264 was last given a bitrate. */
    private double appliedIntervalNanos;

    private long announcedIntervalNanos;
    private long bitrateBps;
    private boolean failed;
    private boolean closed;

    X264Encoder(X264Library library, X264Settings settings, EncoderRequest request, EncodedSink sink) throws StageException {
        this.library = library;
        this.settings = settings;
        this.sink = sink;
        layout = library.layout();
        format = request.format();
        width = request.width();
        height = request.height();
        bitrateBps = request.bitrateBps();
        nominalIntervalNanos = request.rate().intervalNanos();
        intervalNanos = nominalIntervalNanos;
        announcedIntervalNanos = request.rate().intervalNanos();

        memory = new Memory(layout.paramBytes() + 2L * layout.pictureBytes() + 64);
        param = memory.share(0);
        pictureIn = memory.share(layout.paramBytes());
        pictureOut = memory.share(layout.paramBytes() + (long) layout.pictureBytes());
        nals = memory.share(memory.size() - 64);
        nalCount = memory.share(memory.size() - 32);
        in = pictureIn.getByteBuffer(0, layout.pictureBytes()).order(ByteOrder.nativeOrder());
        out = pictureOut.getByteBuffer(0, layout.pictureBytes()).order(ByteOrder.nativeOrder());
        memory.clear();

        try {
            configure(request);
            encoder = X264.x264_encoder_open(param);
            if (encoder == null) {
                throw new StageException(Reason.UNSUPPORTED, "libx264 refuses " + width + "x" + height + " at "
                        + request.rate() + " frames/s and " + bitrateBps + " bit/s with the settings in "
                        + "revcam.encoder.x264.cfg; it says why on standard error");
            }
        } catch (StageException | RuntimeException e) {
            free();
            throw e;
        }

        X264.x264_picture_init(pictureIn);
        in.putInt(layout.imageCsp(), format == PixelFormat.I420 ? X264.CSP_I420 : X264.CSP_NV12);
        in.putInt(layout.imagePlanes(), format.planes());
        LOG.info("{}x{} at {} frames/s, {} bit/s, level {}, {} threads", width, height, request.rate(), bitrateBps,
                levelOf(encoder), settings.threadsOrAuto());
    }

    private void configure(EncoderRequest request) throws StageException {
        if (X264.x264_param_default_preset(param, settings.preset(), settings.tune()) != 0) {
            throw new StageException(Reason.UNSUPPORTED, "libx264 build " + library.build() + " knows no preset = "
                    + settings.preset() + " with tune = " + settings.tune() + "; correct revcam.encoder.x264.cfg");
        }
        FrameRate rate = request.rate();
        param.setInt(X264Layout.PARAM_WIDTH, width);
        param.setInt(X264Layout.PARAM_HEIGHT, height);
        set("log", "0");
        set("fps", rate.numerator() + "/" + rate.denominator());
        set("force-cfr", "1");
        set("annexb", "1");
        set("repeat-headers", "1");
        set("keyint", settings.intraRefresh()
                ? Integer.toString(Math.max(1, (int) Math.round(settings.gopSeconds() * rate.fps())))
                : "infinite");
        set("intra-refresh", settings.intraRefresh() ? "1" : "0");
        set("scenecut", settings.sceneCut() ? "40" : "0");
        set("bframes", Integer.toString(settings.bFrames()));
        set("threads", Integer.toString(settings.threadsOrAuto()));
        if (settings.slices() > 0) {
            set("slices", Integer.toString(settings.slices()));
        }
        // libx264 announces the lowest profile that the tools in use need, so asking for more means using more.
        set("cabac", settings.profile().equals("baseline") ? "0" : "1");
        set("8x8dct", settings.profile().equals("high") ? "1" : "0");
        setBitrate();
        for (X264Settings.Option option : settings.options()) {
            int result = X264.x264_param_parse(param, option.name(), option.value());
            if (result != 0) {
                LOG.error("{}: libx264 build {} knows no {} in options; leaving it out", settings.optionsFile(),
                        library.build(), result == -1
                                ? "parameter " + option.name()
                                : "value " + option.value() + " for " + option.name());
            }
        }
        if (X264.x264_param_apply_profile(param, settings.profile()) != 0) {
            throw new StageException(Reason.UNSUPPORTED, "profile = " + settings.profile() + " in revcam.encoder.x264.cfg does "
                    + "not allow what options ask for; libx264 says what on standard error");
        }
        if (settings.level() != null) {
            requireLevel(settings.level());
        }
    }

    /** libx264 would announce a level that the stream breaks; so ask it for the lowest that fits, and compare. */
    private void requireLevel(String level) throws StageException {
        Pointer probe = X264.x264_encoder_open(param);
        if (probe == null) {
            return;
        }
        int lowest = levelOf(probe);
        X264.x264_encoder_close(probe);
        set("level", level);
        if (rank(param.getInt(X264Layout.PARAM_LEVEL)) < rank(lowest)) {
            throw new StageException(Reason.UNSUPPORTED, "level = " + level + " in revcam.encoder.x264.cfg is too low for this "
                    + "size, rate and bitrate; use " + (lowest == 9 ? "1b" : lowest / 10 + "." + lowest % 10) + " or auto");
        }
    }

    /** level_idc in ascending order of what it allows: libx264 writes level 1b as 9. */
    private static int rank(int level) {
        return level == 9 ? 105 : level * 10;
    }

    private int levelOf(Pointer opened) {
        try (Memory copy = new Memory(layout.paramBytes())) {
            X264.x264_encoder_parameters(opened, copy);
            return copy.getInt(X264Layout.PARAM_LEVEL);
        }
    }

    /**
     * libx264 takes a new bitrate while it runs only when the VBV was on from the start, and only as CBR or as a cap on CRF:
     * the average of ABR is fixed for good. So all our modes are CRF under a cap, and with CBR it is the CRF that moves.
     */
    private void setBitrate() {
        boolean cbr = settings.rateMode() == RateMode.CBR;
        set("crf", Double.toString(cbr ? control.crf() : settings.quality()));
        if (cbr) {
            set("ratetol", Double.toString(RateControl.TOLERANCE));
        }
        writeBitrate();
    }

    /** The rate parameters, for frames at the present interval. */
    private void writeBitrate() {
        appliedIntervalNanos = intervalNanos;
        boolean cbr = settings.rateMode() == RateMode.CBR;
        int leastFrames = cbr ? VBV_FRAMES : VBR_VBV_FRAMES;
        double vbvSeconds = Math.max(settings.vbvMillis() / 1e3, leastFrames * intervalNanos / 1e9)
                * (settings.rateMode() == RateMode.VBR ? VBR_WINDOW : 1);
        double headroom = cbr ? VBV_HEADROOM : 1;
        param.setInt(layout.vbvMaxBitrate(), kilobits(headroom * bitrateBps * intervalNanos / nominalIntervalNanos));
        param.setInt(layout.vbvBufferSize(), kilobits(bitrateBps * vbvSeconds));
    }

    /** As libx264 wants it; its own arithmetic overflows at 2 Gbit. */
    private static int kilobits(double bits) {
        return (int) Math.max(1, Math.min(2_000_000, Math.round(bits / 1000)));
    }

    private void applyBitrate() {
        writeBitrate();
        reconfigure();
    }

    private void reconfigure() {
        int result = X264.x264_encoder_reconfig(encoder, param);
        if (result < 0) {
            fail("libx264 refuses " + bitrateBps + " bit/s (" + result + ")");
        }
    }

    /** How fine the picture that comes next will be. */
    private void steer() {
        if (settings.rateMode() == RateMode.CBR) {
            double before = control.crf();
            double crf = control.next(averageBits());
            if (crf != before) {
                param.setFloat(layout.crf(), (float) crf);
                reconfigure();
            }
        }
    }

    private double averageBits() {
        return bitrateBps * intervalNanos / 1e9;
    }

    private void set(String name, String value) {
        int result = X264.x264_param_parse(param, name, value);
        if (result != 0) {
            throw new IllegalStateException("libx264 build " + library.build() + " refuses " + name + "=" + value);
        }
    }

    @Override
    public int maxInFlight() {
        return 1;
    }

    @Override
    public void encode(RawFrame frame, boolean keyframe) {
        int size;
        try (frame) {
            if (failed || closed) {
                return;
            }
            String problem = point(frame);
            if (problem != null) {
                fail(problem);
                return;
            }
            long nanos = frame.captureNanos();
            follow(nanos);
            if (failed) {
                return;
            }
            steer();
            if (failed) {
                return;
            }
            boolean idr = keyframe || idrDue(nanos);
            if (idr) {
                idrNanos = nanos;
            }
            in.putInt(X264Layout.PICTURE_TYPE, idr ? X264.TYPE_IDR : X264.TYPE_AUTO);
            in.putLong(X264Layout.PICTURE_PTS, frames);
            captureNanos[(int) (frames % SLOTS)] = nanos;
            frames++;
            size = X264.x264_encoder_encode(encoder, nals, nalCount, pictureIn, pictureOut);
        }
        deliver(size);
    }

    /** Lets the input picture point at the frame's samples, or says why that would be wrong. */
    private String point(RawFrame frame) {
        ByteBuffer data = frame.data();
        if (frame.width() != width || frame.height() != height || frame.format() != format || !data.isDirect()) {
            return "a frame of " + frame.width() + "x" + frame.height() + " " + frame.format() + " came to an encoder of "
                    + width + "x" + height + " " + format;
        }
        long address = frameAddresses.of(data);
        for (int plane = 0; plane < format.planes(); plane++) {
            int offset = frame.planeOffset(plane);
            int stride = frame.planeStride(plane);
            int row = format.rowBytes(plane, width);
            if (offset < 0 || stride < row
                    || offset + (long) stride * (format.rows(plane, height) - 1) + row > data.capacity()) {
                return "plane " + plane + " of a frame lies outside its memory";
            }
            in.putInt(layout.strides() + Integer.BYTES * plane, stride);
            putAddress(layout.planes() + plane * Native.POINTER_SIZE, address + offset);
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
        if (frames > 0) {
            double interval = Math.max(intervalNanos / 2, Math.min(intervalNanos * 2, nanos - lastCaptureNanos));
            intervalNanos += INTERVAL_WEIGHT * (interval - intervalNanos);
            if (Math.abs(intervalNanos - appliedIntervalNanos) > INTERVAL_TOLERANCE * appliedIntervalNanos) {
                applyBitrate();
            }
        }
        lastCaptureNanos = nanos;
    }

    private boolean idrDue(long nanos) {
        return frames == 0
                || settings.gopSeconds() > 0
                        && !settings.intraRefresh()
                        && nanos - idrNanos + intervalNanos / 2 >= settings.gopSeconds() * 1e9;
    }

    private void deliver(int size) {
        if (size < 0) {
            fail("libx264 could not encode a frame (" + size + ")");
        } else if (size > 0) {
            boolean idr = out.getInt(X264Layout.PICTURE_TYPE) == X264.TYPE_IDR;
            long nanos = captureNanos[(int) (out.getLong(X264Layout.PICTURE_PTS) % SLOTS)];
            control.onPicture(8.0 * size, out.getDouble(layout.pictureCrf()), averageBits(), idr);
            if (idr) {
                idrNanos = Math.max(idrNanos, nanos);
            }
            // All NAL units of a picture lie behind each other, from the first one's payload on.
            sink.onAccessUnit(accessUnit(size), nanos, idr);
        }
    }

    /**
     * libx264 tells its NAL units in the same memory, and writes every picture to the same memory, until one needs more; so what
     * shows them here is kept, as each costs an object, and a view of memory a lot.
     */
    private ByteBuffer accessUnit(int size) {
        long array = address(nals, 0);
        if (array != nalArrayAddress) {
            nalArrayAddress = array;
            nalArray = new Pointer(array);
        }
        long payload = address(nalArray, X264Layout.NAL_PAYLOAD);
        if (payload != accessUnitAddress || size > accessUnit.capacity()) {
            accessUnitAddress = payload;
            accessUnit = new Pointer(payload).getByteBuffer(0, size);
        }
        return accessUnit.clear().limit(size);
    }

    private static long address(Pointer at, long offset) {
        return Native.POINTER_SIZE == 8 ? at.getLong(offset) : at.getInt(offset) & 0xffffffffL;
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
            applyBitrate();
        }
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        try {
            while (!failed && X264.x264_encoder_delayed_frames(encoder) > 0) {
                deliver(X264.x264_encoder_encode(encoder, nals, nalCount, null, pictureOut));
            }
        } finally {
            X264.x264_encoder_close(encoder);
            free();
            library.release();
        }
    }

    private void free() {
        X264.x264_param_cleanup(param);
        memory.close();
    }
}
