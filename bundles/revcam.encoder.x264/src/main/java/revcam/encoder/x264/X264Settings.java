package revcam.encoder.x264;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The configuration, checked. A value that cannot be used is reported once and costs nothing but itself: the key keeps
 * its last good value or, at the start, its default.
 *
 * @param level as libx264 writes it, or null for the lowest that fits
 * @param quality constant rate factor of the VBR modes
 * @param gopSeconds time from one IDR picture to the next, 0 for only on demand
 * @param vbvMillis size of the decoder's buffer as time at the greatest bitrate
 * @param slices per picture, 0 for one per thread
 * @param options name and value of each further libx264 parameter
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
        List<String[]> options,
        String library) {

    private static final Logger LOG = LoggerFactory.getLogger(X264Settings.class);

    private static final List<String> PRESETS = List.of("ultrafast", "superfast", "veryfast", "faster", "fast", "medium",
            "slow", "slower", "veryslow", "placebo");
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

    /**
     * @param properties the component's, as Configuration Admin gives them: strings, or values typed by the metatype
     * @param last what held until now, null at the start
     */
    static X264Settings of(Map<String, ?> properties, X264Settings last) {
        Reader reader = new Reader(properties, last);
        String profile = reader.read("profile", oneOf(Set.of("baseline", "main", "high")), "baseline, main or high",
                X264Settings::profile);
        int bFrames = reader.integer("bFrames", 0, 16, X264Settings::bFrames);
        if (bFrames > 0 && profile.equals("baseline")) {
            LOG.error("configs/revcam.encoder.x264.cfg: bFrames = {} needs profile = main or high; using 0", bFrames);
            bFrames = 0;
        }
        double gopSeconds = reader.read("gopSeconds", decimal(0, 3600), "seconds, 0 to 3600", X264Settings::gopSeconds);
        boolean intraRefresh = reader.truth("intraRefresh", X264Settings::intraRefresh);
        if (intraRefresh && gopSeconds == 0) {
            LOG.error("configs/revcam.encoder.x264.cfg: intraRefresh needs gopSeconds > 0, the time of one sweep; using 2");
            gopSeconds = 2;
        }
        return new X264Settings(
                reader.read("preset", oneOf(Set.copyOf(PRESETS)), String.join(", ", PRESETS), X264Settings::preset),
                reader.read("tune", X264Settings::tuneOf, "zerolatency, fastdecode and one of film, animation, "
                        + "grain, stillimage, psnr, ssim, separated by commas", X264Settings::tune),
                profile,
                reader.read("level", X264Settings::levelOf, "auto, or a level of ITU-T H.264 Annex A such as 3.1",
                        X264Settings::level),
                reader.read("rateMode", X264Settings::rateModeOf, "cbr, vbr or constrained-vbr", X264Settings::rateMode),
                reader.read("quality", decimal(1, 51), "1 to 51", X264Settings::quality),
                reader.integer("vbvMillis", 30, 10_000, X264Settings::vbvMillis),
                gopSeconds,
                reader.truth("sceneCut", X264Settings::sceneCut),
                intraRefresh,
                reader.integer("slices", 0, 64, X264Settings::slices),
                bFrames,
                reader.integer("threads", 0, 16, X264Settings::threads),
                options(reader.text("options")),
                reader.text("library"));
    }

    /** The threads to use: as many as configured, or what the machine has, up to 4 (see docs/encoders.md). */
    int threadsOrAuto() {
        return threads > 0 ? threads : Math.min(4, Runtime.getRuntime().availableProcessors());
    }

    private static List<String[]> options(String text) {
        List<String[]> options = new ArrayList<>();
        for (String option : text.split("\\s+")) {
            if (option.isEmpty()) {
                continue;
            }
            String[] pair = option.split("=", 2);
            String name = pair[0].toLowerCase(Locale.ROOT).replace('_', '-');
            if (RESERVED.contains(name.startsWith("no-") ? name.substring(3) : name)) {
                LOG.error("configs/revcam.encoder.x264.cfg: options must not hold {}: it is set by a key of its own or by RevCam;"
                        + " leaving it out", name);
                continue;
            }
            options.add(new String[] {name, pair.length == 2 ? pair[1] : "1"});
        }
        return options;
    }

    private static String tuneOf(String text) {
        String tune = text.toLowerCase(Locale.ROOT).replace(" ", "");
        int pictures = 0;
        for (String part : tune.split(",", -1)) {
            oneOf(TUNES).apply(part);
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
        return oneOf(LEVELS).apply(text.endsWith(".0") ? text.substring(0, text.length() - 2) : text);
    }

    private static RateMode rateModeOf(String text) {
        return RateMode.valueOf(text.toUpperCase(Locale.ROOT).replace('-', '_'));
    }

    private static Function<String, String> oneOf(Set<String> allowed) {
        return text -> {
            String value = text.toLowerCase(Locale.ROOT);
            if (!allowed.contains(value)) {
                throw new IllegalArgumentException();
            }
            return value;
        };
    }

    private static Function<String, Double> decimal(double min, double max) {
        return text -> {
            double value = Double.parseDouble(text);
            if (!(value >= min && value <= max)) {
                throw new IllegalArgumentException();
            }
            return value;
        };
    }

    private record Reader(Map<String, ?> properties, X264Settings last) {

        String text(String key) {
            Object value = properties.get(key);
            return value == null ? preset(key) : value.toString().trim();
        }

        <T> T read(String key, Function<String, T> parse, String allowed, Function<X264Settings, T> lastValue) {
            String text = text(key);
            try {
                return parse.apply(text);
            } catch (IllegalArgumentException e) {
                T value = last == null ? parse.apply(preset(key)) : lastValue.apply(last);
                LOG.error("configs/revcam.encoder.x264.cfg: {} = '{}' cannot be used; allowed: {}; going on with {}",
                        key, text, allowed, value == null ? "auto" : value);
                return value;
            }
        }

        int integer(String key, int min, int max, Function<X264Settings, Integer> lastValue) {
            return read(key, text -> {
                int value = Integer.parseInt(text);
                if (value < min || value > max) {
                    throw new IllegalArgumentException();
                }
                return value;
            }, min + " to " + max, lastValue);
        }

        boolean truth(String key, Function<X264Settings, Boolean> lastValue) {
            return read(key, text -> Boolean.valueOf(oneOf(Set.of("true", "false")).apply(text)), "true or false", lastValue);
        }

        private static String preset(String key) {
            try {
                return String.valueOf(X264EncoderFactory.Config.class.getMethod(key).getDefaultValue());
            } catch (NoSuchMethodException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
