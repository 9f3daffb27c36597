package revcam.transport.webrtc.sdp;

import java.util.List;
import java.util.regex.Pattern;
import revcam.api.connectivity.IceCredentials;
import revcam.api.transport.NegotiationException;
import revcam.api.transport.NegotiationException.Reason;

/** ICE's attributes of a description (RFC 8839). */
final class IceDescription {

    /** More than a browser on a machine with many networks has. */
    static final int MAX_CANDIDATES = 32;

    /** RFC 8839, section 5.4. */
    private static final Pattern UFRAG = Pattern.compile("[A-Za-z0-9+/]{4,256}");
    private static final Pattern PASSWORD = Pattern.compile("[A-Za-z0-9+/]{22,256}");

    private IceDescription() {}

    /** @throws NegotiationException MALFORMED unless both are there as they must be */
    static IceCredentials credentials(String ufrag, String password) throws NegotiationException {
        if (ufrag == null || !UFRAG.matcher(ufrag).matches()) {
            throw new NegotiationException(Reason.MALFORMED, "a=ice-ufrag must have 4 to 256 letters, digits, + or /");
        }
        if (password == null || !PASSWORD.matcher(password).matches()) {
            throw new NegotiationException(Reason.MALFORMED, "a=ice-pwd must have 22 to 256 letters, digits, + or /");
        }
        return new IceCredentials(ufrag, password);
    }

    static List<String> bounded(List<String> candidates) {
        return candidates.size() > MAX_CANDIDATES ? candidates.subList(0, MAX_CANDIDATES) : candidates;
    }
}
