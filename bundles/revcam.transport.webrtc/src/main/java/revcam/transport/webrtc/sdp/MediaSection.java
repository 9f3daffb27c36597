package revcam.transport.webrtc.sdp;

import java.util.List;

/**
 * An {@code m=} line and what belongs to it (RFC 8866, section 5.14).
 *
 * @param kind such as {@code video}
 * @param formats payload types, for RTP
 */
record MediaSection(String kind, int port, String protocol, List<String> formats, List<Attribute> attributes) {

    /** The value of the first attribute of that name, or null. */
    String attribute(String name) {
        return SessionDescription.first(attributes, name);
    }

    List<String> attributes(String name) {
        return SessionDescription.all(attributes, name);
    }

    boolean has(String name) {
        return attribute(name) != null;
    }

    /**
     * Whether there is this {@code a=rtcp-fb} (RFC 4585, section 4.2).
     *
     * @param format a payload type, or {@code *}
     * @param type such as {@code nack pli}
     */
    boolean hasFeedback(String format, String type) {
        String wanted = format + ' ' + type;
        // pion ends those that have no parameter with a blank.
        return attributes("rtcp-fb").stream().anyMatch(value -> value.stripTrailing().equals(wanted));
    }
}
