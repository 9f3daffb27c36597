package revcam.tool.selftest;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import revcam.api.capture.CaptureRequest;
import revcam.api.capture.VideoCaptureFactory;
import revcam.api.encoder.VideoEncoderFactory;
import revcam.api.media.StageException;
import revcam.tool.selftest.Chain.Unit;
import revcam.tool.selftest.Step.Outcome;
import revcam.tool.selftest.Step.Verdict;

/**
 * The steps for one encoder behind one capture. They run on a thread of their own, which is given up when a step does not come
 * back: then the rest is skipped.
 */
final class EncoderExamination {

    static final int FRAMES = 60;
    static final int CYCLES = 20;
    /** Libraries, class loading and pools settle in these. */
    private static final int WARM_UP_CYCLES = 3;
    private static final int KEYFRAME_WITHIN = 30;
    /** As the stream's default has it for 1280x720 at 30 frames a second. */
    private static final double BITS_PER_PIXEL = 0.07;
    private static final int RATE_STEP = 4;
    /** Rate control over a second or so is no exact thing. */
    private static final double MOST_OVER_TARGET = 1.5;
    private static final double LEAST_CHANGE = 1.5;

    private final String name;
    private final VideoEncoderFactory encoders;
    private final boolean asked;
    private final VideoCaptureFactory captures;
    private final CaptureRequest request;
    private final double seconds;
    private final long limitSeconds;
    private final Consumer<Step> report;

    private final long bitrateBps;
    private volatile Chain chain; // its thread writes
    private volatile boolean over; // either writes

    /**
     * @param asked whether the encoder was asked for by name: then it has to work
     * @param seconds for which each bitrate is measured
     * @param limitSeconds for which a step may take longer than it should
     */
    EncoderExamination(String name, VideoEncoderFactory encoders, boolean asked, VideoCaptureFactory captures,
            CaptureRequest request, double seconds, long limitSeconds, Consumer<Step> report) {
        this.name = name;
        this.encoders = encoders;
        this.asked = asked;
        this.captures = captures;
        this.request = request;
        this.seconds = seconds;
        this.limitSeconds = limitSeconds;
        this.report = report;
        bitrateBps = Math.max(100_000, Math.round(BITS_PER_PIXEL * request.width() * request.height() * request.rate().fps()));
    }

    void run() throws InterruptedException {
        ExecutorService thread = Executors.newSingleThreadExecutor(work -> {
            Thread made = new Thread(work, "selftest-" + name);
            made.setDaemon(true);
            return made;
        });
        try {
            double frame = 1 / request.rate().fps();
            if (step(thread, "frames", FRAMES * frame, this::frames) == Outcome.SKIPPED) {
                return;
            }
            step(thread, "bitrate", 3 * seconds, this::bitrate);
            step(thread, "keyframe", 2 * KEYFRAME_WITHIN * frame, this::keyframe);
            step(thread, "zero copy", 0, this::zeroCopy);
            step(thread, "drain", 5 * frame, this::drain);
            // A camera may take two seconds to open.
            step(thread, "open and close", 3 * (CYCLES + WARM_UP_CYCLES), this::cycles);
        } finally {
            end(thread);
        }
    }

    /** What a broken encoder leaves is closed; if that hangs, at least the camera is free for the next one. */
    private void end(ExecutorService thread) throws InterruptedException {
        Chain left = chain;
        if (left != null) {
            thread.execute(left::close);
        }
        thread.shutdown();
        if (left != null && !thread.awaitTermination(limitSeconds, TimeUnit.SECONDS)) {
            Thread closing = new Thread(left::closeCapture, "selftest-closing");
            closing.setDaemon(true);
            closing.start();
            closing.join(TimeUnit.SECONDS.toMillis(limitSeconds));
        }
    }

    private Outcome step(ExecutorService thread, String step, double expectedSeconds, Callable<Verdict> work)
            throws InterruptedException {
        Verdict verdict;
        if (over) {
            verdict = Verdict.skipped("because of what came before");
        } else {
            Future<Verdict> result = thread.submit(work);
            long limit = limitSeconds + (long) Math.ceil(expectedSeconds);
            try {
                verdict = result.get(limit, TimeUnit.SECONDS);
            } catch (TimeoutException e) {
                over = true;
                verdict = Verdict.fail("it hangs: nothing came back within " + limit + " s");
            } catch (ExecutionException e) {
                over = true;
                verdict = verdictOf(e.getCause());
            }
        }
        report.accept(new Step(name, step, verdict.outcome(), verdict.said(), verdict.figures()));
        return verdict.outcome();
    }

