package revcam.transport.webrtc.sdp;

import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import revcam.api.packetiser.RtpFormat;
import revcam.api.transport.NegotiationException;
import revcam.api.transport.NegotiationException.Reason;

/** Which of an offer's payload types a stream is sent as. */
final class CodecChoice {

    private static final String H264 = "H264";
    private static final String MODE = "packetization-mode";
    private static final String PROFILE_LEVEL_ID = "profile-level-id";
    private static final String ASYMMETRY = "level-asymmetry-allowed";
    private static final int MAX_NAMED_CODECS = 24;

    private CodecChoice() {}

    /**
     * The best one, and among equals the one that the offer prefers.
     *
     * @throws NegotiationException NOT_ACCEPTABLE, naming what is offered and what there is
     */
    static Codec choose(MediaSection section, RtpFormat stream) throws NegotiationException {
        Codec best = null;
        int bestDistance = Integer.MAX_VALUE;
        for (Codec codec : Codec.of(section)) {
            int distance = distance(codec, stream);
            if (distance >= 0 && distance < bestDistance) {
                best = codec;
                bestDistance = distance;
            }
        }
        if (best == null) {
            throw new NegotiationException(Reason.NOT_ACCEPTABLE,
                    "no codec in common: the stream is " + describe(stream.encodingName(), stream.parameters())
                            + ", the offer has " + offered(section));
        }
        return best;
    }

    /** An offer's format parameters: the stream as it is. What we would receive, nothing, may be of any level. */
    static Map<String, String> offerParameters(RtpFormat stream) {
        Map<String, String> parameters = new TreeMap<>(stream.parameters());
        if (stream.encodingName().equalsIgnoreCase(H264)) {
            parameters.put(ASYMMETRY, "1");
        }
        return parameters;
    }

    /** The answer's format parameters: the stream as it really is, whatever was offered. */
    static Map<String, String> answerParameters(Codec chosen, RtpFormat stream) {
        Map<String, String> parameters = new TreeMap<>(stream.parameters());
        if (stream.encodingName().equalsIgnoreCase(H264) && "1".equals(chosen.parameters().get(ASYMMETRY))) {
            parameters.put(ASYMMETRY, "1");
        }
        return parameters;
    }

    /** 0 for a perfect match, more for a worse one, -1 for none. */
    private static int distance(Codec offered, RtpFormat stream) {
        if (!offered.is(stream.encodingName(), stream.clockRateHz())) {
            return -1;
        }
        Map<String, String> theirs = offered.parameters();
        Map<String, String> ours = stream.parameters();
        if (!stream.encodingName().equalsIgnoreCase(H264)) {
            // VP9 and AV1: another profile is another codec (RFC 9628, section 6.1; RTP for AV1, section 7.2).
            return same(theirs, ours, "profile-id") && same(theirs, ours, "profile") ? 0 : -1;
        }
        String theirId = theirs.getOrDefault(PROFILE_LEVEL_ID, H264Profile.DEFAULT_ID);
        String ourId = ours.getOrDefault(PROFILE_LEVEL_ID, H264Profile.DEFAULT_ID);
        if (!same(theirs, ours, MODE) || !H264Profile.isId(theirId) || !H264Profile.isId(ourId)) {
            return -1;
        }
        int distance = H264Profile.of(ourId).distanceTo(H264Profile.of(theirId));
        if (distance < 0) {
            return -1;
        }
        // The level alone is no reason to refuse: browsers offer 3.1 whatever they can decode.
        return 2 * distance + (H264Profile.level(theirId) >= H264Profile.level(ourId) ? 0 : 1);
    }

    private static boolean same(Map<String, String> theirs, Map<String, String> ours, String parameter) {
        return theirs.getOrDefault(parameter, "0").equals(ours.getOrDefault(parameter, "0"));
    }

    private static String offered(MediaSection section) {
        String names = Codec.of(section).stream()
                .filter(codec -> !codec.encodingName().equalsIgnoreCase("rtx"))
                .map(codec -> describe(codec.encodingName(), codec.parameters()))
                .distinct()
                .limit(MAX_NAMED_CODECS)
                .collect(Collectors.joining(", "));
        return names.isEmpty() ? "none" : names;
    }

    private static String describe(String encodingName, Map<String, String> parameters) {
        if (!encodingName.equalsIgnoreCase(H264)) {
            return encodingName;
        }
        return encodingName.toUpperCase(Locale.ROOT) + ' '
                + parameters.getOrDefault(PROFILE_LEVEL_ID, H264Profile.DEFAULT_ID)
                + " mode " + parameters.getOrDefault(MODE, "0");
    }
}
