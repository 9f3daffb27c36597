package revcam.stream.session;

import revcam.api.congestion.CongestionController;
import revcam.api.congestion.CongestionControllerFactory;
import revcam.api.congestion.PacketFeedback;
import revcam.api.congestion.RateLimits;
import revcam.api.congestion.RateSnapshot;

/**
 * Where a session's congestion controller sits. The session trusts this one; this one trusts the controller as far as
 * what it says makes sense. A controller that throws or asks for the impossible loses its place to one that holds the
 * last good rate, and is reported; the viewer notices nothing. Media loop only, but for {@link #expel}.
 */
public final class ControllerSeat implements CongestionController {

    /** The first target after a change stays within this share of the last one, for this long. */
    private static final double HANDOVER_STEP = 0.1;
    private static final long HANDOVER_NANOS = 200_000_000;
    /** Above any rate that means something, so that sums do not overflow. */
    private static final long MAX_PACING_BPS = 10_000_000_000L;

    /** Who wants to know of controllers that do not behave; called on the media loop. */
    public interface Misconduct {
        void report(CongestionControllerFactory factory, String reason);
    }

    private final ForeignCalls loop;
    private final Misconduct misconduct;
    private volatile CongestionControllerFactory factory;
    private volatile CongestionController controller;
    private RateLimits limits;
    private long targetBps;
    private long pacingBps;
    private long paddingBps;
    private long handoverUntil;
    private long handoverBps;
    private RateSnapshot last = RateSnapshot.unknown();

    public ControllerSeat(long now, CongestionControllerFactory factory, RateLimits limits, ForeignCalls loop,
            Misconduct misconduct) {
        this.loop = loop;
        this.misconduct = misconduct;
        this.limits = limits;
        this.factory = factory;
        targetBps = limits.startBps();
        pacingBps = targetBps;
        controller = open(now, factory, RateSnapshot.unknown());
        readRates(now);
    }

    CongestionControllerFactory factory() {
        return factory;
    }

    RateLimits limits() {
        return limits;
    }

    /** Another strategy takes over where the present one stands. */
    public void replace(long now, CongestionControllerFactory next) {
        RateSnapshot seed = snapshot();
        CongestionController old = controller;
        CongestionControllerFactory former = factory;
        factory = next;
        controller = open(now, next, seed);
        close(old, former);
        if (seed.targetBps() > 0) {
            handoverBps = seed.targetBps();
            handoverUntil = now + HANDOVER_NANOS;
        }
        readRates(now);
    }

    /**
     * The controller hangs in a call and has been left there, with the thread that was in it. The watcher's thread, before
     * another thread becomes the media loop.
     */
    public void expel() {
        controller = new HeldRate(limits, last);
    }

    /** For the watcher, after {@link #expel}. */
    public void report(String reason) {
        misconduct.report(factory, reason);
    }

    private CongestionController open(long now, CongestionControllerFactory from, RateSnapshot seed) {
        loop.enter(this);
        try {
            CongestionController opened = from.open(now, limits, seed);
            return opened == null ? broke("it opened nothing", null) : opened;
        } catch (RuntimeException | Error e) {
            return broke("it threw " + e, e);
        } finally {
            loop.leave();
        }
    }

    /** @return what holds the rate in its place */
    private CongestionController broke(String reason, Throwable failure) {
        loop.rethrowIfLeftBehind();
        CongestionControllerFactory culprit = factory;
        factory = HeldRate.FACTORY;
        CongestionController held = new HeldRate(limits, new RateSnapshot(targetBps, last.rttNanos(), last.lossFraction()));
        controller = held;
        misconduct.report(culprit, reason);
        return held;
    }

    private void close(CongestionController old, CongestionControllerFactory culprit) {
        loop.enter(this);
        try {
            old.close();
        } catch (RuntimeException | Error e) {
            loop.rethrowIfLeftBehind();
            misconduct.report(culprit, "it threw " + e + " when it was closed");
        } finally {
            loop.leave();
        }
    }

    /** What is wrong with the rates that a controller names; empty if nothing. */
    public static String objection(RateLimits limits, long target, long pacing) {
        return target < limits.minBps() || target > limits.maxBps()
                ? "it asks for " + target + " bit/s, outside " + limits.minBps() + " to " + limits.maxBps()
                : pacing < target || pacing > MAX_PACING_BPS
                ? "it wants to pace at " + pacing + " bit/s with a target of " + target : "";
    }

