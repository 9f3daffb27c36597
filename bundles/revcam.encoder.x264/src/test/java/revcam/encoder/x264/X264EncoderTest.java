package revcam.encoder.x264;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.jna.NativeLibrary;
import com.sun.jna.NativeLong;
import com.sun.jna.Structure;
import java.io.IOException;
import java.io.Reader;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import revcam.api.config.Settings;
import revcam.api.encoder.EncoderRequest;
import revcam.api.encoder.VideoEncoder;
import revcam.api.media.FramePool;
import revcam.api.media.FrameRate;
import revcam.api.media.PixelFormat;
import revcam.api.media.StageException;
import revcam.testkit.VideoEncoderConformance;
import revcam.testkit.VideoEncoderConformance.AccessUnit;
import revcam.testkit.VideoEncoderConformance.MovingPicture;
import revcam.testkit.VideoEncoderConformance.Recording;

/** What each setting does to the stream, and what happens when something is wrong. */
class X264EncoderTest {

    private static final int WIDTH = 320;
    private static final int HEIGHT = 192;
    private static final FrameRate FPS = FrameRate.of(30);
    private static final long BPS = 600_000;

    @TempDir
    Path directory;

    private final FramePool pool = new FramePool(1, PixelFormat.I420, WIDTH, HEIGHT, 64);
    private final Recording recording = new Recording();
    private final List<String> complaints = new ArrayList<>();
    private long nanos = 1_000_000_000;
    private long index;

    private static X264EncoderFactory factory(String... settings) {
        Map<String, Object> properties = new HashMap<>(Map.of("library", X264ConformanceTest.LIBRARY));
        for (int i = 0; i < settings.length; i += 2) {
            properties.put(settings[i], settings[i + 1]);
        }
        return new X264EncoderFactory(properties);
    }

    private X264Settings read(Map<String, Object> properties, X264Settings lastGood) {
        return Settings.read(X264EncoderFactory.PID, X264EncoderFactory.Config.class, properties, lastGood,
                X264Settings::of, complaints::add);
    }

    private static EncoderRequest request(PixelFormat format) {
        return new EncoderRequest(WIDTH, HEIGHT, format, FPS, BPS);
    }

    private VideoEncoder open(String... settings) throws StageException {
        return factory(settings).open(request(PixelFormat.I420), recording);
    }

    private void feed(VideoEncoder encoder, int frames, FrameRate rate) {
        for (int i = 0; i < frames; i++) {
            FramePool.PooledFrame frame = pool.acquire();
            MovingPicture.draw(frame, index++);
            encoder.encode(frame.stamp(nanos, index), false);
            nanos += rate.intervalNanos();
        }
    }

    private double bps(int from, int to, FrameRate rate) {
        return recording.units.subList(from, to).stream().mapToLong(unit -> 8L * unit.bytes.length).sum()
                / ((to - from) / rate.fps());
    }

    @ParameterizedTest
    @CsvSource({"baseline, auto, 66, 0xc0, 20", "baseline, 3.1, 66, 0xc0, 31", "main, auto, 77, 0x40, 20", "high, 4.0, 100, 0, 40"})
    void profileAndLevelAreInTheSps(String profile, String level, int profileIdc, String constraints, int levelIdc)
            throws StageException {
        try (VideoEncoder encoder = open("profile", profile, "level", level)) {
            feed(encoder, 1, FPS);
        }
        byte[] sps = recording.units.get(0).nal(7);
        assertEquals(profileIdc, sps[1] & 0xff, "profile_idc");
        assertEquals(Integer.decode(constraints), sps[2] & 0xff, "constraint flags");
        assertEquals(levelIdc, sps[3] & 0xff, "level_idc");
    }

    @Test
    void aLevelThatIsTooLowIsRefusedWithTheOneThatFits() {
        StageException refusal = assertThrows(StageException.class, () -> open("level", "1").close());
        assertEquals(StageException.Reason.UNSUPPORTED, refusal.reason());
        assertTrue(refusal.getMessage().contains("use 2.0 or auto"), refusal.getMessage());
    }

