package revcam.transport.webrtc.sdp;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import revcam.api.connectivity.IceCredentials;
import revcam.api.packetiser.RtpFormat;
import revcam.api.transport.NegotiatedMedia;
import revcam.api.transport.NegotiationException;
import revcam.api.transport.NegotiationException.Reason;
import revcam.transport.webrtc.dtls.Fingerprint;

/** What a peer says of itself, in its offer or its answer to ours, and what was chosen from it for one stream. */
public final class PeerDescription {

    private static final String VIDEO = "video";
    private static final String BUNDLE = "BUNDLE ";
    /** RFC 8888, section 6. */
    static final String CONGESTION_FEEDBACK = "ack ccfb";
    /** What one-byte header extensions can carry (RFC 8285, section 4.2). */
    private static final int MAX_EXTENSION_ID = 14;

    private final SessionDescription session;
    private final MediaSection video;
    private final Codec codec;
    private final Codec rtx;
    private final NegotiatedMedia media;
    private final IceCredentials credentials;
    private final List<Fingerprint> fingerprints;
    private final boolean weBegin;
    private final boolean answers;

    private PeerDescription(SessionDescription session, MediaSection video, RtpFormat stream, boolean answers)
            throws NegotiationException {
        this.session = session;
        this.video = video;
        this.answers = answers;
        checkUsable();
        codec = CodecChoice.choose(video, stream);
        rtx = findRtx();
        media = negotiate();
        credentials = IceDescription.credentials(transportAttribute("ice-ufrag"), transportAttribute("ice-pwd"));
        fingerprints = fingerprints(transportAttributes("fingerprint"));
        weBegin = weBegin(transportAttribute("setup"), answers);
    }

    /**
     * Reads an offer and takes the first video section that the stream can be sent in.
     *
     * @throws NegotiationException MALFORMED, or NOT_ACCEPTABLE with what the first video section lacks
     */
    public static PeerDescription offer(String sdp, RtpFormat stream) throws NegotiationException {
        SessionDescription session = SessionDescription.parse(sdp);
        checkMids(session);
        NegotiationException first = null;
        for (MediaSection section : session.media()) {
            if (section.kind().equals(VIDEO)) {
                try {
                    return new PeerDescription(session, section, stream, false);
                } catch (NegotiationException e) {
                    first = first == null ? e : first;
                }
            }
        }
        throw first != null ? first : notAcceptable("the offer has no video section: add a recvonly video transceiver");
    }

    /**
     * Reads the answer to an {@link OwnOffer}.
     *
     * @throws NegotiationException MALFORMED, or NOT_ACCEPTABLE when the video is refused or nothing can come of it
     */
    public static PeerDescription answer(String sdp, RtpFormat stream) throws NegotiationException {
        SessionDescription session = SessionDescription.parse(sdp);
        // RFC 3264, section 6: as many sections as were offered.
        if (session.media().size() != 1 || !session.media().get(0).kind().equals(VIDEO)) {
            throw new NegotiationException(Reason.MALFORMED, "an answer has the one section that was offered, of video");
        }
        checkMids(session);
        return new PeerDescription(session, session.media().get(0), stream, true);
    }

    /** The peer's ICE credentials. */
    public IceCredentials credentials() {
        return credentials;
    }

    /** Values of {@code a=candidate} lines, unchecked, at most 32. */
    public List<String> candidates() {
        return IceDescription.bounded(transportAttributes("candidate"));
    }

    /** Whether the peer sends no connectivity checks of its own. */
    public boolean iceLite() {
        return session.attribute("ice-lite") != null;
    }

    /** At least one. */
    public List<Fingerprint> fingerprints() {
        return fingerprints;
    }

    /** Whether we are DTLS client (RFC 5763, section 5). */
    public boolean weBegin() {
        return weBegin;
    }

    public NegotiatedMedia media() {
        return media;
    }

    SessionDescription session() {
        return session;
    }

    MediaSection video() {
        return video;
    }

    Codec codec() {
        return codec;
    }

    /** The retransmission format for the chosen one (RFC 4588, section 8.6), or null. */
    private Codec findRtx() {
        for (Codec candidate : Codec.of(video)) {
            if (candidate.is("rtx", codec.clockRateHz())
                    && Integer.toString(codec.payloadType()).equals(candidate.parameters().get("apt"))) {
                return candidate;
            }
        }
        return null;
    }

    /** Whether the video section is in a bundle (RFC 9143). */
    boolean bundled() {
        return bundle(video) != null;
    }

    /**
     * The section that leads the bundle that video is in, if it is another one and carries RTP. It is kept, without
     * media: Chromium with {@code max-bundle} cannot use the bundle's transport once its leader is refused.
     */
    MediaSection bundleLeader() {
        MediaSection leader = leader();
        return leader != null && leader != video && leader.port() != 0 && leader.has("rtcp-mux")
                && !Codec.of(leader).isEmpty() ? leader : null;
    }

    /** Whether the chosen payload type has this {@code a=rtcp-fb} (RFC 4585, section 4.2). */
    private boolean feedback(String type) {
        return video.hasFeedback(Integer.toString(codec.payloadType()), type) || video.hasFeedback("*", type);
    }

    private void checkUsable() throws NegotiationException {
        if (video.port() == 0 && !video.has("bundle-only")) {
            throw notAcceptable("the video section is disabled: its port is 0");
        }
        if (!video.protocol().endsWith("RTP/SAVPF")) {
            throw notAcceptable("the video section must be UDP/TLS/RTP/SAVPF, not " + video.protocol());
        }
        for (String direction : List.of("sendonly", "inactive")) {
            boolean ownDirection = video.has("recvonly") || video.has("sendrecv");
            if (video.has(direction) || !ownDirection && session.attribute(direction) != null) {
                throw notAcceptable("the video section must be recvonly or sendrecv, not " + direction);
            }
        }
        if (!video.has("rtcp-mux")) {
            throw notAcceptable("the video section must have a=rtcp-mux");
        }
    }