    /** Takes over what the controller wants now; to be called after anything that may have changed it. */
    void readRates(long now) {
        long target;
        long pacing;
        long padding;
        loop.enter(this);
        try {
            target = controller.targetBps();
            pacing = controller.pacingBps();
            padding = controller.paddingBps();
        } catch (RuntimeException | Error e) {
            broke("it threw " + e, e);
            return;
        } finally {
            loop.leave();
        }
        String objection = objection(limits, target, pacing);
        if (!objection.isEmpty()) {
            broke(objection, null);
            return;
        }
        if (handoverBps > 0 && now - handoverUntil < 0) {
            long step = (long) (HANDOVER_STEP * handoverBps);
            target = limits.clamp(Math.max(handoverBps - step, Math.min(handoverBps + step, target)));
            pacing = Math.max(pacing, target);
        } else {
            handoverBps = 0;
        }
        targetBps = target;
        pacingBps = pacing;
        paddingBps = Math.max(0, Math.min(pacing, padding));
    }

    /** One call into the controller. */
    private interface Call {
        void on(CongestionController controller);
    }

    private void call(Call call) {
        loop.enter(this);
        try {
            call.on(controller);
        } catch (RuntimeException | Error e) {
            broke("it threw " + e, e);
        } finally {
            loop.leave();
        }
    }

    // ---- as the session sees it; nothing throws

    @Override
    public void onPacketSent(long nowNanos, long transportSequence, int sizeBytes) {
        // Without a lambda, which would be allocated for every packet, and without asking for rates that a packet alone
        // does not change until the next feedback or deadline.
        loop.enter(this);
        try {
            controller.onPacketSent(nowNanos, transportSequence, sizeBytes);
        } catch (RuntimeException | Error e) {
            broke("it threw " + e, e);
        } finally {
            loop.leave();
        }
    }

    @Override
    public void onPacketFeedback(long nowNanos, PacketFeedback report) {
        // Comes twenty times a second: nothing is captured for it.
        loop.enter(this);
        try {
            controller.onPacketFeedback(nowNanos, report);
        } catch (RuntimeException | Error e) {
            broke("it threw " + e, e);
        } finally {
            loop.leave();
        }
    }

    @Override
    public void onReceiverReport(long nowNanos, double lossFraction, long rttNanos) {
        last = new RateSnapshot(targetBps, rttNanos > 0 ? rttNanos : last.rttNanos(), lossFraction);
        call(now -> now.onReceiverReport(nowNanos, lossFraction, rttNanos));
    }

    @Override
    public void onReceiverEstimate(long nowNanos, long bps) {
        call(now -> now.onReceiverEstimate(nowNanos, bps));
    }

    @Override
    public void onSendQueue(long nowNanos, long bytes) {
        loop.enter(this);
        try {
            controller.onSendQueue(nowNanos, bytes);
        } catch (RuntimeException | Error e) {
            broke("it threw " + e, e);
        } finally {
            loop.leave();
        }
    }

    @Override
    public void onLimits(long nowNanos, RateLimits changed) {
        limits = changed;
        handoverBps = 0;
        call(now -> now.onLimits(nowNanos, changed));
    }

    @Override
    public long targetBps() {
        return targetBps;
    }

    @Override
    public long pacingBps() {
        return pacingBps;
    }

    @Override
    public long paddingBps() {
        return paddingBps;
    }

    @Override
    public long windowBytes() {
        loop.enter(this);
        try {
            return controller.windowBytes();
        } catch (RuntimeException | Error e) {
            return broke("it threw " + e, e).windowBytes();
        } finally {
            loop.leave();
        }
    }

    @Override
    public long nextDeadlineNanos() {
        loop.enter(this);
        try {
            return controller.nextDeadlineNanos();
        } catch (RuntimeException | Error e) {
            return broke("it threw " + e, e).nextDeadlineNanos();
        } finally {
            loop.leave();
        }
    }

    @Override
    public void onDeadline(long nowNanos) {
        call(now -> now.onDeadline(nowNanos));
    }

    @Override
    public RateSnapshot snapshot() {
        loop.enter(this);
        try {
            RateSnapshot told = controller.snapshot();
            return told == null || told.targetBps() < 0 ? fallback() : told;
        } catch (RuntimeException | Error e) {
            broke("it threw " + e, e);
            return fallback();
        } finally {
            loop.leave();
        }
    }

    private RateSnapshot fallback() {
        return new RateSnapshot(targetBps, last.rttNanos(), last.lossFraction());
    }

    @Override
    public void close() {
        close(controller, factory);
        controller = new HeldRate(limits, last);
        factory = HeldRate.FACTORY;
    }
}