    @Test
    void idrPicturesComeByTheClockAndNotByCount() throws StageException {
        try (VideoEncoder encoder = open("gopSeconds", "1")) {
            feed(encoder, 60, FPS);
            feed(encoder, 21, FrameRate.of(10));
        }
        assertEquals(List.of(0, 30, 60, 70, 80), recording.keyframes());
    }

    /** What is behind an IDR picture waits for it: docs/encoders.md. */
    @ParameterizedTest
    @ValueSource(longs = {60_000, 150_000, 300_000, 600_000})
    void anIdrPictureOnDemandIsNoLargerThanFourFramesOfTheBitrate(long bps) throws StageException {
        try (VideoEncoder encoder = factory("threads", "1")
                .open(new EncoderRequest(WIDTH, HEIGHT, PixelFormat.I420, FPS, bps), recording)) {
            for (int i = 0; i < 8; i++) {
                feed(encoder, 45, FPS);
                FramePool.PooledFrame frame = pool.acquire();
                MovingPicture.draw(frame, index++);
                encoder.encode(frame.stamp(nanos, index), true);
                nanos += FPS.intervalNanos();
            }
        }
        double frameBytes = bps / 8.0 / FPS.fps();
        double largest = recording.units.stream().filter(unit -> unit.keyframe).mapToInt(unit -> unit.bytes.length).max()
                .orElseThrow();
        assertEquals(9, recording.keyframes().size());
        assertTrue(largest <= 4.2 * frameBytes, largest / frameBytes + " frames");
    }

    @Test
    void withoutGopThereIsOneIdr() throws StageException {
        try (VideoEncoder encoder = open("gopSeconds", "0")) {
            feed(encoder, 100, FPS);
        }
        assertEquals(List.of(0), recording.keyframes());
    }

    @Test
    void aCutOfSceneBeginsAnIdrWhenWanted() throws StageException {
        for (String sceneCut : new String[] {"false", "true"}) {
            recording.units.clear();
            try (VideoEncoder encoder = open("sceneCut", sceneCut, "gopSeconds", "0")) {
                feed(encoder, 45, FPS);
                FramePool.PooledFrame black = pool.acquire();
                for (int i = 0; i < black.data().capacity(); i++) {
                    black.data().put(i, (byte) (i * i >> 5));
                }
                encoder.encode(black.stamp(nanos, index), false);
                nanos += FPS.intervalNanos();
                feed(encoder, 3, FPS);
            }
            assertEquals(sceneCut.equals("true"), recording.keyframes().size() > 1, () -> "keyframes " + recording.keyframes());
        }
    }

    @Test
    void intraRefreshReplacesPeriodicIdrPicturesByRecoveryPoints() throws StageException {
        try (VideoEncoder encoder = open("intraRefresh", "true", "gopSeconds", "1")) {
            feed(encoder, 100, FPS);
        }
        assertEquals(List.of(0), recording.keyframes());
        // Recovery point SEI: payload type 6 (ITU-T H.264, D.1.8).
        long recoveryPoints = recording.units.stream().skip(1).map(unit -> unit.nal(6)).filter(sei -> sei != null && sei[1] == 6)
                .count();
        assertTrue(recoveryPoints >= 2, recoveryPoints + " recovery points");
    }

    @ParameterizedTest
    @CsvSource({"1, 3, 3", "1, 0, 1", "2, 0, 2"})
    void slicesFollowTheSettingOrTheThreads(String threads, String slices, int expected) throws StageException {
        try (VideoEncoder encoder = open("threads", threads, "slices", slices)) {
            feed(encoder, 3, FPS);
        }
        for (AccessUnit unit : recording.units) {
            assertEquals(expected, unit.nalTypes().stream().filter(type -> type == 1 || type == 5).count());
        }
    }

