package revcam.congestion.scream;

import revcam.api.config.BadSetting;
import revcam.api.config.Settings;

/**
 * What can be configured.
 *
 * @param queueDelayMillis queueing delay to stay below
 * @param headroom what may be in flight, as a multiple of the reference window
 */
record ScreamSettings(double queueDelayMillis, double headroom) {

    static final ScreamSettings DEFAULT = new ScreamSettings(55, 1.5);

    static ScreamSettings of(Settings settings) throws BadSetting {
        return new ScreamSettings(settings.decimal("queueDelay", 20, 300), settings.decimal("headroom", 1.1, 3));
    }
}
