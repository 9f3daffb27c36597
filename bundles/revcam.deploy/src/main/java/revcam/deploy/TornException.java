package revcam.deploy;

/** Something is not whole, which may be because it is still being copied. */
final class TornException extends Exception {

    private static final long serialVersionUID = 1;

    TornException(String message) {
        super(message);
    }
}
