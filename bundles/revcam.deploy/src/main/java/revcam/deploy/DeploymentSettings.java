package revcam.deploy;

import java.time.Duration;
import revcam.api.config.BadSetting;
import revcam.api.config.Settings;

/**
 * How sets are judged.
 *
 * @param unsigned whether nobody needs to have signed a set
 * @param trial how long one is watched
 * @param history deployments that are remembered, and can be gone back to
 */
record DeploymentSettings(boolean unsigned, Duration trial, int history, Limits limits) {

    private static final int ENTRIES = 10_000;
    private static final int BUNDLES = 32;
    private static final int MEGA = 1_000_000;

    static DeploymentSettings read(Settings settings) throws BadSetting {
        return new DeploymentSettings(settings.choice("unsigned", "refuse", "accept").equals("accept"),
                Duration.ofSeconds(settings.wholeNumber("trial", 5, 600)),
                settings.wholeNumber("history", 2, 100),
                new Limits((long) MEGA * settings.wholeNumber("size.max", 1, 1_000),
                        (long) MEGA * settings.wholeNumber("expanded.max", 1, 4_000), ENTRIES, BUNDLES));
    }
}
