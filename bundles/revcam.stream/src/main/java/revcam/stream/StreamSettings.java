package revcam.stream;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleSupplier;
import java.util.function.IntSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.osgi.framework.Filter;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.InvalidSyntaxException;
import revcam.api.congestion.RateLimits;
import revcam.api.media.FrameRate;

/**
 * A stream's configuration after checking.
 *
 * @param bitrateBps what the encoder may spend, without RTP
 * @param mtuBytes largest IP packet that is sent
 */
record StreamSettings(
        String name,
        Preference capture,
        Preference encoder,
        Preference packetiser,
        Preference congestion,
        Preference transport,
        int width,
        int height,
        FrameRate rate,
        long bitrateBps,
        long minBitrateBps,
        int mtuBytes,
        int maxViewers,
        TrialLimits trial) {

    private static final Pattern SIZE = Pattern.compile("\\s*(\\d{1,5})\\s*[x×]\\s*(\\d{1,5})\\s*");
    private static final Pattern BITRATE = Pattern.compile("\\s*(\\d{1,12}(?:\\.\\d+)?)\\s*([kKmM]?)\\s*");

    private static final Pattern FRAMEWORK =
            Pattern.compile("(service|component|felix|osgi)\\..*|\\..*|.*\\.(target|cardinality\\.minimum)");

    /** What a viewer's congestion controller may aim at: the bitrates with RTP around them. */
    RateLimits limits() {
        long max = Math.round(bitrateBps * RatePolicy.RTP_OVERHEAD);
        return new RateLimits(Math.round(minBitrateBps * RatePolicy.RTP_OVERHEAD), max, max);
    }

    /** @throws BadSetting naming the key, its value and what is allowed */
    static StreamSettings of(StreamComponent.Config config) throws BadSetting {
        int[] size = size(config.size());
        long bitrate = bitrate("bitrate", config.bitrate());
        long minimum = bitrate("bitrate.min", config.bitrate_min());
        if (minimum > bitrate) {
            throw new BadSetting("bitrate.min", config.bitrate_min(), "at most bitrate, which is " + config.bitrate());
        }
        return new StreamSettings(
                config.revcam_stream(),
                preference("capture", config.capture(), config.capture_filter()),
                preference("encoder", config.encoder(), config.encoder_filter()),
                preference("packetiser", config.packetiser(), config.packetiser_filter()),
                preference("congestion", config.congestion(), config.congestion_filter()),
                preference("transport", config.transport(), config.transport_filter()),
                size[0],
                size[1],
                rate(config.fps()),
                bitrate,
                minimum,
                inRange("mtu", config::mtu, 576, 9000),
                inRange("viewers.max", config::viewers_max, 1, 100),
                new TrialLimits(
                        inRange("trial.fps", config::trial_fps, 0, 100),
                        inRange("trial.encode", config::trial_encode, 100, 10_000),
                        inRange("trial.latency", config::trial_latency, 0, 10_000),
                        inRange("trial.drops", config::trial_drops, 0, 1_000),
                        inRange("trial.loss", config::trial_loss, 0, 100)));
    }

    /** Keys that mean nothing here, sorted: most likely slips of the pen. Those of the framework are none. */
    static List<String> unknown(Collection<String> keys) {
        List<String> known = known();
        return keys.stream().filter(key -> !known.contains(key) && !FRAMEWORK.matcher(key).matches()).sorted().toList();
    }

    /** Every key there is, sorted. */
    static List<String> known() {
        return Arrays.stream(StreamComponent.Config.class.getDeclaredMethods())
                .map(member -> member.getName().replace('_', '.')).sorted().toList();
    }

    private static int[] size(String text) throws BadSetting {
        Matcher matcher = SIZE.matcher(text);
        if (matcher.matches()) {
            int width = Integer.parseInt(matcher.group(1));
            int height = Integer.parseInt(matcher.group(2));
            if (width % 2 == 0 && height % 2 == 0 && width >= 32 && width <= 4096 && height >= 32 && height <= 4096) {
                return new int[] {width, height};
            }
        }
        throw new BadSetting("size", text, "WIDTHxHEIGHT, both even and from 32 to 4096, such as 1280x720");
    }

    private static FrameRate rate(String text) throws BadSetting {
        try {
            FrameRate rate = FrameRate.parse(text);
            if (rate.fps() >= 0.5 && rate.fps() <= 240) {
                return rate;
            }
        } catch (IllegalArgumentException e) {
            // the message below covers it
        }
        throw new BadSetting("fps", text, "0.5 to 240 frames a second, such as 30, 12.5 or 30000/1001");
    }

    private static long bitrate(String key, String text) throws BadSetting {
        Matcher matcher = BITRATE.matcher(text);
        if (matcher.matches()) {
            double unit = switch (matcher.group(2)) {
                case "k", "K" -> 1e3;
                case "m", "M" -> 1e6;
                default -> 1;
            };
            long bps = Math.round(Double.parseDouble(matcher.group(1)) * unit);
            if (bps >= 10_000 && bps <= 100_000_000) {
                return bps;
            }
        }
        throw new BadSetting(key, text, "10k to 100M bits a second, such as 2000k, 2M or 2000000");
    }

    private static int inRange(String key, IntSupplier setting, int min, int max) throws BadSetting {
        String found;
        try {
            int value = setting.getAsInt();
            if (value >= min && value <= max) {
                return value;
            }
            found = Integer.toString(value);
        } catch (RuntimeException e) {
            // Declarative Services throws when the file's text is no number.
            found = String.valueOf(e.getMessage());
        }
        throw new BadSetting(key, found, "a whole number from " + min + " to " + max);
    }

    private static double inRange(String key, DoubleSupplier setting, double min, double max) throws BadSetting {
        String found;
        try {
            double value = setting.getAsDouble();
            if (value >= min && value <= max) {
                return value;
            }
            found = Double.toString(value);
        } catch (RuntimeException e) {
            found = String.valueOf(e.getMessage());
        }
        throw new BadSetting(key, found, String.format(Locale.ROOT, "a number from %.0f to %.0f", min, max));
    }

    private static Preference preference(String key, String text, String filter) throws BadSetting {
        Filter target = null;
        if (!filter.isBlank()) {
            try {
                target = FrameworkUtil.createFilter(filter);
            } catch (InvalidSyntaxException e) {
                throw new BadSetting(key + ".filter", filter,
                        "empty, or an LDAP filter over service properties, such as (revcam." + key + "=NAME)");
            }
        }
        try {
            return Preference.parse(text, target);
        } catch (IllegalArgumentException e) {
            throw new BadSetting(key, text, "provider names, best first, separated by commas; * stands for any other");
        }
    }

    /** A value that cannot be used; the message is for the person who wrote it. */
    static final class BadSetting extends Exception {
        BadSetting(String key, String value, String allowed) {
            super(key + " = '" + value + "' cannot be used; allowed: " + allowed);
        }
    }
}
