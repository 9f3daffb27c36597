package revcam.deploy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import revcam.api.config.Settings;
import revcam.api.pipeline.Pipeline;

/**
 * Puts the deployed bundles in place before the media bundles start, then looks for new ones once a second, on a thread of
 * its own, which also does what people ask for.
 */
@Component(service = DeployComponent.class, immediate = true, configurationPid = DeployComponent.PID)
@Designate(ocd = DeployComponent.Config.class)
public final class DeployComponent {

    static final String PID = "revcam.deploy";
    /** In the state directory. */
    static final String DIRECTORY = "deployment";

    private static final Logger LOG = LoggerFactory.getLogger(DeployComponent.class);
    private static final long LOOK_MILLIS = 2_000;
    private static final long STOP_SECONDS = 5;

    private final List<Pipeline> pipelines = new CopyOnWriteArrayList<>();
    private final Path directory;
    private final BundleContext context;
    private volatile DeploymentSettings settings;
    private final ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor(work -> {
        Thread thread = new Thread(work, "revcam.deploy");
        thread.setDaemon(true);
        thread.setPriority(Thread.MIN_PRIORITY);
        return thread;
    });
    /** Null when its directory cannot be used. */
    private final Deployer deployer;

    @ObjectClassDefinition(name = "RevCam deployment", description = "Bundles that are brought while RevCam runs.")
    @interface Config {

        @AttributeDefinition(description = "What happens to bundles that nobody has signed: refuse, or accept")
        String unsigned() default "refuse";

        @AttributeDefinition(description = "Seconds for which new bundles are watched before they are kept, 5 to 600",
                min = "5", max = "600")
        int trial() default 20;

        @AttributeDefinition(description = "Deployments to remember, which can be gone back to, 2 to 100", min = "2", max = "100")
        int history() default 10;

        @AttributeDefinition(description = "Largest set of bundles, in megabytes, 1 to 1000", min = "1", max = "1000")
        int size_max() default 64;

        @AttributeDefinition(description = "Most that one bundle may unpack to, in megabytes, 1 to 4000", min = "1", max = "4000")
        int expanded_max() default 128;
    }

    @Activate
    public DeployComponent(BundleContext context, Map<String, Object> properties) {
        this.context = context;
        directory = Path.of(context.getProperty("revcam.state")).resolve(DIRECTORY);
        modified(properties);
        deployer = open();
        if (deployer != null) {
            deployer.begin();
            executor.schedule(this::prove, settings.trial().toSeconds(), TimeUnit.SECONDS);
            executor.scheduleWithFixedDelay(this::look, LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    private Deployer open() {
        try {
            return new Deployer(context, directory, () -> settings, this::pipelines);
        } catch (IOException | UnsupportedOperationException e) {
            LOG.error("nothing can be deployed, and nothing that was deployed runs: {} cannot be used: {}", directory, Words.of(e));
            return null;
        }
    }

    @Modified
    void modified(Map<String, Object> properties) {
        settings = Settings.read(PID, Config.class, properties, settings, DeploymentSettings::read, LOG::error);
    }

    @Reference(policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY,
            cardinality = ReferenceCardinality.MULTIPLE)
    void bindPipeline(Pipeline pipeline) {
        pipelines.add(pipeline);
    }

    void unbindPipeline(Pipeline pipeline) {
        pipelines.remove(pipeline);
    }

    private Collection<Pipeline> pipelines() {
        return pipelines;
    }

    private void look() {
        try {
            deployer.look();
        } catch (RuntimeException e) {
            LOG.error("a deployment failed unexpectedly", e);
        }
    }

    private void prove() {
        deployer.proved();
    }

    /** The deployer, for what any thread may ask of it. */
    Deployer deployer() throws DeploymentException {
        if (deployer == null) {
            throw new DeploymentException("nothing can be deployed: " + directory + " cannot be used, the log says why");
        }
        return deployer;
    }

    /** Does something on the thread of deployments, after what it is doing now. */
    <T> T ask(Callable<T> work) throws DeploymentException, InterruptedException {
        try {
            return executor.submit(work).get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof DeploymentException refused) {
                throw new DeploymentException(refused.getMessage());
            }
            throw new DeploymentException(Words.of(e.getCause()), e.getCause());
        } catch (RejectedExecutionException e) {
            throw new DeploymentException("RevCam is being stopped");
        }
    }

    @Deactivate
    void stop() throws InterruptedException {
        // The one that is on trial ends with this process; the next start finds that out.
        executor.shutdownNow();
        executor.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS);
        if (deployer != null) {
            deployer.proved();
            deployer.close();
        }
    }
}
