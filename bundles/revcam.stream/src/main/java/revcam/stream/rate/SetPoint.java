package revcam.stream.rate;

import java.util.concurrent.TimeUnit;

/**
 * What an encoder is told, so that it gives what it should: what it gave over about a second is held against what it
 * should have given, and what it is told is moved slowly by what is missing or too much, within bounds. One set-point per
 * encoder. Any thread; a frame costs two uncontended locks.
 */
public final class SetPoint {

    /** Encoders have been seen to overshoot by half after a cut of scene (raspberrypi/firmware issue 850). */
    static final double LEAST = 0.7;
    /** An encoder that gives less mostly has no use for more; so that it cannot burst far when it has. */
    static final double MOST = 1.1;
    /** Of the running means. */
    private static final double SECONDS = 1;
    /** Share of an error that is corrected within a second: below half of 1 / SECONDS, so that it does not swing. */
    private static final double GAIN = 0.3;
    /** Errors that are none: IDR pictures come in their own time. */
    private static final double TOLERANCE = 0.03;
    /** The most that is taken for an error at a time: a slow encoder is not to be corrected all the more for it. */
    private static final double LARGEST_ERROR = 0.25;
    /** A step that no running mean can follow. */
    private static final double STEP = 0.2;
    /** Encoders need some of that for it; until then nothing is learnt. */
    private static final long STEP_NANOS = TimeUnit.SECONDS.toNanos(2);
    /** A target that keeps swinging must not keep everything from being learnt: up and down cancel out. */
    private static final long STEP_SPACING_NANOS = TimeUnit.SECONDS.toNanos(4);
    /** Whoever was not asked for frames gave none. */
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1_200);
    /** Each change costs a call, so there are none for less. */
    private static final double GRAIN = 0.02;

    private long wantedBps;
    private double wantedMean;
    private double givenMean;
    private long bits;
    private double correction = 1;
    private long lastNanos;
    private long steadyNanos;
    private boolean begun;

    /** The encoder gave so much. */
    public synchronized void onUnit(long bytes) {
        bits += 8 * bytes;
    }

    /**
     * To be asked before each frame.
     *
     * @param bps what the encoder should give
     * @return what to tell it
     */
    public synchronized long told(long now, long bps) {
        boolean step = !begun || Math.abs(bps - wantedMean) > STEP * wantedMean
                && now - steadyNanos >= STEP_SPACING_NANOS - STEP_NANOS;
        if (step || now - lastNanos > PAUSE_NANOS) {
            wantedMean = bps;
            givenMean = bps;
            bits = 0;
            lastNanos = now;
            steadyNanos = now + STEP_NANOS;
            begun = true;
        } else if (now - lastNanos > 0) {
            follow(now);
        }
        wantedBps = bps;
        return Math.round(bps * Math.round(correction / GRAIN) * GRAIN);
    }

    private void follow(long now) {
        double seconds = (now - lastNanos) / 1e9;
        double weight = 1 - Math.exp(-seconds / SECONDS);
        lastNanos = now;
        if (now - steadyNanos < 0) {
            bits = 0;
            return;
        }
        wantedMean += weight * (wantedBps - wantedMean);
        givenMean += weight * (bits / seconds - givenMean);
        bits = 0;
        double error = givenMean / wantedMean - 1;
        if (Math.abs(error) > TOLERANCE) {
            correction = Math.max(LEAST, Math.min(MOST, correction
                    - GAIN * seconds * Math.max(-LARGEST_ERROR, Math.min(LARGEST_ERROR, error))));
        }
    }

    /** What it is told, of what it should give. */
    public synchronized double correction() {
        return correction;
    }
}