    @Test
    void bFramesComeOutInDecodingOrderWithTheirOwnTimes() throws StageException, IOException, InterruptedException {
        List<Long> times = new ArrayList<>();
        try (VideoEncoder encoder = open("bFrames", "2", "profile", "main")) {
            for (int i = 0; i < 40; i++) {
                times.add(nanos);
                feed(encoder, 1, FPS);
            }
        }
        List<Long> decodingOrder = recording.units.stream().map(unit -> unit.captureNanos).toList();
        assertEquals(times, decodingOrder.stream().sorted().toList());
        assertFalse(times.equals(decodingOrder), "B pictures are decoded after what they refer to");
        assertEquals(40 * WIDTH * HEIGHT * 3 / 2,
                VideoEncoderConformance.decode(recording.stream(), directory.resolve("b.h264")).length);
    }

    @Test
    void cbrSpendsTheTarget() throws StageException {
        try (VideoEncoder encoder = open()) {
            feed(encoder, 60, FPS);
            feedGrey(encoder, 60);
            feed(encoder, 240, FPS);
        }
        assertEquals(BPS, bps(180, 360, FPS), 0.1 * BPS);
    }

    /** A controller that asks for more or less gets it at once: no second may be far off, but for what an IDR picture takes. */
    @Test
    void cbrFollowsTheTargetWithinASecond() throws StageException {
        long[] targets = {BPS, BPS / 2, 2 * BPS, BPS / 3, BPS};
        try (VideoEncoder encoder = open("gopSeconds", "0")) {
            for (long target : targets) {
                encoder.setRate(target, FPS);
                feed(encoder, 90, FPS);
            }
        }
        for (int i = 1; i < targets.length; i++) {
            for (int second = 0; second < 3; second++) {
                int from = 90 * i + 30 * second;
                assertEquals(1, bps(from, from + 30, FPS) / targets[i], 0.15, "second " + second + " at " + targets[i] + " bit/s");
            }
        }
    }

    /** Nobody knows before that it is harder; libx264 sees it while it encodes its upper half. */
    @Test
    void aPictureThatIsHarderThanThoseBeforeItIsHeldWithin() throws StageException {
        double held = largestShare("deblock=0:0");
        double loose = largestShare("deblock=0:0 ratetol=1");
        System.out.println("the largest of harder pictures, in average ones: " + held + ", with libx264's own tolerance " + loose);
        assertTrue(held < 0.8 * loose, held + " and " + loose);
    }

    /** In average pictures, of a moving picture that every 20th time is full of noise. */
    private double largestShare(String options) throws StageException {
        recording.units.clear();
        Random random = new Random(7);
        try (VideoEncoder encoder = open("gopSeconds", "0", "threads", "1", "options", options)) {
            for (int i = 0; i < 240; i++) {
                FramePool.PooledFrame frame = pool.acquire();
                MovingPicture.draw(frame, index++);
                if (i % 20 == 19) {
                    for (int at = 0; at < frame.width() * frame.height(); at++) {
                        frame.data().put(at, (byte) (frame.data().get(at) + random.nextInt(24)));
                    }
                }
                encoder.encode(frame.stamp(nanos, index), false);
                nanos += FPS.intervalNanos();
            }
        }
        int largest = recording.units.subList(60, 240).stream().mapToInt(unit -> unit.bytes.length).max().orElseThrow();
        return largest * 8 / (BPS / FPS.fps());
    }

    @ParameterizedTest
    @ValueSource(strings = {"vbr", "constrained-vbr"})
    void vbrSpendsLessOnAnEasyPictureAndAtMostTheTargetOnAHardOne(String rateMode) throws StageException {
        try (VideoEncoder encoder = open("rateMode", rateMode, "quality", "10")) {
            feed(encoder, 300, FPS);
            assertEquals(BPS, bps(180, 300, FPS), 0.15 * BPS);
            encoder.setRate(BPS / 2, FPS);
            feed(encoder, 300, FPS);
            assertEquals(BPS / 2, bps(480, 600, FPS), 0.15 * BPS / 2);
            encoder.setRate(2 * BPS, FPS);
            feed(encoder, 300, FPS);
            assertEquals(2 * BPS, bps(780, 900, FPS), 0.15 * 2 * BPS);
            feedGrey(encoder, 60);
            assertTrue(bps(910, 950, FPS) < BPS / 10, () -> "still picture: " + bps(910, 950, FPS) + " bit/s");
        }
    }

