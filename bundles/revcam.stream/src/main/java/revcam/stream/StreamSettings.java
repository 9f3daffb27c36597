package revcam.stream;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.osgi.framework.Filter;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.InvalidSyntaxException;
import revcam.api.config.BadSetting;
import revcam.api.config.Settings;
import revcam.api.congestion.RateLimits;
import revcam.api.media.FrameRate;
import revcam.stream.rate.Ladder;
import revcam.stream.rate.PacketOverhead;
import revcam.stream.rate.RatePolicy;

/**
 * A stream's configuration after checking.
 *
 * @param engine which media engine serves a viewer who names none; {@code revcam} is our own
 * @param ratePolicy how the viewers' targets become the encoder's
 * @param ladder what is given up below an encoder's floor, first the first
 * @param bitrateBps what the encoder may spend, without RTP
 * @param startBitrateBps what a new viewer's congestion controller begins with, without RTP
 * @param mtuBytes largest IP packet that is sent
 * @param pacerBoundNanos how long a frame may wait in a viewer's session
 */
record StreamSettings(
        String name,
        Preference capture,
        Preference processor,
        Preference encoder,
        Preference packetiser,
        Preference congestion,
        Preference transport,
        Preference engine,
        int width,
        int height,
        FrameRate rate,
        RatePolicy ratePolicy,
        List<Ladder.Means> ladder,
        long bitrateBps,
        long startBitrateBps,
        long minBitrateBps,
        int mtuBytes,
        long pacerBoundNanos,
        int maxViewers,
        TrialLimits trial) {

    private static final Pattern SIZE = Pattern.compile("(\\d{1,5})\\s*[x×]\\s*(\\d{1,5})");
    private static final int MIN_SIDE = 32;
    private static final int MAX_SIDE = 4096;
    private static final long MIN_BPS = 10_000;
    private static final long MAX_BPS = 100_000_000;
    /** RTP with its extensions, and what is around it with SRTP over UDP over IPv6. */
    private static final int HEADER_BYTES = 12 + 20;
    private static final int TRANSPORT_BYTES = HEADER_BYTES + 10 + 48;
    /** Packets per frame that are not full, with two slices. */
    private static final int UNFILLED_PER_FRAME = 2;

    /** What a viewer's congestion controller may aim at: the bitrates with RTP around them. */
    RateLimits limits() {
        return new RateLimits(rtp(minBitrateBps), rtp(startBitrateBps), rtp(bitrateBps));
    }

    private long rtp(long bps) {
        return PacketOverhead.mostRtpBps(bps, rate.fps(), UNFILLED_PER_FRAME, HEADER_BYTES, mtuBytes - TRANSPORT_BYTES);
    }

    /** @throws BadSetting naming the key, its value and what is allowed */
    static StreamSettings of(Settings settings) throws BadSetting {
        int[] size = settings.parse("size", StreamSettings::size,
                "WIDTHxHEIGHT in pixels, both even and from 32 to 4096, such as 1280x720");
        long bitrate = settings.bitsPerSecond("bitrate", MIN_BPS, MAX_BPS);
        // Who asks for little, as an option of a run, need not know of the other two.
        long minimum = Math.min(bitrate, settings.bitsPerSecond("bitrate.min", MIN_BPS, MAX_BPS));
        return new StreamSettings(
                settings.text("revcam.stream"),
                preference(settings, "capture"),
                preference(settings, "processor"),
                preference(settings, "encoder"),
                preference(settings, "packetiser"),
                preference(settings, "congestion"),
                preference(settings, "transport"),
                preference(settings, "engine"),
                size[0],
                size[1],
                settings.frameRate("fps", 0.5, 240),
                RatePolicy.of(settings.choice("rate.policy", "slowest-healthy", "median", "fixed")),
                settings.parse("ladder", StreamSettings::ladder,
                        "none, or some of fps, size, encoder, separated by commas"),
                bitrate,
                Math.max(minimum, Math.min(bitrate, settings.bitsPerSecond("bitrate.start", MIN_BPS, MAX_BPS))),
                minimum,
                settings.wholeNumber("mtu", 576, 9000),
                TimeUnit.MILLISECONDS.toNanos(settings.wholeNumber("pacer.bound", 50, 2_000)),
                settings.wholeNumber("viewers.max", 1, 100),
                new TrialLimits(
                        settings.wholeNumber("trial.fps", 0, 100),
                        settings.wholeNumber("trial.encode", 100, 10_000),
                        settings.wholeNumber("trial.latency", 0, 10_000),
                        settings.decimal("trial.drops", 0, 1_000),
                        settings.decimal("trial.loss", 0, 100)));
    }

    private static List<Ladder.Means> ladder(String text) {
        Set<Ladder.Means> order = new LinkedHashSet<>();
        if (!text.strip().equalsIgnoreCase("none")) {
            for (String means : text.split(",", -1)) {
                if (!order.add(Ladder.Means.valueOf(means.strip().toUpperCase(Locale.ROOT)))) {
                    throw new IllegalArgumentException(means);
                }
            }
        }
        return List.copyOf(order);
    }

    private static int[] size(String text) {
        Matcher matcher = SIZE.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException();
        }
        int[] size = {Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2))};
        for (int side : size) {
            if (side % 2 != 0 || side < MIN_SIDE || side > MAX_SIDE) {
                throw new IllegalArgumentException();
            }
        }
        return size;
    }

    /** What {@code key} and {@code key.filter} say together. */
    static Preference preference(Settings settings, String key) throws BadSetting {
        Filter filter = settings.parse(key + ".filter", StreamSettings::filter,
                "empty, or an LDAP filter over service properties, such as (revcam." + key + "=NAME)");
        return settings.parse(key, text -> Preference.parse(text, filter),
                "provider names, best first, separated by commas; * stands for any other");
    }

    private static Filter filter(String text) {
        try {
            return text.isEmpty() ? null : FrameworkUtil.createFilter(text);
        } catch (InvalidSyntaxException e) {
            throw new IllegalArgumentException(e);
        }
    }
}
