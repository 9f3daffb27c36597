package revcam.hotswap;

import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.util.tracker.ServiceTracker;
import revcam.api.pipeline.Pipeline;
import revcam.api.pipeline.Stage;

/** Waits for conditions. */
final class Wait {

    static final BundleContext CONTEXT = FrameworkUtil.getBundle(Wait.class).getBundleContext();
    private static final long STEP_MILLIS = 20;
    private static final Duration SERVICE = Duration.ofSeconds(30);

    private Wait() {}

    /** Something that is so, or why it is not yet. */
    interface Condition {
        /** @return null once it is so; else what is the case instead */
        String unmet() throws Exception;
    }

    static void until(String what, Duration patience, Condition condition) throws Exception {
        long end = System.nanoTime() + patience.toNanos();
        for (String unmet; (unmet = condition.unmet()) != null; ) {
            if (System.nanoTime() - end > 0) {
                throw new AssertionError(what + " did not come about within " + patience.toMillis() + " ms: " + unmet);
            }
            Thread.sleep(STEP_MILLIS);
        }
    }

    static void until(String what, Duration patience, Object expected, Supplier<?> found) throws Exception {
        until(what, patience, () -> {
            Object now = found.get();
            return expected.equals(now) ? null : now + " instead of " + expected;
        });
    }

    /** What is said of the stages; a stream that did not get to answer for five seconds, and then says nothing, is asked again. */
    static List<Stage> told(Pipeline pipeline) {
        List<Stage> told = pipeline.stages();
        for (int i = 0; told.isEmpty() && i < 5; i++) {
            told = pipeline.stages();
        }
        return told;
    }

    /** Of a service that is there, whose class this bundle need not know. */
    static ServiceReference<?> reference(String filter) throws Exception {
        ServiceReference<?>[][] found = new ServiceReference<?>[1][];
        until("a service " + filter, SERVICE, () -> {
            found[0] = CONTEXT.getAllServiceReferences(null, filter);
            return found[0] == null ? "there is none" : null;
        });
        return found[0][0];
    }

    static <S> S service(Class<S> type, String filter) throws InterruptedException {
        try {
            ServiceTracker<S, S> tracker = new ServiceTracker<>(CONTEXT,
                    CONTEXT.createFilter("(&(objectClass=" + type.getName() + ")" + filter + ")"), null);
            tracker.open();
            try {
                if (tracker.waitForService(SERVICE.toMillis()) == null) {
                    throw new AssertionError("no service " + type.getName() + " " + filter);
                }
                return CONTEXT.getService(tracker.getServiceReference()); // held beyond the tracker's end
            } finally {
                tracker.close();
            }
        } catch (InvalidSyntaxException e) {
            throw new IllegalArgumentException(e);
        }
    }
}
