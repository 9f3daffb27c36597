package revcam.transport.webrtc.sdp;

import java.util.List;
import java.util.Map;
import revcam.api.connectivity.IceCredentials;
import revcam.api.transport.NegotiatedMedia;
import revcam.api.transport.TransportRequest;
import revcam.transport.webrtc.dtls.Fingerprint;

/** Writes descriptions: the answer to an offer, and the fragment that answers an ICE restart. */
public final class Answer extends DescriptionWriter {

    private Answer() {}

    /**
     * What our side of ICE has to say.
     *
     * @param candidates values of {@code a=candidate} lines, complete
     */
    public record Ice(IceCredentials credentials, boolean lite, List<String> candidates) {}

    /** The whole answer. */
    public static String to(PeerDescription offer, TransportRequest request, Ice ice, Fingerprint fingerprint) {
        return new Answer().answer(offer, request, ice, fingerprint).toString();
    }

    /** The answer to an ICE restart (RFC 8840, section 9). */
    public static String fragment(PeerDescription offer, Ice ice) {
        return new Answer().restart(offer, ice).toString();
    }

    private Answer answer(PeerDescription offer, TransportRequest request, Ice ice, Fingerprint fingerprint) {
        SessionDescription session = offer.session();
        session();
        group(offer);
        if (session.attribute("extmap-allow-mixed") != null) {
            line("a=extmap-allow-mixed");
        }
        line("a=msid-semantic: WMS *");
        iceOptions(ice);
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

    private Answer restart(PeerDescription offer, Ice ice) {
        iceOptions(ice);
        group(offer);
        media(offer);
        mid(offer.video());
        ice(ice);
        return this;
    }

    private void video(PeerDescription offer, TransportRequest request, Ice ice, Fingerprint fingerprint) {
        NegotiatedMedia media = offer.media();
        media(offer);
        transport(offer, ice, fingerprint);
        mid(offer.video());
        extension(media.midExtension(), HeaderExtension.MID);
        extension(media.absSendTimeExtension(), HeaderExtension.ABS_SEND_TIME);
        extension(media.transportSequenceExtension(),
                media.feedbackRequests() ? HeaderExtension.TRANSPORT_SEQUENCE_2 : HeaderExtension.TRANSPORT_SEQUENCE);
        extension(media.playoutDelayExtension(), HeaderExtension.PLAYOUT_DELAY);
        line("a=sendonly");
        String msid = token(request.stream()) + " video";
        line("a=msid:" + msid);
        line("a=rtcp-mux");
        if (media.reducedSizeRtcp()) {
            line("a=rtcp-rsize");
        }
        codecs(offer, request);
        sources(request, msid, media.rtxPayloadType() >= 0);
    }

    /** Agrees to a section's transport and to nothing else. */
    private void keep(MediaSection section, PeerDescription offer, Ice ice, Fingerprint fingerprint) {
        Codec codec = Codec.of(section).get(0);
        line("m=" + section.kind() + ' ' + DISCARD_PORT + ' ' + section.protocol() + ' ' + codec.payloadType());
        transport(offer, ice, fingerprint);
        mid(section);
        line("a=inactive");
        line("a=rtcp-mux");
        line("a=rtpmap:" + codec.payloadType() + ' ' + codec.map());
        congestionFeedback(offer, section, codec.payloadType());
    }

    private void transport(PeerDescription offer, Ice ice, Fingerprint fingerprint) {
        line(NO_ADDRESS);
        line("a=rtcp:" + DISCARD_PORT + " IN IP4 0.0.0.0");
        ice(ice);
        line("a=fingerprint:" + fingerprint);
        line("a=setup:" + (offer.weBegin() ? "active" : "passive"));
    }

    private void codecs(PeerDescription offer, TransportRequest request) {
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
        parameters(payloadType, parameters);
        if (media.rtxPayloadType() >= 0) {
            retransmission(media.rtxPayloadType(), codec.clockRateHz(), payloadType);
        }
        congestionFeedback(offer, offer.video(), payloadType, media.rtxPayloadType());
    }

    /**
     * It is about all payload types of the transport, so it belongs to all sections; for one alone libwebrtc disregards it.
     * RFC 8888, section 6, has the wildcard; libwebrtc names each payload type. The answer does as the offer.
     */
    private void congestionFeedback(PeerDescription offer, MediaSection section, int... payloadTypes) {
        if (!offer.media().congestionFeedback()) {
            return;
        }
        if (section.hasFeedback("*", PeerDescription.CONGESTION_FEEDBACK)) {
            line("a=rtcp-fb:* " + PeerDescription.CONGESTION_FEEDBACK);
            return;
        }
        for (int payloadType : payloadTypes) {
            feedback(payloadType, section.hasFeedback(Integer.toString(payloadType), PeerDescription.CONGESTION_FEEDBACK),
                    PeerDescription.CONGESTION_FEEDBACK);
        }
    }

    /** RFC 3264, section 6: every section is answered, in order; port 0 refuses it. */
    private void reject(MediaSection section) {
        line("m=" + section.kind() + " 0 " + section.protocol() + ' ' + section.formats().get(0));
        line(NO_ADDRESS);
        line("a=inactive");
        mid(section);
    }

    private void media(PeerDescription offer) {
        NegotiatedMedia media = offer.media();
        line("m=video " + DISCARD_PORT + ' ' + offer.video().protocol() + ' ' + media.payloadType()
                + (media.rtxPayloadType() >= 0 ? " " + media.rtxPayloadType() : ""));
    }

    private void group(PeerDescription offer) {
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
}
