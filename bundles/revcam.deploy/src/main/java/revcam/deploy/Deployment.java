package revcam.deploy;

import java.util.List;

/**
 * One entry of the history.
 *
 * @param number counts from 1 and is never given twice
 * @param wallMillis when it began, Unix time in milliseconds
 * @param arrival the name it came under
 * @param signer who made it; empty for nobody
 * @param brought its own bundles
 * @param effective all deployed bundles that run while it is the current one, its own among them; at most one of a name
 * @param note why it came out so; one line
 */
record Deployment(int number, Outcome outcome, long wallMillis, String arrival, String signer, List<BundleJar> brought,
        List<BundleJar> effective, String note) {

    /** How it came out. */
    enum Outcome {
        /** Under way. Found at a start, it says that RevCam ended meanwhile. */
        TRIAL("on trial"),
        CONFIRMED("confirmed"),
        ROLLED_BACK("rolled back"),
        /** RevCam did not survive its own start with it, twice. */
        CRASHED("crashed");

        final String text;

        Outcome(String text) {
            this.text = text;
        }
    }

    Deployment {
        brought = List.copyOf(brought);
        effective = List.copyOf(effective);
    }

    Deployment as(Outcome outcome, String note) {
        return new Deployment(number, outcome, wallMillis, arrival, signer, brought, effective, Words.shown(note));
    }
}
