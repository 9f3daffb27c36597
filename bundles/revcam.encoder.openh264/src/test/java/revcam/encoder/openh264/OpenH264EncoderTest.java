package revcam.encoder.openh264;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import com.sun.jna.NativeLong;
import com.sun.jna.Structure;
import java.io.IOException;
import java.io.Reader;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import revcam.api.config.Settings;
import revcam.api.encoder.EncoderRequest;
import revcam.api.encoder.VideoEncoder;
import revcam.api.media.FramePool;
import revcam.api.media.FrameRate;
import revcam.api.media.PixelFormat;
import revcam.api.media.StageException;
import revcam.testkit.VideoEncoderConformance.AccessUnit;
import revcam.testkit.VideoEncoderConformance.MovingPicture;
import revcam.testkit.VideoEncoderConformance.Recording;

/** What each setting does to the stream, and what happens when something is wrong. */
class OpenH264EncoderTest {

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

    private static Map<String, Object> properties(String... settings) {
        Map<String, Object> properties = new HashMap<>(Map.of("library", OpenH264ConformanceTest.LIBRARY));
        for (int i = 0; i < settings.length; i += 2) {
            properties.put(settings[i], settings[i + 1]);
        }
        return properties;
    }

    private OpenH264Settings read(Map<String, Object> properties, OpenH264Settings lastGood) {
        return Settings.read(OpenH264EncoderFactory.PID, OpenH264EncoderFactory.Config.class, properties, lastGood,
                OpenH264Settings::of, complaints::add);
    }