    /** Only what nobody asked for may be missing, and only to begin with. */
    private Verdict verdictOf(Throwable cause) {
        if (!(cause instanceof StageException e)) {
            return Verdict.fail("it threw " + cause);
        }
        boolean missing = chain == null && !asked && (e.reason() == StageException.Reason.UNAVAILABLE
                || e.reason() == StageException.Reason.UNSUPPORTED);
        return missing ? Verdict.skipped(e.getMessage()) : Verdict.fail(e.getMessage());
    }

    private Verdict frames() throws StageException, InterruptedException {
        Chain made = new Chain(captures, request, encoders, bitrateBps);
        chain = made;
        made.feed(true);
        made.feed(FRAMES - 1);
        made.settle();
        List<Unit> units = made.units();
        double fps = units.size() < 2 ? 0
                : 1e9 * (made.given() - 1) / (units.get(units.size() - 1).captureNanos() - units.get(0).captureNanos());
        double mean = units.stream().mapToDouble(Unit::tookMillis).average().orElse(Double.NaN);
        double most = units.stream().mapToDouble(Unit::tookMillis).max().orElse(Double.NaN);
        String seen = text("%d frames of %dx%d %s at %.1f/s (asked: %.1f), %d access units, %d skipped; inside the encoder %.1f ms"
                + " on average, %.1f at most; opened in %.0f ms", made.given(), made.width, made.height, made.format, fps,
                request.rate().fps(), units.size(), made.skipped(), mean, most, made.openMillis);
        String fault = null;
        if (units.size() + made.skipped() <= FRAMES - made.capacity) {
            fault = "not every frame was answered";
        } else if (!units.get(0).isEntry()) {
            fault = "the first unit is no IDR picture with SPS and PPS";
        } else if (made.strange() > 0) {
            fault = made.strange() + " units belong to no frame";
        } else if (fps < request.rate().fps() / 2) {
            fault = "less than half of the frames: more light, a smaller --size, or another encoder";
        }
        over = fault != null;
        Verdict verdict = fault == null ? Verdict.pass(seen) : Verdict.fail(fault + ": " + seen);
        return verdict.figure("frames", made.given()).figure("units", units.size()).figure("skipped", made.skipped())
                .figure("fps", fps).figure("encode_mean_ms", mean).figure("encode_max_ms", most)
                .figure("open_ms", made.openMillis);
    }

    private Verdict bitrate() throws StageException, InterruptedException {
        long high = Math.max(bitrateBps, RATE_STEP * chain.encoder.minBitrateBps());
        long low = high / RATE_STEP;
        double before = measure(high);
        double after = measure(low);
        String seen = text("target %d kbit/s: %.0f measured; then, without reopening, target %d: %.0f", high / 1000,
                before / 1e3, low / 1000, after / 1e3);
        Verdict verdict;
        if (after > MOST_OVER_TARGET * low) {
            verdict = Verdict.fail("it does not follow: " + seen);
        } else if (before >= LEAST_CHANGE * after) {
            verdict = Verdict.pass(seen);
        } else {
            verdict = Verdict.skipped("the picture is too still to tell; let the camera see something that moves: " + seen);
        }
        return verdict.figure("target_before_bps", high).figure("measured_before_bps", before).figure("target_after_bps", low)
                .figure("measured_after_bps", after);
    }

    /** Bits per second of pictures other than IDR pictures, after a third of the time to settle. */
    private double measure(long bps) throws StageException, InterruptedException {
        chain.encoder.setRate(bps, request.rate());
        chain.feedFor(seconds / 3);
        int from = chain.units().size();
        chain.feedFor(seconds);
        List<Unit> units = chain.units();
        units = units.subList(Math.min(from, units.size()), units.size());
        double bytes = units.stream().filter(unit -> !unit.keyframe()).mapToInt(Unit::bytes).average().orElse(0);
        return units.size() < 2 ? 0 : 8e9 * bytes * (units.size() - 1)
                / (units.get(units.size() - 1).captureNanos() - units.get(0).captureNanos());
    }

    private Verdict keyframe() throws StageException, InterruptedException {
        int from = chain.units().size();
        chain.feed(KEYFRAME_WITHIN);
        chain.settle();
        List<Unit> before = chain.units();
        long unasked = before.stream().skip(from).filter(Unit::keyframe).count();
        long asked = chain.feed(true);
        for (int later = 0; later < KEYFRAME_WITHIN; later++) {
            chain.settle();
            List<Unit> after = chain.units().stream().filter(unit -> unit.captureNanos() >= asked).toList();
            for (int i = 0; i < after.size(); i++) {
                if (after.get(i).keyframe()) {
                    return verdictOf(after.get(i), i, unasked);
                }
            }
            chain.feed(false);
        }
        return Verdict.fail("asked for one, and none came within " + KEYFRAME_WITHIN + " frames");
    }