    @Test
    void vbrMayExceedTheTargetForLongerThanConstrainedVbr() throws StageException {
        double[] burst = new double[2];
        for (int mode = 0; mode < 2; mode++) {
            recording.units.clear();
            try (VideoEncoder encoder = open("rateMode", mode == 0 ? "constrained-vbr" : "vbr", "quality", "10")) {
                feedGrey(encoder, 150);
                feed(encoder, 60, FPS);
            }
            burst[mode] = bps(150, 210, FPS);
        }
        assertTrue(burst[1] > 1.3 * burst[0], () -> burst[0] + " and " + burst[1] + " bit/s in the first two seconds");
    }

    private void feedGrey(VideoEncoder encoder, int frames) {
        for (int i = 0; i < frames; i++) {
            FramePool.PooledFrame grey = pool.acquire();
            for (int k = 0; k < grey.data().capacity(); k++) {
                grey.data().put(k, (byte) 128);
            }
            encoder.encode(grey.stamp(nanos, index), false);
            nanos += FPS.intervalNanos();
        }
    }

    @Test
    void theBitrateHoldsWhenTheCameraSlowsDownUnannounced() throws StageException {
        FrameRate slow = FrameRate.of(12);
        try (VideoEncoder encoder = open()) {
            feed(encoder, 90, FPS);
            feed(encoder, 120, slow);
            assertEquals(BPS, bps(150, 210, slow), 0.15 * BPS);
            feed(encoder, 180, FPS);
            assertEquals(BPS, bps(270, 390, FPS), 0.15 * BPS);
        }
        assertTrue(recording.skipped.isEmpty());
    }

    @Test
    void aPauseDoesNotSaveUpBits() throws StageException {
        try (VideoEncoder encoder = open("gopSeconds", "0")) {
            feed(encoder, 90, FPS);
            nanos += 3_600_000_000_000L;
            feed(encoder, 90, FPS);
        }
        assertEquals(BPS, bps(90, 180, FPS), 0.15 * BPS);
    }

    @Test
    void nv12GivesTheSameStreamAsI420() throws StageException {
        Recording other = new Recording();
        FramePool nv12 = new FramePool(1, PixelFormat.NV12, WIDTH, HEIGHT, 64);
        // With several threads and a short VBV the slices share out the bits as they happen to run.
        try (VideoEncoder one = open("threads", "1");
                VideoEncoder two = factory("threads", "1").open(request(PixelFormat.NV12), other)) {
            feed(one, 10, FPS);
            for (int i = 0; i < 10; i++) {
                FramePool.PooledFrame frame = nv12.acquire();
                MovingPicture.draw(frame, i);
                two.encode(frame.stamp(1_000_000_000 + i * FPS.intervalNanos(), i), false);
            }
        }
        assertArrayEquals(recording.stream(), other.stream());
    }

    @Test
    void otherFormatsAreRefused() {
        StageException refusal = assertThrows(StageException.class,
                () -> factory().open(request(PixelFormat.YUYV), recording).close());
        assertEquals(StageException.Reason.UNSUPPORTED, refusal.reason());
        assertTrue(refusal.getMessage().contains("YUYV"), refusal.getMessage());
    }

    @Test
    void aFrameOfAnotherSizeFailsTheEncoderAndNotTheProcess() throws StageException {
        FramePool small = new FramePool(1, PixelFormat.I420, 64, 64, 64);
        try (VideoEncoder encoder = open()) {
            feed(encoder, 1, FPS);
            encoder.encode(small.acquire().stamp(nanos, 1), false);
            assertNotNull(recording.failure);
            assertEquals(StageException.Reason.FAILED, recording.failure.reason());
            assertTrue(recording.failure.getMessage().contains("64x64"), recording.failure.getMessage());
            feed(encoder, 1, FPS);
        }
        assertEquals(0, small.outstanding() + pool.outstanding());
        assertEquals(1, recording.units.size());
    }

