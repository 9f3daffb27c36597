package revcam.stream;

import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import revcam.api.encoder.EncodedSink;
import revcam.api.encoder.EncoderRequest;
import revcam.api.encoder.VideoEncoder;
import revcam.api.encoder.VideoEncoderFactory;
import revcam.api.media.FrameRate;
import revcam.api.media.RawFrame;
import revcam.api.media.StageException;
import revcam.api.media.StageException.Reason;
import revcam.api.packetiser.RtpFormat;
import revcam.api.packetiser.RtpPayloads;
import revcam.api.telemetry.Telemetry;
import revcam.stream.rate.Scale;
import revcam.stream.rate.SetPoint;

/**
 * One encoder and the thread that is its whole life: opens it, auditions it while another one still serves, feeds it the
 * newest frame whenever it has room, drains and closes it. If the encoder hangs, this thread hangs, and nothing else does.
 *
 * <p>A field without a comment belongs to that thread.
 */
final class EncoderRun extends ForeignWork
        implements EncodedSink, FrameMailbox.Taker, FrameMailbox.Spectator {

    /** What it asks of the conductor; any thread. */
    interface Host {

        /** There is something to see: it opened, failed, ended. */
        void changed();

        /** Whether the frame that is about to go in should become an IDR picture; asking takes the request. */
        boolean takeKeyframe(long now);

        long targetBps();

        /** Of those that are encoded. */
        FrameRate rate();

        /** How many frames come for each that is encoded. */
        int every();
    }

    /** Power of two above every encoder's frames in flight. */
    private static final int TRACKED = 64;
    /** Of the interval of those that are encoded: what comes sooner after the last is left out. */
    private static final double LEFT_OUT_WITHIN = 0.75;
    /** After such a break, for nobody watched, silence counts anew. */
    private static final long BREAK_NANOS = 1_000_000_000;

    final Providers.Candidate<VideoEncoderFactory> choice;
    /** Of the frames that it is given. */
    final FrameShape input;
    /** Of those that it encodes. */
    final FrameShape shape;
    final EncoderOutput exit;
    private final boolean audition;
    private final long beganNanos = System.nanoTime();
    private final Host host;
    private final FrameMailbox mailbox;
    private final PacketisedOutput output;
    private final Telemetry telemetry;
    /** Of {@link StreamMeasurements#FRAME}; its thread. */
    private final double[] measured = new double[8];
    private final BooleanSupplier hasReason = this::hasReason;
    private final Vitals vitals;
    private final Map<String, String> keyTags;
    private final Map<String, String> deltaTags;

    private VideoEncoder encoder;
    private final Scale scale;
    private Scaler scaler; // null where nothing is scaled
    private FrameRate openedRate;
    private long keptNanos;
    private boolean kept;
    private final SetPoint setPoint = new SetPoint(); // any thread
    private long appliedBps;
    private FrameRate appliedRate;
    private boolean first = true;
    private volatile int capacity = 1; // its thread writes
    private volatile long minBitrateBps; // its thread writes
    private final AtomicReference<FrameMailbox.Delivery> shown = new AtomicReference<>();

    private volatile boolean opened; // its thread writes
    private volatile long busySinceNanos = beganNanos; // its thread writes: since when it is given frames without a long break
    private volatile long givenNanos = beganNanos - BREAK_NANOS - 1; // its thread writes: when it was last given one while it serves
    private volatile boolean ready; // its thread, or the encoder's, writes
    private volatile boolean auditioning; // its thread writes
    private volatile long auditionBeganNanos; // its thread writes
    private volatile boolean taking; // its thread writes: it may have taken a frame that is not counted as given yet
    private volatile int servesFrom = Integer.MAX_VALUE; // its thread writes: inputs before this one were the audition's
    private volatile boolean leaving; // the conductor writes
    private volatile boolean abandoned; // the conductor writes
    private volatile StageException failure; // whoever finds it first
    private volatile boolean misbehaved; // set before failure
    private volatile Throwable packetiserFailure; // the encoder's thread
    private volatile RtpFormat format; // what the audition showed
    private volatile long lastMoveNanos = beganNanos; // any thread
    private final AtomicInteger inFlight = new AtomicInteger(); // leases out; any thread
    private volatile int given; // its thread writes
    private final AtomicInteger answered = new AtomicInteger(); // the encoder's thread
    private volatile long skipped; // the encoder's thread writes
    private volatile long overruns; // the encoder's thread writes
    private volatile long unfitting; // its thread writes
    private volatile long leftOut; // its thread writes
    private volatile double nanosPerFrame = Double.NaN; // the encoder's thread writes

    private long measuredNanos; // the encoder's thread
    private double bufferedBits; // the encoder's thread
    private long bufferedAtNanos; // the encoder's thread

    // What is known of recent inputs, by position; its thread writes before the encoder is called.
    private final long[] captureNanos = new long[TRACKED];
    private final long[] arrivedNanos = new long[TRACKED];
    private final long[] takenNanos = new long[TRACKED];
    private final boolean[] open = new boolean[TRACKED]; // the encoder's thread clears
    private final Leases leases = new Leases(TRACKED / 2, this::returned);

    /**
     * @param input of the frames that will come
     * @param scale how they are to be encoded
     * @param audition whether it has to show one good IDR picture before it is ready to serve
     */
    EncoderRun(String stream, Providers.Candidate<VideoEncoderFactory> choice, FrameShape input, Scale scale,
            PacketiserSeat seat, boolean audition, Host host, FrameMailbox mailbox, PacketisedOutput output,
            Telemetry telemetry, Vitals vitals) {
        super("revcam.encoder-" + stream);
        this.choice = choice;
        this.input = input;
        this.scale = scale;
        shape = Scaler.shape(input, scale);
        this.audition = audition;
        this.host = host;
        this.mailbox = mailbox;
        this.output = output;
        this.telemetry = telemetry;
        this.vitals = vitals;
        exit = new EncoderOutput(seat, shape, host::changed);
        keyTags = Map.of("stream", stream, "type", "key");
        deltaTags = Map.of("stream", stream, "type", "delta");
    }

    // ---- the conductor

    /** It is open, and has passed its audition if it had to. */
    boolean isReady() {
        return ready && failure == null;
    }

    boolean isAuditioning() {
        return auditioning && failure == null;
    }

    /** How long it has been at its audition, from the frame that it was shown; 0 before that. */
    long auditionNanos(long now) {
        long began = auditionBeganNanos;
        return began == 0 ? 0 : now - began;
    }

    long beganNanos() {
        return beganNanos;
    }

    /** Why it is of no further use, or null. */
    StageException failure() {
        return failure;
    }

    /** Whether that failure is a fault of its own: it threw, or gave garbage. */
    boolean hasMisbehaved() {
        return misbehaved;
    }

    /** Whether that failure is the packetiser's word against it. */
    boolean isRefused() {
        return misbehaved && failure.getCause() instanceof StageException;
    }

    /** What its packetiser threw, or null. */
    Throwable packetiserFailure() {
        return packetiserFailure;
    }

    /** What the audition showed it to produce, or null. */
    RtpFormat format() {
        return format;
    }

    /** How long frames have been inside it without anything coming back, or a call has lasted; 0 when nothing is inside. */
    long stalledNanos(long now) {
        long waiting = inFlight.get() > 0 ? now - lastMoveNanos : 0;
        return Math.max(waiting, ready ? insideNanos(now) : 0);
    }

    boolean wasOpened() {
        return opened;
    }

    /** Whether it has been given frames for so long and nothing came of it that could be sent. */
    boolean isBarren(long now, long boundNanos) {
        return given > servesFrom && now - givenNanos < BREAK_NANOS && now - busySinceNanos > boundNanos
                && now - exit.usableNanos() > boundNanos;
    }

    /** Whether it owes an answer for a frame; to be asked once another one takes. */
    boolean owes() {
        return taking || given != answered.get();
    }

    /** It takes no more frames: drains and closes, on its thread. */
    void leave() {
        leaving = true;
        mailbox.withdraw(this);
        wake();
    }

    /** Nothing of it counts any more, though its thread may never come back. */
    void abandon() {
        abandoned = true;
        output.retire(exit);
        leave();
    }

    boolean isAbandoned() {
        return abandoned;
    }

    // ---- its thread

    private boolean hasReason() {
        return leaving || canStep();
    }

    @Override
    void work() {
        try {
            open();
            host.changed();
            while (!leaving) {
                if (!step()) {
                    awaitWake(hasReason);
                }
            }
        } catch (StageException e) {
            fail(e, false);
        } catch (RuntimeException | Error e) {
            left();
            taking = false;
            fail(new StageException(Reason.FAILED, "it threw " + e, e), true);
            awaitWake(() -> leaving);
        } finally {
            left();
            release(shown.getAndSet(null));
            close();
        }
    }

    @Override
    void ended() {
        output.done(exit);
        host.changed();
    }

    private void open() throws StageException {
        long bps = host.targetBps();
        FrameRate rate = host.rate();
        entered();
        encoder = choice.factory().open(
                new EncoderRequest(shape.width(), shape.height(), shape.format(), rate, bps), this);
        if (encoder == null) {
            throw new IllegalStateException("nothing at all: its factory returned null");
        }
        // What never changes is asked once, where a failure to answer is a failure to open.
        minBitrateBps = encoder.minBitrateBps();
        capacity = Math.max(1, Math.min(TRACKED / 2, encoder.maxInFlight()));
        left();
        scaler = scale == Scale.FULL ? null : new Scaler(scale, input, capacity + 1);
        openedRate = rate;
        appliedBps = bps;
        appliedRate = rate;
        lastMoveNanos = System.nanoTime();
        opened = true;
        if (audition) {
            auditioning = true;
            look();
        } else {
            ready = true;
        }
    }

    private boolean canStep() {
        return shown.get() != null || failure == null && inFlight.get() < capacity && mailbox.isWaitingFor(this);
    }

    private boolean step() {
        FrameMailbox.Delivery audition = shown.getAndSet(null);
        if (audition != null) {
            audition(audition);
            return true;
        }
        if (failure != null || inFlight.get() >= capacity) {
            return false;
        }
        taking = true;
        FrameMailbox.Delivery delivery = mailbox.take(this);
        if (delivery != null) {
            serve(delivery);
        }
        taking = false;
        return delivery != null;
    }

    /**
     * On a copy, so that an encoder that never lets go of it costs the capture no buffer. An encoder that looks ahead is
     * shown more until it gives its first unit.
     */
    private void audition(FrameMailbox.Delivery delivery) {
        RawFrame copy;
        long arrived = delivery.arrivedNanos();
        try {
            // A moment earlier, for the same picture may be given again, and times have to rise.
            long captured = delivery.frame().captureNanos() - 1;
            copy = !input.fits(delivery.frame()) || inFlight.get() >= capacity ? null
                    : scaler == null ? FrameCopy.of(delivery.frame(), captured) : scaler.scaled(delivery.frame(), captured);
        } finally {
            release(delivery);
        }
        if (copy != null) {
            if (auditionBeganNanos == 0) {
                auditionBeganNanos = System.nanoTime();
            }
            give(leases.next().lend(copy), arrived, given == 0);
        }
        if (auditioning && failure == null) {
            look();
        }
    }

    /** Asks to be shown a frame, unless it has to go. */
    private void look() {
        mailbox.spectator(this);
        if (leaving) {
            mailbox.withdraw(this); // leave() may have come just before
        }
    }

    private void serve(FrameMailbox.Delivery delivery) {
        if (!input.fits(delivery.frame())) {
            unfitting++;
            release(delivery);
            return;
        }
        if (isLeftOut(delivery.frame().captureNanos())) {
            leftOut++;
            release(delivery);
            return;
        }
        boolean handedOver = false;
        try {
            entered();
            FrameRate rate = host.rate();
            long least = floorBps(rate);
            long bps = Math.max(least, setPoint.told(System.nanoTime(), Math.max(least, host.targetBps())));
            if (bps != appliedBps || !rate.equals(appliedRate)) {
                encoder.setRate(bps, rate);
                appliedBps = bps;
                appliedRate = rate;
            }
            left();
            RawFrame scaled = scaler == null ? null : scaler.scaled(delivery.frame(), delivery.frame().captureNanos());
            if (scaler != null && scaled == null) {
                return; // it has more out than it may
            }
            handedOver = true;
            long arrived = delivery.arrivedNanos();
            if (scaled != null) {
                release(delivery);
            }
            long now = System.nanoTime();
            boolean key = host.takeKeyframe(now) || first;
            if (first) {
                first = false;
                servesFrom = given;
            }
            if (now - givenNanos > BREAK_NANOS) {
                busySinceNanos = now;
            }
            givenNanos = now;
            give(scaled == null ? leases.next().lend(delivery) : leases.next().lend(scaled), arrived, key);
        } finally {
            left();
            if (!handedOver) {
                release(delivery);
            }
        }
    }

    /** By time rather than by number, so that what is left over comes evenly also when the capture does not. */
    private boolean isLeftOut(long captured) {
        if (host.every() > 1 && kept && captured - keptNanos < LEFT_OUT_WITHIN * host.rate().intervalNanos()) {
            return true;
        }
        kept = true;
        keptNanos = captured;
        return false;
    }

    private long floorBps(FrameRate rate) {
        return minBitrateBps == 0 ? 0 : Math.round(minBitrateBps * Math.min(1, rate.fps() / openedRate.fps()));
    }

    /** Takes the frame over, whatever the encoder throws. */
    private void give(Lease lease, long arrived, boolean keyframe) {
        inFlight.incrementAndGet();
        int at = given & TRACKED - 1;
        captureNanos[at] = lease.captureNanos();
        arrivedNanos[at] = arrived;
        takenNanos[at] = System.nanoTime();
        open[at] = true;
        given++;
        lastMoveNanos = takenNanos[at];
        entered();
        encoder.encode(lease, keyframe);
        left();
    }

    private void close() {
        if (encoder != null) {
            entered();
            try {
                encoder.close();
            } finally {
                left();
                leases.close();
            }
        }
        entered();
        exit.seat.close();
        left();
    }

    private static void release(FrameMailbox.Delivery delivery) {
        if (delivery != null) {
            delivery.release();
        }
    }

    // ---- the capture's thread

    @Override
    public void show(FrameMailbox.Delivery delivery) {
        release(shown.getAndSet(delivery));
        if (isOver()) {
            release(shown.getAndSet(null));
        }
        wake();
    }

    // ---- the encoder's threads

    private void returned() {
        inFlight.decrementAndGet();
        lastMoveNanos = System.nanoTime();
        wake();
    }

    @Override
    public void onAccessUnit(ByteBuffer data, long captured, boolean keyframe) {
        long encodedNanos = System.nanoTime();
        if (failure != null || abandoned) {
            return;
        }
        try {
            int input = answer(captured);
            if (input < 0) {
                throw new StageException(Reason.FAILED, "it gives a unit for time " + captured
                        + ", which is none of a frame that it was given and has not answered yet");
            }
            if (input < servesFrom) {
                if (auditioning) {
                    judge(data, keyframe);
                }
                return;
            }
            int at = input & TRACKED - 1;
            int bytes = data.remaining();
            setPoint.onUnit(bytes);
            int packets = output.deliver(exit, data, captured, keyframe);
            settle();
            measure(at, keyframe, encodedNanos, bytes, packets);
        } catch (StageException e) {
            fail(e, true);
        } catch (PacketiserSeat.Broke e) {
            packetiserFailure = e;
            host.changed();
        }
    }

    /** Which input has this time, now answered; -1 when none has. */
    private int answer(long captured) {
        int newest = given;
        for (int i = 1; i <= TRACKED && i <= newest; i++) {
            int at = newest - i & TRACKED - 1;
            if (captureNanos[at] == captured && open[at]) {
                open[at] = false;
                answered.incrementAndGet();
                lastMoveNanos = System.nanoTime();
                return newest - i;
            }
        }
        return -1;
    }

    /** Its first unit, at the audition: it has to be an IDR picture of the right size. */
    private void judge(ByteBuffer data, boolean keyframe) throws StageException {
        if (!keyframe) {
            throw new StageException(Reason.FAILED, "its first unit is no key frame");
        }
        RtpPayloads payloads = new RtpPayloads();
        RtpFormat found = exit.seat.packetise(data, output.maxPayloadBytes(), payloads);
        exit.check(found, true);
        if (payloads.count() == 0) {
            throw new StageException(Reason.FAILED, "its first unit holds no picture");
        }
        format = found;
        auditioning = false;
        ready = true;
        host.changed();
    }

    /** Once it no longer takes and nothing is inside, its successor need not wait any longer. */
    private void settle() {
        if (leaving && given == answered.get()) {
            output.done(exit);
        }
    }

    @Override
    public void onSkipped(long captured) {
        if (answer(captured) >= 0) {
            skipped++;
            exit.usable();
            settle();
        }
    }

    @Override
    public void onFailed(StageException cause) {
        fail(cause, false);
    }

    private void fail(StageException cause, boolean fault) {
        if (failure == null) {
            misbehaved = fault;
            failure = cause;
        }
        host.changed();
    }

    private void measure(int at, boolean keyframe, long encodedNanos, int bytes, int packets) {
        long done = System.nanoTime();
        long interval = host.rate().intervalNanos();
        if (done - takenNanos[at] > interval) {
            overruns++;
        }
        double took = encodedNanos - takenNanos[at];
        nanosPerFrame = Double.isNaN(nanosPerFrame) ? took : nanosPerFrame + (took - nanosPerFrame) / 16;
        double buffered = buffer(encodedNanos, bytes);
        if (packets > 0) {
            vitals.frame(done, took, done - captureNanos[at]);
            double since = measuredNanos == 0 ? Double.NaN : captureNanos[at] - measuredNanos;
            measuredNanos = captureNanos[at];
            measured[0] = arrivedNanos[at] - captureNanos[at];
            measured[1] = takenNanos[at] - arrivedNanos[at];
            measured[2] = took;
            measured[3] = done - encodedNanos;
            measured[4] = bytes;
            measured[5] = packets;
            measured[6] = since;
            measured[7] = buffered;
            telemetry.publish(StreamMeasurements.FRAME, System.currentTimeMillis(), done, keyframe ? keyTags : deltaTags, measured);
        }
    }

    /** Bits beyond the target, as the time that the target takes to carry them; what is left after a break is forgotten. */
    private double buffer(long now, int bytes) {
        long target = Math.max(1, host.targetBps());
        double drained = (now - bufferedAtNanos) * (double) target / 1e9;
        bufferedBits = Math.max(0, bufferedBits - drained) + 8.0 * bytes;
        bufferedAtNanos = now;
        return bufferedBits * 1e9 / target;
    }

    // ---- any thread

    int inFlight() {
        return inFlight.get();
    }

    long skipped() {
        return skipped;
    }

    long overruns() {
        return overruns;
    }

    /** Frames that were of another size than it was opened for, while the one that fits them was being opened. */
    long unfitting() {
        return unfitting;
    }

    /** Frames that were left out for a lower frame rate. */
    long leftOut() {
        return leftOut;
    }

    /** Smoothed; NaN before the first frame. */
    double nanosPerFrame() {
        return nanosPerFrame;
    }

    /** What the encoder is told, of what it should give. */
    double correction() {
        return setPoint.correction();
    }

    /** The least that works, were it given all frames in full size; 0 for anything. */
    double minFullBps(FrameRate full) {
        return minBitrateBps == 0 ? 0 : minBitrateBps * (full.fps() / openedRate.fps())
                * ((double) input.width() * input.height() / ((double) shape.width() * shape.height()));
    }

    /** The least that works as it is; 0 for anything. */
    long minBitrateBps() {
        return opened ? floorBps(host.rate()) : 0;
    }
}
