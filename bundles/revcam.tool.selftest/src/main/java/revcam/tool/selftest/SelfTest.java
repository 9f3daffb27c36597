package revcam.tool.selftest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.function.UnaryOperator;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferencePolicy;
import revcam.api.capture.CaptureRequest;
import revcam.api.capture.VideoCaptureFactory;
import revcam.api.encoder.VideoEncoderFactory;
import revcam.api.media.FrameRate;

/**
 * {@code ./revcam selftest}. The launcher calls it once everything is started; its result is the exit status: 0 when no step
 * failed, 1 when one did, 2 when an option cannot be used.
 *
 * <p>Properties: {@code revcam.capture} (NAME or NAME:SOURCE; else the first camera there is, or the pattern),
 * {@code revcam.encoder} (names with commas; else all), {@code revcam.size}, {@code revcam.fps},
 * {@code revcam.seconds}, {@code revcam.report}, {@code revcam.json}.
 */
@Component(service = Callable.class, property = "revcam.tool=selftest")
public final class SelfTest implements Callable<Integer> {

    /** In which order a camera is looked for. */
    private static final List<String> CAPTURES = List.of("libcamera", "v4l2", "pattern");
    private static final long LIMIT_SECONDS = 30;
    private static final int MISUSED = 2;

    private final BundleContext context;
    private final MachineWatch machine;

    @Reference(service = VideoCaptureFactory.class, policy = ReferencePolicy.DYNAMIC)
    private volatile List<Map.Entry<Map<String, Object>, VideoCaptureFactory>> captures;

    @Reference(service = VideoEncoderFactory.class, policy = ReferencePolicy.DYNAMIC)
    private volatile List<Map.Entry<Map<String, Object>, VideoEncoderFactory>> encoders;

    @Activate
    public SelfTest(BundleContext context, @Reference MachineWatch machine) {
        this.context = context;
        this.machine = machine;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Options options;
        try {
            options = Options.of(this::option);
        } catch (IllegalArgumentException e) {
            System.err.println("revcam: " + e.getMessage());
            return MISUSED;
        }
        Report report = new Report();
        report.head("RevCam", context.getBundle().getVersion().toString());
        Inventory.machine().forEach(pair -> report.head(pair[0], pair[1]));
        report.head("Asked for", options.toString());
        Inventory.videoNodes().forEach(report::found);
        Inventory.cameraModules().forEach(report::found);
        Map<String, VideoCaptureFactory> captures = byName(this.captures, VideoCaptureFactory.NAME);
        Map<String, VideoEncoderFactory> encoders = byName(this.encoders, VideoEncoderFactory.NAME);
        report.found("captures: " + String.join(", ", captures.keySet()) + "; encoders: " + String.join(", ", encoders.keySet()));

        machine.await();
        Set<String> known = Inventory.libraries();
        new Examination(captures, encoders, options, LIMIT_SECONDS, report).run();
        Set<String> loaded = new TreeSet<>(Inventory.libraries());
        loaded.removeAll(known);
        report.found("native libraries that were loaded: " + (loaded.isEmpty() ? "none" : String.join(", ", loaded)));
        Step.Verdict temperature = machine.temperature();
        report.step(new Step("machine", "temperature", temperature.outcome(), temperature.said(), temperature.figures()));
        Step.Verdict memory = machine.memory();
        report.step(new Step("machine", "memory", memory.outcome(), memory.said(), memory.figures()));

        System.out.print(report.markdown());
        if (options.report() != null) {
            Files.writeString(options.report(), report.markdown());
        }
        if (options.json() != null) {
            Files.writeString(options.json(), report.json());
        }
        return report.hasFailed() ? 1 : 0;
    }

    private String option(String name) {
        String value = context.getProperty(name);
        return value == null ? "" : value.strip();
    }

    /** Best first. */
    private static <T> Map<String, T> byName(List<Map.Entry<Map<String, Object>, T>> services, String property) {
        List<Map.Entry<Map<String, Object>, T>> sorted = new ArrayList<>(services);
        sorted.sort(Comparator.comparingInt((Map.Entry<Map<String, Object>, T> service) ->
                service.getKey().get("service.ranking") instanceof Integer ranking ? ranking : 0).reversed());
        Map<String, T> named = new LinkedHashMap<>();
        sorted.forEach(service -> named.putIfAbsent(String.valueOf(service.getKey().get(property)), service.getValue()));
        return named;
    }

    /**
     * What was asked for.
     *
     * @param captures in the order in which they are tried
     * @param captureAsked whether that is one that has to work
     * @param source what follows the colon
     * @param encoders empty for all
     * @param seconds for which each bitrate is measured
     * @param report and json: where to write; null for nowhere
     */
    record Options(List<String> captures, boolean captureAsked, String source, List<String> encoders, int width, int height,
            FrameRate rate, double seconds, Path report, Path json) {

        static Options of(UnaryOperator<String> option) {
            String capture = option.apply("revcam.capture");
            String[] parts = capture.split(":", 2);
            String size = or(option.apply("revcam.size"), "1280x720");
            if (!size.matches("\\d{2,4}x\\d{2,4}")) {
                throw new IllegalArgumentException("--size takes WIDTHxHEIGHT such as 1280x720, not '" + size + "'");
            }
            String seconds = or(option.apply("revcam.seconds"), "3");
            if (!seconds.matches("\\d{1,2}(\\.\\d{1,3})?") || Double.parseDouble(seconds) < 0.2) {
                throw new IllegalArgumentException("--seconds takes a number from 0.2 to 99, not '" + seconds + "'");
            }
            String[] sides = size.split("x");
            return new Options(capture.isEmpty() ? CAPTURES : List.of(parts[0]), !capture.isEmpty(),
                    parts.length > 1 ? parts[1] : "",
                    Arrays.stream(option.apply("revcam.encoder").split("[,\\s]+")).filter(name -> !name.isEmpty()).toList(),
                    Integer.parseInt(sides[0]), Integer.parseInt(sides[1]), FrameRate.parse(or(option.apply("revcam.fps"), "30")),
                    Double.parseDouble(seconds), file(option.apply("revcam.report")),
                    file(option.apply("revcam.json")));
        }

        private static String or(String value, String otherwise) {
            return value.isEmpty() ? otherwise : value;
        }

        private static Path file(String name) {
            return name.isEmpty() ? null : Path.of(name);
        }

        CaptureRequest request() {
            return new CaptureRequest(source, width, height, rate);
        }

        /** Without paths, which are nobody else's business. */
        @Override
        public String toString() {
            return (captureAsked ? "capture " + captures.get(0) : "the first camera of " + String.join(", ", captures)) + ", "
                    + (encoders.isEmpty() ? "all encoders" : "encoder " + String.join(", ", encoders)) + ", " + width + "x" + height
                    + " at " + rate + " frames a second, bitrates measured for " + seconds + " s";
        }
    }
}