    @Test
    void optionsReachLibx264AndUnusableOnesAreLeftOut() throws StageException {
        try (VideoEncoder encoder = open("options", "subme=3 nonsense=1 me=sideways qpmin=7")) {
            feed(encoder, 1, FPS);
        }
        String parameters = parameters();
        assertTrue(parameters.contains(" subme=3 "), parameters);
        assertTrue(parameters.contains(" qpmin=7 "), parameters);
        assertTrue(parameters.contains(" me=dia "), parameters);
    }

    /** libx264 lists its parameters in an SEI message of the first access unit. */
    private String parameters() {
        String text = new String(recording.units.get(0).nal(6), StandardCharsets.ISO_8859_1);
        return text.substring(text.indexOf(" options:"), text.lastIndexOf('\0') < 0 ? text.length() : text.lastIndexOf('\0')) + " ";
    }

    @Test
    void optionsThatTheProfileForbidsAreRefused() {
        StageException refusal = assertThrows(StageException.class, () -> open("options", "interlaced=1").close());
        assertEquals(StageException.Reason.UNSUPPORTED, refusal.reason());
        assertTrue(refusal.getMessage().contains("profile = baseline"), refusal.getMessage());
    }

    @Test
    void theDefaultsAreForLiveVideo() throws StageException {
        try (VideoEncoder encoder = open("threads", "1")) {
            feed(encoder, 1, FPS);
        }
        String parameters = parameters();
        for (String parameter : List.of("cabac=0", "bframes=0", "rc_lookahead=0", "scenecut=0", "rc=crf", "vbv_maxrate=900",
                "vbv_bufsize=80", "deblock=1:0:0", "me=dia", "threads=1")) {
            assertTrue(parameters.contains(" " + parameter + " "), () -> parameter + " in" + parameters);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "preset, fastest", "tune, 'zerolatency,loud'", "tune, 'film,grain'", "profile, extended", "level, 7",
        "rateMode, fixed", "quality, 99",
        "vbvMillis, 0", "vbvMillis, many", "gopSeconds, -1", "gopSeconds, NaN", "sceneCut, perhaps", "intraRefresh, 2",
        "slices, 1000", "bFrames, 17", "bFrames, 3", "threads, 17", "options, 'me=hex bitrate=9'", "options, no_annexb"
    })
    void aBadValueGivesWayToTheDefaultAtFirstAndRefusesTheChangeLater(String key, String value) {
        String complaint = "configs/revcam.encoder.x264.cfg: " + key + " = '" + value + "' cannot be used; allowed: ";
        assertEquals(read(Map.of(), null), read(Map.of(key, value), null));
        assertEquals(1, complaints.size(), complaints::toString);
        assertTrue(complaints.get(0).startsWith(complaint), complaints::toString);

        X264Settings last = read(Map.of("quality", "30", "gopSeconds", "5"), null);
        assertSame(last, read(Map.of("library", "x", key, value), last));
        assertEquals(2, complaints.size(), complaints::toString);
        assertTrue(complaints.get(1).startsWith(complaint), complaints::toString);
    }

    @Test
    void aBadValueHarmsNoOtherAtFirst() {
        X264Settings settings = read(Map.of("preset", "fastest", "vbvMillis", "250"), null);
        assertEquals("ultrafast", settings.preset());
        assertEquals(250, settings.vbvMillis());
    }

    @Test
    void aSweepOfIntraBlocksTakesTime() {
        X264Settings settings = read(Map.of("intraRefresh", "true", "gopSeconds", "0"), null);
        assertEquals(10, settings.gopSeconds());
        assertTrue(settings.intraRefresh());
        assertTrue(complaints.get(0).startsWith("configs/revcam.encoder.x264.cfg: gopSeconds = '0' cannot be used; "
                + "allowed: seconds, more than 0 to 3600, with intraRefresh"), complaints::toString);
    }

    @Test
    void theFileThatHoldsTheOptionsIsKnown() {
        Map<String, Object> properties = Map.of("options", "me=hex", Settings.FILE, "shipped.cfg",
                Settings.LOCAL_FILE, "local/mine.cfg", Settings.LOCAL_KEYS, new String[] {"options"});
        assertEquals("local/mine.cfg", read(properties, null).optionsFile());
    }

