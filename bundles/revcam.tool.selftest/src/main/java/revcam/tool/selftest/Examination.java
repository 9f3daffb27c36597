package revcam.tool.selftest;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import revcam.api.capture.CaptureRequest;
import revcam.api.capture.FrameSink;
import revcam.api.capture.VideoCapture;
import revcam.api.capture.VideoCaptureFactory;
import revcam.api.encoder.VideoEncoderFactory;
import revcam.api.media.RawFrame;
import revcam.api.media.StageException;
import revcam.api.media.StageException.Reason;
import revcam.tool.selftest.SelfTest.Options;
import revcam.tool.selftest.Step.Outcome;
import revcam.tool.selftest.Step.Verdict;

/** Finds a camera that works, and tries encoders with it. */
final class Examination {

    private final Map<String, VideoCaptureFactory> captures;
    private final Map<String, VideoEncoderFactory> encoders;
    private final Options options;
    private final long limitSeconds;
    private final Report report;

    /** @param limitSeconds for which a step may take longer than it should */
    Examination(Map<String, VideoCaptureFactory> captures, Map<String, VideoEncoderFactory> encoders, Options options,
            long limitSeconds, Report report) {
        this.captures = captures;
        this.encoders = encoders;
        this.options = options;
        this.limitSeconds = limitSeconds;
        this.report = report;
    }

    void run() throws InterruptedException {
        VideoCaptureFactory capture = camera();
        if (capture == null) {
            report.step(new Step("encoders", "all", Outcome.SKIPPED, "there is no picture to encode", Map.of()));
            return;
        }
        List<String> names = options.encoders().isEmpty() ? new ArrayList<>(encoders.keySet()) : options.encoders();
        boolean[] worked = {false};
        for (String name : names) {
            VideoEncoderFactory encoder = encoders.get(name);
            if (encoder == null) {
                report.step(new Step(name, "frames", Outcome.FAIL, missing("encoder", name, encoders), Map.of()));
                continue;
            }
            new EncoderExamination(name, encoder, !options.encoders().isEmpty(), capture, options.request(), options.seconds(),
                    limitSeconds, step -> {
                        worked[0] |= step.outcome() != Outcome.SKIPPED;
                        report.step(step);
                    }).run();
        }
        if (!worked[0] && options.encoders().isEmpty()) {
            report.step(new Step("encoders", "all", Outcome.FAIL, "none of them can be used here", Map.of()));
        }
    }

    private static String missing(String what, String name, Map<String, ?> there) {
        return "there is no " + what + " " + name + (name.equals("v4l2m2m") ? " (no device encodes H.264 by V4L2)" : "")
                + "; there are " + String.join(", ", there.keySet());
    }

    /** The first that gives a picture, or null. */
    private VideoCaptureFactory camera() throws InterruptedException {
        for (String name : options.captures()) {
            VideoCaptureFactory factory = captures.get(name);
            Verdict verdict = factory == null ? broken(missing("capture", name, captures)) : look(factory);
            report.step(new Step(name, "picture", verdict.outcome(), verdict.said(), verdict.figures()));
            if (verdict.outcome() == Outcome.PASS) {
                return factory;
            }
        }
        return null;
    }

    private Verdict broken(String said) {
        return options.captureAsked() ? Verdict.fail(said) : Verdict.skipped(said);
    }

    /** Opens a camera, on a thread that may hang, for its first picture. */
    private Verdict look(VideoCaptureFactory factory) throws InterruptedException {
        CompletableFuture<Verdict> result = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            try {
                result.complete(firstPicture(factory, options.request()));
            } catch (StageException | InterruptedException | RuntimeException e) {
                result.completeExceptionally(e);
            }
        }, "selftest-camera");
        thread.setDaemon(true);
        thread.start();
        try {
            return result.get(limitSeconds, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            return Verdict.fail("it hangs: no picture and no error within " + limitSeconds + " s");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof StageException cause) {
                // One that is there and fails is no reason to be silent.
                return cause.reason() == Reason.FAILED || cause.reason() == Reason.BUSY ? Verdict.fail(cause.getMessage())
                        : broken(cause.getMessage());
            }
            return Verdict.fail("it threw " + e.getCause());
        }
    }

    private static Verdict firstPicture(VideoCaptureFactory factory, CaptureRequest request)
            throws StageException, InterruptedException {
        CompletableFuture<Verdict> seen = new CompletableFuture<>();
        long began = System.nanoTime();
        VideoCapture capture = factory.open(request, new FrameSink() {
            @Override
            public boolean wanted() {
                return !seen.isDone();
            }

            @Override
            public void onFrame(RawFrame frame) {
                try (frame) {
                    double millis = (System.nanoTime() - began) / 1e6;
                    seen.complete(Verdict.pass(String.format(Locale.ROOT, "%dx%d %s, rows of %d bytes, %s, after %.0f ms",
                            frame.width(), frame.height(), frame.format(), frame.planeStride(0),
                            frame.dmabufFd() < 0 ? "no DMA-BUF" : "with a DMA-BUF", millis)).figure("first_ms", millis)
                            .figure("stride_bytes", frame.planeStride(0)));
                }
            }

            @Override
            public void onEnded(StageException cause) {
                seen.completeExceptionally(cause);
            }
        });
        try (capture) {
            return seen.get(10, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new StageException(Reason.FAILED, "no picture within 10 s", e);
        } catch (ExecutionException e) {
            throw (StageException) e.getCause();
        }
    }
}
