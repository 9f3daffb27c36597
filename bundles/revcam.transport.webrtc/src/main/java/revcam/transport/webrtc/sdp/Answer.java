package revcam.transport.webrtc.sdp;

import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import revcam.api.connectivity.IceCredentials;
import revcam.api.transport.NegotiatedMedia;
import revcam.api.transport.TransportRequest;
import revcam.transport.webrtc.dtls.Fingerprint;

/** Writes descriptions: the answer to an offer, and the fragment that answers an ICE restart. */
public final class Answer {

    private static final SecureRandom RANDOM = new SecureRandom();
    /** Where nothing listens yet: the candidates say where (RFC 8840, section 4.1.1). */
    private static final String NO_ADDRESS = "c=IN IP4 0.0.0.0";
    private static final int DISCARD_PORT = 9;

    private final StringBuilder sdp = new StringBuilder(2048);

    private Answer() {}

    /**
     * What our side of ICE has to say.
     *
     * @param candidates values of {@code a=candidate} lines, complete
     */
    public record Ice(IceCredentials credentials, boolean lite, List<String> candidates) {}

    /** The whole answer. */
    public static String to(Offer offer, TransportRequest request, Ice ice, Fingerprint fingerprint) {
        return new Answer().answer(offer, request, ice, fingerprint).sdp.toString();
    }

    /** The answer to an ICE restart (RFC 8840, section 9). */
    public static String fragment(Offer offer, Ice ice) {
        return new Answer().restart(offer, ice).sdp.toString();
    }

    private Answer answer(Offer offer, TransportRequest request, Ice ice, Fingerprint fingerprint) {
        SessionDescription session = offer.session();
        line("v=0");
        line("o=- " + (RANDOM.nextLong() >>> 2) + " 1 IN IP4 127.0.0.1");
        line("s=-");
        line("t=0 0");
        group(offer);
        if (session.attribute("extmap-allow-mixed") != null) {
            line("a=extmap-allow-mixed");
        }
        line("a=msid-semantic: WMS *");
        if (ice.lite()) {
            line("a=ice-lite");
        }
        line("a=ice-options:ice2");
        for (MediaSection section : session.media()) {
            if (section == offer.video()) {
                video(offer, request, ice, fingerprint);
            } else if (section == offer.bundleLeader()) {
                keep(section, offer, ice, fingerprint);
            } else {
                reject(section);
            }
        }
        return this;
    }

    private Answer restart(Offer offer, Ice ice) {
        if (ice.lite()) {
            line("a=ice-lite");
        }
        line("a=ice-options:ice2");
        group(offer);
        media(offer);
        mid(offer.video());
        ice(ice);
        return this;
    }

    private void video(Offer offer, TransportRequest request, Ice ice, Fingerprint fingerprint) {
        NegotiatedMedia media = offer.media();
        media(offer);
        transport(offer, ice, fingerprint);
        mid(offer.video());
        extension(media.midExtension(), HeaderExtension.MID);
        extension(media.absSendTimeExtension(), HeaderExtension.ABS_SEND_TIME);
        extension(media.transportSequenceExtension(), HeaderExtension.TRANSPORT_SEQUENCE);
        extension(media.playoutDelayExtension(), HeaderExtension.PLAYOUT_DELAY);
        line("a=sendonly");
        String msid = token(request.stream()) + " video";
        line("a=msid:" + msid);
        line("a=rtcp-mux");
        if (media.reducedSizeRtcp()) {
            line("a=rtcp-rsize");
        }
        codecs(offer, request);
        sources(media, request, msid);
    }

    /** Agrees to a section's transport and to nothing else. */
    private void keep(MediaSection section, Offer offer, Ice ice, Fingerprint fingerprint) {
        Codec codec = Codec.of(section).get(0);
        line("m=" + section.kind() + ' ' + DISCARD_PORT + ' ' + section.protocol() + ' ' + codec.payloadType());
        transport(offer, ice, fingerprint);
        mid(section);
        line("a=inactive");
        line("a=rtcp-mux");
        line("a=rtpmap:" + codec.payloadType() + ' ' + codec.map());
        congestionFeedback(offer, section, codec.payloadType());
    }

    private void transport(Offer offer, Ice ice, Fingerprint fingerprint) {
        line(NO_ADDRESS);
        line("a=rtcp:" + DISCARD_PORT + " IN IP4 0.0.0.0");
        ice(ice);
        line("a=fingerprint:" + fingerprint);
        line("a=setup:" + (offer.answererBegins() ? "active" : "passive"));
    }

