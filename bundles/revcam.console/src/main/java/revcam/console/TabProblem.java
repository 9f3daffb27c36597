package revcam.console;

/** Why a request of the tab's page is not fulfilled, for a person, with the HTTP status that fits. */
final class TabProblem extends Exception {

    final int status;

    TabProblem(int status, String message) {
        super(message);
        this.status = status;
    }
}