    private static Verdict verdictOf(Unit unit, int later, long unasked) {
        String seen = text("%s, %d bytes in %.1f ms; %d in the %d frames before", later == 0 ? "the very frame asked for"
                : later + " frames later than asked for", unit.bytes(), unit.tookMillis(), unasked, KEYFRAME_WITHIN);
        Verdict verdict = !unit.isEntry() ? Verdict.fail("without IDR, SPS or PPS: " + seen)
                : unasked >= KEYFRAME_WITHIN / 2 ? Verdict.fail("they come anyway: " + seen)
                : Verdict.pass(seen);
        return verdict.figure("frames_later", later).figure("bytes", unit.bytes()).figure("unasked", unasked);
    }

    private Verdict zeroCopy() {
        long inPlace = chain.encoder.framesInPlace();
        int given = chain.given();
        Verdict verdict;
        if (inPlace > 0) {
            verdict = Verdict.pass(text("%d of %d frames were read where the camera put them, by DMA-BUF", inPlace, given));
        } else if (chain.dmabufs() == 0) {
            verdict = Verdict.skipped("the camera's frames have no DMA-BUF; they are read or copied by the processor");
        } else if (chain.offersTaken() > 0) {
            verdict = Verdict.fail("the camera took the encoder's memory, and the encoder copies its frames all the same");
        } else if (chain.offers() > 0) {
            verdict = Verdict.skipped(text("frames are copied: the camera cannot put them where the encoder reads (rows of %d"
                    + " bytes)", chain.stride));
        } else {
            verdict = Verdict.skipped(text("frames have a DMA-BUF, and the encoder does not read it: one in software, or rows that"
                    + " lie otherwise than it needs them (%d bytes apart)", chain.stride));
        }
        return verdict.figure("in_place", inPlace).figure("frames", given).figure("with_dmabuf", chain.dmabufs())
                .figure("stride_bytes", chain.stride);
    }

    private Verdict drain() throws StageException, InterruptedException {
        Chain last = chain;
        last.feed(5);
        int inside = last.inside();
        long began = System.nanoTime();
        last.closeEncoder();
        double millis = (System.nanoTime() - began) / 1e6;
        int unanswered = last.inside();
        int leases = last.leases();
        last.closeCapture();
        chain = null;
        String seen = text("closed in %.0f ms with %d frames inside, of which %d came out", millis, inside, inside - unanswered);
        Verdict verdict = leases > 0 ? Verdict.fail("it keeps " + leases + " frames: " + seen)
                : last.late() > 0 ? Verdict.fail("it gave something after it was closed: " + seen)
                : inside > 0 && unanswered == inside ? Verdict.fail("nothing came out: " + seen)
                : Verdict.pass(seen);
        return verdict.figure("close_ms", millis).figure("inside", inside).figure("unanswered", unanswered);
    }

    private Verdict cycles() throws StageException, InterruptedException, IOException {
        Resources.now(); // the JDK keeps a descriptor of the first file that it closes
        for (int i = 0; i < WARM_UP_CYCLES; i++) {
            cycle();
        }
        Resources before = Resources.now();
        double most = 0;
        long began = System.nanoTime();
        for (int i = 0; i < CYCLES; i++) {
            long start = System.nanoTime();
            cycle();
            most = Math.max(most, (System.nanoTime() - start) / 1e6);
        }
        double mean = (System.nanoTime() - began) / 1e6 / CYCLES;
        String growth = before.growth();
        String seen = text("%d times camera and encoder, to the first picture and closed again, %.0f ms on average, %.0f at most",
                CYCLES, mean, most);
        Verdict verdict = growth.isEmpty()
                ? Verdict.pass(text("%s; %d descriptors and %d threads before, no more after", seen, before.descriptorCount(),
                        before.threadCount()))
                : Verdict.fail("left behind: " + growth + ": " + seen);
        return verdict.figure("cycles", CYCLES).figure("cycle_mean_ms", mean).figure("cycle_max_ms", most)
                .figure("descriptors_before", before.descriptorCount()).figure("threads_before", before.threadCount());
    }

    private void cycle() throws StageException, InterruptedException {
        try (Chain each = new Chain(captures, request, encoders, bitrateBps)) {
            each.feed(true);
            for (int i = 1; i < each.capacity && each.units().isEmpty(); i++) {
                each.feed(false);
            }
            each.awaitUnit();
        }
    }

    private static String text(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