    private static OpenH264EncoderFactory factory(String... settings) {
        return new OpenH264EncoderFactory(properties(settings));
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

    private void feedSpotBeforeStillBackground(VideoEncoder encoder, int frames) {
        byte[] background = MovingPicture.i420(WIDTH, HEIGHT, 0);
        for (int i = 0; i < frames; i++) {
            FramePool.PooledFrame frame = pool.acquire();
            frame.data().put(0, background);
            for (int y = 64; y < 96; y++) {
                for (int x = 0; x < 32; x++) {
                    frame.data().put(y * frame.planeStride(0) + 4 * i + x, (byte) (x * y));
                }
            }
            encoder.encode(frame.stamp(nanos, index), false);
            nanos += FPS.intervalNanos();
        }
    }

    private double bps(int from, int to, FrameRate rate) {
        return recording.units.subList(from, to).stream().mapToLong(unit -> 8L * unit.bytes.length).sum()
                / ((to - from) / rate.fps());
    }

    @ParameterizedTest
    @CsvSource({"baseline, 66, 0xc0, false", "main, 77, 0x4c, true", "high, 100, 0x0c, true"})
    void theProfileIsInTheParameterSets(String profile, int profileIdc, String constraints, boolean cabac)
            throws StageException {
        try (VideoEncoder encoder = open("profile", profile)) {
            feed(encoder, 1, FPS);
        }
        byte[] sps = recording.units.get(0).nal(7);
        assertEquals(profileIdc, sps[1] & 0xff, "profile_idc");
        assertEquals(Integer.decode(constraints), sps[2] & 0xff, "constraint flags");
        // Both ids of a PPS are 0, one bit each, and entropy_coding_mode_flag comes next (7.3.2.2).
        assertEquals(cabac, (recording.units.get(0).nal(8)[1] & 0x20) != 0, "entropy_coding_mode_flag");
    }

    @ParameterizedTest
    @CsvSource({"320, 192, 30, 600000, 13", "1280, 720, 30, 2000000, 31", "1280, 720, 60, 2000000, 32",
        "1920, 1080, 30, 4000000, 40"})
    void theLevelIsTheLowestThatFits(int width, int height, int fps, long bps, int levelIdc) throws StageException {
        FramePool frames = new FramePool(1, PixelFormat.I420, width, height, 64);
        try (VideoEncoder encoder = factory().open(
                new EncoderRequest(width, height, PixelFormat.I420, FrameRate.of(fps), bps), recording)) {
            encoder.encode(frames.acquire().stamp(nanos, 0), false);
        }
        assertEquals(levelIdc, recording.units.get(0).nal(7)[3] & 0xff, "level_idc");
    }

    @Test
    void idrPicturesComeByTheClockAndNotByCount() throws StageException {
        try (VideoEncoder encoder = open("gopSeconds", "1")) {
            feed(encoder, 60, FPS);
            feed(encoder, 21, FrameRate.of(10));
        }
        assertEquals(List.of(0, 30, 60, 70, 80), recording.keyframes());
    }

    @Test
    void withoutGopThereIsOneIdr() throws StageException {
        try (VideoEncoder encoder = open("gopSeconds", "0")) {
            feed(encoder, 100, FPS);
        }
        assertEquals(List.of(0), recording.keyframes());
    }

    @Test
    void idsOfParameterSetsStayTheSame() throws StageException {
        try (VideoEncoder encoder = open("gopSeconds", "1")) {
            feed(encoder, 91, FPS);
        }
        assertEquals(4, recording.keyframes().size());
        for (int keyframe : recording.keyframes()) {
            assertArrayEquals(recording.units.get(0).nal(7), recording.units.get(keyframe).nal(7));
            assertArrayEquals(recording.units.get(0).nal(8), recording.units.get(keyframe).nal(8));
        }
    }

    @Test
    void aCutOfSceneBeginsAnIdrWhenWanted() throws StageException {
        for (String sceneCut : new String[] {"false", "true"}) {
            recording.units.clear();
            try (VideoEncoder encoder = open("sceneCut", sceneCut, "gopSeconds", "0")) {
                feed(encoder, 45, FPS);
                for (int i = 0; i < 20; i++) {
                    FramePool.PooledFrame other = pool.acquire();
                    for (int k = 0; k < other.data().capacity(); k++) {
                        other.data().put(k, (byte) (k * k >> 5));
                    }
                    encoder.encode(other.stamp(nanos, index), false);
                    nanos += FPS.intervalNanos();
                }
            }
            assertEquals(sceneCut.equals("true"), recording.keyframes().size() > 1, () -> "keyframes " + recording.keyframes());
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 3, 3", "1, 0, 1", "2, 0, 1"})
    void slicesAreAsManyAsWereAskedForOrOne(String threads, String slices, int expected) throws StageException {
        try (VideoEncoder encoder = open("threads", threads, "slices", slices)) {
            feed(encoder, 3, FPS);
        }
        for (AccessUnit unit : recording.units) {
            assertEquals(expected, slicesOf(unit));
        }
    }

    /** By a frame rate that none can keep up with; then an IDR picture, and nothing is lost. */
    @ParameterizedTest
    @CsvSource({"2, 0, 2", "2, 1, 1", "1, 0, 1"})
    void whereOneThreadIsTooSlowTheOthersHelp(String threads, String slices, int expected) throws StageException {
        EncoderRequest hurry = new EncoderRequest(WIDTH, HEIGHT, PixelFormat.I420, FrameRate.of(1_000_000), BPS);
        try (VideoEncoder encoder = factory("threads", threads, "slices", slices).open(hurry, recording)) {
            feed(encoder, 40, FPS);
        }
        assertEquals(40, recording.units.size());
        assertEquals(expected, slicesOf(recording.units.get(39)));
        assertEquals(expected > 1 ? 2 : 1, recording.units.stream().filter(unit -> unit.keyframe).count());
    }

    private static long slicesOf(AccessUnit unit) {
        return unit.nalTypes().stream().filter(type -> type == 1 || type == 5).count();
    }

    @ParameterizedTest
    @CsvSource({"complexity, low, high", "deblocking, true, false", "denoise, false, true", "backgroundDetection, true, false",
        "maxQp, 51, 20", "idrPercent, 400, 100", "profile, baseline, main"})
    void theSettingChangesTheStream(String key, String one, String other) throws StageException {
        byte[][] streams = new byte[3][];
        String[] values = {one, one, other};
        for (int i = 0; i < streams.length; i++) {
            recording.units.clear();
            index = 0;
            try (VideoEncoder encoder = factory(key, values[i], "threads", "1", "gopSeconds", "0.5").open(
                    new EncoderRequest(WIDTH, HEIGHT, PixelFormat.I420, FPS, BPS / 4), recording)) {
                feed(encoder, 20, FPS);
                feedSpotBeforeStillBackground(encoder, 40);
            }
            streams[i] = recording.stream();
        }
        assertArrayEquals(streams[0], streams[1], "twice the same");
        assertFalse(Arrays.equals(streams[0], streams[2]), "another value");
    }

    @Test
    void theTargetIsSpentWithoutLeavingFramesOut() throws StageException {
        try (VideoEncoder encoder = open()) {
            feed(encoder, 60, FPS);
            feedGrey(encoder, 60);
            feed(encoder, 240, FPS);
        }
        assertTrue(recording.skipped.isEmpty(), () -> recording.skipped.size() + " skipped");
        assertEquals(BPS, bps(180, 360, FPS), 0.1 * BPS);
    }

    @Test
    void framesAreLeftOutOnlyWhenAllowedAndThenReported() throws StageException {
        for (String frameSkip : new String[] {"false", "true"}) {
            recording.units.clear();
            try (VideoEncoder encoder = factory("frameSkip", frameSkip, "maxQp", "20").open(
                    new EncoderRequest(WIDTH, HEIGHT, PixelFormat.I420, FPS, 100_000), recording)) {
                feed(encoder, 60, FPS);
            }
            assertEquals(60, recording.units.size() + recording.skipped.size());
            assertEquals(frameSkip.equals("true"), !recording.skipped.isEmpty());
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
    void theBitrateHoldsAtMoreFramesThanLibopenh264Takes() throws StageException {
        FrameRate fast = FrameRate.of(120);
        try (VideoEncoder encoder = factory().open(new EncoderRequest(WIDTH, HEIGHT, PixelFormat.I420, fast, BPS), recording)) {
            feed(encoder, 720, fast);
        }
        assertEquals(BPS, bps(240, 720, fast), 0.15 * BPS);
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

    @ParameterizedTest
    @CsvSource({"NV12", "YUYV"})
    void otherFormatsAreRefused(PixelFormat format) {
        StageException refusal = assertThrows(StageException.class, () -> factory().open(request(format), recording).close());
        assertEquals(StageException.Reason.UNSUPPORTED, refusal.reason());
        assertTrue(refusal.getMessage().contains(format.name()), refusal.getMessage());
    }

    @Test
    void whatLibopenh264ItselfRefusesIsNamed() throws IOException, InterruptedException {
        Path library = FakeLibrary.compile(directory, FakeLibrary.VERSION_2_6.replace(
                "{ return real(e, 1)(e->real, p); }", "{ static int calls; return calls++ ? 4 : real(e, 1)(e->real, p); }"));
        StageException refusal = assertThrows(StageException.class, () -> open("library", library.toString()).close());
        assertEquals(StageException.Reason.UNSUPPORTED, refusal.reason());
        assertTrue(refusal.getMessage().contains("refuses 320x192 at 30 frames/s and 600000 bit/s"), refusal.getMessage());
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

    /** Left to itself, libopenh264 warns at every opening without frame skipping. */
    @Test
    void nothingIsPrinted() throws IOException, StageException {
        Function dup = NativeLibrary.getInstance("c").getFunction("dup");
        Function dup2 = NativeLibrary.getInstance("c").getFunction("dup2");
        Function creat = NativeLibrary.getInstance("c").getFunction("creat");
        Path printed = directory.resolve("printed");
        int[] kept = {dup.invokeInt(new Object[] {1}), dup.invokeInt(new Object[] {2})};
        int file = creat.invokeInt(new Object[] {printed.toString(), 0600});
        System.out.flush();
        System.err.flush();
        dup2.invokeInt(new Object[] {file, 1});
        dup2.invokeInt(new Object[] {file, 2});
        try {
            try (VideoEncoder encoder = open()) {
                feed(encoder, 5, FPS);
                encoder.setRate(BPS / 2, FPS);
                feed(encoder, 5, FPS);
            }
        } finally {
            dup2.invokeInt(new Object[] {kept[0], 1});
            dup2.invokeInt(new Object[] {kept[1], 2});
        }
        List<String> lines = Files.readAllLines(printed).stream().filter(line -> line.contains("[OpenH264]")).toList();
        assertEquals(List.of(), lines);
    }

    @ParameterizedTest
    @CsvSource({
        "complexity, extreme", "profile, extended", "gopSeconds, -1", "gopSeconds, NaN", "frameSkip, perhaps", "maxQp, 52",
        "maxQp, x", "idrPercent, 99", "slices, 36", "threads, -1", "deblocking, 2", "denoise, on", "backgroundDetection, ''",
        "sceneCut, 1"
    })
    void aBadValueGivesWayToTheDefaultAtFirstAndRefusesTheChangeLater(String key, String value) {
        String complaint =
                "configs/revcam.encoder.openh264.cfg: " + key + " = '" + value + "' cannot be used; allowed: ";
        assertEquals(read(Map.of(), null), read(Map.of(key, value), null));
        assertEquals(1, complaints.size(), complaints::toString);
        assertTrue(complaints.get(0).startsWith(complaint), complaints::toString);

        OpenH264Settings last = read(Map.of("gopSeconds", "7", "maxQp", "40"), null);
        assertSame(last, read(Map.of("library", "x", key, value), last));
        assertEquals(2, complaints.size(), complaints::toString);
        assertTrue(complaints.get(1).startsWith(complaint), complaints::toString);
    }

    @Test
    void aBadValueHarmsNoOtherAtFirst() {
        OpenH264Settings settings = read(Map.of("threads", "many", "maxQp", "40"), null);
        assertEquals(40, settings.maxQp());
        assertEquals(0, settings.threads());
    }

    @Test
    void aValueIsReadAsItsKey() {
        assertEquals(
                new OpenH264Settings(OpenH264Settings.Complexity.HIGH, OpenH264Settings.Profile.MAIN, 7, true, 40, 300,
                        5, 3, false, true, false, true, "x"),
                read(Map.ofEntries(Map.entry("complexity", "High"), Map.entry("profile", "main"),
                        Map.entry("gopSeconds", "7"), Map.entry("frameSkip", "TRUE"), Map.entry("maxQp", "40"),
                        Map.entry("idrPercent", "300"), Map.entry("slices", "5"), Map.entry("threads", "3"),
                        Map.entry("deblocking", "false"), Map.entry("denoise", "true"),
                        Map.entry("backgroundDetection", "false"), Map.entry("sceneCut", "true"),
                        Map.entry("library", "x")), null));
        assertEquals(List.of(), complaints);
    }

    @Test
    void aRefusedChangeLeavesTheService() throws StageException {
        OpenH264EncoderFactory factory = factory("profile", "main");
        factory.modified(properties("profile", "high", "threads", "many"));
        try (VideoEncoder encoder = factory.open(request(PixelFormat.I420), recording)) {
            feed(encoder, 1, FPS);
        }
        assertEquals(77, recording.units.get(0).nal(7)[1]);
    }

    @Test
    void aChangedConfigurationHoldsForTheNextEncoderOfTheSameService() throws StageException {
        OpenH264EncoderFactory factory = factory("profile", "baseline");
        try (VideoEncoder serving = factory.open(request(PixelFormat.I420), recording)) {
            feed(serving, 1, FPS);
            factory.modified(properties("profile", "high"));
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
        try (Reader file = Files.newBufferedReader(Path.of("../../configs/revcam.encoder.openh264.cfg"))) {
            shipped.load(file);
        }
        Map<String, String> defaults = new HashMap<>();
        for (Method key : OpenH264EncoderFactory.Config.class.getDeclaredMethods()) {
            defaults.put(key.getName().replace('_', '.'), key.getDefaultValue().toString().replaceAll("\\.0$", ""));
        }
        assertEquals(defaults, shipped);
    }

    @Test
    void typedValuesOfTheConsoleAreAsGoodAsStrings() {
        OpenH264Settings settings = read(Map.of("gopSeconds", 1.5, "threads", 3, "sceneCut", true), null);
        assertEquals(1.5, settings.gopSeconds());
        assertEquals(3, settings.threads());
        assertTrue(settings.sceneCut());
    }

    @Test
    void aMissingLibraryIsNamed() {
        StageException refusal = assertThrows(StageException.class,
                () -> open("library", "/nowhere/libopenh264.so.7").close());
        assertEquals(StageException.Reason.UNAVAILABLE, refusal.reason());
        assertTrue(refusal.getMessage().startsWith("library = /nowhere/libopenh264.so.7"), refusal.getMessage());
    }

    @Test
    void withoutAnyLibraryItSaysWhatToInstall() {
        StageException refusal = assertThrows(StageException.class,
                () -> OpenH264Library.load("", List.of("libopenh264.so.none", "libopenh264.so.nothing")));
        assertEquals(StageException.Reason.UNAVAILABLE, refusal.reason());
        assertTrue(refusal.getMessage().contains("sudo apt install libopenh264-"), refusal.getMessage());
    }

    @Test
    void aLibraryThatIsRefusedGivesWayToTheNext() throws IOException, InterruptedException, StageException {
        Path old = FakeLibrary.compile(directory, "void WelsGetCodecVersionEx(int *v) { v[0] = 1; v[1] = 8; v[2] = 0; }");
        List<String> names = List.of(old.toString(), "libopenh264.so.8", "libopenh264.so.7");
        assertTrue(OpenH264Library.load("", names).version().startsWith("2."));
    }

    @Test
    void anotherLibraryIsNotTakenForLibopenh264() {
        StageException refusal = assertThrows(StageException.class, () -> open("library", "libc.so.6").close());
        assertEquals(StageException.Reason.UNAVAILABLE, refusal.reason());
        assertTrue(refusal.getMessage().contains("is not libopenh264"), refusal.getMessage());
    }

    @ParameterizedTest
    @CsvSource({"1, 8, 0", "2, 2, 0", "2, 7, 0", "3, 4, 0"})
    void anotherVersionIsRefused(int major, int minor, int revision) throws IOException, InterruptedException {
        Path library = FakeLibrary.compile(directory, "void WelsGetCodecVersionEx(int *v) { v[0] = " + major + "; v[1] = "
                + minor + "; v[2] = " + revision + "; }");
        StageException refusal = assertThrows(StageException.class, () -> open("library", library.toString()).close());
        assertEquals(StageException.Reason.UNAVAILABLE, refusal.reason());
        assertTrue(refusal.getMessage().contains("is libopenh264 " + major + "." + minor + ".0, but 2.3 to 2.6 are supported"),
                refusal.getMessage());
    }

    @Test
    void aLibraryWithAnotherLayoutIsRefusedBeforeAnEncoderIsOpened() throws IOException, InterruptedException {
        Path library = FakeLibrary.compile(directory, """
                #include <string.h>
                #include <stdlib.h>
                typedef int (*Call)();
                static int unexpected() { abort(); }
                static int defaults(void *e, void *p) { memset(p, 0, 928); return 0; }
                static int option(void *e, int o, void *v) { return 0; }
                static int end(void *e) { return 0; }
                static Call functions[] = {unexpected, unexpected, defaults, end, unexpected, unexpected, unexpected, option, option};
                static Call *object = functions;
                void WelsGetCodecVersionEx(int *v) { v[0] = 2; v[1] = 4; v[2] = 0; }
                int WelsCreateSVCEncoder(void **out) { *out = &object; return 0; }
                void WelsDestroySVCEncoder(void *e) {}
                """);
        StageException refusal = assertThrows(StageException.class, () -> open("library", library.toString()).close());
        assertEquals(StageException.Reason.UNAVAILABLE, refusal.reason());
        assertTrue(refusal.getMessage().contains("laid out differently (size 928 of the parameters)"), refusal.getMessage());
    }

    @Test
    void theOutputOfAnotherVersionIsRefused() throws IOException, InterruptedException {
        Path library = FakeLibrary.compile(directory, FakeLibrary.VERSION_2_6.replace("v[1] = 6", "v[1] = 5")
                .replace("memset(p + 920, 0, 3);", ""));
        StageException refusal = assertThrows(StageException.class, () -> open("library", library.toString()).close());
        assertEquals(StageException.Reason.UNAVAILABLE, refusal.reason());
        assertTrue(refusal.getMessage().contains("laid out differently (picture)"), refusal.getMessage());
    }

    @Test
    void theLibraryOutlivesItsComponentUntilTheLastEncoderCloses() throws StageException {
        OpenH264EncoderFactory factory = factory();
        VideoEncoder encoder = factory.open(request(PixelFormat.I420), recording);
        factory.deactivate();
        feed(encoder, 5, FPS);
        assertEquals(1, OpenH264Library.loaded());
        encoder.close();
        assertEquals(5, recording.units.size());
        assertEquals(0, OpenH264Library.loaded());
        open().close();
        assertEquals(1, OpenH264Library.loaded());
    }

    @Test
    void anotherLibraryServesNewEncodersWhileOldOnesRun() throws StageException, IOException, InterruptedException {
        Path library = FakeLibrary.compile(directory, FakeLibrary.VERSION_2_6);
        try (VideoEncoder serving = open()) {
            feed(serving, 1, FPS);
            Recording other = new Recording();
            try (VideoEncoder next = factory("library", library.toString()).open(request(PixelFormat.I420), other)) {
                feed(next, 1, FPS);
                feed(serving, 1, FPS);
                assertEquals(2, OpenH264Library.loaded());
            }
        }
        assertEquals(1, OpenH264Library.loaded(), "the one asked for last stays");
        assertNull(recording.failure);
    }

    @Test
    void openingAndClosingKeepsMemoryFlat() throws StageException {
        cycle(40);
        long before = nativeBytes();
        cycle(200);
        long growth = nativeBytes() - before;
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
}
