package revcam.connectivity.ice4j;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.AttributeType;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.osgi.service.metatype.annotations.Option;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import revcam.api.config.Settings;
import revcam.api.connectivity.Connectivity;
import revcam.api.connectivity.ConnectivityEvents;
import revcam.api.connectivity.ConnectivityFactory;
import revcam.api.connectivity.IceCredentials;
import revcam.api.media.StageException;
import revcam.api.transport.MediaLoop;

/**
 * Full ICE (RFC 8445) with STUN and TURN, by ice4j: for a camera that viewers cannot reach directly. Costs more than
 * ICE-lite: sockets and threads for each viewer, some 40 MB, and a second or more at the first viewer, when ice4j is loaded.
 */
@Component(configurationPid = Ice4jConnectivityFactory.PID, property = ConnectivityFactory.NAME + "=ice4j")
@Designate(ocd = Ice4jConnectivityFactory.Config.class)
public final class Ice4jConnectivityFactory implements ConnectivityFactory {

    static final String PID = "revcam.connectivity.ice4j";

    private static final Logger LOG = LoggerFactory.getLogger(Ice4jConnectivityFactory.class);

    private final MediaLoop loop;
    private volatile IceSettings settings;
    /** Looks up names, gathers candidates and closes sockets: all that blocks. */
    private final ExecutorService blocking;
    private final Set<Ice4jConnectivity> open = ConcurrentHashMap.newKeySet();
    private volatile boolean stopped;

    /** The default policy is what holds without any configuration: no address is shown. */
    @ObjectClassDefinition(
            name = "RevCam full ICE",
            description = "Reaches viewers through NAT with STUN and TURN. Changes hold for new viewers.")
    @interface Config {

        @AttributeDefinition(
                description = "STUN servers that tell our public address: host:port, separated by commas; empty for none")
        String stun() default "";

        @AttributeDefinition(
                description = "TURN servers that relay where nothing else works: host:port over UDP, separated by commas;"
                        + " empty for none")
        String turn() default "";

        @AttributeDefinition(name = "turn.user", description = "User name at every TURN server")
        String turn_user() default "";

        @AttributeDefinition(
                name = "turn.password",
                type = AttributeType.PASSWORD,
                description = "Password at every TURN server; never logged")
        String turn_password() default "";

        @AttributeDefinition(
                description = "Local UDP ports, such as 46100-46199, within 1024-65535; each viewer takes one per local"
                        + " address. Empty: the system chooses")
        String ports() default "";

        @AttributeDefinition(
                description = "all: the best path that works; relay: only through TURN, so that viewers do not learn our"
                        + " addresses",
                options = {@Option(label = "all", value = "all"), @Option(label = "relay", value = "relay")})
        String policy() default "relay";

        @AttributeDefinition(
                description = "Milliseconds that a new viewer waits for STUN and TURN servers at most, 0-10000")
        int gatherTimeout() default 2000;
    }

    @Activate
    public Ice4jConnectivityFactory(@Reference MediaLoop loop, Map<String, Object> properties) {
        this.loop = loop;
        modified(properties);
        blocking = Executors.newCachedThreadPool(task -> {
            Thread thread = new Thread(task, "revcam-ice4j");
            thread.setDaemon(true);
            thread.setContextClassLoader(Ice4jConnectivityFactory.class.getClassLoader());
            return thread;
        });
    }

    /** Holds for viewers that come from now on. */
    @Modified
    void modified(Map<String, Object> properties) {
        settings = Settings.read(PID, Config.class, properties, settings, IceSettings::of, LOG::error);
    }

    @Override
    public Connectivity open(IceCredentials remote, ConnectivityEvents events) throws StageException {
        return prepared(remote, events);
    }

    @Override
    public Connectivity offer(ConnectivityEvents events) throws StageException {
        return prepared(null, events);
    }

    private Connectivity prepared(IceCredentials remote, ConnectivityEvents events) throws StageException {
        IceSettings now = settings;
        if (now.refusal() != null) {
            throw new StageException(StageException.Reason.UNAVAILABLE, now.refusal());
        }
        Ice4jConnectivity connectivity = new Ice4jConnectivity(now, loop, blocking, remote, events, open::remove);
        open.add(connectivity);
        if (stopped) {
            connectivity.lose("the bundle of ice4j stopped");
        }
        return connectivity;
    }

    @Deactivate
    void stop() {
        stopped = true;
        open.forEach(connectivity -> connectivity.lose("the bundle of ice4j stopped"));
    }
}
