package revcam.stream;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static revcam.stream.Stages.await;
import static revcam.stream.Stages.reference;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import revcam.api.capture.CaptureRequest;
import revcam.api.capture.FrameSink;
import revcam.api.capture.VideoCapture;
import revcam.api.capture.VideoCaptureFactory;
import revcam.api.encoder.EncodedSink;
import revcam.api.encoder.EncoderRequest;
import revcam.api.encoder.VideoEncoder;
import revcam.api.encoder.VideoEncoderFactory;
import revcam.api.media.FrameClock;
import revcam.api.media.FramePool;
import revcam.api.media.FrameRate;
import revcam.api.media.PixelFormat;
import revcam.api.media.RawFrame;
import revcam.api.packetiser.PacketiserFactory;
import revcam.api.stream.JoinRequest;
import revcam.api.stream.StreamStatus.State;
import revcam.api.telemetry.Measurement;
import revcam.api.telemetry.Sample;
import revcam.api.telemetry.Telemetry;
import revcam.api.transport.NegotiatedMedia;
import revcam.api.transport.Offer;
import revcam.api.transport.Transport;
import revcam.api.transport.TransportEvents;
import revcam.api.transport.TransportFactory;
import revcam.api.transport.TransportRequest;
import revcam.capture.pattern.PatternCaptureFactory;
import revcam.encoder.x264.X264EncoderFactory;
import revcam.packetiser.h264.H264PacketiserFactory;
import revcam.stream.session.HeldRate;

/**
 * What the threads that every picture passes allocate while one viewer watches. Alone, as it takes the time that a picture takes.
 */
@Isolated
class AllocationTest {

    private static final int FPS = 200;
    /** Short ones, for some of them have to fall between what comes once a second. */
    private static final int FRAMES = 40;
    private static final int ROUNDS = 8;
    /** The smallest object of the JVM: an allocation with each picture comes to no less. */
    private static final int OBJECT_BYTES = 16;

    /** Takes everything and keeps nothing. */
    private static final class Sink implements TransportFactory, Transport {

        private volatile TransportEvents events;
        private volatile int lastPackets;

        @Override
        public Transport open(TransportRequest request, TransportEvents target) {
            events = target;
            return this;
        }

        @Override
        public Offer<Transport> offer(TransportRequest request, TransportEvents target) {
            throw new UnsupportedOperationException();
        }

        @Override
        public String answer() {
            return "answer";
        }

        @Override
        public NegotiatedMedia media() {
            return new NegotiatedMedia(96, -1, 0, "", 0, false, 0, 0, true, true, true, false, false, true);
        }

        @Override
        public String iceTag() {
            return "tag";
        }

        @Override
        public String patch(String fragment) {
            return null;
        }

        @Override
        public int overheadBytes() {
            return 58;
        }

        @Override
        @SuppressWarnings("NonAtomicOperationOnVolatileField") // the media loop alone writes
        public boolean sendRtp(byte[] header, int headerBytes, byte[] payload, int offset, int bytes) {
            lastPackets += header[1] < 0 ? 1 : 0; // the marker
            return true;
        }

        @Override
        public boolean sendRtcp(byte[] packet, int bytes) {
            return true;
        }

        @Override
        public void close() {}
    }

    /** What comes with each picture it takes as the hub does, without an object. */
    private static final class Unheard implements Telemetry {

        @Override
        public void publish(Sample sample) {}

        @Override
        public void publish(Measurement measurement, long wallMillis, long nanos, Map<String, String> tags, double[] values) {}
    }

    /**
     * Shows the same samples again and again, each time when they have come back, and says that they come at an even rate: so on a
     * busy machine, too, none is left out, and no encoder has to follow another rate.
     */
    private static final class Still implements VideoCaptureFactory {

        private long begin;
        private long shown;

        @Override
        public VideoCapture open(CaptureRequest request, FrameSink sink) {
            FramePool pool = new FramePool(1, PixelFormat.I420, request.width(), request.height(), 16);
            long interval = request.rate().intervalNanos();
            begin = System.nanoTime();
            FrameClock clock = new FrameClock("revcam.capture.still", request.rate(), tick -> {
                FramePool.PooledFrame frame = sink.wanted() ? pool.acquire() : null;
                if (frame != null) {
                    sink.onFrame(frame.stamp(begin + shown * interval, shown++));
                }
            }, e -> { });
            clock.start();
            return clock::close;
        }
    }

    /** Gives the same two units again and again, each within the call. */
    private record Mute(long floorBps) implements VideoEncoderFactory {

        @Override
        public String codec() {
            return "TEST";
        }

