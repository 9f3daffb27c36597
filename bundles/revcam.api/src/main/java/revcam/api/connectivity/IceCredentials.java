package revcam.api.connectivity;

/** A username fragment and password of ICE (RFC 8445, section 5.3). {@link #toString()} hides the password. */
public record IceCredentials(String ufrag, String password) {

    @Override
    public String toString() {
        return "IceCredentials[" + ufrag + "]";
    }
}
