package revcam.deploy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.FrameworkEvent;
import org.osgi.framework.FrameworkListener;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.runtime.ServiceComponentRuntime;
import org.osgi.service.component.runtime.dto.ComponentConfigurationDTO;
import org.osgi.service.component.runtime.dto.ComponentDescriptionDTO;
import revcam.api.pipeline.Pipeline;
import revcam.api.pipeline.RefusedException;
import revcam.api.pipeline.Stage;
import revcam.api.pipeline.TrialReport;
import revcam.api.stream.VideoStream;

/**
 * Looks at bundles that were just started, for as long as their trial lasts: whether they run, whether their components do,
 * and whether the streams get on with the stages that they bring. One thread, which waits here.
 */
final class Watch implements AutoCloseable {

    private static final long LOOK_MILLIS = 200;
    /** A stage that could not be opened may try again, so long. */
    private static final long REST_NANOS = TimeUnit.SECONDS.toNanos(5);
    /** From the start of a bundle until its providers are known to the engine. */
    private static final long ARRIVAL_NANOS = TimeUnit.SECONDS.toNanos(3);
    private static final long TRIAL_MARGIN_SECONDS = 30;

    /** Stops a trial from outside. */
    interface Recall {
        /** Why it is over, or null while it is not. */
        String reason();
    }

    /** A place of a stage and who was there, from before anything was started. */
    private record Place(String pipeline, String role) {}

    private final BundleContext context;
    private final Supplier<Collection<Pipeline>> pipelines;
    private final Map<String, Set<String>> namesBefore = new TreeMap<>();
    private final Set<Place> brokenBefore = new HashSet<>();
    private final Set<Bundle> watched = new LinkedHashSet<>();
    private final List<String> errors = new ArrayList<>(); // guarded by itself
    private final FrameworkListener listener = this::framework;
    private final List<String> notes = new ArrayList<>();
    private final Map<String, Long> restingSince = new TreeMap<>();
    private final Set<String> unwatched = new LinkedHashSet<>(); // streams with a stage of theirs, and never a viewer
    private final Set<String> seen = new HashSet<>();

    /** Begin before the first bundle is started: what was there then is what the rest is compared with. */
    Watch(BundleContext context, Supplier<Collection<Pipeline>> pipelines) {
        this.context = context;
        this.pipelines = pipelines;
        for (Pipeline pipeline : pipelines.get()) {
            for (Stage stage : pipeline.stages()) {
                if (!stage.problem().isEmpty()) {
                    brokenBefore.add(new Place(pipeline.name(), stage.role()));
                }
                stage.providers().forEach(provider -> namesBefore.computeIfAbsent(stage.role(), role -> new HashSet<>())
                        .add(provider.name()));
            }
        }
        context.addFrameworkListener(listener);
    }

    @Override
    public void close() {
        context.removeFrameworkListener(listener);
    }

    private void framework(FrameworkEvent event) {
        synchronized (errors) {
            if (event.getType() == FrameworkEvent.ERROR && event.getThrowable() != null) {
                errors.add(event.getBundle().getBundleId() + ":" + Words.of(event.getThrowable()));
            }
        }
    }

    /** Whether a bundle's provider is a stage of some pipeline, so that another may serve before it goes. */
    static boolean isStage(Bundle bundle, Collection<Pipeline> pipelines) {
        String label = Bundles.label(bundle);
        return pipelines.stream().flatMap(pipeline -> pipeline.stages().stream())
                .flatMap(stage -> stage.providers().stream()).anyMatch(provider -> provider.bundle().equals(label));
    }

    /**
     * Waits until the trial is over.
     *
     * @param recall asked now and then
     * @return what a person should know although all is well, or empty
     * @throws DeploymentException it has failed; the message says what
     */
    String await(Collection<Bundle> bundles, Duration length, Recall recall) throws DeploymentException {
        watched.addAll(bundles);
        long start = System.nanoTime();
        boolean tried = false;
        long now;
        while ((now = System.nanoTime()) - start < length.toNanos()) {
            check(now, recall, false);
            if (!tried && now - start >= Math.min(ARRIVAL_NANOS, length.toNanos() / 2)) {
                tried = true;
                tryNewcomers(length, recall);
            }
            sleep();
        }
        check(System.nanoTime(), recall, true);
        unwatched.removeAll(seen);
        if (!unwatched.isEmpty()) {
            notes.add("nobody watched " + String.join(", ", unwatched) + " meanwhile, so hardly a picture went through it");
        }
        return String.join("; ", notes);
    }

