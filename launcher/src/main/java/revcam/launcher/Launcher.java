package revcam.launcher;

import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.apache.felix.framework.FrameworkFactory;
import org.apache.felix.framework.Logger;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.Filter;
import org.osgi.framework.FrameworkEvent;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.framework.launch.Framework;
import org.osgi.framework.startlevel.BundleStartLevel;
import org.osgi.framework.startlevel.FrameworkStartLevel;
import org.osgi.service.condition.Condition;
import org.osgi.util.tracker.ServiceTracker;

/**
 * Starts Apache Felix with the bundles of the distribution's folders, each folder a start level, and stops it cleanly on
 * SIGINT and SIGTERM with exit status 0.
 *
 * <p>Bundles are installed by reference, so no jar is copied, and into a cache of this run alone: what runs is what lies
 * in the folders, never what an earlier run remembered.
 *
 * <p>The late folders follow once a viewer can connect, which a bundle says by registering a {@link Condition} with the id
 * {@code revcam.ready}, or after five seconds.
 *
 * <p>With the system property {@code revcam.tool} a tool takes the stream's place: of the folders only what the property
 * {@code revcam.tool.bundles} of the framework names is installed, and the optional bundle {@code revcam.tool.NAME}. Once
 * everything is started, the {@link Callable} with the service property {@code revcam.tool=NAME} is called, and its result is
 * the exit status.
 *
 * <p>System properties: {@code revcam.home} (the distribution), {@code revcam.configs} (configuration files) and
 * {@code revcam.state} (what must outlive a run), all absolute; {@code revcam.*} overrides of configuration values. The
 * viewers' token comes in the environment variable {@code REVCAM_TOKEN}, where other users cannot see it.
 */
public final class Launcher {

    private static final long READY_TIMEOUT_MILLIS = 5_000;
    private static final long STOP_TIMEOUT_MILLIS = 10_000;

    private static final Pattern OPTIONAL_BUNDLE = Pattern.compile("revcam\\.([a-z0-9]+)\\.([a-z0-9]+)-.*\\.jar");

    /** What a stop that goes well ends with. */
    private static volatile int status;

    private Launcher() {}

    /** @param args none */
    public static void main(String[] args) {
        try {
            directory("revcam.configs");
            run(directory("revcam.home"), directory("revcam.state"));
            System.exit(status);
        } catch (IOException | BundleException | IllegalArgumentException e) {
            System.err.println("revcam: cannot start: " + e);
            System.exit(1);
        }
    }

