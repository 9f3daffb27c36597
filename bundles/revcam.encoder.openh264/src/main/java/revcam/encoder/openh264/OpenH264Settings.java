package revcam.encoder.openh264;

import java.util.Locale;
import revcam.api.config.BadSetting;
import revcam.api.config.Settings;
import revcam.api.encoder.VideoEncoderFactory;

/**
 * The configuration, checked.
 *
 * @param complexity {@code ECOMPLEXITY_MODE}
 * @param gopSeconds time from one IDR picture to the next, 0 for only on demand
 * @param idrPercent {@code iIdrBitrateRatio}
 * @param slices per picture; 0 for one, and one per thread where one thread is too slow
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

    static OpenH264Settings of(Settings settings) throws BadSetting {
        // For the engine, which reads it where it is a service property.
        settings.decimal(VideoEncoderFactory.FLOOR, 0, 1);
        return new OpenH264Settings(
                Complexity.valueOf(settings.choice("complexity", "low", "medium", "high").toUpperCase(Locale.ROOT)),
                Profile.valueOf(settings.choice("profile", "baseline", "main", "high").toUpperCase(Locale.ROOT)),
                settings.decimal("gopSeconds", 0, 3600),
                settings.truth("frameSkip"),
                settings.wholeNumber("maxQp", 13, 51),
                settings.wholeNumber("idrPercent", 100, 1000),
                settings.wholeNumber("slices", 0, 35),
                settings.wholeNumber("threads", 0, 4),
                settings.truth("deblocking"),
                settings.truth("denoise"),
                settings.truth("backgroundDetection"),
                settings.truth("sceneCut"),
                settings.text("library"));
    }

    /** The threads to use: as many as configured, or what the machine has, up to 4. */
    int threadsOrAuto() {
        return threads > 0 ? threads : Math.min(4, Runtime.getRuntime().availableProcessors());
    }
}
