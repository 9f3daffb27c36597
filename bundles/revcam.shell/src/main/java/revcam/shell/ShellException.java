package revcam.shell;

/** A command did not do what was asked; the message is all that the person sees. */
final class ShellException extends Exception {

    ShellException(String message) {
        super(message);
    }
}
