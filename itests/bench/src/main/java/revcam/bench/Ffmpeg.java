package revcam.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What FFmpeg does here: makes pictures, and judges streams. */
final class Ffmpeg {

    private static final Pattern PSNR = Pattern.compile("psnr_y:(\\S+)");
    private static final Pattern MEANS = Pattern.compile("PSNR y:(\\S+)|SSIM Y:(\\S+)");
    /** Of a picture without any difference. */
    private static final double IDENTICAL = 100;

    private Ffmpeg() {}

    /**
     * Of the luma, by FFmpeg's decoder and filters.
     *
     * @param psnr mean, dB; of the whole clip's error, so not the mean of the pictures'
     * @param ssim mean
     * @param each PSNR of each picture, dB
     */
    record Quality(double psnr, double ssim, double[] each) {
        static final Quality UNKNOWN = new Quality(Double.NaN, Double.NaN, new double[0]);
    }

    /** @return what it said */
    static String run(List<String> arguments, String level) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("ffmpeg", "-nostdin", "-hide_banner", "-v", level));
        command.addAll(arguments);
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String log = new String(process.getInputStream().readAllBytes());
        if (process.waitFor() != 0) {
            throw new IOException("ffmpeg failed: " + log.strip());
        }
        return log;
    }

    /**
     * @param stream H.264, as many pictures as are compared
     * @param raw I420
     * @param step how many pictures of {@code raw} are one of the stream's
     */
    static Quality quality(Path stream, Path raw, int width, int height, int step) throws IOException, InterruptedException {
        Path each = Files.createTempFile("revcam-psnr", ".log");
        try {
            String reference = step == 1 ? "[1]" : "[1]select='not(mod(n," + step + "))',setpts=N/(30*TB)[r];[r]";
            String log = run(List.of("-r", "30", "-f", "h264", "-i", stream.toString(),
                    "-r", "30", "-f", "rawvideo", "-s", width + "x" + height, "-pix_fmt", "yuv420p", "-i", raw.toString(),
                    "-lavfi", "[0]setpts=N/(30*TB),split[a][b];" + reference + "split[c][d];[a][c]psnr=shortest=1:stats_file=" + each
                            + ";[b][d]ssim=shortest=1", "-f", "null", "-"), "info");
            double psnr = Double.NaN;
            double ssim = Double.NaN;
            for (Matcher matcher = MEANS.matcher(log); matcher.find(); ) {
                if (matcher.group(1) != null) {
                    psnr = decibels(matcher.group(1));
                } else {
                    ssim = Double.parseDouble(matcher.group(2));
                }
            }
            double[] list = PSNR.matcher(Files.readString(each)).results().mapToDouble(one -> decibels(one.group(1))).toArray();
            return new Quality(psnr, ssim, list);
        } finally {
            Files.delete(each);
        }
    }

    private static double decibels(String text) {
        return text.equals("inf") ? IDENTICAL : Double.parseDouble(text);
    }

    /** The value that a share of the values does not exceed. */
    static double percentile(double[] values, double share) {
        if (values.length == 0) {
            return Double.NaN;
        }
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[(int) Math.min(sorted.length - 1L, Math.round(share * (sorted.length - 1)))];
    }
}
