package revcam.engine.libwebrtc;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import revcam.api.transport.NegotiationException;
import revcam.api.transport.NegotiationException.Reason;

/**
 * A viewer's offer cut down to one video codec, since libwebrtc sends the first one of the offer and not the one that is
 * preferred here. The rest is libwebrtc's to judge.
 *
 * @param sdp what to give to libwebrtc
 * @param codec encoding name in upper case
 */
record Offer(String sdp, String codec) {

    private static final Pattern RTPMAP = Pattern.compile("a=rtpmap:(\\d{1,3}) ([A-Za-z0-9-]+)/90000.*");
    private static final Pattern FORMAT = Pattern.compile("a=(?:rtpmap|fmtp|rtcp-fb):(\\d{1,3}) .*");
    private static final Pattern FMTP = Pattern.compile("a=fmtp:(\\d{1,3}) (.*)");
    /** The header extension with which a sender asks for feedback: libwebrtc would agree to it, and then ask for next to none. */
    private static final String REQUESTS = "/transport-wide-cc-02";
    private static final Pattern APT = Pattern.compile("(?:.*;)?\\s*apt=(\\d{1,3})\\s*(?:;.*)?");

    /**
     * @param codecs that may be sent, best first
     * @param startKbps what sending is to begin with; libwebrtc begins with 300 unless the other side says otherwise
     */
    static Offer of(String sdp, List<String> codecs, long startKbps) throws NegotiationException {
        List<String> lines = sdp.lines().map(String::strip).filter(line -> !line.isEmpty() && !line.endsWith(REQUESTS)).toList();
        if (lines.isEmpty() || !lines.get(0).equals("v=0")) {
            throw new NegotiationException(Reason.MALFORMED, "the offer is not SDP: it begins with something else than v=0");
        }
        List<String> media = lines.stream().filter(line -> line.startsWith("m=")).toList();
        if (media.size() != 1 || !media.get(0).startsWith("m=video ")) {
            throw new NegotiationException(media.isEmpty() ? Reason.MALFORMED : Reason.NOT_ACCEPTABLE,
                    "offer one media section, of video; this has " + media.size());
        }
        Map<String, String> encodings = new HashMap<>(); // payload type to encoding name
        Map<String, String> parameters = new HashMap<>();
        for (String line : lines) {
            Matcher map = RTPMAP.matcher(line);
            Matcher fmtp = FMTP.matcher(line);
            if (map.matches()) {
                encodings.put(map.group(1), map.group(2).toUpperCase(Locale.ROOT));
            } else if (fmtp.matches()) {
                parameters.put(fmtp.group(1), fmtp.group(2));
            }
        }
        List<String> order = List.of(media.get(0).split(" "));
        for (String codec : codecs) {
            String chosen = choose(order, encodings, parameters, codec);
            if (chosen != null) {
                return new Offer(only(lines, order, chosen, encodings, parameters, startKbps), codec);
            }
        }
        throw new NegotiationException(Reason.NOT_ACCEPTABLE, "the offer has none of the codecs that may be sent, which are "
                + String.join(", ", codecs) + "; it has " + String.join(", ", new TreeSet<>(encodings.values())));
    }

    /** The first payload type of this codec that everybody can send. */
    private static String choose(List<String> order, Map<String, String> encodings, Map<String, String> parameters,
            String codec) {
        for (String type : order.subList(Math.min(3, order.size()), order.size())) {
            String given = parameters.getOrDefault(type, "").toLowerCase(Locale.ROOT);
            boolean fits = switch (codec) {
                // Constrained baseline (RFC 6184, section 8.1), which is what OpenH264 makes.
                case "H264" -> given.contains("packetization-mode=1") && given.contains("profile-level-id=42");
                // 4:2:0 with 8 bits: profile 0 of either.
                case "VP9" -> !given.contains("profile-id=") || given.contains("profile-id=0");
                case "AV1" -> !given.contains("profile=") || given.contains("profile=0");
                default -> true;
            };
            if (codec.equals(encodings.get(type)) && fits) {
                return type;
            }
        }
        return null;
    }

    private static String only(List<String> lines, List<String> order, String chosen, Map<String, String> encodings,
            Map<String, String> parameters, long startKbps) {
        Set<String> kept = new HashSet<>(Set.of(chosen));
        parameters.forEach((type, given) -> {
            Matcher apt = APT.matcher(given);
            if ("RTX".equals(encodings.get(type)) && apt.matches() && apt.group(1).equals(chosen)) {
                kept.add(type);
            }
        });
        String start = "x-google-start-bitrate=" + startKbps;
        List<String> result = new ArrayList<>();
        for (String line : lines) {
            Matcher format = FORMAT.matcher(line);
            if (line.startsWith("m=")) {
                List<String> fields = new ArrayList<>(order.subList(0, 3));
                order.subList(3, order.size()).stream().filter(kept::contains).forEach(fields::add);
                result.add(String.join(" ", fields));
            } else if (!format.matches() || kept.contains(format.group(1))) {
                boolean own = format.matches() && format.group(1).equals(chosen);
                result.add(own && line.startsWith("a=fmtp:") ? line + ";" + start : line);
                if (own && line.startsWith("a=rtpmap:") && !parameters.containsKey(chosen)) {
                    result.add("a=fmtp:" + chosen + " " + start);
                }
            }
        }
        return String.join("\r\n", result) + "\r\n";
    }
}
