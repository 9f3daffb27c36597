package revcam.bench;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What a scenario may measure; thresholds, tables and the comparison with a baseline know it by its name.
 *
 * @param better 1: more is better, -1: less is, 0: neither
 * @param tolerance how far it may be from a baseline's without being another, as a share; what a machine's load moves has
 *     a large one
 * @param least and at least so far, in its unit
 */
record Figure(String name, String title, String unit, int digits, int better, double tolerance, double least, String says) {

    static final List<Figure> ALL = List.of(
            // what an encoder made
            new Figure("psnrY", "PSNR-Y", "dB", 2, 1, 0, 0.25, "likeness of the decoded luma to what went in, over the whole clip; FFmpeg's"),
            new Figure("psnrP5", "PSNR-Y p5", "dB", 1, 1, 0, 0.5, "the same of the picture that only 5 % of the pictures are worse than"),
            new Figure("ssimY", "SSIM-Y", "", 4, 1, 0.002, 0, "structural similarity of the luma, 1 is identical; FFmpeg's"),
            new Figure("cpuMs", "CPU", "ms", 2, -1, 0.25, 0.2, "processor time of all threads for one frame"),
            new Figure("kbps", "bitrate", "kbit/s", 0, 0, 0.02, 0, "of H.264, mean"),
            new Figure("spentPercent", "spent", "%", 0, 0, 0.02, 1, "of the target bitrate"),
            new Figure("peakPercent", "peak second", "%", 0, -1, 0.05, 2, "bits of the largest second, of the target"),
            new Figure("burstMs", "burst", "ms", 0, -1, 0.05, 5, "longest wait before a link that carries a quarter more than the target"),
            new Figure("burstP95Ms", "burst p95", "ms", 0, -1, 0.05, 5, "the wait that 95 % of the frames do not exceed"),
            new Figure("keyframes", "key frames", "", 0, 0, 0, 0.5, "IDR pictures"),
            new Figure("keyframeSeconds", "spacing", "s", 2, 0, 0.02, 0, "from one IDR picture to the next, mean"),
            new Figure("keyframeSize", "key frame", "×", 1, -1, 0.05, 0.1, "size of an IDR picture in average frames (bitrate / frame rate), mean"),
            new Figure("keyframeSizeMost", "largest", "×", 1, -1, 0.05, 0.1, "the largest IDR picture in average frames"),
            new Figure("keyframePackets", "key frame", "packets", 0, -1, 0.05, 1, "RTP packets of an IDR picture, mean"),
            new Figure("framePackets", "other frames", "packets", 1, -1, 0.05, 0.2, "RTP packets of any other picture, mean"),
            new Figure("frameSizeP95", "frame p95", "×", 2, 0, 0.05, 0.1, "size that 95 % of the other pictures do not exceed, in average frames"),
            new Figure("overheadPercent", "headers", "%", 1, -1, 0.02, 0, "IPv4, UDP, SRTP and RTP headers, of what is on the wire"),
            new Figure("delayFrames", "delay", "frames", 0, -1, 0, 0.5, "pictures that the encoder takes before it gives the first back"),
            new Figure("skipped", "left out", "frames", 0, -1, 0, 0.5, "pictures on which rate control spent nothing"),
            new Figure("cutRecoveryFrames", "after a cut", "frames", 1, -1, 0.1, 1, "until the picture is within 1 dB of that scene's median"),
            new Figure("level", "level", "", 1, 0, 0, 0.05, "of ITU-T H.264 Annex A, as the stream says"),
            // what a link made of it
            new Figure("usedPercent", "used", "%", 0, 1, 0.05, 2, "of the link's capacity in the last ten seconds of its worst phase"),
            new Figure("receivedKbps", "received", "kbit/s", 0, 1, 0.05, 0, "mean; simulated: of IP packets, live: of RTP payload"),
            new Figure("targetSwingPercent", "target swings", "%", 0, -1, 0.1, 3, "between the 5th and 95th percentile of the controller's target, of its median"),
            new Figure("queueP95Ms", "queue p95", "ms", 0, -1, 0.1, 5, "wait in the bottleneck's queue, without the 3 s after a fall of the capacity"),
            new Figure("latencyP50Ms", "latency", "ms", 0, -1, 0.25, 10, "from capture to a decoded picture, median"),
            new Figure("latencyP95Ms", "latency p95", "ms", 0, -1, 0.25, 15, "the same, 95th percentile"),
            new Figure("lostPercent", "lost", "%", 2, -1, 0.1, 0.2, "packets"),
            new Figure("lostAfterRepairPercent", "after repair", "%", 2, -1, 0.1, 0.1, "packets that did not come again either"),
            new Figure("frozenSeconds", "frozen", "s", 1, -1, 0.1, 0.5, "sum of gaps of three frames and more, and 150 ms longer than usual (webrtc-stats)"),
            new Figure("framesShownPercent", "shown", "%", 1, 1, 0.01, 0.5, "of the encoded pictures"),
            new Figure("framesHeld", "held back", "frames", 0, 0, 0.1, 3, "not encoded because those before them had not left"),
            new Figure("keyframeRequests", "asked for", "IDR", 0, -1, 0.1, 1, "PLI messages of the viewer"),
            // what a product and its viewer did
            new Figure("fps", "frames/s", "", 1, 1, 0.03, 0.5, "decoded"),
            new Figure("firstFrameMs", "first picture", "ms", 0, -1, 0.3, 50, "from the POST"),
            new Figure("freezes", "freezes", "", 0, -1, 0.2, 1, "gaps that webrtc-stats counts"),
            new Figure("rttMs", "round trip", "ms", 0, -1, 0.2, 5, "of the last connectivity check"),
            new Figure("cpuPerMinute", "CPU", "s/min", 1, -1, 0.2, 1, "of the RevCam process, all threads"),
            new Figure("residentMB", "memory", "MB", 0, -1, 0.1, 5, "resident, the most"),
            new Figure("overruns", "overruns", "", 0, -1, 0.5, 5, "frames whose processing took longer than their interval"),
            new Figure("dropped", "dropped", "frames", 0, -1, 0.5, 5, "captured and never encoded, whatever the reason"),
            new Figure("temperatureC", "hottest", "°C", 0, -1, 0.1, 3, "of the processor; unknown where the machine does not tell"),
            new Figure("throttled", "throttled", "samples", 0, -1, 0, 0.5, "of the health telemetry in which the firmware held the clock down; unknown where the machine does not tell"));

    /** Figures of the board's sensors, which not every machine has. */
    private static final Set<String> OF_SENSORS = Set.of("temperatureC", "throttled");

    private static final Map<String, Figure> BY_NAME =
            ALL.stream().collect(Collectors.toMap(Figure::name, Function.identity()));

    static boolean exists(String name) {
        return BY_NAME.containsKey(name);
    }

    static Figure of(String name) {
        return BY_NAME.get(name);
    }

    /** Whether it says nothing of the product when it is unknown. */
    boolean mayBeUnknown() {
        return OF_SENSORS.contains(name);
    }

    /** Whether a value is worse than another by more than the tolerance. */
    boolean isWorse(double now, double before) {
        return -better * (now - before) > allowance(before);
    }

    boolean isBetter(double now, double before) {
        return better * (now - before) > allowance(before);
    }

    private double allowance(double before) {
        return Math.max(least, tolerance * Math.abs(before));
    }
}
