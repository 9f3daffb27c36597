package revcam.systemd;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.osgi.service.condition.Condition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import revcam.api.stream.StreamStatus;
import revcam.api.stream.StreamStatus.State;
import revcam.api.stream.VideoStream;
import revcam.api.transport.MediaLoop;

/**
 * Speaks sd_notify(3) with the service manager that started this process, if one did: READY when a viewer can connect,
 * STATUS for {@code systemctl status}, WATCHDOG for as long as media moves, STOPPING at the end.
 *
 * <p>A stage that is missing, such as a camera that is not plugged in, is told by STATUS and withholds neither READY, after
 * {@link #PATIENCE_NANOS}, nor WATCHDOG: a restart would not bring it.
 *
 * <p>One thread, which exists only under a service manager; services come and go on the framework's.
 */
@Component(service = {})
public final class SystemdNotifier {

    /** How the environment of the process says where the manager listens and how often it wants to hear. */
    static final String SOCKET = "NOTIFY_SOCKET";
    static final String WATCHDOG_MICROS = "WATCHDOG_USEC";
    static final String WATCHDOG_PID = "WATCHDOG_PID";

    /** So long a missing stage may delay READY: longer, and installing the package without a camera would seem to hang. */
    static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(20);

    private static final Logger LOG = LoggerFactory.getLogger("revcam.systemd");
    private static final String READY = "(" + Condition.CONDITION_ID + "=revcam.ready)";
    /** sd_watchdog_enabled(3) asks for at least every half; a lost one should not matter. */
    private static final int PINGS_PER_WATCHDOG = 4;
    private static final long STATUS_NANOS = TimeUnit.SECONDS.toNanos(2);
    private static final long LONGEST_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final long BOUND_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final long UNTIL_READY_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long STOP_BOUND_MILLIS = 1_000;

    private final Bundle framework;
    private final NotifySocket socket;
    private final boolean watched;
    private final long intervalNanos;
    private final Pulse pulse;
    private final CountDownLatch stopping = new CountDownLatch(1);
    private final Thread thread;
    private final List<VideoStream> streams = new CopyOnWriteArrayList<>();
    private volatile MediaLoop loop;
    private volatile boolean ready;

    private boolean told; // its thread: READY has arrived
    private String lastStatus = ""; // its thread
    private String lastTrouble = ""; // its thread: what the log says already
    private boolean unheard; // its thread

    @Activate
    public SystemdNotifier(BundleContext context) {
        this(context.getBundle(Constants.SYSTEM_BUNDLE_LOCATION), System.getenv());
    }

    SystemdNotifier(Bundle framework, Map<String, String> environment) {
        this.framework = framework;
        socket = socket(environment.get(SOCKET));
        long watchdogNanos = watchdogNanos(environment);
        watched = watchdogNanos > 0;
        intervalNanos = watched ? Math.min(watchdogNanos / PINGS_PER_WATCHDOG, LONGEST_NANOS) : STATUS_NANOS;
        pulse = new Pulse(watched ? watchdogNanos / 2 : BOUND_NANOS);
        thread = new Thread(this::run, "revcam.systemd");
        thread.setDaemon(true);
    }

    @Activate
    void start() {
        if (socket != null) {
            thread.start();
        }
    }

    private static NotifySocket socket(String name) {
        if (name == null || name.isEmpty()) {
            return null;
        }
        try {
            return new NotifySocket(name);
        } catch (IOException e) {
            LOG.error("the service manager will not learn that RevCam is ready, and may stop it: {}", e.getMessage());
            return null;
        }
    }

    /** How long the manager waits between two signs of life; 0 when it asks for none, or asks another process. */
    private static long watchdogNanos(Map<String, String> environment) {
        String micros = environment.get(WATCHDOG_MICROS);
        String pid = environment.get(WATCHDOG_PID);
        if (micros == null || pid != null && !pid.equals(Long.toString(ProcessHandle.current().pid()))) {
            return 0;
        }
        try {
            return TimeUnit.MICROSECONDS.toNanos(Math.max(0, Long.parseLong(micros)));
        } catch (NumberFormatException e) {
            LOG.error("{} is '{}', not a number of microseconds; no sign of life will be given", WATCHDOG_MICROS, micros);
            return 0;
        }
    }

    // ---- services come and go; on whatever thread the framework is on

