package revcam.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.osgi.framework.ServiceReference;
import revcam.api.capture.CaptureRequest;
import revcam.api.capture.FrameSink;
import revcam.api.capture.VideoCapture;
import revcam.api.capture.VideoCaptureFactory;
import revcam.api.encoder.EncodedSink;
import revcam.api.encoder.EncoderRequest;
import revcam.api.encoder.VideoEncoder;
import revcam.api.encoder.VideoEncoderFactory;
import revcam.api.media.FramePool;
import revcam.api.media.FrameRate;
import revcam.api.media.PixelFormat;
import revcam.api.media.RawFrame;
import revcam.api.media.StageException;
import revcam.api.packetiser.Packetiser;
import revcam.api.packetiser.PacketiserFactory;
import revcam.api.packetiser.RtpFormat;
import revcam.api.packetiser.RtpPayloads;
import revcam.api.pipeline.Pipeline;
import revcam.api.pipeline.Stage;
import revcam.api.transport.NegotiatedMedia;
import revcam.api.transport.NegotiationException;
import revcam.api.transport.Offer;
import revcam.api.transport.Transport;
import revcam.api.transport.TransportEvents;
import revcam.api.transport.TransportFactory;
import revcam.api.transport.TransportRequest;

/** Stages that a test commands: they come, go, break and hang. */
final class Stages {

    private Stages() {}

