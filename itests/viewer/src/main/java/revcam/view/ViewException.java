package revcam.view;

/** Watching did not work; the message is for a person and says what to do. */
public final class ViewException extends Exception {

    public ViewException(String message) {
        super(message);
    }

    public ViewException(String message, Throwable cause) {
        super(message, cause);
    }
}
