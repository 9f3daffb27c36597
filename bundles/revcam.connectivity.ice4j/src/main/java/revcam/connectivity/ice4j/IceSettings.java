package revcam.connectivity.ice4j;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The configuration, checked. {@link #toString()} hides the password.
 *
 * @param minPort of local sockets; 0, and maxPort too, where the system may choose
 * @param relayOnly no viewer learns an address of ours, nor gets a packet, other than through TURN
 * @param refusal why no viewer can be served with this configuration, or null
 */
record IceSettings(
        List<IceServer> stun,
        List<IceServer> turn,
        String turnUser,
        String turnPassword,
        int minPort,
        int maxPort,
        boolean relayOnly,
        int gatherTimeoutMillis,
        String refusal) {

    private static final Logger LOG = LoggerFactory.getLogger(IceSettings.class);
    private static final String FILE = "revcam.connectivity.ice4j.cfg";
    private static final Pattern PORTS = Pattern.compile("(\\d{1,5})\\s*-\\s*(\\d{1,5})");
    private static final int DEFAULT_GATHER_TIMEOUT_MILLIS = 2000;

    /** Logs what is wrong and goes on with the default, except where that would show an address that should be hidden. */
    static IceSettings of(Ice4jConnectivityFactory.Config config) {
        List<IceServer> stun = servers("stun", config.stun());
        List<IceServer> turn = servers("turn", config.turn());
        String user = config.turn_user().trim();
        String password = config.turn_password();
        if (!turn.isEmpty() && (user.isEmpty() || password.isEmpty())) {
            LOG.error("{}: turn needs turn.user and turn.password too; going on without TURN", FILE);
            turn = List.of();
        }

        int minPort = 0;
        int maxPort = 0;
        Matcher ports = PORTS.matcher(config.ports().trim());
        if (ports.matches()
                && Integer.parseInt(ports.group(1)) >= 1024
                && Integer.parseInt(ports.group(1)) <= Integer.parseInt(ports.group(2))
                && Integer.parseInt(ports.group(2)) <= 65_535) {
            minPort = Integer.parseInt(ports.group(1));
            maxPort = Integer.parseInt(ports.group(2));
        } else if (!config.ports().isBlank()) {
            LOG.error("{}: ports = {} is not a range such as 46100-46199 within 1024-65535; the system chooses ports",
                    FILE, config.ports());
        }

        int timeout = config.gatherTimeout();
        if (timeout < 0 || timeout > 10_000) {
            LOG.error("{}: gatherTimeout = {} is not in 0-10000 ms; using {}",
                    FILE, timeout, DEFAULT_GATHER_TIMEOUT_MILLIS);
            timeout = DEFAULT_GATHER_TIMEOUT_MILLIS;
        }

        String policy = config.policy().trim();
        boolean relayOnly = !policy.equals("all");
        String refusal = null;
        if (relayOnly && !policy.equals("relay")) {
            refusal = "policy = " + policy + " is neither all nor relay";
        } else if (relayOnly && turn.isEmpty()) {
            refusal = "policy = relay needs turn, turn.user and turn.password";
        }
        if (refusal != null) {
            refusal = FILE + ": " + refusal;
            LOG.error("{}; no viewer is served, so that no address is shown that should be hidden", refusal);
        }
        return new IceSettings(stun, turn, user, password, minPort, maxPort, relayOnly, timeout, refusal);
    }

    private static List<IceServer> servers(String scheme, String list) {
        try {
            return IceServer.parse(scheme, list);
        } catch (IllegalArgumentException e) {
            LOG.error("{}: {}: {}; going on without", FILE, scheme, e.getMessage());
            return List.of();
        }
    }

    @Override
    public String toString() {
        return "IceSettings[stun=" + stun + ", turn=" + turn + ", ports=" + minPort + "-" + maxPort
                + ", relayOnly=" + relayOnly + "]";
    }
}
