package revcam.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import revcam.api.encoder.EncodedSink;
import revcam.api.encoder.EncoderRequest;
import revcam.api.encoder.VideoEncoder;
import revcam.api.encoder.VideoEncoderFactory;
import revcam.api.media.FramePool;
import revcam.api.media.FrameRate;
import revcam.api.media.PixelFormat;
import revcam.api.media.StageException;

/**
 * What the engine relies on from any H.264 {@link VideoEncoder}; a provider's test extends this. Decodes with the
 * {@code ffmpeg} on the path, which is the independent judge of the stream. Capture times are simulated, so a software
 * encoder runs as fast as it can.
 */
public abstract class VideoEncoderConformance {

    /** A size that is no multiple of a macroblock, so that cropping and strides show. */
    private static final int WIDTH = 330;

    private static final int HEIGHT = 190;
    private static final FrameRate FPS = FrameRate.of(30);
    private static final long BPS = 600_000;

    @TempDir
    Path directory;

    /** The provider, configured to make IDR pictures every two seconds. */
    protected abstract VideoEncoderFactory factory();

    /** A format that the provider takes. */
    protected PixelFormat format() {
        return PixelFormat.I420;
    }

    /** Whether every frame yields an access unit or a skip; hardware may lose some. */
    protected boolean answersEveryFrame() {
        return true;
    }

    /** How far the bitrate may be from its target, averaged over four seconds. */
    protected double rateTolerance() {
        return 0.15;
    }

