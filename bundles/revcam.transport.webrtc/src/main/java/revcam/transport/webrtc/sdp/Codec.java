package revcam.transport.webrtc.sdp;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * A payload type of a media section with its {@code a=rtpmap} and {@code a=fmtp} (RFC 8866, section 6.6 and 6.15).
 *
 * @param map the {@code a=rtpmap} as it stands, without the payload type
 * @param parameters by lower-case name
 */
record Codec(int payloadType, String map, String encodingName, int clockRateHz, Map<String, String> parameters) {

    private static final int MAX_PAYLOAD_TYPE = 127;
    private static final int MAX_CLOCK_RATE_HZ = 100_000_000;

    /** Those of {@code section} that are described well, in order of preference. */
    static List<Codec> of(MediaSection section) {
        return section.formats().stream().map(format -> of(section, format)).filter(Objects::nonNull).toList();
    }

    /** The one that {@code format} of {@code section} stands for, or null when it is not described or not well. */
    private static Codec of(MediaSection section, String format) {
        int payloadType = SessionDescription.number(format, MAX_PAYLOAD_TYPE);
        String map = valueFor(section, "rtpmap", format);
        if (payloadType < 0 || map == null) {
            return null;
        }
        String[] fields = map.split("/");
        int clockRateHz = fields.length < 2 ? -1 : SessionDescription.number(fields[1], MAX_CLOCK_RATE_HZ);
        if (clockRateHz <= 0 || !SessionDescription.isToken(fields[0])) {
            return null;
        }
        return new Codec(payloadType, map, fields[0], clockRateHz, parameters(valueFor(section, "fmtp", format)));
    }

    boolean is(String name, int clockRate) {
        return encodingName.equalsIgnoreCase(name) && clockRateHz == clockRate;
    }

    private static String valueFor(MediaSection section, String attribute, String format) {
        for (String value : section.attributes(attribute)) {
            int space = value.indexOf(' ');
            if (space > 0 && value.substring(0, space).equals(format)) {
                return value.substring(space + 1).strip();
            }
        }
        return null;
    }

    private static Map<String, String> parameters(String fmtp) {
        Map<String, String> parameters = new HashMap<>();
        if (fmtp != null) {
            for (String parameter : fmtp.split(";")) {
                int equals = parameter.indexOf('=');
                if (equals > 0) {
                    parameters.putIfAbsent(
                            parameter.substring(0, equals).strip().toLowerCase(Locale.ROOT),
                            parameter.substring(equals + 1).strip());
                }
            }
        }
        return parameters;
    }
}