    private static void run(Path home, Path state) throws IOException, BundleException {
        long startNanos = System.nanoTime();
        RunDirectory directory = RunDirectory.create(state);
        Framework framework = new FrameworkFactory().newFramework(properties(home, directory.path()));
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(framework, directory), "shutdown"));

        framework.init();
        List<Bundle> bundles = install(framework, home);
        framework.start();
        if (!tool().isEmpty()) {
            status = 1; // for one that is stopped before its end
            startTheRest(framework);
            status = callTool(framework.getBundleContext());
            return;
        }
        awaitReady(framework.getBundleContext());
        startTheRest(framework);
        System.err.println("revcam: " + bundles.size() + " bundles started in "
                + (System.nanoTime() - startNanos) / 1_000_000 + " ms");
        waitForStop(framework, 0);
    }

    private static String tool() {
        return System.getProperty("revcam.tool", "");
    }

    private static int callTool(BundleContext context) throws BundleException {
        try {
            ServiceReference<?>[] tools =
                    context.getServiceReferences(Callable.class.getName(), "(revcam.tool=" + tool() + ")");
            if (tools == null) {
                throw new BundleException("there is no tool " + tool() + ", or something that it needs is missing");
            }
            return (Integer) ((Callable<?>) context.getService(tools[0])).call();
        } catch (BundleException e) {
            throw e;
        } catch (Exception e) {
            throw new BundleException("the tool " + tool() + " broke", e);
        }
    }

    /** Waits, within reason, until a viewer can connect: whatever else there is to start would only delay that. */
    private static void awaitReady(BundleContext context) {
        try {
            Filter ready = context.createFilter("(" + Condition.CONDITION_ID + "=revcam.ready)");
            ServiceTracker<Object, Object> tracker = new ServiceTracker<>(context, ready, null);
            tracker.open();
            tracker.waitForService(READY_TIMEOUT_MILLIS);
            tracker.close();
        } catch (InvalidSyntaxException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void startTheRest(Framework framework) {
        CountDownLatch started = new CountDownLatch(1);
        framework.adapt(FrameworkStartLevel.class).setStartLevel(folders(framework.getBundleContext()).length,
                event -> started.countDown());
        try {
            started.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static String[] folders(BundleContext context) {
        return (context.getProperty("revcam.folders") + "," + context.getProperty("revcam.folders.late")).split("[,\\s]+");
    }

    private static List<Bundle> install(Framework framework, Path home) throws IOException, BundleException {
        List<Bundle> bundles = new ArrayList<>();
        // A level that is given afterwards costs a file that is written once more.
        FrameworkStartLevel levels = framework.adapt(FrameworkStartLevel.class);
        int initialLevel = levels.getInitialBundleStartLevel();
        int level = 0;
        for (String folder : folders(framework.getBundleContext())) {
            levels.setInitialBundleStartLevel(++level);
            for (Path jar : jars(home.resolve(folder))) {
                if (!isOfUse(jar.getFileName().toString(), framework.getBundleContext())) {
                    continue;
                }
                bundles.add(framework.getBundleContext().installBundle("reference:" + jar.toUri()));
            }
        }
        levels.setInitialBundleStartLevel(initialLevel);
        for (Path jar : jars(home.resolve("optional"))) {
            if (isWanted(jar.getFileName().toString())) {
                Bundle bundle = framework.getBundleContext().installBundle("reference:" + jar.toUri());
                bundle.adapt(BundleStartLevel.class).setStartLevel(beginningLevel(framework.getBundleContext()));
                bundles.add(bundle);
            }
        }
        for (Bundle bundle : bundles) {
            if (bundle.getHeaders().get(Constants.FRAGMENT_HOST) == null) {
                // Nothing starts before the framework does: this only says that it should.
                bundle.start(Bundle.START_ACTIVATION_POLICY);
            }
        }
        return bundles;
    }

    /** An optional bundle is started when its role's option names it, perhaps among others: {@code --connectivity ice4j}. */
    private static boolean isWanted(String jar) {
        Matcher name = OPTIONAL_BUNDLE.matcher(jar);
        return name.matches() && List.of(System.getProperty("revcam." + name.group(1), "").split("[,\\s]+"))
                .contains(name.group(2));
    }

    /** A tool needs only some of the bundles; their names begin with one of a list. */
    private static boolean isOfUse(String jar, BundleContext context) {
        return tool().isEmpty()
                || Stream.of(context.getProperty("revcam.tool.bundles").split("[,\\s]+")).anyMatch(jar::startsWith);
    }

    private static int beginningLevel(BundleContext context) {
        return Integer.parseInt(context.getProperty(Constants.FRAMEWORK_BEGINNING_STARTLEVEL));
    }

    private static List<Path> jars(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".jar")).sorted().toList();
        }
    }

    private static Map<String, Object> properties(Path home, Path run) throws IOException {
        Properties file = new Properties();
        try (Reader in = Files.newBufferedReader(home.resolve("conf/framework.properties"))) {
            file.load(in);
        }
        Map<String, Object> properties = new HashMap<>();
        file.forEach((name, value) -> properties.put((String) name, value));
        int levels = file.getProperty("revcam.folders").split("[,\\s]+").length;
        properties.put(Constants.FRAMEWORK_BEGINNING_STARTLEVEL, Integer.toString(levels));
        properties.put(Constants.FRAMEWORK_STORAGE, run.resolve("felix-cache").toString());
        Path fileInstall = Files.createDirectory(run.resolve("fileinstall"));
        properties.put("felix.fileinstall.dir", fileInstall.toString());
        properties.put("felix.fileinstall.tmpdir", fileInstall.toString());
        properties.put("felix.log.logger", new StandardErrorLogger());
        String token = System.getenv("REVCAM_TOKEN");
        if (token != null) {
            properties.put("revcam.token", token);
        }
        return properties;
    }

    private static Path directory(String property) {
        String value = System.getProperty(property);
        if (value == null || !Path.of(value).isAbsolute()) {
            throw new IllegalArgumentException("-D" + property + " must be an absolute path, not " + value);
        }
        return Path.of(value);
    }

    private static void stop(Framework framework, RunDirectory directory) {
        int ending = 1;
        try {
            framework.stop();
            if (waitForStop(framework, STOP_TIMEOUT_MILLIS).getType() == FrameworkEvent.WAIT_TIMEDOUT) {
                System.err.println("revcam: a bundle did not stop within " + STOP_TIMEOUT_MILLIS / 1000 + " s");
            } else {
                ending = status;
            }
            directory.close();
        } catch (BundleException | IOException | UncheckedIOException e) {
            System.err.println("revcam: could not stop cleanly: " + e);
        }
        // A JVM that ends by a signal reports the signal; a stop that was asked for and went well is a success.
        Runtime.getRuntime().halt(ending);
    }

    private static FrameworkEvent waitForStop(Framework framework, long millis) {
        while (true) {
            try {
                return framework.waitForStop(millis);
            } catch (InterruptedException e) {
                // Nobody interrupts these two threads for a reason.
            }
        }
    }

    /** The framework's own messages, which Felix would print to standard output. */
    private static final class StandardErrorLogger extends Logger {

        @Override
        protected void doLog(Bundle bundle, @SuppressWarnings("rawtypes") ServiceReference reference, int level, String message, Throwable thrown) {
            if (level <= LOG_WARNING) {
                String source = bundle == null ? "felix" : bundle.getSymbolicName();
                System.err.println(source + ": " + message + (thrown == null ? "" : ": " + thrown));
            }
        }
    }
}