    private NegotiatedMedia negotiate() {
        String mid = video.attribute("mid");
        boolean transportFeedback = feedback("transport-cc");
        int transportSequence2 = transportFeedback && !answers ? extension(HeaderExtension.TRANSPORT_SEQUENCE_2) : 0;
        boolean feedbackRequests = transportSequence2 != 0;
        int transportSequence = feedbackRequests || !transportFeedback ? transportSequence2
                : extension(HeaderExtension.TRANSPORT_SEQUENCE);
        // One of those that say the same (RFC 8888, section 6), and the one that is finer: 250 against 977 microseconds.
        boolean congestionFeedback = transportSequence == 0 && !answers && feedback(CONGESTION_FEEDBACK);
        return new NegotiatedMedia(
                codec.payloadType(),
                rtx == null ? -1 : rtx.payloadType(),
                mid == null ? 0 : extension(HeaderExtension.MID),
                mid == null ? "" : mid,
                transportSequence,
                feedbackRequests,
                extension(HeaderExtension.ABS_SEND_TIME),
                extension(HeaderExtension.PLAYOUT_DELAY),
                feedback("nack"),
                feedback("nack pli"),
                feedback("ccm fir"),
                feedback("goog-remb"),
                congestionFeedback,
                video.has("rtcp-rsize"));
    }

    /** Where the viewer's transport is described: here, for all, or in the section that leads the bundle (RFC 9143). */
    private String transportAttribute(String name) {
        List<String> values = transportAttributes(name);
        return values.isEmpty() ? null : values.get(0);
    }

    private List<String> transportAttributes(String name) {
        List<String> values = video.attributes(name);
        if (values.isEmpty()) {
            values = session.attributes(name);
        }
        return values.isEmpty() && leader() != null ? leader().attributes(name) : values;
    }

    private MediaSection leader() {
        String group = bundle(video);
        if (group != null) {
            String mid = group.split(" ")[0];
            for (MediaSection section : session.media()) {
                if (mid.equals(section.attribute("mid"))) {
                    return section;
                }
            }
        }
        return null;
    }

    /** The mids of the bundle that a section is in, or null. */
    private String bundle(MediaSection section) {
        String mid = section.attribute("mid");
        if (mid != null) {
            for (String group : session.attributes("group")) {
                if (group.startsWith(BUNDLE) && List.of(group.substring(BUNDLE.length()).split(" ")).contains(mid)) {
                    return group.substring(BUNDLE.length());
                }
            }
        }
        return null;
    }

    /** The id that the offer gives an extension we may send (RFC 8285, section 5), or 0. */
    private int extension(HeaderExtension wanted) {
        List<String> offered = new ArrayList<>(video.attributes("extmap"));
        offered.addAll(session.attributes("extmap"));
        for (String value : offered) {
            String[] fields = value.split(" ");
            if (fields.length >= 2 && fields[1].equals(wanted.uri())) {
                int slash = fields[0].indexOf('/');
                String direction = slash < 0 ? "sendrecv" : fields[0].substring(slash + 1);
                String number = slash < 0 ? fields[0] : fields[0].substring(0, slash);
                int id = SessionDescription.number(number, MAX_EXTENSION_ID);
                // RFC 8285, section 5: an answer takes an id as it was offered, or leaves the extension out.
                boolean numbered = !answers || id == OwnOffer.id(wanted);
                if (id > 0 && numbered && (direction.equals("sendrecv") || direction.equals("recvonly"))) {
                    return id;
                }
            }
        }
        return 0;
    }

    private static List<Fingerprint> fingerprints(List<String> values) throws NegotiationException {
        List<Fingerprint> fingerprints = new ArrayList<>();
        for (String value : values) {
            try {
                Fingerprint fingerprint = Fingerprint.parse(value);
                if (fingerprint != null) {
                    fingerprints.add(fingerprint);
                }
            } catch (IllegalArgumentException e) {
                throw new NegotiationException(Reason.MALFORMED, "a=" + e.getMessage());
            }
        }
        if (fingerprints.isEmpty()) {
            throw notAcceptable("a=fingerprint with sha-256, sha-384 or sha-512 is required:"
                    + " media is always encrypted");
        }
        return fingerprints;
    }

    private static boolean weBegin(String setup, boolean answers) throws NegotiationException {
        if (setup == null) {
            throw new NegotiationException(Reason.MALFORMED, "a=setup is missing");
        }
        if (answers && setup.equals("actpass")) {
            throw notAcceptable("a=setup must be active or passive in an answer (RFC 5763, section 5)");
        }
        return switch (setup) {
            case "actpass", "active" -> false;
            case "passive" -> true;
            default -> throw notAcceptable("a=setup must be actpass, active or passive");
        };
    }

    private static void checkMids(SessionDescription session) throws NegotiationException {
        Set<String> mids = new HashSet<>();
        for (MediaSection section : session.media()) {
            String mid = section.attribute("mid");
            if (mid != null && (!SessionDescription.isToken(mid) || !mids.add(mid))) {
                throw new NegotiationException(Reason.MALFORMED, "a=mid must be a token, and another in each section");
            }
        }
    }

    private static NegotiationException notAcceptable(String message) {
        return new NegotiationException(Reason.NOT_ACCEPTABLE, message);
    }
}
