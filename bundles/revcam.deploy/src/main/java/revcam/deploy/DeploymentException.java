package revcam.deploy;

/** A set of bundles is not deployed; the message says why and what to do, and nothing that ran has stopped. */
class DeploymentException extends Exception {

    private static final long serialVersionUID = 1;

    DeploymentException(String message) {
        super(message);
    }

    DeploymentException(String message, Throwable cause) {
        super(message, cause);
    }
}
