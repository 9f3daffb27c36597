package revcam.transport.webrtc.sdp;

/** An {@code a=} line (RFC 8866, section 5.13); the value is empty for a property attribute. */
record Attribute(String name, String value) {}
