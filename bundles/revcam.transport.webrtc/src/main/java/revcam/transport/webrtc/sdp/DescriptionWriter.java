package revcam.transport.webrtc.sdp;

import java.security.SecureRandom;
import java.util.Map;
import java.util.stream.Collectors;
import revcam.api.transport.TransportRequest;

/** The lines that offers and answers of ours have in common. */
abstract class DescriptionWriter {

    private static final SecureRandom RANDOM = new SecureRandom();
    /** Where nothing listens yet: the candidates say where (RFC 8840, section 4.1.1). */
    static final String NO_ADDRESS = "c=IN IP4 0.0.0.0";
    static final int DISCARD_PORT = 9;

    private final StringBuilder sdp = new StringBuilder(2048);

    final void session() {
        line("v=0");
        line("o=- " + (RANDOM.nextLong() >>> 2) + " 1 IN IP4 127.0.0.1");
        line("s=-");
        line("t=0 0");
    }

    final void iceOptions(Answer.Ice ice) {
        if (ice.lite()) {
            line("a=ice-lite");
        }
        line("a=ice-options:ice2");
    }

    final void parameters(int payloadType, Map<String, String> parameters) {
        if (!parameters.isEmpty()) {
            line("a=fmtp:" + payloadType + ' ' + parameters.entrySet().stream()
                    .map(parameter -> parameter.getKey() + '=' + parameter.getValue())
                    .collect(Collectors.joining(";")));
        }
    }

    /** RFC 4588, section 8.6. */
    final void retransmission(int payloadType, int clockRateHz, int ofPayloadType) {
        line("a=rtpmap:" + payloadType + " rtx/" + clockRateHz);
        line("a=fmtp:" + payloadType + " apt=" + ofPayloadType);
    }

    final void sources(TransportRequest request, String msid, boolean retransmitted) {
        String ssrc = Integer.toUnsignedString(request.ssrc());
        String cname = token(request.cname());
        if (retransmitted) {
            String rtxSsrc = Integer.toUnsignedString(request.rtxSsrc());
            line("a=ssrc-group:FID " + ssrc + ' ' + rtxSsrc);
            line("a=ssrc:" + ssrc + " cname:" + cname);
            line("a=ssrc:" + ssrc + " msid:" + msid);
            line("a=ssrc:" + rtxSsrc + " cname:" + cname);
            line("a=ssrc:" + rtxSsrc + " msid:" + msid);
        } else {
            line("a=ssrc:" + ssrc + " cname:" + cname);
            line("a=ssrc:" + ssrc + " msid:" + msid);
        }
    }

    final void ice(Answer.Ice ice) {
        line("a=ice-ufrag:" + ice.credentials().ufrag());
        line("a=ice-pwd:" + ice.credentials().password());
        for (String candidate : ice.candidates()) {
            line("a=candidate:" + candidate);
        }
        line("a=end-of-candidates");
    }

    final void extension(int id, HeaderExtension extension) {
        if (id != 0) {
            line("a=extmap:" + id + ' ' + extension.uri());
        }
    }

    final void feedback(int payloadType, boolean agreed, String type) {
        if (agreed) {
            line("a=rtcp-fb:" + payloadType + ' ' + type);
        }
    }

    /** Names come from configuration, where people write what they like. */
    static String token(String name) {
        String token = name.replaceAll("[^!#$%&'*+\\-.0-9A-Z^_`a-z{|}~]", "_");
        return token.isEmpty() ? "-" : token.substring(0, Math.min(token.length(), 64));
    }

    final void line(String line) {
        sdp.append(line).append("\r\n");
    }

    @Override
    public String toString() {
        return sdp.toString();
    }
}
