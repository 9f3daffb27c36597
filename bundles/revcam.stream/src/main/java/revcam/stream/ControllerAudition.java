package revcam.stream;

import revcam.api.congestion.CongestionController;
import revcam.api.congestion.CongestionControllerFactory;
import revcam.api.congestion.RateLimits;
import revcam.api.congestion.RateSnapshot;
import revcam.api.media.StageException;
import revcam.api.media.StageException.Reason;
import revcam.stream.session.ControllerSeat;

/** Tries a congestion controller before any session depends on it. */
final class ControllerAudition {

    private static final long BOUND_MILLIS = 500;

    private ControllerAudition() {}

    /**
     * Has a strategy open a controller and name its rates, away from the media loop.
     *
     * @throws StageException it throws, hangs or asks for the impossible
     */
    static void hold(CongestionControllerFactory factory, RateLimits limits) throws StageException {
        Bounded.call("audition-congestion", BOUND_MILLIS, () -> {
            CongestionController opened = factory.open(System.nanoTime(), limits, RateSnapshot.unknown());
            try {
                String objection = ControllerSeat.objection(limits, opened.targetBps(), opened.pacingBps());
                if (!objection.isEmpty()) {
                    throw new StageException(Reason.FAILED, objection);
                }
                opened.nextDeadlineNanos();
            } finally {
                opened.close();
            }
            return null;
        });
    }
}