    private void check(long now, Recall recall, boolean last) throws DeploymentException {
        if (recall.reason() != null) {
            throw new DeploymentException(recall.reason());
        }
        if (Bundles.isEnding(context)) {
            throw new DeploymentException("RevCam ended while it was on trial");
        }
        for (Bundle bundle : watched) {
            if (!Bundles.runs(bundle)) {
                throw new DeploymentException(bundle.getSymbolicName() + " does not run any more");
            }
            synchronized (errors) {
                for (String error : errors) {
                    if (error.startsWith(bundle.getBundleId() + ":")) {
                        throw new DeploymentException(bundle.getSymbolicName() + " failed: "
                                + error.substring(error.indexOf(':') + 1));
                    }
                }
            }
        }
        checkComponents(last);
        checkStages(now, last);
        noteViewers();
    }

    /** Nothing is encoded for nobody: then a trial says little. */
    private void noteViewers() {
        Set<String> labels = labels();
        for (Pipeline pipeline : pipelines.get()) {
            if (pipeline.stages().stream().flatMap(stage -> stage.providers().stream())
                    .noneMatch(provider -> labels.contains(provider.bundle()))) {
                continue;
            }
            viewers(pipeline.name()).ifPresent(viewers -> (viewers > 0 ? seen : unwatched).add(pipeline.name()));
        }
    }

    /** Empty for a pipeline that is no stream's. */
    private OptionalInt viewers(String stream) {
        try {
            for (ServiceReference<VideoStream> reference : context.getServiceReferences(VideoStream.class, null)) {
                if (stream.equals(reference.getProperty(VideoStream.NAME))) {
                    VideoStream service = context.getService(reference);
                    if (service != null) {
                        int viewers = service.status().viewers();
                        context.ungetService(reference);
                        return OptionalInt.of(viewers);
                    }
                }
            }
            return OptionalInt.empty();
        } catch (InvalidSyntaxException e) {
            throw new IllegalStateException(e); // there is no filter
        }
    }

    private void checkComponents(boolean last) throws DeploymentException {
        ServiceReference<ServiceComponentRuntime> reference = context.getServiceReference(ServiceComponentRuntime.class);
        ServiceComponentRuntime runtime = reference == null ? null : context.getService(reference);
        if (runtime == null) {
            return;
        }
        try {
            for (Bundle bundle : watched) {
                List<String> waiting = new ArrayList<>();
                int components = 0;
                for (ComponentDescriptionDTO component : runtime.getComponentDescriptionDTOs(bundle)) {
                    components++;
                    for (ComponentConfigurationDTO configuration : runtime.getComponentConfigurationDTOs(component)) {
                        if (configuration.state == ComponentConfigurationDTO.FAILED_ACTIVATION) {
                            throw new DeploymentException("the component " + component.name + " does not start: "
                                    + reason(configuration.failure));
                        }
                        if (configuration.state == ComponentConfigurationDTO.UNSATISFIED_REFERENCE) {
                            waiting.add(component.name + " waits for " + String.join(", ", java.util.Arrays.stream(
                                    configuration.unsatisfiedReferences).map(each -> each.name).toList()));
                        }
                    }
                }
                if (last && !waiting.isEmpty() && waiting.size() == components) {
                    throw new DeploymentException("nothing of " + bundle.getSymbolicName() + " works: "
                            + String.join("; ", waiting));
                }
            }
        } finally {
            context.ungetService(reference);
        }
    }

    /** The runtime hands over a stack trace; its first line and the last cause are what a person reads. */
    private static String reason(String failure) {
        if (failure == null) {
            return "the log says why";
        }
        String first = failure.lines().findFirst().orElse("");
        String cause = failure.lines().filter(line -> line.startsWith("Caused by: ")).reduce("", (before, line) -> line);
        return Words.shown(cause.isEmpty() ? first : first + "; " + cause);
    }

