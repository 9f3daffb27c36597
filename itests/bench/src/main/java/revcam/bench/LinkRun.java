package revcam.bench;

import java.nio.ByteBuffer;
import java.util.List;
import revcam.api.congestion.RateLimits;
import revcam.linklab.FrameMaker;
import revcam.linklab.SimulatedSession;
import revcam.stream.rate.SetPoint;

/**
 * An encoder at work for a viewer behind a simulated link, on virtual time: encoder, its set-point, packetiser, sender and
 * controller are the product's.
 */
final class LinkRun {

    /** As shipped: bitrate.min and bitrate.start of revcam.stream-main.cfg. */
    private static final long MIN_BPS = 100_000;
    private static final long START_BPS = 1_000_000;

    private LinkRun() {}

    static Measured of(Setup setup, ByteBuffer pictures, long seed) {
        if (setup.link() == null) {
            throw new IllegalArgumentException("a scenario of kind link needs a link");
        }
        int step = EncodeRun.step(setup);
        try (EncoderPass pass = new EncoderPass(setup, pictures, null)) {
            int count = pass.pictures() / step;
            FrameMaker maker = new FrameMaker() {
                private final SetPoint setPoint = new SetPoint();
                private int made;

                @Override
                public Made make(long captureNanos, long bitrateBps, boolean keyframe) {
                    pass.bitrate(setPoint.told(captureNanos, bitrateBps));
                    int before = pass.units().size();
                    // Forwards and backwards: a clip that began anew would be a cut.
                    int at = made++ % Math.max(1, 2 * count - 2);
                    pass.encode((at < count ? at : 2 * count - 2 - at) * step, keyframe);
                    List<EncoderPass.Unit> units = pass.units();
                    if (units.size() == before) {
                        return null;
                    }
                    EncoderPass.Unit unit = units.get(units.size() - 1);
                    setPoint.onUnit(unit.bytes());
                    return new Made(unit.keyframe(), unit.payloadBytes());
                }
            };
            long most = Math.max(MIN_BPS, setup.bitrateBps());
            SimulatedSession.Result result = SimulatedSession.run(setup.link(), setup.controller,
                    new RateLimits(MIN_BPS, Math.min(START_BPS, most), most), (int) Math.round(setup.fps),
                    EncoderPass.payloadBytes(setup), setup.seconds, seed, maker);
            return new Measured(result.figures(), result.stepSeconds(), result.series());
        }
    }
}
