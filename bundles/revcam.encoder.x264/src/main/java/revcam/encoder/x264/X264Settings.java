package revcam.encoder.x264;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import revcam.api.config.BadSetting;
import revcam.api.config.Settings;
import revcam.api.encoder.VideoEncoderFactory;

/**
 * The configuration, checked.
 *
 * @param level as libx264 writes it, or null for the lowest that fits
 * @param quality constant rate factor of the VBR modes
 * @param gopSeconds time from one IDR picture to the next, 0 for only on demand
 * @param vbvMillis size of the decoder's buffer as time at the greatest bitrate
 * @param slices per picture, 0 for one per thread
 * @param options further libx264 parameters, in the order they were written
 * @param optionsFile where they were written
 * @param library file name or path, empty for the system's
 */
record X264Settings(
        String preset,
        String tune,
        String profile,
        String level,
        RateMode rateMode,
        double quality,
        int vbvMillis,
        double gopSeconds,
        boolean sceneCut,
        boolean intraRefresh,
        int slices,
        int bFrames,
        int threads,
        List<Option> options,
        String optionsFile,
        String library) {

    private static final String[] PRESETS = {"ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow",
            "slower", "veryslow", "placebo"};
    private static final Set<String> TUNES = Set.of("zerolatency", "fastdecode", "film", "animation", "grain", "stillimage",
            "psnr", "ssim");
    private static final Set<String> LEVELS = Set.of("1", "1b", "1.1", "1.2", "1.3", "2", "2.1", "2.2", "3", "3.1", "3.2", "4",
            "4.1", "4.2", "5", "5.1", "5.2", "6", "6.1", "6.2");

    /** Parameters that a key of ours sets, or that the rest of RevCam relies on. */
    private static final Set<String> RESERVED = Set.of("fps", "force-cfr", "bitrate", "vbv-maxrate", "vbv-bufsize", "crf",
            "qp", "pass", "keyint", "intra-refresh", "scenecut", "bframes", "slices", "threads", "level", "annexb",
            "repeat-headers", "log", "fullrange");

    /** How the target bitrate is meant. */
    enum RateMode {
        /** Always the target: {@code bitrate = vbv-maxrate}. */
        CBR,
        /** What the quality takes, at most the target on average over several seconds: CRF with a long VBV. */
        VBR,
        /** What the quality takes, at most the target at any time: CRF with the configured VBV. */
        CONSTRAINED_VBR
    }

    /** A libx264 parameter, spelt with hyphens. */
    record Option(String name, String value) {}

    static X264Settings of(Settings settings) throws BadSetting {
        String profile = settings.choice("profile", "baseline", "main", "high");
        int bFrames = settings.wholeNumber("bFrames", 0, 16);
        if (bFrames > 0 && profile.equals("baseline")) {
            throw settings.bad("bFrames", "0 with profile = baseline, 0 to 16 with main or high");
        }
        double gopSeconds = settings.decimal("gopSeconds", 0, 3600);
        boolean intraRefresh = settings.truth("intraRefresh");
        if (intraRefresh && gopSeconds == 0) {
            throw settings.bad("gopSeconds",
                    "seconds, more than 0 to 3600, with intraRefresh = true: the time of a sweep");
        }
        // For the engine, which reads it where it is a service property.
        settings.decimal(VideoEncoderFactory.FLOOR, 0, 1);
        return new X264Settings(
                settings.choice("preset", PRESETS),
                settings.parse("tune", X264Settings::tuneOf, "zerolatency, fastdecode and at most one of film, "
                        + "animation, grain, stillimage, psnr, ssim, separated by commas"),
                profile,
                settings.parse("level", X264Settings::levelOf, "auto, or a level of ITU-T H.264 Annex A such as 3.1"),
                settings.parse("rateMode", X264Settings::rateModeOf, "cbr, vbr, constrained-vbr"),
                settings.decimal("quality", 1, 51),
                settings.wholeNumber("vbvMillis", 30, 10_000),
                gopSeconds,
                settings.truth("sceneCut"),
                intraRefresh,
                settings.wholeNumber("slices", 0, 64),
                bFrames,
                settings.wholeNumber("threads", 0, 16),
                optionsOf(settings),
                settings.file("options"),
                settings.text("library"));
    }

    /** The threads to use: as many as configured, or what the machine has, up to 4 (see docs/encoders.md). */
    int threadsOrAuto() {
        return threads > 0 ? threads : Math.min(4, Runtime.getRuntime().availableProcessors());
    }

    private static List<Option> optionsOf(Settings settings) throws BadSetting {
        List<Option> options = new ArrayList<>();
        for (String option : settings.text("options").split("\\s+")) {
            if (option.isEmpty()) {
                continue;
            }
            String[] pair = option.split("=", 2);
            String name = pair[0].toLowerCase(Locale.ROOT).replace('_', '-');
            if (RESERVED.contains(name.startsWith("no-") ? name.substring(3) : name)) {
                throw settings.bad("options", "name=value, separated by spaces, without " + name
                        + ", which a key of its own or RevCam sets");
            }
            options.add(new Option(name, pair.length == 2 ? pair[1] : "1"));
        }
        return List.copyOf(options);
    }

    private static String tuneOf(String text) {
        String tune = text.toLowerCase(Locale.ROOT).replace(" ", "");
        int pictures = 0;
        for (String part : tune.split(",", -1)) {
            oneOf(TUNES, part);
            pictures += part.equals("zerolatency") || part.equals("fastdecode") ? 0 : 1;
        }
        if (pictures > 1) {
            throw new IllegalArgumentException();
        }
        return tune;
    }

    private static String levelOf(String text) {
        if (text.equalsIgnoreCase("auto")) {
            return null;
        }
        String level = text.toLowerCase(Locale.ROOT);
        return oneOf(LEVELS, level.endsWith(".0") ? level.substring(0, level.length() - 2) : level);
    }

    private static RateMode rateModeOf(String text) {
        return RateMode.valueOf(text.toUpperCase(Locale.ROOT).replace('-', '_'));
    }

    private static String oneOf(Set<String> allowed, String text) {
        if (!allowed.contains(text)) {
            throw new IllegalArgumentException(text);
        }
        return text;
    }
}
