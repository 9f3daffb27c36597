package revcam.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A clip through encoder and packetiser as fast as they go; with one encoding thread the same input gives the same stream. */
final class EncodeRun {

    /** The link that bursts are held against carries so much of the target. */
    private static final double LINK = 1.25;
    private static final double RECOVERED_DB = 1;

    private EncodeRun() {}

    /** @param judged whether FFmpeg is to say how good it is, which takes as long again */
    static Measured of(Setup setup, Path raw, ByteBuffer pictures, boolean judged) throws IOException, InterruptedException {
        Path stream = Files.createTempFile("revcam-stream", ".h264");
        try {
            return of(setup, raw, pictures, judged, stream);
        } finally {
            Files.delete(stream);
        }
    }

    private static Measured of(Setup setup, Path raw, ByteBuffer pictures, boolean judged, Path stream)
            throws IOException, InterruptedException {
        int step = step(setup);
        int frames = (int) Math.round(setup.seconds * setup.fps);
        EncoderPass pass;
        try (FileChannel file = FileChannel.open(stream, StandardOpenOption.CREATE, StandardOpenOption.WRITE,
                StandardOpenOption.TRUNCATE_EXISTING)) {
            pass = new EncoderPass(setup, pictures, file);
            try (pass) {
                frames = Math.min(frames, pass.pictures() / step);
                for (int i = 0; i < frames; i++) {
                    pass.encode(i * step, false);
                }
            }
        }
        Map<String, Double> figures = new LinkedHashMap<>();
        Map<String, double[]> series = new LinkedHashMap<>();
        // With pictures left out they cannot be paired.
        boolean whole = judged && pass.skipped() == 0;
        Ffmpeg.Quality quality = whole ? Ffmpeg.quality(stream, raw, setup.width(), setup.height(), step) : Ffmpeg.Quality.UNKNOWN;
        figures.put("psnrY", quality.psnr());
        figures.put("psnrP5", Ffmpeg.percentile(quality.each(), 0.05));
        figures.put("ssimY", quality.ssim());
        figures.put("cpuMs", pass.cpuMillisPerFrame());
        sizes(pass, setup, frames, figures, series);
        if (whole) {
            series.put("psnr", quality.each());
        }
        if (setup.scene.equals("cuts") && whole) {
            figures.put("cutRecoveryFrames", recovery(quality.each(), Clips.CUT_FRAMES / step));
        }
        String profileLevelId = pass.format().parameters().get("profile-level-id");
        figures.put("level", Integer.parseInt(profileLevelId.substring(4), 16) / 10.0);
        return new Measured(figures, 1 / setup.fps, series);
    }

    /** Clips have 30 pictures a second; fewer are every second, third, ... of them, so that nothing moves slower. */
    static int step(Setup setup) {
        double step = Clips.FPS / setup.fps;
        if (step != Math.rint(step)) {
            throw new IllegalArgumentException("fps of a clip takes 30, 15, 10, 7.5, 6, ... and not " + setup.fps);
        }
        return (int) step;
    }

    private static void sizes(EncoderPass pass, Setup setup, int frames, Map<String, Double> figures, Map<String, double[]> series) {
        List<EncoderPass.Unit> units = pass.units();
        double average = setup.bitrateBps() / setup.fps / 8;
        double bytes = units.stream().mapToDouble(EncoderPass.Unit::bytes).sum();
        double kbps = bytes * 8 * setup.fps / frames / 1e3;
        figures.put("kbps", kbps);
        figures.put("spentPercent", 100e3 * kbps / setup.bitrateBps());
        figures.put("peakPercent", 100 * peakSecond(units, setup.fps) * 8 / setup.bitrateBps());

        double[] waits = new double[units.size()];
        double[] sizes = new double[frames];
        double backlog = 0; // bytes
        double carried = LINK * average;
        for (int i = 0; i < waits.length; i++) {
            EncoderPass.Unit unit = units.get(i);
            backlog += unit.bytes();
            waits[i] = backlog / carried * 1000 / setup.fps;
            backlog = Math.max(0, backlog - carried);
            sizes[unit.frame()] = unit.bytes() / 1e3;
        }
        figures.put("burstMs", Arrays.stream(waits).max().orElse(Double.NaN));
        figures.put("burstP95Ms", Ffmpeg.percentile(waits, 0.95));
        series.put("frame", sizes);

        List<EncoderPass.Unit> keys = units.stream().filter(EncoderPass.Unit::keyframe).toList();
        List<EncoderPass.Unit> others = units.stream().filter(unit -> !unit.keyframe()).toList();
        figures.put("keyframes", (double) keys.size());
        if (keys.size() > 1) {
            figures.put("keyframeSeconds", (keys.get(keys.size() - 1).frame() - keys.get(0).frame()) / setup.fps / (keys.size() - 1));
        }
        figures.put("keyframeSize", keys.stream().mapToDouble(EncoderPass.Unit::bytes).average().orElse(Double.NaN) / average);
        figures.put("keyframeSizeMost", keys.stream().mapToDouble(EncoderPass.Unit::bytes).max().orElse(Double.NaN) / average);
        figures.put("keyframePackets", keys.stream().mapToInt(unit -> unit.payloadBytes().length).average().orElse(Double.NaN));
        figures.put("framePackets", others.stream().mapToInt(unit -> unit.payloadBytes().length).average().orElse(Double.NaN));
        figures.put("frameSizeP95", Ffmpeg.percentile(others.stream().mapToDouble(EncoderPass.Unit::bytes).toArray(), 0.95) / average);
        double payload = units.stream().mapToDouble(unit -> Arrays.stream(unit.payloadBytes()).sum()).sum();
        double headers = units.stream().mapToDouble(unit -> unit.payloadBytes().length).sum() * EncoderPass.HEADER_BYTES;
        figures.put("overheadPercent", 100 * headers / (headers + payload));
        figures.put("delayFrames", units.stream().mapToInt(unit -> Math.min(unit.during(), frames - 1) - unit.frame()).max().orElse(0) + 0.0);
        figures.put("skipped", (double) pass.skipped());
    }

    /** The most bytes in any one second. */
    private static double peakSecond(List<EncoderPass.Unit> units, double fps) {
        int second = (int) Math.round(fps);
        double sum = 0;
        double most = 0;
        for (int i = 0; i < units.size(); i++) {
            sum += units.get(i).bytes() - (i >= second ? units.get(i - second).bytes() : 0);
            most = Math.max(most, sum);
        }
        return most;
    }

    /** Mean over the cuts but the first, for which the encoder is new. */
    private static double recovery(double[] psnr, int scene) {
        double sum = 0;
        int cuts = 0;
        for (int begin = scene; begin + scene <= psnr.length; begin += scene) {
            double settled = Ffmpeg.percentile(Arrays.copyOfRange(psnr, begin + scene / 2, begin + scene), 0.5);
            int frame = 0;
            while (frame < scene && psnr[begin + frame] < settled - RECOVERED_DB) {
                frame++;
            }
            sum += frame;
            cuts++;
        }
        return cuts == 0 ? Double.NaN : sum / cuts;
    }
}
