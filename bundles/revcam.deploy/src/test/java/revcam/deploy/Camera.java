package revcam.deploy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import org.apache.felix.framework.FrameworkFactory;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleException;
import org.osgi.framework.launch.Framework;
import revcam.api.pipeline.Pipeline;

/** A real framework with bundles that came with it, and a deployer: one run of a camera. */
final class Camera implements AutoCloseable {

    static final long TORN_NANOS = 300_000_000;
    private static final Limits LIMITS = new Limits(1_000_000, 4_000_000, 1_000, 8);

    final List<Pipeline> pipelines = new CopyOnWriteArrayList<>();
    private final Path directory;
    private final Framework framework;
    final Deployer deployer;
    boolean unsigned;

    /** @param shipped bundles that it comes with */
    Camera(Path directory, byte[]... shipped) throws IOException, BundleException {
        this.directory = directory;
        Path cache = Files.createTempDirectory("revcam-felix");
        framework = new FrameworkFactory().newFramework(Map.of("org.osgi.framework.storage", cache.toString(),
                "felix.log.level", "0", "org.osgi.framework.startlevel.beginning", "2"));
        framework.init();
        for (int i = 0; i < shipped.length; i++) {
            Path jar = Files.write(directory.resolve("shipped" + i + ".jar"), shipped[i]);
            Bundle bundle = framework.getBundleContext().installBundle("reference:" + jar.toUri());
            bundle.adapt(org.osgi.framework.startlevel.BundleStartLevel.class).setStartLevel(2);
            bundle.start();
        }
        deployer = new Deployer(framework.getBundleContext(), directory.resolve("deployment"),
                () -> new DeploymentSettings(unsigned, Duration.ofSeconds(2), 5, LIMITS), () -> pipelines, TORN_NANOS);
        deployer.begin();
        framework.start();
    }

    Path staging() {
        return directory.resolve("deployment/staging");
    }

    /** What a line of {@code lb} says of each of that name, the oldest first. */
    String bundles(String name) {
        return Arrays.stream(framework.getBundleContext().getBundles()).filter(bundle -> name.equals(bundle.getSymbolicName()))
                .map(bundle -> bundle.getVersion() + (bundle.getState() == Bundle.ACTIVE ? " active" : " stopped"))
                .collect(Collectors.joining(", "));
    }

    /** Looks until something that has arrived has its verdict. */
    String verdict(String arrival) throws IOException, InterruptedException {
        Path file = staging().resolve(arrival + ".verdict");
        Files.deleteIfExists(file);
        long end = System.nanoTime() + 30_000_000_000L;
        while (!Files.exists(file)) {
            if (System.nanoTime() - end > 0) {
                throw new IOException("no verdict on " + arrival);
            }
            deployer.look();
            Thread.sleep(50);
        }
        return Files.readString(file).strip();
    }

    @Override
    public void close() throws BundleException {
        deployer.proved();
        kill();
    }

    /** Ends without the goodbye of an orderly end. */
    void kill() throws BundleException {
        deployer.close();
        framework.stop();
        try {
            framework.waitForStop(10_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
