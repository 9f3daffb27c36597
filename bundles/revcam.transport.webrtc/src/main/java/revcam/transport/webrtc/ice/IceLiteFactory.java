package revcam.transport.webrtc.ice;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.IntSupplier;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import revcam.api.connectivity.Connectivity;
import revcam.api.connectivity.ConnectivityEvents;
import revcam.api.connectivity.ConnectivityFactory;
import revcam.api.connectivity.IceCredentials;
import revcam.api.media.StageException;
import revcam.api.transport.MediaLoop;

/** ICE-lite on one UDP port: for viewers that reach the camera directly, by VPN or by a forwarded port. */
@Component(configurationPid = IceLiteFactory.PID, property = ConnectivityFactory.NAME + "=lite")
@Designate(ocd = IceLiteFactory.Config.class)
public final class IceLiteFactory implements ConnectivityFactory {

    static final String PID = "revcam.connectivity.lite";

    private static final Logger LOG = LoggerFactory.getLogger(IceLiteFactory.class);
    private static final int DEFAULT_PORT = 8189;
    private static final int DEFAULT_SILENCE_SECONDS = 8;

    /** configs/revcam.connectivity.lite.cfg. */
    @ObjectClassDefinition(name = "RevCam connectivity: ICE-lite", description = "One UDP port for all viewers")
    public @interface Config {

        @AttributeDefinition(description = "UDP port, 0 to 65535; 0 takes any that is free. Where it is"
                + " taken, one of the next 15.", min = "0", max = "65535")
        int port() default DEFAULT_PORT;

        @AttributeDefinition(description = "Local addresses to use, comma-separated; empty, 0.0.0.0 or ::"
                + " for all")
        String listen() default "";

        @AttributeDefinition(description = "Offer loopback addresses: auto (when there is no other), always or never")
        String loopback() default "auto";

        @AttributeDefinition(description = "More addresses that lead here, such as a router's that forwards the port:"
                + " ADDRESS, ADDRESS:PORT or [IPV6]:PORT, comma-separated")
        String announce() default "";

        @AttributeDefinition(description = "Seconds, 5 to 30, without a word from a viewer until it is given up",
                min = "5", max = "30")
        int silence() default DEFAULT_SILENCE_SECONDS;
    }

    private final IcePort port;

    @Activate
    public IceLiteFactory(@Reference MediaLoop loop, Config config) {
        this(loop, settings(config));
    }

    IceLiteFactory(MediaLoop loop, IcePort.Settings settings) {
        port = new IcePort(loop, settings, LocalAddresses::ofMachine);
        try {
            port.refresh();
        } catch (StageException e) {
            LOG.error("No viewer can connect yet: {} ({}). It is tried again with each viewer.", e.getMessage(), PID);
        }
    }

    @Override
    public Connectivity open(IceCredentials remote, ConnectivityEvents events) throws StageException {
        return port.open(remote, events);
    }

    @Deactivate
    public void deactivate() {
        port.close();
    }

    private static IcePort.Settings settings(Config config) {
        return new IcePort.Settings(
                inRange("port", config::port, 0, 65535, DEFAULT_PORT),
                listen(config.listen()),
                loopback(config.loopback()),
                list("announce", config.announce(), Announced::parse, "ADDRESS, ADDRESS:PORT or [IPV6]:PORT"),
                TimeUnit.SECONDS.toNanos(inRange("silence", config::silence, 5, 30, DEFAULT_SILENCE_SECONDS)));
    }

    private static int inRange(String key, IntSupplier configured, int min, int max, int fallback) {
        String value;
        try {
            int number = configured.getAsInt();
            if (number >= min && number <= max) {
                return number;
            }
            value = Integer.toString(number);
        } catch (RuntimeException e) {
            // Declarative Services throws when the text is no number, and quotes it.
            value = e.getMessage().substring(Math.max(0, e.getMessage().indexOf('"')));
        }
        complain(key, value, min + " to " + max, Integer.toString(fallback));
        return fallback;
    }

    /** @return empty for all of the machine's */
    static List<InetAddress> listen(String value) {
        List<InetAddress> addresses = new ArrayList<>();
        list("listen", value, IceLiteFactory::resolve, "IP addresses and host names").forEach(addresses::addAll);
        if (addresses.stream().anyMatch(InetAddress::isAnyLocalAddress)) {
            return List.of();
        }
        if (addresses.isEmpty() && !value.isBlank()) {
            // A mistyped restriction must not open every address.
            LOG.error("{}.cfg: listen = {} names no address; only viewers on this machine can connect.", PID, value);
            return List.of(InetAddress.getLoopbackAddress());
        }
        return addresses;
    }

    private static List<InetAddress> resolve(String address) {
        try {
            return List.of(InetAddress.getAllByName(address));
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private static Loopback loopback(String value) {
        try {
            return Loopback.valueOf(value.strip().toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            complain("loopback", value, "auto, always or never", "auto");
            return Loopback.AUTO;
        }
    }

    private static <T> List<T> list(String key, String value, Function<String, T> parse, String allowed) {
        List<T> items = new ArrayList<>();
        for (String item : value.split(",")) {
            if (!item.isBlank()) {
                try {
                    items.add(parse.apply(item.strip()));
                } catch (IllegalArgumentException e) {
                    complain(key, item.strip(), allowed, "nothing instead of it");
                }
            }
        }
        return items;
    }

    private static void complain(String key, String value, String allowed, String instead) {
        LOG.error("{}.cfg: {} = {} is not allowed; it takes {}. Using {}.", PID, key, value, allowed, instead);
    }
}
