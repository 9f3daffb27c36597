package revcam.transport.webrtc.ice;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import revcam.api.config.BadSetting;
import revcam.api.config.Settings;
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

    /** Without any configuration, viewers on this machine alone are reached. */
    @ObjectClassDefinition(name = "RevCam connectivity: ICE-lite", description = "One UDP port for all viewers")
    public @interface Config {

        @AttributeDefinition(description = "UDP port, 0 to 65535; 0 takes any that is free. Where it is"
                + " taken, one of the next 15.", min = "0", max = "65535")
        int port() default 8189;

        @AttributeDefinition(description = "Local addresses to use, comma-separated; empty, 0.0.0.0 or ::"
                + " for all")
        String listen() default "127.0.0.1";

        @AttributeDefinition(description = "Offer loopback addresses: auto (when there is no other), always or never")
        String loopback() default "auto";

        @AttributeDefinition(description = "More addresses that lead here, such as a router's that forwards the port:"
                + " ADDRESS, ADDRESS:PORT or [IPV6]:PORT, comma-separated")
        String announce() default "";

        @AttributeDefinition(description = "Seconds, 5 to 30, without a word from a viewer until it is given up",
                min = "5", max = "30")
        int silence() default 8;
    }

    private final MediaLoop loop;
    private volatile IcePort.Settings settings;
    private volatile IcePort port;

    @Activate
    public IceLiteFactory(@Reference MediaLoop loop, Map<String, Object> properties) {
        this.loop = loop;
        settings = read(properties, null);
        open();
    }

    /** Closes the connections of those who are watching. */
    @Modified
    void modified(Map<String, Object> properties) {
        IcePort.Settings changed = read(properties, settings);
        if (!changed.equals(settings)) {
            port.close();
            settings = changed;
            open();
        }
    }

    private void open() {
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

    @Override
    public Connectivity offer(ConnectivityEvents events) throws StageException {
        return port.open(null, events);
    }

    @Deactivate
    public void deactivate() {
        port.close();
    }

    private static IcePort.Settings read(Map<String, Object> properties, IcePort.Settings lastGood) {
        return Settings.read(PID, Config.class, properties, lastGood, IceLiteFactory::settings, LOG::error);
    }

    static IcePort.Settings settings(Settings settings) throws BadSetting {
        List<Announced> announced = settings.parse("announce",
                text -> settings.list("announce").stream().map(Announced::parse).toList(),
                "ADDRESS, ADDRESS:PORT or [IPV6]:PORT, separated by commas");
        return new IcePort.Settings(
                settings.wholeNumber("port", 0, 65535),
                settings.parse("listen", text -> listen(settings.list("listen")), "IP addresses and host names that exist, "
                        + "separated by commas; empty for all"),
                Loopback.valueOf(settings.choice("loopback", "AUTO", "ALWAYS", "NEVER")),
                announced,
                TimeUnit.SECONDS.toNanos(settings.wholeNumber("silence", 5, 30)));
    }

    /** @return empty for all of the machine's */
    private static List<InetAddress> listen(List<String> names) {
        List<InetAddress> addresses = new ArrayList<>();
        for (String name : names) {
            try {
                addresses.addAll(List.of(InetAddress.getAllByName(name)));
            } catch (UnknownHostException e) {
                throw new IllegalArgumentException(e);
            }
        }
        return addresses.stream().anyMatch(InetAddress::isAnyLocalAddress) ? List.of() : List.copyOf(addresses);
    }
}
