package revcam.connectivity.ice4j;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;
import org.ice4j.ice.Agent;
import org.ice4j.ice.Component;
import org.ice4j.ice.IceMediaStream;
import org.ice4j.ice.KeepAliveStrategy;
import org.ice4j.ice.RemoteCandidate;
import revcam.api.connectivity.Connectivity;
import revcam.api.connectivity.IceCredentials;

/** A viewer's side: full ICE in the controlling role, from the addresses of this host. */
final class IcePeer implements AutoCloseable {

    private final Agent agent;
    private final IceMediaStream stream;
    private final Component component;

    IcePeer() throws IOException {
        Ice4jDefaults.apply();
        agent = new Agent();
        agent.setControlling(true);
        agent.setUseDynamicPorts(true);
        stream = agent.createMediaStream("viewer");
        component = agent.createComponent(stream, KeepAliveStrategy.SELECTED_ONLY, true);
    }

    IceCredentials credentials() {
        return new IceCredentials(agent.getLocalUfrag(), agent.getLocalPassword());
    }

    List<String> candidates() {
        return component.getLocalCandidates().stream()
                .map(candidate -> CandidateLine.format(candidate, false))
                .collect(Collectors.toList());
    }

    /** Starts checks towards what the other side offers. */
    void connect(Connectivity other) {
        connect(other.local(), other.candidates());
    }

    void connect(IceCredentials credentials, List<String> candidates) {
        stream.setRemoteUfrag(credentials.ufrag());
        stream.setRemotePassword(credentials.password());
        for (String line : candidates) {
            RemoteCandidate candidate = CandidateLine.parse(line, component);
            component.addRemoteCandidate(candidate);
        }
        agent.startConnectivityEstablishment();
    }

    String remoteAddress() {
        return component.getSelectedPair().getRemoteCandidate().getTransportAddress().toString();
    }

    /** How many addresses of the other side were tried or heard of. */
    long remoteAddresses() {
        return stream.getCheckList().stream()
                .map(pair -> pair.getRemoteCandidate().getTransportAddress())
                .distinct()
                .count();
    }

    void send(String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        component.send(bytes, 0, bytes.length);
    }

    /** @return null when nothing came in time */
    String receive(int millis) throws IOException {
        DatagramPacket packet = new DatagramPacket(new byte[1500], 1500);
        component.getComponentSocket().setSoTimeout(millis);
        try {
            component.getComponentSocket().receive(packet);
            return new String(packet.getData(), 0, packet.getLength(), StandardCharsets.UTF_8);
        } catch (SocketTimeoutException e) {
            return null;
        }
    }

    @Override
    public void close() {
        agent.free();
    }
}