        @Override
        public VideoEncoder open(EncoderRequest request, EncodedSink sink) {
            ByteBuffer key = ByteBuffer.wrap("key".getBytes());
            ByteBuffer delta = ByteBuffer.wrap("delta".getBytes());
            return new VideoEncoder() {
                @Override
                public int maxInFlight() {
                    return 1;
                }

                @Override
                public void encode(RawFrame frame, boolean keyframe) {
                    long captured = frame.captureNanos();
                    frame.close();
                    sink.onAccessUnit((keyframe ? key : delta).clear(), captured, keyframe);
                }

                @Override
                public void setRate(long bps, FrameRate rate) {}

                @Override
                public long minBitrateBps() {
                    return floorBps;
                }

                @Override
                public void close() {}
            };
        }
    }

    @Test
    void theEngineAllocatesNothingPerPicture() throws Exception {
        nothingIsAllocatedBy("still", new Still(), "mute", new Mute(0), new Stages.WholeUnits(), "none");
    }

    /** Below the encoder's floor, where it encodes every other picture, or smaller ones. */
    @ParameterizedTest
    @ValueSource(strings = {"fps", "size"})
    void norDoesItForFewerOrSmallerPictures(String ladder) throws Exception {
        nothingIsAllocatedBy("still", new Still(), "mute", new Mute(2_500_000), new Stages.WholeUnits(), ladder);
    }

    @Test
    void norDoesTheTestPicture() throws Exception {
        nothingIsAllocatedBy("pattern", new PatternCaptureFactory(Map.of()), "mute", new Mute(0), new Stages.WholeUnits(), "none");
    }

    @Test
    void norDoesX264() throws Exception {
        nothingIsAllocatedBy("still", new Still(), "x264", new X264EncoderFactory(Map.of()), new H264PacketiserFactory(), "none");
    }

    private static void nothingIsAllocatedBy(String captureName, VideoCaptureFactory capture, String encoderName,
            VideoEncoderFactory encoder, PacketiserFactory packetiser, String ladder) throws Exception {
        SelectorLoop loop = new SelectorLoop();
        Map<String, Object> properties = new HashMap<>(Map.of("capture", captureName, "encoder", encoderName, "size", "160x120", "fps",
                Integer.toString(FPS), "ladder", ladder));
        Sink sink = new Sink();
        StreamComponent stream = new StreamComponent(loop, new Unheard(), null, properties);
        stream.start();
        try {
            stream.bindCapture(reference("revcam.capture", captureName), capture);
            stream.bindEncoder(reference("revcam.encoder", encoderName), encoder);
            stream.bindPacketiser(reference("revcam.packetiser", "units"), packetiser);
            stream.bindCongestion(reference("revcam.congestion", "held"), HeldRate.FACTORY::open);
            stream.bindTransport(reference("revcam.transport", "sink"), sink);
            await(() -> stream.status().state() == State.IDLE);
            stream.join(new JoinRequest("offer", "test", "", ""));
            loop.execute(() -> sink.events.onConnected(System.nanoTime()));
            if (!ladder.equals("none")) {
                await(() -> !stream.status().reduction().isEmpty());
            }
            Map<String, Long> least = leastOf(() -> sink.lastPackets);
            System.out.printf("%s, %s: bytes allocated with %d pictures: %s%n", captureName, encoderName, FRAMES, least);
            for (String media : List.of("revcam.capture." + captureName, "revcam.encoder-main", "revcam.media-loop")) {
                assertTrue(least.containsKey(media), () -> media + " is none of " + least.keySet());
            }
            assertAll(least.entrySet().stream().map(thread -> () -> assertTrue(thread.getValue() < FRAMES * OBJECT_BYTES,
                    () -> thread.getKey() + " allocated " + thread.getValue() + " bytes with " + FRAMES + " pictures")));
        } finally {
            stream.stop();
            loop.stop();
        }
    }

    /** By thread, of those that pictures pass, the least of all rounds: what a thread does now and then is not in it. */
    private static Map<String, Long> leastOf(IntSupplier pictures) {
        int begin = pictures.getAsInt();
        await(() -> pictures.getAsInt() > begin + 5 * FRAMES); // what is done once has been done, and is compiled
        Map<String, Long> least = new TreeMap<>();
        for (int round = 0; round < ROUNDS; round++) {
            Map<Thread, Long> before = allocated();
            int first = pictures.getAsInt();
            while (pictures.getAsInt() < first + FRAMES) {
                LockSupport.parkNanos(1_000_000);
            }
            allocated().forEach((thread, bytes) -> least.merge(thread.getName(), bytes - before.getOrDefault(thread, 0L), Math::min));
        }
        return least;
    }

    private static Map<Thread, Long> allocated() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        Map<Thread, Long> allocated = new HashMap<>();
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().matches("revcam\\.(capture\\.|encoder-|media-loop).*")) {
                allocated.put(thread, threads.getThreadAllocatedBytes(thread.getId()));
            }
        }
        return allocated;
    }
}