    @Reference(cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    void setLoop(MediaLoop present) {
        loop = present;
    }

    void unsetLoop(MediaLoop gone) {
        if (loop == gone) {
            loop = null;
        }
    }

    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    void addStream(VideoStream stream) {
        streams.add(stream);
    }

    void removeStream(VideoStream stream) {
        streams.remove(stream);
    }

    @Reference(target = READY, cardinality = ReferenceCardinality.OPTIONAL, policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    void setReady(Condition unused) {
        ready = true;
    }

    void unsetReady(Condition unused) {
        // Once ready is ready: what is missing later is a state, which STATUS tells.
    }

    @Deactivate
    void stop() throws InterruptedException {
        if (socket == null) {
            return;
        }
        stopping.countDown();
        thread.join(STOP_BOUND_MILLIS);
        // This bundle alone may be updated while all others go on.
        if (framework.getState() == Bundle.STOPPING) {
            send("STOPPING=1\nSTATUS=Stopping");
        }
    }

    // ---- its thread

    private void run() {
        long began = System.nanoTime();
        MediaLoop asked = null;
        try {
            do {
                long now = System.nanoTime();
                MediaLoop present = loop;
                if (present != asked) {
                    asked = present;
                    pulse.replaced();
                }
                if (present == null) {
                    pulse.absent(now);
                } else if (pulse.ask(now)) {
                    present.execute(pulse::answered);
                }
                report(now, now - began);
            } while (!stopping.await(told ? intervalNanos : Math.min(intervalNanos, UNTIL_READY_NANOS), TimeUnit.NANOSECONDS));
        } catch (InterruptedException e) {
            // the end, too
        }
    }

    private void report(long now, long sinceStartNanos) {
        String stalled = "";
        long stalledNanos = 0;
        for (VideoStream stream : streams) {
            long nanos = stream.stalledNanos();
            if (nanos > stalledNanos) {
                stalled = stream.name();
                stalledNanos = nanos;
            }
        }
        String trouble = pulse.complaint(now, stalled, stalledNanos);
        String status = oneLine(trouble.isEmpty() ? status() : trouble);
        complain(trouble);

        StringBuilder message = new StringBuilder();
        boolean nowReady = !told && (ready || sinceStartNanos > PATIENCE_NANOS && trouble.isEmpty() && isWaiting());
        if (nowReady) {
            message.append("READY=1\n");
        }
        if (watched && (told || nowReady) && trouble.isEmpty()) {
            message.append("WATCHDOG=1\n");
        }
        if (!status.equals(lastStatus)) {
            message.append("STATUS=").append(status).append('\n');
        }
        if (message.length() > 0 && send(message.toString().stripTrailing())) {
            told |= nowReady;
            lastStatus = status;
        }
    }

    /** Whether a stage that is missing is all that keeps viewers away. */
    private boolean isWaiting() {
        return !streams.isEmpty() && streams.stream().allMatch(stream -> stream.status().state() == State.PAUSED);
    }

    private void complain(String trouble) {
        if (!trouble.isEmpty() && lastTrouble.isEmpty()) {
            LOG.error("{}; {}", trouble, watched ? "unless that changes, systemd will restart RevCam" : "see the log above");
        } else if (trouble.isEmpty() && !lastTrouble.isEmpty()) {
            LOG.info("media moves again");
        }
        lastTrouble = trouble;
    }

    private String status() {
        if (streams.isEmpty()) {
            return "No stream yet";
        }
        return streams.stream().map(VideoStream::status).map(SystemdNotifier::describe).collect(Collectors.joining("; "));
    }

    private static String describe(StreamStatus status) {
        return switch (status.state()) {
            case LIVE -> String.format(Locale.ROOT, "%s: %d %s, %dx%d, %.3g frames/s", status.name(), status.viewers(),
                    status.viewers() == 1 ? "viewer" : "viewers", status.width(), status.height(), status.fps());
            case IDLE -> status.name() + ": ready, nobody watches";
            case STARTING -> status.name() + ": starting";
            case PAUSED -> status.name() + ": paused, " + status.reason();
        };
    }

    private static String oneLine(String text) {
        return text.replaceAll("\\s+", " ").trim();
    }

    private boolean send(String message) {
        try {
            socket.send(message);
            unheard = false;
            return true;
        } catch (IOException e) {
            if (!unheard) {
                LOG.error("{}", e.getMessage());
                unheard = true;
            }
            return false;
        }
    }
}
