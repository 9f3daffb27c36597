package revcam.encoder.v4l2m2m;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import revcam.api.encoder.EncodedSink;
import revcam.api.encoder.EncoderRequest;
import revcam.api.encoder.VideoEncoder;
import revcam.api.media.FrameRate;
import revcam.api.media.RawFrame;
import revcam.api.media.StageException;
import revcam.api.media.StageException.Reason;
import revcam.v4l2.BufferFlags;
import revcam.v4l2.DevicePoll;
import revcam.v4l2.QueueBuffer;
import revcam.v4l2.V4l2Exception;

/**
 * One encoder in hardware. After opening, a thread of its own does everything that touches the device, up to closing it: a
 * driver whose firmware hangs holds that thread for seconds on end, and nobody else. The engine's thread only hands frames and
 * targets over.
 *
 * <p>A frame that the hardware can read where it is stays leased until it has. Any other is copied into a buffer of the driver
 * as soon as one is free, which ends the lease; that the engine gives no more than one frame keeps the queue short. A wanted
 * IDR picture is aimed: the request concerns the next picture that the hardware begins, so the frame waits until nothing else
 * is before it.
 */
final class V4l2M2mEncoder implements VideoEncoder {

    private static final Logger LOG = LoggerFactory.getLogger(V4l2M2mEncoder.class);

    /** How long the hardware may keep a raw picture. A missing coded one means nothing: rate control leaves pictures out. */
    private static final long WATCHDOG_NANOS = TimeUnit.SECONDS.toNanos(2);
    /** How long closing waits for the last pictures before it takes them for lost. */
    private static final long DRAIN_NANOS = TimeUnit.SECONDS.toNanos(1);
    /** How long closing waits for the device to be given back; a hanging driver takes longer, by itself. */
    private static final long CLOSE_MILLIS = 3_000;
    /** Against a driver that reports an error for ever and nothing else. */
    private static final long ERROR_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    /** Share of the newest frame interval in the running mean, and how far that may be from what the driver was told. */
    private static final double INTERVAL_WEIGHT = 1 / 16.0;
    private static final double INTERVAL_TOLERANCE = 0.05;

    /** What the driver is to be told before the next frame. */
    private record Target(long bitrateBps, FrameRate rate) {}

    private final EncoderDevice device;
    private final V4l2M2mSettings settings;
    private final EncodedSink sink;
    private final V4l2M2mEncoderFactory.Hangs hangs;
    private final DevicePoll poll;
    private final FrameRate openedRate;
    private final long minBitrateBps;

    private final AtomicReference<RawFrame> handedOver = new AtomicReference<>();
    /** Of the frame that was handed over last; written before that one. */
    private volatile boolean keyframeWanted;
    private volatile Target target;
    private volatile boolean closing;
    private volatile long framesInPlace; // the device's thread writes
    /** Its thread is held by the driver, or will be while it gives the device back. */
    private volatile boolean hung;
    private final CountDownLatch ended = new CountDownLatch(1);

    /** Guards the sink against calls after {@link #close()}; never held while the device is called. */
    private final Object sinkLock = new Object();
    private boolean sinkClosed;

    // The device's thread.
    private final Deque<QueueBuffer> free = new ArrayDeque<>();
    /** By buffer: what the hardware reads in place. */
    private RawFrame[] leased = {};
    private final ByteBuffer[] views;
    private final LongConsumer onSkipped = this::skipped;
    private final ParameterSets parameterSets = new ParameterSets();
    private final InsideFrames inside = new InsideFrames();
    private RawFrame waiting;
    private boolean waitingForKeyframe;
    private Target applied;
    private double intervalNanos;
    private double appliedIntervalNanos;
    private long lastCaptureNanos = Long.MIN_VALUE;
    private long lastIdrNanos;
    private boolean idrAgain;
    private long returnedNanos;
    private boolean begun;
    private boolean sawLast;
    private ByteBuffer pieces = ByteBuffer.allocate(0);
    private boolean gathering;

