package revcam.transport.webrtc.sdp;

import java.util.ArrayList;
import java.util.List;
import revcam.api.connectivity.IceCredentials;
import revcam.api.transport.NegotiationException;

/**
 * What a viewer's {@code application/trickle-ice-sdpfrag} says (RFC 8840, section 9).
 *
 * @param credentials null when it names none
 * @param candidates values of {@code a=candidate} lines, unchecked, at most 32
 */
public record IceFragment(IceCredentials credentials, List<String> candidates) {

    /** @param mid of the media section that counts; what is said for others is passed over when it differs */
    public static IceFragment read(String text, String mid) throws NegotiationException {
        SessionDescription fragment = SessionDescription.parseFragment(text);
        String ufrag = fragment.attribute("ice-ufrag");
        String password = fragment.attribute("ice-pwd");
        List<String> candidates = new ArrayList<>(fragment.attributes("candidate"));
        for (MediaSection section : fragment.media()) {
            // In a bundle the leading section speaks for all (RFC 9143, section 9.2), and it may be another.
            if (section.has("ice-ufrag") && (ufrag == null || mid.equals(section.attribute("mid")))) {
                ufrag = section.attribute("ice-ufrag");
                password = section.attribute("ice-pwd");
            }
            candidates.addAll(section.attributes("candidate"));
        }
        return new IceFragment(
                ufrag == null && password == null ? null : IceDescription.credentials(ufrag, password),
                IceDescription.bounded(candidates));
    }
}
