package revcam.encoder.openh264;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The configuration, checked. A value that cannot be used is reported once and costs nothing but itself: the key keeps
 * its last good value or, at the start, its default.
 *
 * @param complexity {@code ECOMPLEXITY_MODE}
 * @param gopSeconds time from one IDR picture to the next, 0 for only on demand
 * @param idrPercent {@code iIdrBitrateRatio}
 * @param slices per picture, 0 for one per thread
 * @param library file name or path, empty for the system's
 */
record OpenH264Settings(
        Complexity complexity,
        Profile profile,
        double gopSeconds,
        boolean frameSkip,
        int maxQp,
        int idrPercent,
        int slices,
        int threads,
        boolean deblocking,
        boolean denoise,
        boolean backgroundDetection,
        boolean sceneCut,
        String library) {

    private static final Logger LOG = LoggerFactory.getLogger(OpenH264Settings.class);

    /** {@code ECOMPLEXITY_MODE}, in its order. */
    enum Complexity { LOW, MEDIUM, HIGH }

    /** What the SPS announces; main and high turn CABAC on. */
    enum Profile {
        BASELINE(66), MAIN(77), HIGH(100);

        /** {@code EProfileIdc}. */
        final int idc;

        Profile(int idc) {
            this.idc = idc;
        }
    }

    /**
     * @param properties the component's, as Configuration Admin gives them: strings, or values typed by the metatype
     * @param last what held until now, null at the start
     */
    static OpenH264Settings of(Map<String, ?> properties, OpenH264Settings last) {
        Reader reader = new Reader(properties, last);
        return new OpenH264Settings(
                reader.read("complexity", oneOf(Complexity.class), "low, medium or high", OpenH264Settings::complexity),
                reader.read("profile", oneOf(Profile.class), "baseline, main or high", OpenH264Settings::profile),
                reader.read("gopSeconds", OpenH264Settings::seconds, "seconds, 0 to 3600", OpenH264Settings::gopSeconds),
                reader.truth("frameSkip", OpenH264Settings::frameSkip),
                reader.integer("maxQp", 13, 51, OpenH264Settings::maxQp),
                reader.integer("idrPercent", 100, 1000, OpenH264Settings::idrPercent),
                reader.integer("slices", 0, 35, OpenH264Settings::slices),
                reader.integer("threads", 0, 4, OpenH264Settings::threads),
                reader.truth("deblocking", OpenH264Settings::deblocking),
                reader.truth("denoise", OpenH264Settings::denoise),
                reader.truth("backgroundDetection", OpenH264Settings::backgroundDetection),
                reader.truth("sceneCut", OpenH264Settings::sceneCut),
                reader.text("library"));
    }

    /** The threads to use: as many as configured, or what the machine has, up to 4. */
    int threadsOrAuto() {
        return threads > 0 ? threads : Math.min(4, Runtime.getRuntime().availableProcessors());
    }

    private static <E extends Enum<E>> Function<String, E> oneOf(Class<E> values) {
        return text -> Enum.valueOf(values, text.toUpperCase(Locale.ROOT));
    }

    private static Double seconds(String text) {
        double value = Double.parseDouble(text);
        if (!(value >= 0 && value <= 3600)) {
            throw new IllegalArgumentException();
        }
        return value;
    }

    private record Reader(Map<String, ?> properties, OpenH264Settings last) {

        String text(String key) {
            Object value = properties.get(key);
            return value == null ? preset(key) : value.toString().trim();
        }

        <T> T read(String key, Function<String, T> parse, String allowed, Function<OpenH264Settings, T> lastValue) {
            String text = text(key);
            try {
                return parse.apply(text);
            } catch (IllegalArgumentException e) {
                T value = last == null ? parse.apply(preset(key)) : lastValue.apply(last);
                LOG.error("configs/revcam.encoder.openh264.cfg: {} = '{}' cannot be used; allowed: {}; going on with {}",
                        key, text, allowed, value.toString().toLowerCase(Locale.ROOT));
                return value;
            }
        }

        int integer(String key, int min, int max, Function<OpenH264Settings, Integer> lastValue) {
            return read(key, text -> {
                int value = Integer.parseInt(text);
                if (value < min || value > max) {
                    throw new IllegalArgumentException();
                }
                return value;
            }, min + " to " + max, lastValue);
        }

        boolean truth(String key, Function<OpenH264Settings, Boolean> lastValue) {
            return read(key, text -> {
                String value = text.toLowerCase(Locale.ROOT);
                if (!List.of("true", "false").contains(value)) {
                    throw new IllegalArgumentException();
                }
                return Boolean.valueOf(value);
            }, "true or false", lastValue);
        }

        private static String preset(String key) {
            try {
                return String.valueOf(OpenH264EncoderFactory.Config.class.getMethod(key).getDefaultValue());
            } catch (NoSuchMethodException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