    V4l2M2mEncoder(EncoderDevice device, V4l2M2mSettings settings, EncoderRequest request, EncodedSink sink,
            V4l2M2mEncoderFactory.Hangs hangs) throws StageException {
        this.device = device;
        this.settings = settings;
        this.sink = sink;
        this.hangs = hangs;
        openedRate = request.rate();
        target = applied = new Target(request.bitrateBps(), request.rate());
        intervalNanos = appliedIntervalNanos = request.rate().intervalNanos();
        minBitrateBps = Math.max(device.minBitrate(),
                Math.round(settings.minBitsPerPixel() * request.width() * request.height() * request.rate().fps()));
        takeRawBuffers();
        views = new ByteBuffer[device.codedBuffers.size()];
        for (QueueBuffer buffer : device.codedBuffers) {
            views[buffer.index()] = buffer.memory(0).duplicate();
        }
        try {
            poll = new DevicePoll(device.device);
        } catch (V4l2Exception e) {
            throw new StageException(Reason.UNAVAILABLE, e.getMessage(), e);
        }
        Thread thread = new Thread(this::run, "revcam.encoder.v4l2m2m");
        thread.setDaemon(true);
        thread.start();
    }

    // ---- the engine's thread

    @Override
    public int maxInFlight() {
        return 1;
    }

    @Override
    public long minBitrateBps() {
        return minBitrateBps;
    }

    @Override
    public long framesInPlace() {
        return framesInPlace;
    }

    @Override
    public void encode(RawFrame frame, boolean keyframe) {
        keyframeWanted = keyframe;
        RawFrame before = handedOver.getAndSet(frame);
        if (before != null) {
            // More than it said it can hold.
            before.close();
        }
        if (ended.getCount() == 0 || closing) {
            dropHandedOver();
        } else {
            poll.wake();
        }
    }

    private void dropHandedOver() {
        RawFrame frame = handedOver.getAndSet(null);
        if (frame != null) {
            frame.close();
        }
    }

    @Override
    public void setRate(long bitrateBps, FrameRate rate) {
        long least = Math.round(minBitrateBps * Math.min(1, rate.fps() / openedRate.fps()));
        target = new Target(Math.max(least, bitrateBps), rate);
    }

