package revcam.deploy;

import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;

/** Activators of test bundles: each is put into a jar by itself. What they do, they write into system properties. */
final class Behaviour {

    private Behaviour() {}

    /** Says that it runs. */
    public static final class Good implements BundleActivator {

        @Override
        public void start(BundleContext context) {
            System.setProperty(context.getBundle().getSymbolicName(), context.getBundle().getVersion() + " runs");
        }

        @Override
        public void stop(BundleContext context) {
            if (System.getProperty(context.getBundle().getSymbolicName(), "").startsWith(context.getBundle().getVersion() + " ")) {
                System.clearProperty(context.getBundle().getSymbolicName());
            }
        }
    }

    /** Does not start. */
    public static final class Throwing implements BundleActivator {

        @Override
        public void start(BundleContext context) {
            throw new IllegalStateException("the moon is in the wrong place");
        }

        @Override
        public void stop(BundleContext context) {}
    }

    /** Starts, and goes a second later. */
    public static final class Fainting implements BundleActivator {

        @Override
        public void start(BundleContext context) {
            Thread thread = new Thread(() -> {
                try {
                    Thread.sleep(1_000);
                    context.getBundle().stop();
                } catch (Exception e) {
                    // It is gone already.
                }
            });
            thread.setDaemon(true);
            thread.start();
        }

        @Override
        public void stop(BundleContext context) {}
    }

    /** Takes the process with it, in its trial if the property {@code deadly} says so. */
    public static final class Deadly implements BundleActivator {

        @Override
        public void start(BundleContext context) {
            if (Boolean.getBoolean("deadly")) {
                Runtime.getRuntime().halt(9);
            }
        }

        @Override
        public void stop(BundleContext context) {}
    }
}
