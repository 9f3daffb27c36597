package revcam.connectivity.ice4j;

import org.ice4j.ice.Agent;
import org.ice4j.ice.CandidatePair;
import org.ice4j.ice.CandidateType;
import org.ice4j.ice.LocalCandidate;
import org.ice4j.ice.RemoteCandidate;

/** An agent that sends no check from a socket of this host, which would show its address, but only through TURN. */
final class RelayOnlyAgent extends Agent {

    @Override
    protected CandidatePair createCandidatePair(LocalCandidate local, RemoteCandidate remote) {
        return local.getType() == CandidateType.RELAYED_CANDIDATE
                ? super.createCandidatePair(local, remote)
                : new NeverChecked(local, remote);
    }

    private static final class NeverChecked extends CandidatePair {

        NeverChecked(LocalCandidate local, RemoteCandidate remote) {
            super(local, remote);
            setStateFailed();
        }

        @Override
        public void setStateWaiting() {
            setStateFailed();
        }
    }
}