    static void await(BooleanSupplier condition) {
        long end = System.nanoTime() + 30_000_000_000L;
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < end, "it did not come about in thirty seconds");
            try {
                Thread.sleep(2);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    /** What is said of the stages; of a stream that does not get to answer for five seconds, that is nothing. */
    static List<Stage> told(Pipeline pipeline) {
        AtomicReference<List<Stage>> told = new AtomicReference<>();
        await(() -> {
            told.set(pipeline.stages());
            return !told.get().isEmpty();
        });
        return told.get();
    }

    private static final Map<Object, Map<String, Object>> PROPERTIES = new ConcurrentHashMap<>();

    @SuppressWarnings("unchecked")
    static <F> ServiceReference<F> reference(String property, String name) {
        Map<String, Object> properties = new ConcurrentHashMap<>(Map.of(property, name));
        ServiceReference<F> reference = (ServiceReference<F>) Proxy.newProxyInstance(Stages.class.getClassLoader(),
                new Class<?>[] {ServiceReference.class}, (proxy, method, arguments) -> switch (method.getName()) {
                    case "getProperty" -> properties.get(arguments[0]);
                    case "getPropertyKeys" -> properties.keySet().toArray(String[]::new);
                    case "hashCode" -> name.hashCode();
                    case "equals" -> proxy == arguments[0];
                    case "toString" -> name;
                    default -> null;
                });
        PROPERTIES.put(reference, properties);
        return reference;
    }

    /** As when its component's configuration has changed. */
    static void reconfigure(ServiceReference<?> reference, String key, String value) {
        PROPERTIES.get(reference).put(key, value);
    }

    /** A camera whose shutter the test presses. */
    static final class Camera implements VideoCaptureFactory, VideoCapture {

        volatile FramePool pool = new FramePool(4, PixelFormat.I420, 64, 48, 16);
        volatile FrameSink sink;
        volatile int opened;
        volatile boolean closed;
        volatile boolean shootsWhileOpening;
        volatile StageException refusal;
        volatile Camera sharesDeviceWith;
        volatile CountDownLatch hangsInClose;
        private long shots;

        @Override
        public VideoCapture open(CaptureRequest request, FrameSink target) throws StageException {
            if (refusal != null) {
                throw refusal;
            }
            if (sharesDeviceWith != null && sharesDeviceWith.opened > 0 && !sharesDeviceWith.closed) {
                throw new StageException(StageException.Reason.BUSY, "the device is in use");
            }
            assertEquals(FrameRate.of(30), request.rate());
            pool = new FramePool(4, PixelFormat.I420, request.width(), request.height(), 16);
            sink = target;
            opened++;
            closed = false;
            if (shootsWhileOpening) {
                shoot();
            }
            return this;
        }

        boolean shoot() {
            FramePool.PooledFrame frame = sink == null || closed || !sink.wanted() ? null : pool.acquire();
            if (frame != null) {
                sink.onFrame(frame.stamp(System.nanoTime(), shots++));
            }
            return true;
        }

        @Override
        public void close() {
            closed = true;
            hang(hangsInClose);
        }
    }

    /** Until the test lets go; null for not at all. */
    static void hang(CountDownLatch latch) {
        while (latch != null && latch.getCount() > 0) {
            try {
                latch.await();
            } catch (InterruptedException e) {
                // It does not care, as native code would not.
            }
        }
    }

    /** Answers on a thread of its own, as hardware does. */
    static final class Codec implements VideoEncoderFactory {

        final CopyOnWriteArrayList<RawFrame> swallowed = new CopyOnWriteArrayList<>();
        final AtomicInteger encoded = new AtomicInteger();
        volatile int opened;
        volatile int closed;
        volatile int keyframes;
        volatile long bitrateBps;
        volatile FrameRate rate;
        volatile int width;
        volatile boolean swallow;
        volatile boolean garbage;
        volatile StageException refusal;
        volatile boolean setRateThrows;
        volatile boolean throwsInOpen;
        volatile boolean encodeThrows;
        volatile boolean keepsFrames;
        volatile String tag = "";
        volatile CountDownLatch hangsInClose;
        volatile CountDownLatch hangsInOpen;
        volatile CountDownLatch hangsInEncode;
        volatile long encodeMillis;
        volatile long openMillis;
        volatile EncodedSink sink;

        /** Works again. */
        void mend() {
            swallow = false;
            garbage = false;
            encodeThrows = false;
        }

        @Override
        public String codec() {
            return "TEST";
        }

        @Override
        public VideoEncoder open(EncoderRequest request, EncodedSink target) throws StageException {
            if (refusal != null) {
                throw refusal;
            }
            long openNanos = System.nanoTime() + openMillis * 1_000_000;
            while (openNanos - System.nanoTime() > 0) { // each frame that arrives ends the parking
                LockSupport.parkNanos(openNanos - System.nanoTime());
            }
            hang(hangsInOpen);
            if (throwsInOpen) {
                throw new IllegalStateException("cannot open");
            }
            opened++;
            sink = target;
            width = request.width();
            rate = request.rate();
            return new VideoEncoder() {
                @Override
                public int maxInFlight() {
                    return 2;
                }

                @Override
                public void encode(RawFrame frame, boolean keyframe) {
                    encoded.incrementAndGet();
                    keyframes += keyframe ? 1 : 0;
                    assertEquals(request.width(), frame.width());
                    assertEquals(request.height(), frame.height());
                    hang(hangsInEncode);
                    if (encodeMillis > 0) {
                        LockSupport.parkNanos(encodeMillis * 1_000_000);
                    }
                    if (encodeThrows) {
                        throw new Error("Invalid memory access");
                    }
                    if (swallow) {
                        swallowed.add(frame);
                        return;
                    }
                    String unit = garbage ? "garbage" : keyframe ? "key" : "delta";
                    Thread answer = new Thread(() -> {
                        target.onAccessUnit(ByteBuffer.wrap((unit + frame.sequence() + tag).getBytes()),
                                frame.captureNanos(), keyframe);
                        frame.close();
                    });
                    answer.start();
                    try {
                        answer.join(); // the order of results is the order of frames
                    } catch (InterruptedException e) {
                        throw new AssertionError(e);
                    }
                }

                @Override
                public void setRate(long bps, FrameRate rate) {
                    if (setRateThrows) {
                        throw new IllegalStateException("no rate");
                    }
                    bitrateBps = bps;
                    Codec.this.rate = rate;
                }

                @Override
                public void close() {
                    hang(hangsInClose);
                    if (!keepsFrames) {
                        swallowed.forEach(RawFrame::close);
                    }
                    synchronized (Codec.this) { // an abandoned one is closed on a thread of its own
                        closed++;
                    }
                }
            };
        }
    }

    /** One payload per access unit. */
    static final class WholeUnits implements PacketiserFactory {

        @Override
        public String codec() {
            return "TEST";
        }

        @Override
        public Packetiser open() {
            return new Packetiser() {
                private RtpFormat format;
                private boolean keyframe;

                @Override
                public void packetise(ByteBuffer unit, int max, RtpPayloads out) throws StageException {
                    if (unit.get(unit.position()) == 'g') {
                        throw new StageException(StageException.Reason.FAILED, "not a unit");
                    }
                    out.put(unit, unit.position(), unit.remaining()).end();
                    keyframe = unit.get(unit.position()) == 'k';
                    format = keyframe && format == null ? new RtpFormat("TEST", 90_000, Map.of(), 0, 0) : format;
                }

                @Override
                public boolean isKeyframe() {
                    return keyframe;
                }

                @Override
                public RtpFormat format() {
                    return format;
                }

                @Override
                public void close() {}
            };
        }
    }

    /** Throws, or hangs until the test lets go and then throws. */
    record BadPacketiser(CountDownLatch goOn) implements PacketiserFactory {

        @Override
        public String codec() {
            return "TEST";
        }

        @Override
        public Packetiser open() {
            return new Packetiser() {
                @Override
                public void packetise(ByteBuffer unit, int max, RtpPayloads out) {
                    hang(goOn);
                    throw new IllegalStateException("bad packetiser");
                }

                @Override
                public boolean isKeyframe() {
                    return false;
                }

                @Override
                public RtpFormat format() {
                    return null;
                }

                @Override
                public void close() {}
            };
        }
    }

    /** Where a viewer's packets go; the fields speak of all viewers, or of the last. */
    static final class Path implements TransportFactory {

        final List<Line> lines = new CopyOnWriteArrayList<>();
        final List<String> received = new CopyOnWriteArrayList<>();
        final List<Integer> sequences = new CopyOnWriteArrayList<>();
        volatile TransportEvents events;
        volatile RtpFormat format;
        volatile NegotiationException refusal;
        volatile int offered;
        volatile Consumer<TransportEvents> whileOpening = unused -> { };
        volatile boolean closed;

        @Override
        public Transport open(TransportRequest request, TransportEvents target) throws NegotiationException {
            events = target;
            format = request.format();
            whileOpening.accept(target);
            if (refusal != null) {
                throw refusal;
            }
            Line line = new Line(this, target);
            lines.add(line);
            return line;
        }

        /** Takes every answer but {@code bad}. */
        @Override
        public Offer<Transport> offer(TransportRequest request, TransportEvents target) throws NegotiationException {
            if (refusal != null) {
                throw refusal;
            }
            offered++;
            return new Offer<>() {

                @Override
                public String sdp() {
                    return "offer of " + request.stream();
                }

                @Override
                public Transport accept(String answer) throws NegotiationException {
                    if (answer.equals("bad")) {
                        throw new NegotiationException(NegotiationException.Reason.NOT_ACCEPTABLE, "bad");
                    }
                    return open(request, target);
                }

                @Override
                public void close() {
                    offered--;
                }
            };
        }
    }

    /** One viewer's transport. */
    static final class Line implements Transport {

        final TransportEvents events;
        final List<String> received = new CopyOnWriteArrayList<>();
        final List<Integer> sequences = new CopyOnWriteArrayList<>();
        volatile long bytes;
        volatile boolean starving;
        volatile boolean throwing;
        volatile boolean closed;
        volatile boolean usedAfterClose;
        private final Path path;

        Line(Path path, TransportEvents events) {
            this.path = path;
            this.events = events;
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
        public boolean sendRtp(byte[] header, int headerBytes, byte[] payload, int offset, int bytes) {
            usedAfterClose |= closed;
            if (throwing) {
                throw new IllegalStateException("the socket broke");
            }
            int sequence = (header[2] & 0xff) << 8 | header[3] & 0xff;
            String unit = new String(payload, offset, bytes);
            this.bytes += headerBytes + bytes;
            sequences.add(sequence);
            path.sequences.add(sequence);
            received.add(unit);
            path.received.add(unit);
            return !starving;
        }

        @Override
        public boolean sendRtcp(byte[] packet, int bytes) {
            usedAfterClose |= closed;
            return true;
        }

        @Override
        public void close() {
            closed = true;
            path.closed = true;
        }
    }
}