    @Test
    void everyFrameComesBackWithItsCaptureTime() throws StageException {
        Recording recording = new Recording();
        try (Session session = new Session(recording, WIDTH, HEIGHT)) {
            session.feed(60, FPS);
        }
        List<Long> expected = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            expected.add(Session.FIRST_NANOS + i * FPS.intervalNanos());
        }
        List<Long> actual = new ArrayList<>(recording.skipped);
        recording.units.forEach(unit -> actual.add(unit.captureNanos));
        actual.sort(null);
        if (answersEveryFrame()) {
            assertEquals(expected, actual);
        } else {
            assertTrue(expected.containsAll(actual) && actual.size() > 50, () -> "answered " + actual);
        }
    }

    @Test
    void theFirstAccessUnitAndEveryKeyframeIsAnIdrWithParameterSets() throws StageException {
        Recording recording = new Recording();
        try (Session session = new Session(recording, WIDTH, HEIGHT)) {
            session.feed(130, FPS);
        }
        assertTrue(recording.units.get(0).keyframe, "the first access unit is a keyframe");
        assertTrue(recording.keyframes().size() >= 2, () -> "keyframes at " + recording.keyframes());
        for (AccessUnit unit : recording.units) {
            List<Integer> types = unit.nalTypes();
            assertEquals(unit.keyframe, types.contains(5), () -> "keyframe flag and NAL types " + types);
            if (unit.keyframe) {
                assertTrue(types.contains(7) && types.indexOf(7) < types.indexOf(8) && types.indexOf(8) < types.indexOf(5),
                        () -> "SPS, PPS and IDR in this order, not " + types);
            }
        }
    }

    @Test
    void aKeyframeComesOnDemand() throws StageException {
        Recording recording = new Recording();
        try (Session session = new Session(recording, WIDTH, HEIGHT)) {
            session.feed(20, FPS);
            int before = recording.keyframes().size();
            session.feedOne(FPS, true);
            session.feed(9, FPS);
            session.settle();
            assertEquals(before + 1, recording.keyframes().size(), () -> "keyframes at " + recording.keyframes());
        }
    }

    @Test
    void theBitrateChangesWithoutAKeyframe() throws StageException {
        Recording steady = new Recording();
        try (Session session = new Session(steady, WIDTH, HEIGHT)) {
            session.feed(390, FPS);
        }
        assertRate(BPS, steady, 90, 210, FPS);

        for (long target : new long[] {BPS / 2, BPS * 2}) {
            Recording changed = new Recording();
            try (Session session = new Session(changed, WIDTH, HEIGHT)) {
                session.feed(225, FPS);
                session.encoder.setRate(target, FPS);
                session.feed(165, FPS);
            }
            assertRate(target, changed, 255, 375, FPS);
            assertEquals(steady.keyframes(), changed.keyframes(), "a new bitrate must not cause a keyframe");
        }
    }

    @Test
    void theFrameRateChangesWithoutAKeyframeAndTheBitrateHolds() throws StageException {
        Recording recording = new Recording();
        FrameRate slow = FrameRate.of(10);
        try (Session session = new Session(recording, WIDTH, HEIGHT)) {
            session.feed(75, FPS);
            session.encoder.setRate(BPS, slow);
            session.feed(65, slow);
        }
        assertRate(BPS, recording, 95, 135, slow);
        assertTrue(recording.keyframes().stream().noneMatch(index -> index > 61 && index < 80),
                () -> "keyframes at " + recording.keyframes());
    }

    @Test
    void theStreamDecodesToThePicturesThatWentIn() throws StageException, IOException, InterruptedException {
        Recording recording = new Recording();
        try (Session session = new Session(recording, WIDTH, HEIGHT, 4 * BPS)) {
            session.feed(90, FPS);
        }
        byte[] decoded = decode(recording.stream(), directory.resolve("stream.h264"));
        int size = WIDTH * HEIGHT * 3 / 2;
        assertEquals(recording.units.size() * size, decoded.length, "bytes of decoded I420");
        for (int i = 0; i < recording.units.size(); i++) {
            long frame = Math.round((recording.units.get(i).captureNanos - Session.FIRST_NANOS) / (double) FPS.intervalNanos());
            double psnr = psnr(decoded, i * size, MovingPicture.i420(WIDTH, HEIGHT, frame));
            assertTrue(psnr > 28, () -> "frame " + frame + " comes back with " + psnr + " dB");
        }
    }

    @Test
    void twoEncodersWorkSideBySide() throws StageException, IOException, InterruptedException {
        Recording first = new Recording();
        Recording second = new Recording();
        try (Session serving = new Session(first, WIDTH, HEIGHT)) {
            serving.feed(10, FPS);
            try (Session next = new Session(second, 2 * WIDTH, HEIGHT)) {
                for (int i = 0; i < 10; i++) {
                    serving.feed(1, FPS);
                    next.feed(1, FPS);
                }
            }
            serving.feed(10, FPS);
        }
        assertEquals(first.units.size() * WIDTH * HEIGHT * 3 / 2, decode(first.stream(), directory.resolve("1.h264")).length);
        assertEquals(second.units.size() * WIDTH * HEIGHT * 3, decode(second.stream(), directory.resolve("2.h264")).length);
    }

    @Test
    void closeIsIdempotentAndLeavesNothingBehind() throws StageException {
        Recording recording = new Recording();
        Session session = new Session(recording, WIDTH, HEIGHT);
        session.feed(5, FPS);
        session.close();
        int answers = recording.units.size() + recording.skipped.size();
        session.encoder.close();
        assertEquals(answers, recording.units.size() + recording.skipped.size(), "answers after close");
        assertEquals(0, session.pool.outstanding(), "leases after close");
    }

    @Test
    void anImpossibleSizeIsRefused() {
        for (int[] size : new int[][] {{331, 190}, {330, 191}, {1 << 20, 190}, {330, 1 << 20}, {0, 190}, {-2, 190}}) {
            StageException refusal = assertThrows(StageException.class, () -> factory()
                    .open(new EncoderRequest(size[0], size[1], format(), FPS, BPS), new Recording()).close());
            assertEquals(StageException.Reason.UNSUPPORTED, refusal.reason());
            assertTrue(refusal.getMessage().contains(size[0] + "x" + size[1]), refusal.getMessage());
        }
    }

    private void assertRate(long target, Recording recording, int from, int to, FrameRate rate) {
        long bits = recording.units.subList(from, to).stream().mapToLong(unit -> 8L * unit.bytes.length).sum();
        double actual = bits / ((to - from) / rate.fps());
        assertEquals(target, actual, target * rateTolerance(), "bits per second");
    }

    /**
     * Decodes with ffmpeg, which must have nothing to complain about.
     *
     * @param file where the stream may be put
     * @return the pictures as I420, one behind the other
     */
    public static byte[] decode(byte[] stream, Path file) throws IOException, InterruptedException {
        Files.write(file, stream);
        Path errors = file.resolveSibling(file.getFileName() + ".log");
        Process ffmpeg = new ProcessBuilder("ffmpeg", "-nostdin", "-v", "warning", "-threads", "1", "-f", "h264", "-i",
                file.toString(), "-fps_mode", "passthrough", "-pix_fmt", "yuv420p", "-f", "rawvideo", "-")
                .redirectError(errors.toFile())
                .start();
        byte[] pictures = ffmpeg.getInputStream().readAllBytes();
        assertEquals(0, ffmpeg.waitFor(), () -> read(errors));
        assertEquals("", read(errors), "ffmpeg's complaints");
        return pictures;
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Peak signal-to-noise ratio of all planes together, in decibels. */
    public static double psnr(byte[] pictures, int offset, byte[] reference) {
        long squares = 0;
        for (int i = 0; i < reference.length; i++) {
            int difference = (pictures[offset + i] & 0xff) - (reference[i] & 0xff);
            squares += difference * difference;
        }
        return squares == 0 ? 100 : 10 * Math.log10(255.0 * 255.0 * reference.length / squares);
    }

    /** Feeds one encoder, with no more frames inside than it allows. */
    private final class Session implements AutoCloseable {

        static final long FIRST_NANOS = 7_000_000_001L;

        final VideoEncoder encoder;
        final FramePool pool;
        private final Recording recording;
        private long nanos = FIRST_NANOS;
        private long index;

        Session(Recording recording, int width, int height) throws StageException {
            this(recording, width, height, BPS);
        }

        Session(Recording recording, int width, int height, long bps) throws StageException {
            this.recording = recording;
            encoder = factory().open(new EncoderRequest(width, height, format(), FPS, bps), recording);
            assertTrue(encoder.maxInFlight() >= 1, "maxInFlight");
            pool = new FramePool(encoder.maxInFlight(), format(), width, height, 64);
        }

        void feed(int frames, FrameRate rate) {
            for (int i = 0; i < frames; i++) {
                feedOne(rate, false);
            }
        }

        void feedOne(FrameRate rate, boolean keyframe) {
            FramePool.PooledFrame frame = pool.acquire();
            for (long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10); frame == null; frame = pool.acquire()) {
                assertTrue(System.nanoTime() < deadline, "the encoder closed no lease within ten seconds");
                LockSupport.parkNanos(100_000);
            }
            MovingPicture.draw(frame, index++);
            frame.stamp(nanos, index);
            nanos += rate.intervalNanos();
            encoder.encode(frame, keyframe);
            assertNull(recording.failure, () -> recording.failure.getMessage());
        }

        /** Waits until every lease is closed. */
        void settle() {
            for (long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10); pool.outstanding() > 0; ) {
                assertTrue(System.nanoTime() < deadline, "the encoder closed no lease within ten seconds");
                LockSupport.parkNanos(100_000);
            }
        }

        @Override
        public void close() {
            encoder.close();
            assertEquals(0, pool.outstanding(), "leases after close");
            recording.end();
        }
    }

    /** One access unit, copied. */
    public static final class AccessUnit {

        public final byte[] bytes;
        public final long captureNanos;
        public final boolean keyframe;

        AccessUnit(byte[] bytes, long captureNanos, boolean keyframe) {
            this.bytes = bytes;
            this.captureNanos = captureNanos;
            this.keyframe = keyframe;
        }

        /** {@code nal_unit_type} of each NAL unit (ITU-T H.264, table 7-1). */
        public List<Integer> nalTypes() {
            List<Integer> types = new ArrayList<>();
            for (int start : nalStarts()) {
                types.add(bytes[start] & 0x1f);
            }
            return types;
        }

        /** The first NAL unit of a type, up to the next start code or the end; null when there is none. */
        public byte[] nal(int type) {
            List<Integer> starts = nalStarts();
            for (int i = 0; i < starts.size(); i++) {
                if ((bytes[starts.get(i)] & 0x1f) == type) {
                    int end = i + 1 < starts.size() ? starts.get(i + 1) - 3 : bytes.length;
                    return java.util.Arrays.copyOfRange(bytes, starts.get(i), end);
                }
            }
            return null;
        }

        private List<Integer> nalStarts() {
            List<Integer> starts = new ArrayList<>();
            for (int i = 0; i + 3 < bytes.length; i++) {
                if (bytes[i] == 0 && bytes[i + 1] == 0 && bytes[i + 2] == 1) {
                    starts.add(i + 3);
                }
            }
            return starts;
        }
    }

    /** Keeps copies of everything an encoder says. */
    public static final class Recording implements EncodedSink {

        public final List<AccessUnit> units = java.util.Collections.synchronizedList(new ArrayList<>());
        public final List<Long> skipped = java.util.Collections.synchronizedList(new ArrayList<>());
        public volatile StageException failure;
        private volatile boolean ended;

        @Override
        public void onAccessUnit(ByteBuffer data, long captureNanos, boolean keyframe) {
            assertFalse(ended, "an access unit after close");
            assertNull(failure, "an access unit after a failure");
            byte[] bytes = new byte[data.remaining()];
            data.duplicate().get(bytes);
            units.add(new AccessUnit(bytes, captureNanos, keyframe));
        }

        @Override
        public void onSkipped(long captureNanos) {
            skipped.add(captureNanos);
        }

        @Override
        public void onFailed(StageException cause) {
            assertNotNull(cause);
            failure = cause;
        }

        void end() {
            ended = true;
        }

        /** Positions of the keyframes among the access units. */
        public List<Integer> keyframes() {
            List<Integer> positions = new ArrayList<>();
            for (int i = 0; i < units.size(); i++) {
                if (units.get(i).keyframe) {
                    positions.add(i);
                }
            }
            return positions;
        }

        /** All access units in a row. */
        public byte[] stream() {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            for (AccessUnit unit : units) {
                out.writeBytes(unit.bytes);
            }
            return out.toByteArray();
        }
    }

    /** A picture that any encoder has work with: a sliding gradient with coloured chroma under deterministic noise. */
    public static final class MovingPicture {

        private MovingPicture() {}

        /** Draws picture {@code index} into every plane; I420 or NV12. */
        public static void draw(FramePool.PooledFrame frame, long index) {
            byte[] picture = i420(frame.width(), frame.height(), index);
            int width = frame.width();
            int height = frame.height();
            ByteBuffer data = frame.data();
            for (int y = 0; y < height; y++) {
                data.put(frame.planeOffset(0) + y * frame.planeStride(0), picture, y * width, width);
            }
            int half = width / 2;
            int u = width * height;
            int v = u + half * (height / 2);
            for (int y = 0; y < height / 2; y++) {
                switch (frame.format()) {
                    case I420 -> {
                        data.put(frame.planeOffset(1) + y * frame.planeStride(1), picture, u + y * half, half);
                        data.put(frame.planeOffset(2) + y * frame.planeStride(2), picture, v + y * half, half);
                    }
                    case NV12 -> {
                        int row = frame.planeOffset(1) + y * frame.planeStride(1);
                        for (int x = 0; x < half; x++) {
                            data.put(row + 2 * x, picture[u + y * half + x]);
                            data.put(row + 2 * x + 1, picture[v + y * half + x]);
                        }
                    }
                    default -> throw new IllegalArgumentException("cannot draw " + frame.format());
                }
            }
        }

        /** The same picture as tightly packed I420. */
        public static byte[] i420(int width, int height, long index) {
            byte[] picture = new byte[width * height * 3 / 2];
            int noise = (int) (index * 7919) | 1;
            for (int y = 0; y < height; y++) {
                for (int x = 0; x < width; x++) {
                    noise = noise * 1664525 + 1013904223;
                    picture[y * width + x] = (byte) (48 + ((x + 3 * index + y / 2) % 144) + (noise >>> 28) - 8);
                }
            }
            int half = width / 2;
            int u = width * height;
            int v = u + half * (height / 2);
            for (int y = 0; y < height / 2; y++) {
                for (int x = 0; x < half; x++) {
                    picture[u + y * half + x] = (byte) (64 + 100 * x / half);
                    picture[v + y * half + x] = (byte) (64 + 100 * y * 2 / height + index % 16);
                }
            }
            return picture;
        }
    }
}
