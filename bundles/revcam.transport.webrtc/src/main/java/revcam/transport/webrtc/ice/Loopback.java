package revcam.transport.webrtc.ice;

/**
 * Whether loopback addresses are offered to viewers. RFC 8445, section 5.1.1.1 forbids it, and a viewer on this machine
 * reaches any other of its addresses as well; but a machine without a network has nothing else.
 */
public enum Loopback {
    /** When there is no other address. */
    AUTO,
    /** Always, as the last choice. */
    ALWAYS,
    /** Not at all. */
    NEVER;

    boolean wanted(boolean otherAddresses) {
        return this == ALWAYS || this == AUTO && !otherAddresses;
    }
}
