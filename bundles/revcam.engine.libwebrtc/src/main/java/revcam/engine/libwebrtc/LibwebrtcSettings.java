package revcam.engine.libwebrtc;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import revcam.api.config.BadSetting;
import revcam.api.config.Settings;

/**
 * The configuration after checking.
 *
 * @param codecs encoding names in upper case, best first
 * @param firstPort 0 when the system chooses
 * @param lastPort 0 when the system chooses
 */
record LibwebrtcSettings(List<String> codecs, int firstPort, int lastPort) {

    static final List<String> KNOWN = List.of("H264", "VP8", "VP9", "AV1");
    private static final Pattern PORTS = Pattern.compile("(\\d{4,5})\\s*-\\s*(\\d{4,5})");

    static LibwebrtcSettings of(Settings settings) throws BadSetting {
        int[] ports = settings.parse("ports", LibwebrtcSettings::ports,
                "empty, or FIRST-LAST within 1024-65535, such as 46200-46299");
        return new LibwebrtcSettings(settings.parse("codecs", LibwebrtcSettings::codecs,
                "some of " + String.join(", ", KNOWN) + ", separated by commas"), ports[0], ports[1]);
    }

    private static List<String> codecs(String text) {
        List<String> codecs = new ArrayList<>();
        for (String part : text.split(",", -1)) {
            String codec = part.strip().toUpperCase(Locale.ROOT);
            if (!KNOWN.contains(codec) || codecs.contains(codec)) {
                throw new IllegalArgumentException(part);
            }
            codecs.add(codec);
        }
        return List.copyOf(codecs);
    }

    private static int[] ports(String text) {
        if (text.isBlank()) {
            return new int[2];
        }
        Matcher matcher = PORTS.matcher(text.strip());
        if (!matcher.matches()) {
            throw new IllegalArgumentException(text);
        }
        int[] ports = {Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2))};
        if (ports[0] < 1024 || ports[1] > 65_535 || ports[0] > ports[1]) {
            throw new IllegalArgumentException(text);
        }
        return ports;
    }
}