    @Test
    void choicesAreTakenInUpperAndLowerCase() {
        X264Settings settings = read(Map.of("preset", "VeryFast", "tune", "FastDecode, Film", "profile", "Main",
                "level", "1B", "rateMode", "Constrained-VBR", "sceneCut", "TRUE", "bFrames", "2"), null);
        assertEquals("veryfast fastdecode,film main 1b CONSTRAINED_VBR true 2", String.join(" ", settings.preset(),
                settings.tune(), settings.profile(), settings.level(), settings.rateMode().name(),
                Boolean.toString(settings.sceneCut()), Integer.toString(settings.bFrames())));
        assertEquals(List.of(), complaints);
    }

    @Test
    void aRefusedChangeLeavesTheService() throws StageException {
        X264EncoderFactory factory = factory("profile", "main");
        factory.modified(Map.of("profile", "high", "threads", "many", "library", X264ConformanceTest.LIBRARY));
        try (VideoEncoder encoder = factory.open(request(PixelFormat.I420), recording)) {
            feed(encoder, 1, FPS);
        }
        assertEquals(77, recording.units.get(0).nal(7)[1]);
    }

    @Test
    void aChangedConfigurationHoldsForTheNextEncoderOfTheSameService() throws StageException {
        X264EncoderFactory factory = factory("profile", "baseline");
        try (VideoEncoder serving = factory.open(request(PixelFormat.I420), recording)) {
            feed(serving, 1, FPS);
            factory.modified(Map.of("profile", "high", "library", X264ConformanceTest.LIBRARY));
            feed(serving, 1, FPS);
            Recording other = new Recording();
            try (VideoEncoder next = factory.open(request(PixelFormat.I420), other)) {
                feed(next, 1, FPS);
            }
            assertEquals(66, recording.units.get(0).nal(7)[1]);
            assertEquals(2, recording.units.size());
            assertEquals(100, other.units.get(0).nal(7)[1]);
        }
    }

    @Test
    void theShippedFileHoldsEveryKeyAtItsDefault() throws IOException {
        Properties shipped = new Properties();
        try (Reader file = Files.newBufferedReader(Path.of("../../configs/revcam.encoder.x264.cfg"))) {
            shipped.load(file);
        }
        Map<String, String> defaults = new HashMap<>();
        for (Method key : X264EncoderFactory.Config.class.getDeclaredMethods()) {
            defaults.put(key.getName().replace('_', '.'), key.getDefaultValue().toString().replaceAll("\\.0$", ""));
        }
        assertEquals(defaults, shipped);
    }

    @Test
    void typedValuesOfTheConsoleAreAsGoodAsStrings() {
        X264Settings settings = read(Map.of("gopSeconds", 1.5, "threads", 3, "sceneCut", true), null);
        assertEquals(1.5, settings.gopSeconds());
        assertEquals(3, settings.threads());
        assertTrue(settings.sceneCut());
    }

    @Test
    void aMissingLibraryIsNamed() {
        StageException refusal = assertThrows(StageException.class, () -> open("library", "/nowhere/libx264.so.164").close());
        assertEquals(StageException.Reason.UNAVAILABLE, refusal.reason());
        assertTrue(refusal.getMessage().startsWith("library = /nowhere/libx264.so.164"), refusal.getMessage());
    }

    @Test
    void anotherLibraryIsNotTakenForLibx264() {
        StageException refusal = assertThrows(StageException.class, () -> open("library", "libc.so.6").close());
        assertEquals(StageException.Reason.UNAVAILABLE, refusal.reason());
        assertTrue(refusal.getMessage().contains("is not libx264"), refusal.getMessage());
    }

    @Test
    void anotherBuildIsRefused() throws IOException, InterruptedException {
        Path library = compile("void *x264_encoder_open_148(void *p) { return 0; }");
        StageException refusal = assertThrows(StageException.class, () -> open("library", library.toString()).close());
        assertEquals(StageException.Reason.UNAVAILABLE, refusal.reason());
        assertTrue(refusal.getMessage().contains("is libx264 build 148, but builds [164, 165]"), refusal.getMessage());
    }