    private void codecs(Offer offer, TransportRequest request) {
        NegotiatedMedia media = offer.media();
        Codec codec = offer.codec();
        int payloadType = codec.payloadType();
        // The encoding name in the offer's spelling: some peers compare it letter by letter.
        line("a=rtpmap:" + payloadType + ' ' + codec.map());
        feedback(payloadType, media.remb(), "goog-remb");
        feedback(payloadType, media.transportSequenceExtension() != 0, "transport-cc");
        feedback(payloadType, media.fir(), "ccm fir");
        feedback(payloadType, media.nack(), "nack");
        feedback(payloadType, media.pli(), "nack pli");
        Map<String, String> parameters = CodecChoice.answerParameters(codec, request.format());
        if (!parameters.isEmpty()) {
            line("a=fmtp:" + payloadType + ' ' + parameters.entrySet().stream()
                    .map(parameter -> parameter.getKey() + '=' + parameter.getValue())
                    .collect(Collectors.joining(";")));
        }
        if (media.rtxPayloadType() >= 0) {
            line("a=rtpmap:" + media.rtxPayloadType() + " rtx/" + codec.clockRateHz());
            line("a=fmtp:" + media.rtxPayloadType() + " apt=" + payloadType);
        }
        congestionFeedback(offer, offer.video(), payloadType, media.rtxPayloadType());
    }

    /**
     * It is about all payload types of the transport, so it belongs to all sections; for one alone libwebrtc disregards it.
     * RFC 8888, section 6, has the wildcard; libwebrtc names each payload type. The answer does as the offer.
     */
    private void congestionFeedback(Offer offer, MediaSection section, int... payloadTypes) {
        if (!offer.media().congestionFeedback()) {
            return;
        }
        if (section.hasFeedback("*", Offer.CONGESTION_FEEDBACK)) {
            line("a=rtcp-fb:* " + Offer.CONGESTION_FEEDBACK);
            return;
        }
        for (int payloadType : payloadTypes) {
            feedback(payloadType, section.hasFeedback(Integer.toString(payloadType), Offer.CONGESTION_FEEDBACK),
                    Offer.CONGESTION_FEEDBACK);
        }
    }

    private void sources(NegotiatedMedia media, TransportRequest request, String msid) {
        String ssrc = Integer.toUnsignedString(request.ssrc());
        String cname = token(request.cname());
        if (media.rtxPayloadType() >= 0) {
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

    /** RFC 3264, section 6: every section is answered, in order; port 0 refuses it. */
    private void reject(MediaSection section) {
        line("m=" + section.kind() + " 0 " + section.protocol() + ' ' + section.formats().get(0));
        line(NO_ADDRESS);
        line("a=inactive");
        mid(section);
    }

    private void media(Offer offer) {
        NegotiatedMedia media = offer.media();
        line("m=video " + DISCARD_PORT + ' ' + offer.video().protocol() + ' ' + media.payloadType()
                + (media.rtxPayloadType() >= 0 ? " " + media.rtxPayloadType() : ""));
    }

    private void group(Offer offer) {
        if (offer.bundled()) {
            MediaSection leader = offer.bundleLeader();
            line("a=group:BUNDLE " + (leader == null ? "" : leader.attribute("mid") + ' ') + offer.media().mid());
        }
    }

    private void mid(MediaSection section) {
        if (section.has("mid")) {
            line("a=mid:" + section.attribute("mid"));
        }
    }

    private void ice(Ice ice) {
        line("a=ice-ufrag:" + ice.credentials().ufrag());
        line("a=ice-pwd:" + ice.credentials().password());
        for (String candidate : ice.candidates()) {
            line("a=candidate:" + candidate);
        }
        line("a=end-of-candidates");
    }

    private void extension(int id, HeaderExtension extension) {
        if (id != 0) {
            line("a=extmap:" + id + ' ' + extension.uri());
        }
    }

    private void feedback(int payloadType, boolean agreed, String type) {
        if (agreed) {
            line("a=rtcp-fb:" + payloadType + ' ' + type);
        }
    }

    /** Names come from configuration, where people write what they like. */
    private static String token(String name) {
        String token = name.replaceAll("[^!#$%&'*+\\-.0-9A-Z^_`a-z{|}~]", "_");
        return token.isEmpty() ? "-" : token.substring(0, Math.min(token.length(), 64));
    }

    private void line(String line) {
        sdp.append(line).append("\r\n");
    }
}
