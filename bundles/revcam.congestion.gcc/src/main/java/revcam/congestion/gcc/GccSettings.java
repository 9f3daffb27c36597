package revcam.congestion.gcc;

import revcam.api.config.BadSetting;
import revcam.api.config.Settings;

/**
 * What can be configured.
 *
 * @param thresholdUp how fast the overuse threshold rises, per millisecond
 * @param thresholdDown how fast it falls
 * @param inherentLoss whether loss that the path has anyway is told from loss by congestion
 * @param probing whether bursts above the target are sent now and then
 * @param search whether to go beyond what browsers do
 */
record GccSettings(double thresholdUp, double thresholdDown, boolean inherentLoss, boolean probing, boolean search) {

    static final GccSettings DEFAULT = new GccSettings(0.0087, 0.039, true, true, true);

    /** As browsers do. */
    static final GccSettings BROWSERS = new GccSettings(0.0087, 0.039, true, true, false);

    static GccSettings of(Settings settings) throws BadSetting {
        return new GccSettings(
                settings.decimal("threshold.up", 1e-5, 1),
                settings.decimal("threshold.down", 1e-5, 1),
                settings.choice("loss", "inherent", "thresholds").equals("inherent"),
                settings.truth("probing"),
                settings.truth("search"));
    }
}
