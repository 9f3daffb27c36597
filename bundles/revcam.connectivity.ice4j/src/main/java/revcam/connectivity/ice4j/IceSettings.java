package revcam.connectivity.ice4j;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import revcam.api.config.BadSetting;
import revcam.api.config.Settings;

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
    private static final Pattern PORTS = Pattern.compile("(\\d{1,5})\\s*-\\s*(\\d{1,5})");

    static IceSettings of(Settings settings) throws BadSetting {
        List<IceServer> stun = servers(settings, "stun");
        List<IceServer> turn = servers(settings, "turn");
        String user = settings.text("turn.user");
        String password = settings.text("turn.password");
        if (!turn.isEmpty() && (user.isEmpty() || password.isEmpty())) {
            throw settings.bad("turn", "with turn.user and turn.password too, or empty");
        }
        int[] ports = settings.parse("ports", IceSettings::ports, "empty, or a range such as 46100-46199 within 1024-65535");
        boolean relayOnly = settings.choice("policy", "all", "relay").equals("relay");
        String refusal = null;
        if (relayOnly && turn.isEmpty()) {
            refusal = settings.file("policy") + ": policy = relay needs turn, turn.user and turn.password";
            LOG.error("{}; no viewer is served, so that no address is shown that should be hidden", refusal);
        }
        return new IceSettings(stun, turn, user, password, ports[0], ports[1], relayOnly,
                settings.wholeNumber("gatherTimeout", 0, 10_000), refusal);
    }

    private static List<IceServer> servers(Settings settings, String scheme) throws BadSetting {
        return settings.parse(scheme, list -> IceServer.parse(scheme, list),
                scheme + " servers over UDP, host:port, separated by commas");
    }

    private static int[] ports(String text) {
        if (text.isEmpty()) {
            return new int[2];
        }
        Matcher ports = PORTS.matcher(text);
        if (ports.matches()) {
            int min = Integer.parseInt(ports.group(1));
            int max = Integer.parseInt(ports.group(2));
            if (min >= 1024 && min <= max && max <= 65_535) {
                return new int[] {min, max};
            }
        }
        throw new IllegalArgumentException(text);
    }

    @Override
    public String toString() {
        return "IceSettings[stun=" + stun + ", turn=" + turn + ", ports=" + minPort + "-" + maxPort
                + ", relayOnly=" + relayOnly + "]";
    }
}