    @Test
    void aLibraryWithAnotherLayoutIsRefusedBeforeAnEncoderIsOpened() throws IOException, InterruptedException {
        Path library = compile("""
                #include <string.h>
                #include <stdlib.h>
                void *x264_encoder_open_164(void *p) { abort(); }
                int x264_param_default_preset(void *p, char *a, char *b) { memset(p, 0, 1032); return 0; }
                void x264_picture_init(void *p) { memset(p, 0, 240); }
                int x264_param_parse(void *p, char *n, char *v) { abort(); }
                int x264_param_apply_profile(void *p, char *n) { abort(); }
                char *x264_param2string(void *p, int r) { abort(); }
                void x264_free(void *p) { abort(); }
                void x264_param_cleanup(void *p) { abort(); }
                int x264_encoder_reconfig(void *h, void *p) { abort(); }
                void x264_encoder_parameters(void *h, void *p) { abort(); }
                int x264_encoder_encode(void *h, void *n, int *c, void *i, void *o) { abort(); }
                int x264_encoder_delayed_frames(void *h) { abort(); }
                void x264_encoder_close(void *h) { abort(); }
                """);
        StageException refusal = assertThrows(StageException.class, () -> open("library", library.toString()).close());
        assertEquals(StageException.Reason.UNAVAILABLE, refusal.reason());
        assertTrue(refusal.getMessage().contains("laid out differently"), refusal.getMessage());
    }

    @Test
    void theLibraryOutlivesItsComponentUntilTheLastEncoderCloses() throws StageException {
        X264EncoderFactory factory = factory();
        VideoEncoder encoder = factory.open(request(PixelFormat.I420), recording);
        factory.deactivate();
        feed(encoder, 5, FPS);
        StageException refusal = assertThrows(StageException.class, () -> open("library", "libx264.so.other").close());
        assertTrue(refusal.getMessage().contains("an encoder still uses"), refusal.getMessage());
        encoder.close();
        assertEquals(5, recording.units.size());
        assertThrows(UnsatisfiedLinkError.class, () -> X264.x264_free(null), "the functions are unbound");
        open().close();
    }

    @Test
    void openingAndClosingKeepsMemoryFlat() throws StageException {
        cycle(40);
        long growth = Long.MAX_VALUE;
        // Java's compiler takes from the same heap, ten megabytes and more, when it pleases; a leak grows each time.
        for (int i = 0; i < 5 && growth >= 8_000_000; i++) {
            long before = nativeBytes();
            cycle(200);
            growth = nativeBytes() - before;
        }
        assertTrue(growth < 8_000_000, growth + " bytes more after 200 encoders");
    }

    private void cycle(int times) throws StageException {
        for (int i = 0; i < times; i++) {
            try (VideoEncoder encoder = open("threads", "1")) {
                feed(encoder, 1, FPS);
            }
            recording.units.clear();
        }
    }

    /** What malloc(3) has handed out, in use: {@code uordblks} and {@code hblkhd} of mallinfo2(3). */
    private static long nativeBytes() {
        MallInfo info = (MallInfo) NativeLibrary.getInstance("c").getFunction("mallinfo2").invoke(MallInfo.class, new Object[0]);
        return info.fields[7].longValue() + info.fields[4].longValue();
    }

    /** {@code struct mallinfo2}: ten of size_t. */
    @Structure.FieldOrder("fields")
    public static class MallInfo extends Structure implements Structure.ByValue {
        public NativeLong[] fields = new NativeLong[10];
    }

    private Path compile(String source) throws IOException, InterruptedException {
        Path file = Files.writeString(directory.resolve("fake.c"), source);
        Path library = directory.resolve("libx264.so.fake");
        Process compiler = new ProcessBuilder("cc", "-w", "-shared", "-fPIC", "-o", library.toString(), file.toString())
                .inheritIO().start();
        assertEquals(0, compiler.waitFor(), "cc");
        return library;
    }
}
