package revcam.framework;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Dictionary;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleException;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.cm.ConfigurationListener;

/** The configuration files of the running product, and what Configuration Admin makes of them. */
final class Configurations {

    static final Path SHIPPED = Path.of(Services.CONTEXT.getProperty("revcam.configs"));
    static final Path LOCAL = SHIPPED.resolve("local");
    static final ConfigurationAdmin ADMIN =
            Services.CONTEXT.getService(Services.CONTEXT.getServiceReference(ConfigurationAdmin.class));

    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(30);
    private static final String BARRIER = "zzz.framework.barrier";

    private static int barriers;

    private Configurations() {}

    static Bundle bundle() {
        for (Bundle bundle : Services.CONTEXT.getBundles()) {
            if ("revcam.config".equals(bundle.getSymbolicName())) {
                return bundle;
            }
        }
        throw new AssertionError("revcam.config is not installed");
    }

    /** A new life of revcam.config; what is done in between is done while nobody watches. */
    static void restart(Change change) throws IOException, BundleException, InterruptedException {
        bundle().stop();
        try {
            change.make();
        } finally {
            bundle().start();
        }
        awaitListeners();
    }

    interface Change {
        void make() throws IOException;
    }

    static void write(Path file, String content) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, content);
    }

    static String read(Path file) throws IOException {
        try {
            return Files.readString(file);
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    static void await(String what, BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("not within 30 s: " + what);
            }
            Thread.sleep(10);
        }
    }

    static void await(String pid, String key, Object value) throws InterruptedException {
        await(pid + ": " + key + " = " + value, () -> String.valueOf(value).equals(String.valueOf(values(pid).get(key))));
    }

    static Configuration find(String pid) {
        try {
            Configuration[] found = ADMIN.listConfigurations("(service.pid=" + pid + ")");
            return found == null ? null : found[0];
        } catch (IOException | InvalidSyntaxException e) {
            throw new AssertionError(e);
        }
    }

    /** Without what nobody configured; empty when there is none. */
    static Map<String, Object> values(String pid) {
        Map<String, Object> values = new TreeMap<>();
        Configuration found = find(pid);
        Dictionary<String, Object> all = found == null ? null : found.getProperties();
        if (all != null) {
            for (String key : Collections.list(all.keys())) {
                if (!key.startsWith(".") && !key.startsWith("service.")) {
                    values.put(key, all.get(key));
                }
            }
        }
        return values;
    }

    /** Until whatever was written to files before has been looked at. */
    static void awaitFiles() throws IOException, InterruptedException {
        // File Install tells of files that went, then of changed ones, then of new ones in alphabetical order, once they
        // stay the same for two looks: a new one with a late name comes last. Each directory has its own watcher.
        int number = ++barriers;
        Path shipped = SHIPPED.resolve(BARRIER + number + ".cfg");
        Path local = LOCAL.resolve(BARRIER + number + ".local.cfg");
        write(shipped, "number = 1\n");
        write(local, "number = 1\n");
        await(BARRIER + number, "number", 1);
        await(BARRIER + number + ".local", "number", 1);
        awaitListeners();
        Files.delete(shipped);
        Files.delete(local);
    }

    /** Until everybody who listens for changes of configurations, Declarative Services too, has worked off all so far. */
    static void awaitListeners() throws IOException, InterruptedException {
        CountDownLatch told = new CountDownLatch(1);
        ServiceRegistration<?> listener = Services.CONTEXT.registerService(ConfigurationListener.class, event -> {
            if (event.getPid().equals("org.apache.felix.fileinstall~framework.barrier")) {
                told.countDown();
            }
        }, null);
        // One that revcam.config does not take for a configuration to be kept.
        Configuration barrier = ADMIN.getFactoryConfiguration("org.apache.felix.fileinstall", "framework.barrier", "?no-such");
        try {
            barrier.delete();
            if (!told.await(30, TimeUnit.SECONDS)) {
                throw new AssertionError("Configuration Admin did not tell of a change within 30 s");
            }
        } finally {
            listener.unregister();
        }
    }
}