    @Override
    public void close() {
        if (closing) {
            return;
        }
        closing = true;
        poll.wake();
        try {
            if (!ended.await(hung ? 0 : CLOSE_MILLIS, TimeUnit.MILLISECONDS)) {
                LOG.warn("{}: its driver hangs; it is given back as soon as the driver lets go", device);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        synchronized (sinkLock) {
            sinkClosed = true;
        }
        dropHandedOver();
    }

    // ---- the device's thread

    private void run() {
        try {
            serve();
            if (begun) {
                drain();
            }
        } catch (V4l2Exception e) {
            fail(e.getMessage(), e, isHang(e));
        } catch (HangException e) {
            fail(e.getMessage(), e, true);
        } catch (RuntimeException | Error e) {
            fail("it threw " + e, e, false);
        } finally {
            closeLeases();
            try {
                poll.close();
                device.close();
            } finally {
                if (hung) {
                    hangs.tornDown();
                }
                ended.countDown();
                dropHandedOver();
            }
        }
    }

    private void takeRawBuffers() {
        endLeases();
        free.clear();
        free.addAll(device.rawBuffers());
        leased = new RawFrame[free.size()];
    }

    private static boolean isHang(V4l2Exception e) {
        return switch (e.errno()) {
            case ETIME, ETIMEDOUT -> true;
            // What a control answers when the firmware did not, after three seconds.
            case EINVAL -> e.call().startsWith("control ");
            default -> false;
        };
    }

    /** The hardware keeps what it was given. */
    private static final class HangException extends Exception {
        private static final long serialVersionUID = 1;

        HangException(String message) {
            super(message);
        }
    }

    private void fail(String problem, Throwable cause, boolean hang) {
        if (hang) {
            hangs.began();
            hung = true;
        }
        closeLeases();
        dropHandedOver();
        LOG.warn("{}: {}", device, problem);
        synchronized (sinkLock) {
            if (!sinkClosed) {
                sink.onFailed(new StageException(Reason.FAILED, "the hardware encoder fails: " + problem
                        + (hang ? hangs.advice() : ""), cause));
            }
        }
    }

    private void closeLeases() {
        if (waiting != null) {
            waiting.close();
            waiting = null;
        }
        endLeases();
    }

    private void endLeases() {
        for (int i = 0; i < leased.length; i++) {
            endLease(i);
        }
    }

    private void endLease(int buffer) {
        if (leased[buffer] != null) {
            leased[buffer].close();
            leased[buffer] = null;
        }
    }

    private void serve() throws V4l2Exception, HangException {
        returnedNanos = System.nanoTime();
        while (true) {
            if (waiting == null) {
                waiting = handedOver.getAndSet(null);
                waitingForKeyframe = keyframeWanted;
            }
            if (waiting != null) {
                feed();
            }
            if (closing && waiting == null && handedOver.get() == null) {
                return;
            }
            await(WATCHDOG_NANOS);
        }
    }

    private int withDriver() {
        return leased.length - free.size();
    }

    /** Waits until something happens, and takes what the driver has done. */
    private void await(long watchdogNanos) throws V4l2Exception, HangException {
        int timeout = -1;
        if (withDriver() > 0) {
            long left = returnedNanos + watchdogNanos - System.nanoTime();
            if (left <= 0) {
                throw new HangException("it has not returned a picture for " + watchdogNanos / 1_000_000 + " ms");
            }
            timeout = (int) (left / 1_000_000) + 1;
        }
        int happened = poll.await(DevicePoll.READABLE | (withDriver() > 0 ? DevicePoll.WRITABLE : 0), timeout);
        boolean moved = takeRaw();
        moved |= takeCoded();
        if (!moved && (happened & (DevicePoll.ERROR | DevicePoll.HANGUP)) != 0) {
            LockSupport.parkNanos(ERROR_PAUSE_NANOS);
        }
    }

    private boolean takeRaw() throws V4l2Exception {
        boolean any = false;
        while (withDriver() > 0) {
            QueueBuffer buffer = device.dequeueRaw();
            if (buffer == null) {
                break;
            }
            endLease(buffer.index());
            free.add(buffer);
            returnedNanos = System.nanoTime();
            any = true;
        }
        return any;
    }

    private void feed() throws V4l2Exception {
        boolean keyframe = waitingForKeyframe || idrAgain || idrDue(waiting.captureNanos());
        boolean force = keyframe && begun && device.forcesKeyframes();
        RawFrame frame = waiting;
        String problem = device.problemOf(frame);
        if (problem != null) {
            throw new IllegalArgumentException(problem);
        }
        if (device.hasToOffer(frame)) {
            if (withDriver() > 0) {
                return;
            }
            device.offerMemory(frame);
            takeRawBuffers();
        }
        boolean inPlace = device.canImport(frame);
        if (free.isEmpty() || (force || inPlace != device.isImporting()) && withDriver() > 0) {
            return;
        }
        long nanos = frame.captureNanos();
        applyTarget(nanos);
        if (force) {
            device.forceKeyframe();
        }
        if (keyframe || !begun) {
            lastIdrNanos = nanos;
            idrAgain = false;
        }
        begun = true;
        if (withDriver() == 0) {
            returnedNanos = System.nanoTime();
        }
        long micros = inside.enter(nanos, onSkipped);
        if (inPlace && passInPlace(micros)) {
            return;
        }
        if (device.isImporting()) {
            device.importPictures(false);
            takeRawBuffers();
        }
        QueueBuffer buffer = free.remove();
        try (frame) {
            waiting = null;
            device.write(frame, buffer);
        }
        device.queueRaw(buffer.setTimestampMicros(micros));
    }

    /** @return false when the driver does not take such memory */
    private boolean passInPlace(long micros) throws V4l2Exception {
        if (!device.isImporting()) {
            device.importPictures(true);
            takeRawBuffers();
        }
        QueueBuffer buffer = free.remove();
        if (!device.queueImported(waiting, buffer.setTimestampMicros(micros))) {
            free.addFirst(buffer);
            return false;
        }
        leased[buffer.index()] = waiting;
        waiting = null;
        framesInPlace++;
        return true;
    }

    private boolean idrDue(long nanos) {
        return settings.gopSeconds() > 0 && begun && nanos - lastIdrNanos + intervalNanos / 2 >= settings.gopSeconds() * 1e9;
    }

    /**
     * Tells the driver what changed, and at which rate frames really come: rate control shares bits out by that. A single long
     * gap counts as two frames at most.
     */
    private void applyTarget(long nanos) throws V4l2Exception {
        Target wanted = target;
        if (!wanted.rate.equals(applied.rate)) {
            intervalNanos = wanted.rate.intervalNanos();
        } else if (lastCaptureNanos != Long.MIN_VALUE) {
            double interval = Math.max(intervalNanos / 2, Math.min(intervalNanos * 2, nanos - lastCaptureNanos));
            intervalNanos += INTERVAL_WEIGHT * (interval - intervalNanos);
        }
        lastCaptureNanos = nanos;
        boolean rateChanged = Math.abs(intervalNanos - appliedIntervalNanos) > INTERVAL_TOLERANCE * appliedIntervalNanos
                || !wanted.rate.equals(applied.rate);
        boolean told = true;
        if (rateChanged) {
            appliedIntervalNanos = intervalNanos;
            told = device.setFrameRate((int) Math.max(1, Math.round(1e12 / intervalNanos)), 1000);
        }
        if (wanted.bitrateBps != applied.bitrateBps || !told) {
            // Without a frame rate the driver counts on the first one.
            device.setBitrate(told ? wanted.bitrateBps
                    : Math.round(wanted.bitrateBps * appliedIntervalNanos / openedRate.intervalNanos()));
        }
        applied = wanted;
    }

    private boolean takeCoded() throws V4l2Exception {
        boolean any = false;
        while (!sawLast) {
            QueueBuffer buffer = device.coded.dequeue();
            if (buffer == null) {
                sawLast |= device.coded.isAtEnd();
                break;
            }
            any = true;
            sawLast |= buffer.has(BufferFlags.LAST);
            take(buffer);
            if (!sawLast) {
                device.coded.queue(buffer);
            }
        }
        return any;
    }

    private void take(QueueBuffer buffer) {
        int bytes = buffer.bytesUsed(0);
        if (bytes == 0) {
            return;
        }
        ByteBuffer unit = views[buffer.index()].clear().limit(bytes).position(buffer.dataOffset(0));
        boolean full = bytes == buffer.length(0);
        if (gathering || full) {
            gather(unit);
            gathering = full;
            if (full) {
                return; // the rest of the picture is in the next buffer
            }
            unit = pieces.flip();
        }
        try {
            emit(unit, buffer);
        } finally {
            pieces.clear();
        }
    }

    private void gather(ByteBuffer unit) {
        if (pieces.remaining() < unit.remaining()) {
            ByteBuffer larger = ByteBuffer.allocateDirect(2 * (pieces.position() + unit.remaining()));
            larger.put(pieces.flip());
            pieces = larger;
        }
        pieces.put(unit);
    }

    private void emit(ByteBuffer unit, QueueBuffer buffer) {
        ByteBuffer whole = parameterSets.complete(unit);
        if (whole != null && !parameterSets.hasPicture()) {
            return;
        }
        long nanos = inside.match(buffer.timestampMicros(), onSkipped);
        if (nanos == InsideFrames.NONE) {
            LOG.warn("{}: a picture that belongs to no frame", device);
            return;
        }
        if (whole == null || buffer.has(BufferFlags.ERROR)) {
            if (!idrAgain) {
                LOG.warn("{}: {}", device, whole == null ? "an IDR picture without its parameter sets" : "a damaged picture");
            }
            idrAgain = true;
            skipped(nanos);
            return;
        }
        hangs.overcome();
        synchronized (sinkLock) {
            if (!sinkClosed) {
                sink.onAccessUnit(whole, nanos, parameterSets.isIdr());
            }
        }
    }

    private void skipped(long captureNanos) {
        synchronized (sinkLock) {
            if (!sinkClosed) {
                sink.onSkipped(captureNanos);
            }
        }
    }

    /** Lets the hardware finish what it has. It says so by an empty last buffer. */
    private void drain() throws V4l2Exception, HangException {
        device.device.stopEncoder();
        long until = System.nanoTime() + DRAIN_NANOS;
        while (!sawLast && System.nanoTime() < until) {
            int left = (int) ((until - System.nanoTime()) / 1_000_000) + 1;
            int happened = poll.await(DevicePoll.READABLE | (withDriver() > 0 ? DevicePoll.WRITABLE : 0), left);
            boolean moved = takeRaw();
            moved |= takeCoded();
            if (!moved && (happened & (DevicePoll.ERROR | DevicePoll.HANGUP)) != 0) {
                LockSupport.parkNanos(ERROR_PAUSE_NANOS);
            }
        }
        inside.forget(onSkipped);
        if (withDriver() > 0) {
            throw new HangException("it does not give back its last pictures");
        }
    }
}
