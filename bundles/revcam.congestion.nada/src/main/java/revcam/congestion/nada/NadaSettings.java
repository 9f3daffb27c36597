package revcam.congestion.nada;

import revcam.api.config.BadSetting;
import revcam.api.config.Settings;

/**
 * What can be configured.
 *
 * @param priority this flow's weight among others of its kind (RFC 8698, PRIO)
 * @param referenceMillis the congestion signal at the highest rate (XREF)
 */
record NadaSettings(double priority, double referenceMillis) {

    static final NadaSettings DEFAULT = new NadaSettings(1, 10);

    static NadaSettings of(Settings settings) throws BadSetting {
        return new NadaSettings(settings.decimal("priority", 0.1, 10), settings.decimal("reference", 1, 100));
    }
}
