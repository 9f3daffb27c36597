package revcam.deploy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Dictionary;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.ServiceRegistration;
import org.osgi.framework.hooks.bundle.CollisionHook;
import org.osgi.framework.startlevel.BundleStartLevel;
import org.osgi.framework.wiring.BundleRevision;
import org.osgi.framework.wiring.BundleWire;
import org.osgi.framework.wiring.BundleWiring;
import org.osgi.framework.wiring.FrameworkWiring;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What deployment does to the framework. A bundle is never updated: the new one is installed beside the old one, which is
 * only stopped, so that there is a way back. Code of bundles runs on threads of its own and has a deadline.
 */
final class Bundles implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Bundles.class);
    private static final long START_SECONDS = 20;
    /** A stage's provider may take three seconds to drain; a bundle may hold several. */
    private static final long STOP_SECONDS = 15;

    private final BundleContext context;
    /** That of the media bundles; at a lower one is what RevCam itself starts with. */
    private final int level;
    private final ServiceRegistration<CollisionHook> collisions;

    Bundles(BundleContext context) {
        this.context = context;
        String beginning = context.getProperty(Constants.FRAMEWORK_BEGINNING_STARTLEVEL);
        level = beginning == null ? 1 : Integer.parseInt(beginning);
        // Two of one name and version, side by side: only while this bundle installs one of them.
        collisions = context.registerService(CollisionHook.class, (operation, target, candidates) -> {
            if (operation == CollisionHook.INSTALLING && target.getBundleId() == context.getBundle().getBundleId()) {
                candidates.clear();
            }
        }, null);
    }

    @Override
    public void close() {
        collisions.unregister();
    }

    /** All of that symbolic name that are installed. */
    List<Bundle> named(String name) {
        return Arrays.stream(context.getBundles()).filter(bundle -> name.equals(bundle.getSymbolicName())).toList();
    }

    /** The one that was installed from there, or null. */
    Bundle installed(String location) {
        return context.getBundle(location);
    }

    /** By reference: the jar is not copied, and must stay where it is. */
    Bundle install(String location, BundleJar jar) throws DeploymentException {
        try {
            Bundle bundle = context.installBundle(location);
            bundle.adapt(BundleStartLevel.class).setStartLevel(level);
            return bundle;
        } catch (BundleException | IllegalStateException | SecurityException e) {
            throw new DeploymentException(jar.file() + " cannot be installed: " + Words.of(e), e);
        }
    }

    /** @throws DeploymentException a bundle that must not be replaced while RevCam runs */
    void checkReplaceable(Bundle bundle, Collection<Bundle> together) throws DeploymentException {
        if (bundle.getBundleId() == Constants.SYSTEM_BUNDLE_ID || bundle.getBundleId() == context.getBundle().getBundleId()
                || bundle.adapt(BundleStartLevel.class).getStartLevel() < level) {
            throw new DeploymentException(bundle.getSymbolicName()
                    + " is what RevCam itself starts with, so it comes with a new RevCam and not as a deployment");
        }
        BundleWiring wiring = bundle.adapt(BundleWiring.class);
        if (wiring != null) {
            for (BundleWire wire : wiring.getProvidedWires(null)) {
                Bundle other = wire.getRequirer().getBundle();
                if (!bundle.equals(other) && !together.contains(other)) {
                    throw new DeploymentException(other.getSymbolicName() + " uses what " + bundle.getSymbolicName()
                            + " exports (" + wire.getCapability().getAttributes() + "), and both would have to be restarted;"
                            + " deploy the two together, or upgrade RevCam");
                }
            }
        }
    }

    /**
     * Resolves bundles without running any of their code.
     *
     * @throws DeploymentException with the reason why not
     */
    void resolve(Collection<Bundle> bundles) throws DeploymentException {
        if (context.getBundle(Constants.SYSTEM_BUNDLE_LOCATION).adapt(FrameworkWiring.class).resolveBundles(bundles)) {
            return;
        }
        List<Bundle> unresolved = bundles.stream().filter(bundle -> bundle.getState() == Bundle.INSTALLED).toList();
        String reason = Missing.explain(unresolved, context);
        throw new DeploymentException("it does not resolve: " + (reason.isEmpty()
                ? unresolved.stream().map(Bundle::getSymbolicName).toList()
                        + " contradict each other or what runs: a singleton that is there already, or packages of two versions"
                : reason));
    }

    /** Starts it, now or when its level comes. */
    void start(Bundle bundle) throws DeploymentException {
        if (isFragment(bundle)) {
            return;
        }
        within(START_SECONDS, bundle.getSymbolicName() + " did not start", () -> {
            bundle.start(Bundle.START_ACTIVATION_POLICY);
            return null;
        });
    }

    /** Stops it, for this run and so that it does not start when its level comes. */
    void stop(Bundle bundle) throws DeploymentException {
        if (isFragment(bundle) || bundle.getState() == Bundle.UNINSTALLED) {
            return;
        }
        within(STOP_SECONDS, bundle.getSymbolicName() + " did not stop", () -> {
            bundle.stop();
            return null;
        });
    }

    /** Stops and uninstalls, whatever it says to that. */
    void remove(Bundle bundle) {
        try {
            within(STOP_SECONDS, bundle.getSymbolicName() + " could not be removed", () -> {
                if (bundle.getState() != Bundle.UNINSTALLED) {
                    bundle.uninstall();
                }
                return null;
            });
        } catch (DeploymentException e) {
            LOG.warn("{}; it is gone after a restart", e.getMessage());
        }
    }

    static boolean isFragment(Bundle bundle) {
        BundleRevision revision = bundle.adapt(BundleRevision.class);
        if (revision != null) {
            return (revision.getTypes() & BundleRevision.TYPE_FRAGMENT) != 0;
        }
        Dictionary<String, String> headers = bundle.getHeaders();
        return headers.get(Constants.FRAGMENT_HOST) != null;
    }

    /** Whether it does what a started bundle does; a lazy one waits to be asked. */
    static boolean runs(Bundle bundle) {
        int state = bundle.getState();
        return state == Bundle.ACTIVE || state == Bundle.STARTING && bundle.getHeaders().get(Constants.BUNDLE_ACTIVATIONPOLICY) != null
                || isFragment(bundle) && state == Bundle.RESOLVED;
    }

    /** Whether the framework stops, so that whatever stops does so because of that. */
    static boolean isEnding(BundleContext context) {
        return context.getBundle(Constants.SYSTEM_BUNDLE_LOCATION).getState() == Bundle.STOPPING;
    }

    /** As people write it, and as the engine does. */
    static String label(Bundle bundle) {
        return bundle.getSymbolicName() + " " + bundle.getVersion();
    }

    private static void within(long seconds, String what, Callable<Void> work) throws DeploymentException {
        FutureTask<Void> task = new FutureTask<>(work);
        Thread thread = new Thread(task, "revcam.deploy-bundle");
        thread.setDaemon(true);
        thread.start();
        try {
            task.get(seconds, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            thread.interrupt();
            throw new DeploymentException(what + " within " + seconds + " s");
        } catch (InterruptedException e) {
            thread.interrupt();
            Thread.currentThread().interrupt();
            throw new DeploymentException(what + ": RevCam is being stopped");
        } catch (ExecutionException e) {
            List<String> causes = new ArrayList<>();
            for (Throwable each = e.getCause(); each != null && causes.size() < 3; each = each.getCause()) {
                causes.add(Words.of(each));
            }
            throw new DeploymentException(what + ": " + String.join("; cause: ", causes), e.getCause());
        }
    }
}
