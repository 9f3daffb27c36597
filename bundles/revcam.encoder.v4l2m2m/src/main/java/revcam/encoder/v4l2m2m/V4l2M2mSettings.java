package revcam.encoder.v4l2m2m;

import revcam.api.config.BadSetting;
import revcam.api.config.Settings;
import revcam.api.encoder.VideoEncoderFactory;

/**
 * The configuration, checked.
 *
 * @param device path of the node, empty for the first that can do it
 * @param gopSeconds time from one IDR picture to the next, 0 for only on demand
 * @param constantBitrate whether the hardware is to fill up to the bitrate
 * @param minBitsPerPixel below which the hardware is not asked to go
 * @param zeroCopy whether pictures are read where the capture has them, if that can be
 */
record V4l2M2mSettings(
        String device,
        Profile profile,
        double gopSeconds,
        boolean constantBitrate,
        int minQp,
        int maxQp,
        double minBitsPerPixel,
        boolean zeroCopy) {

    /** {@code enum v4l2_mpeg_video_h264_profile}. */
    enum Profile {
        BASELINE(0), CONSTRAINED_BASELINE(1), MAIN(2), HIGH(4);

        final int number;

        Profile(int number) {
            this.number = number;
        }
    }

    static V4l2M2mSettings of(Settings settings) throws BadSetting {
        // For the engine, which reads it where it is a service property.
        settings.decimal(VideoEncoderFactory.FLOOR, 0, 1);
        int minQp = settings.wholeNumber("minQp", 0, 51);
        int maxQp = settings.wholeNumber("maxQp", 0, 51);
        if (minQp > maxQp) {
            throw settings.bad("minQp", "at most maxQp, which is " + maxQp);
        }
        Profile profile = switch (settings.choice("profile", "baseline", "constrained-baseline", "main", "high")) {
            case "baseline" -> Profile.BASELINE;
            case "main" -> Profile.MAIN;
            case "high" -> Profile.HIGH;
            default -> Profile.CONSTRAINED_BASELINE;
        };
        return new V4l2M2mSettings(settings.text("device"), profile, settings.decimal("gopSeconds", 0, 3600),
                settings.truth("constantBitrate"), minQp, maxQp, settings.decimal("minBitsPerPixel", 0, 1),
                settings.truth("zeroCopy"));
    }
}
