package revcam.deploy;

import java.time.Instant;
import java.util.List;

/**
 * A set that was found to be what its maker made; its jars are in the store.
 *
 * @param arrival the name it came under
 * @param signer null for nobody
 * @param made when; null where no manifest says so
 */
record CandidateSet(String arrival, TrustedKeys.Signer signer, Instant made, List<BundleJar> jars) {

    CandidateSet {
        jars = List.copyOf(jars);
    }
}