    private Set<String> labels() {
        Set<String> labels = new HashSet<>();
        watched.forEach(bundle -> labels.add(Bundles.label(bundle)));
        return labels;
    }

    private void checkStages(long now, boolean last) throws DeploymentException {
        Set<String> labels = labels();
        for (Pipeline pipeline : pipelines.get()) {
            for (Stage stage : pipeline.stages()) {
                Place place = new Place(pipeline.name(), stage.role());
                for (Stage.Provider provider : stage.providers()) {
                    if (!labels.contains(provider.bundle())) {
                        continue;
                    }
                    String who = stage.role() + " " + provider.label() + " of " + pipeline.name();
                    if (provider.standing() == Stage.Standing.QUARANTINED) {
                        throw new DeploymentException(who + " was set aside: " + provider.why());
                    }
                    if (provider.standing() == Stage.Standing.RESTING) {
                        long since = restingSince.computeIfAbsent(who, unused -> now);
                        if (last || now - since > REST_NANOS) {
                            throw new DeploymentException(who + " fails: " + provider.why());
                        }
                    } else {
                        restingSince.remove(who);
                    }
                }
                if (last && !stage.problem().isEmpty() && stage.serving().isEmpty() && !brokenBefore.contains(place)) {
                    throw new DeploymentException(pipeline.name() + " has no " + stage.role() + " any more: " + stage.problem());
                }
            }
        }
    }

    /** A stage that nobody knew serves for a while where it does not serve by itself, and is held against the one before. */
    private void tryNewcomers(Duration length, Recall recall) throws DeploymentException {
        Set<String> labels = labels();
        for (Pipeline pipeline : pipelines.get()) {
            for (Stage stage : pipeline.stages()) {
                for (Stage.Provider provider : stage.providers()) {
                    boolean isNew = labels.contains(provider.bundle())
                            && !namesBefore.getOrDefault(stage.role(), Set.of()).contains(provider.name());
                    if (isNew && provider.standing() == Stage.Standing.READY) {
                        tryOut(pipeline, stage.role(), provider.label(), length, recall);
                    } else if (isNew && provider.standing() == Stage.Standing.EXCLUDED) {
                        notes.add(stage.role() + " " + provider.label() + " does not serve " + pipeline.name() + ": "
                                + provider.why());
                    }
                }
            }
        }
    }

    private void tryOut(Pipeline pipeline, String role, String provider, Duration length, Recall recall)
            throws DeploymentException {
        CompletableFuture<TrialReport> trial;
        try {
            trial = pipeline.trial(role, provider, length, "a deployment").toCompletableFuture();
        } catch (RefusedException e) {
            notes.add(role + " " + provider + " was not tried in " + pipeline.name() + ": " + Words.of(e));
            return;
        }
        long end = System.nanoTime() + length.toNanos() + TimeUnit.SECONDS.toNanos(TRIAL_MARGIN_SECONDS);
        try {
            while (true) {
                try {
                    TrialReport report = trial.get(LOOK_MILLIS, TimeUnit.MILLISECONDS);
                    if (!report.passed()) {
                        throw new DeploymentException(role + " " + provider + " did not pass its trial in " + pipeline.name()
                                + ": " + report.verdict());
                    }
                    notes.add(role + " " + provider + " serves " + pipeline.name() + ": " + report.verdict());
                    return;
                } catch (TimeoutException e) {
                    check(System.nanoTime(), recall, false);
                    if (System.nanoTime() - end > 0) {
                        throw new DeploymentException("the trial of " + role + " " + provider + " came to no end");
                    }
                }
            }
        } catch (ExecutionException e) {
            throw new DeploymentException("the trial of " + role + " " + provider + " failed: " + Words.of(e.getCause()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DeploymentException("RevCam is being stopped");
        } catch (DeploymentException e) {
            recallTrial(pipeline, role, trial);
            throw e;
        }
    }

    private static void recallTrial(Pipeline pipeline, String role, CompletableFuture<TrialReport> trial) {
        if (!trial.isDone()) {
            try {
                pipeline.rollback(role, "a deployment");
            } catch (RefusedException e) {
                // It has ended by itself.
            }
        }
    }

    private static void sleep() throws DeploymentException {
        try {
            Thread.sleep(LOOK_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DeploymentException("RevCam is being stopped");
        }
    }
}
