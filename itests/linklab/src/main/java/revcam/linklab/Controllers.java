package revcam.linklab;

import java.util.LinkedHashMap;
import java.util.Map;
import revcam.api.congestion.CongestionControllerFactory;
import revcam.api.congestion.RateLimits;

/** The controllers that there are, by name. */
final class Controllers {

    private static final String[] OURS = {
        "revcam.congestion.fixed.FixedControllerFactory", "revcam.congestion.gcc.GccControllerFactory",
        "revcam.congestion.scream.ScreamControllerFactory", "revcam.congestion.nada.NadaControllerFactory"};
    /** What does not adapt is run at this rate instead of where adaptive ones begin. */
    private static final long FIXED_BPS = 1_000_000;

    private Controllers() {}

    static boolean adaptive(String name) {
        return !name.equals("fixed");
    }

    static Map<String, CongestionControllerFactory> onClasspath() throws ReflectiveOperationException {
        Map<String, CongestionControllerFactory> found = new LinkedHashMap<>();
        for (String type : OURS) {
            String name = type.split("\\.")[2];
            try {
                CongestionControllerFactory factory =
                        (CongestionControllerFactory) Class.forName(type).getDeclaredConstructor().newInstance();
                found.put(name, adaptive(name) ? factory : (now, limits, seed) -> factory.open(now,
                        new RateLimits(limits.minBps(), limits.clamp(FIXED_BPS), limits.maxBps()), seed));
            } catch (ClassNotFoundException e) {
                continue;
            }
        }
        return found;
    }
}
