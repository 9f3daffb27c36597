package revcam.stream;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceReference;
import org.osgi.service.cm.ConfigurationAdmin;
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
import revcam.api.pipeline.RefusedException;
import revcam.api.pipeline.Replacement;
import revcam.api.pipeline.Replacement.Cause;
import revcam.api.pipeline.Stage;
import revcam.api.pipeline.Stage.Standing;
import revcam.api.pipeline.TrialReport;
import revcam.api.telemetry.Measurement;
import revcam.api.telemetry.Metric;
import revcam.api.telemetry.Sample;
import revcam.api.telemetry.Telemetry;
import revcam.api.telemetry.TelemetryExporter;
import revcam.api.telemetry.Unit;

/**
 * Collects samples from every thread and hands them to every exporter that the configuration lets serve, once a second.
 * Exporters serve side by side, each on a thread of its own; the hub's thread hands out and watches. A field without a
 * comment is that thread's.
 */
@Component(service = {Telemetry.class, Pipeline.class}, configurationPid = TelemetryHub.PID)
@Designate(ocd = TelemetryHub.Config.class)
public final class TelemetryHub implements Telemetry, Pipeline {

    static final String PID = "revcam.telemetry";
    static final String PIPELINE = "telemetry";
    static final String ROLE = "exporter";

    private static final Logger LOG = LoggerFactory.getLogger(TelemetryHub.class);
    /** Thirty seconds of one stream with four viewers. */
    private static final int CAPACITY = 4096;
    private static final long PERIOD_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long STOP_BOUND_MILLIS = 2_000;
    /** An answer to who chose comes by then; the choice stands. */
    private static final long CHOICE_BOUND_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final long UNBIND_BOUND_NANOS = TimeUnit.SECONDS.toNanos(3);
    private static final Measurement TELEMETRY = Measurement.of("telemetry",
            Metric.counter("dropped_samples", Unit.COUNT,
                    "Samples that an exporter, or every one, did not get, because a queue was full"));

    /** Which exporters serve. */
    @ObjectClassDefinition(name = "RevCam telemetry", description = "Which exporters get the samples")
    @interface Config {

        @AttributeDefinition(description = "Names of exporters; * for all that are installed. They serve side by side")
        String exporter() default "*";

        @AttributeDefinition(description = "LDAP filter that exporters must match; empty for any")
        String exporter_filter() default "";
    }

    private final SampleQueue queue = new SampleQueue(CAPACITY); // any thread offers
    private final Queue<Runnable> commands = new ConcurrentLinkedQueue<>(); // any thread offers
    private final Providers<ExporterRun.Source> exporters =
            new Providers<>("telemetry exporter", TelemetryExporter.NAME);
    private final Standings standings = new Standings(exporters::has);
    private final ReplacementLog log = new ReplacementLog(PIPELINE);
    private final BundleContext context;
    private final PreferenceStore store;
    private final List<ExporterRun> runs = new CopyOnWriteArrayList<>(); // any thread reads
    private final List<ExporterRun> leaving = new ArrayList<>();
    private final Deque<String> undo = new ArrayDeque<>();
    private final AtomicLong dropped = new AtomicLong();
    private final Thread thread;
    private volatile Preference preference; // any thread reads
    private volatile boolean stopping;
    private Cause cause = Cause.CONFIGURATION;
    private String detail = "";
    private long decidedNanos = System.nanoTime();
    /** Why the configuration is about to change. */
    private String announced = "";
    /** Who was last told to serve. */
    private String told = "";
    private final List<Choice> choices = new ArrayList<>();

    /** Somebody waits for what became of a choice. */
    private record Choice(String before, String why, long sinceNanos, CompletableFuture<Replacement> done) {}

    /** A service, had by whoever works with it: with that, Declarative Services may construct it, and end it. */
    private final class Service implements ExporterRun.Source {

        private final ServiceReference<TelemetryExporter> reference;

        Service(ServiceReference<TelemetryExporter> reference) {
            this.reference = reference;
        }

        @Override
        public TelemetryExporter get() {
            return context.getService(reference);
        }

        @Override
        public void giveBack() {
            context.ungetService(reference);
        }
    }

    /** @param configurations where a person's choice is kept; null for nowhere */
    @Activate
    public TelemetryHub(BundleContext context, @Reference(cardinality = ReferenceCardinality.OPTIONAL) ConfigurationAdmin configurations,
            Map<String, Object> properties) {
        this.context = context;
        store = new PreferenceStore(configurations, PID);
        preference = read(properties, null);
        thread = new Thread(this::run, "revcam.telemetry");
        thread.setDaemon(true);
        thread.setPriority(Thread.MIN_PRIORITY);
        thread.start();
    }

    @Modified
    void modified(Map<String, Object> properties) {
        Preference now = read(properties, preference);
        execute(() -> {
            if (!now.equals(preference)) {
                because(Cause.CONFIGURATION, announced);
            }
            announced = "";
            preference = now;
            standings.forgetRests();
        });
    }

    private static Preference read(Map<String, Object> properties, Preference lastGood) {
        return Settings.read(PID, Config.class, properties, lastGood,
                settings -> StreamSettings.preference(settings, ROLE), LOG::error);
    }

    @Deactivate
    void stop() throws InterruptedException {
        stopping = true;
        LockSupport.unpark(thread);
        thread.join(STOP_BOUND_MILLIS + 500);
        exporters.end();
    }

    /** Only that it is there: it is had when it is put to work, by the thread that it works on. */
    @Reference(policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY,
            cardinality = ReferenceCardinality.MULTIPLE)
    void bindExporter(ServiceReference<TelemetryExporter> reference) {
        exporters.bind(reference, new Service(reference));
        execute(() -> look(Cause.BUNDLE, Providers.describe(reference) + " came"));
    }

    void updatedExporter(ServiceReference<TelemetryExporter> reference) {
        exporters.updated(reference);
        execute(() -> look(Cause.CONFIGURATION, Providers.describe(reference) + " was configured"));
    }

    /** Returns once no thread is inside the exporter, or after a bound. */
    void unbindExporter(ServiceReference<TelemetryExporter> reference) throws InterruptedException {
        ExporterRun.Source gone = exporters.unbind(reference);
        CompletableFuture<Void> left = new CompletableFuture<>();
        execute(() -> {
            look(Cause.BUNDLE, Providers.describe(reference) + " goes");
            left.complete(null);
        });
        long end = System.nanoTime() + UNBIND_BOUND_NANOS;
        while (thread.isAlive() && (!left.isDone() || isInside(gone)) && System.nanoTime() - end < 0) {
            TimeUnit.MILLISECONDS.sleep(5);
        }
        if (thread.isAlive() && isInside(gone)) {
            LOG.warn("a telemetry exporter of {} is still busy after {} ms; its bundle goes without it",
                    Providers.describe(reference), TimeUnit.NANOSECONDS.toMillis(UNBIND_BOUND_NANOS));
        }
    }

    private boolean isInside(ExporterRun.Source exporter) {
        synchronized (leaving) {
            return leaving.stream().anyMatch(run -> run.choice.factory() == exporter && !run.isOver());
        }
    }

    private void execute(Runnable command) {
        commands.add(command);
        LockSupport.unpark(thread);
    }

    @Override
    public void publish(Sample sample) {
        // Without an exporter nobody would ever take it out again.
        if (!runs.isEmpty() && !queue.offer(sample)) {
            dropped.incrementAndGet();
        }
    }

    @Override
    public void publish(Measurement measurement, long wallMillis, long nanos, Map<String, String> tags, double[] values) {
        if (!runs.isEmpty() && !queue.offer(measurement, wallMillis, nanos, tags, values)) {
            dropped.incrementAndGet();
        }
    }

    // ---- the hub's thread

    private void run() {
        long next = System.nanoTime() + PERIOD_NANOS;
        long reported = 0;
        while (!stopping) {
            long now = System.nanoTime();
            obey();
            conduct(now);
            if (now - next >= 0) {
                next += PERIOD_NANOS;
                reported = handOut(reported);
            }
            if (commands.isEmpty() && !stopping) {
                LockSupport.parkNanos(this, Math.max(1, next - System.nanoTime()));
            }
        }
        // The samples from just before the end are the ones that tell what happened.
        handOut(reported);
        runs.forEach(ExporterRun::finish);
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(STOP_BOUND_MILLIS);
        while (runs.stream().anyMatch(run -> !run.isOver()) && System.nanoTime() - end < 0) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
        }
        runs.forEach(ExporterRun::leave);
    }

    private void obey() {
        for (Runnable command; (command = commands.poll()) != null; ) {
            try {
                command.run();
            } catch (RuntimeException e) {
                LOG.error("telemetry: unexpected failure", e);
            }
        }
    }

    private long handOut(long reported) {
        List<Sample> batch = new ArrayList<>();
        long lost = dropped.get();
        if (lost != reported) {
            batch.add(new Sample(TELEMETRY, System.currentTimeMillis(), System.nanoTime(), Map.of(), new double[] {lost}));
        }
        for (ExporterRun run : runs) {
            Sample news = run.news(System.currentTimeMillis(), System.nanoTime());
            if (news != null) {
                batch.add(news);
            }
        }
        queue.drainTo(batch);
        if (!batch.isEmpty()) {
            List<Sample> lent = List.copyOf(batch);
            for (ExporterRun run : runs) {
                if (!run.offer(lent)) {
                    dropped.addAndGet(lent.size());
                }
            }
        }
        return lost;
    }

    private void look(Cause what, String why) {
        because(what, why);
        standings.retain(exporters.all());
        conduct(System.nanoTime());
    }

    private void because(Cause what, String why) {
        cause = what;
        detail = why;
        decidedNanos = System.nanoTime();
    }

    /** Those who should serve and do not are put to work, those who should not are sent away. */
    private void conduct(long now) {
        judge(now);
        List<Providers.Candidate<ExporterRun.Source>> wanted = exporters.candidates(preference).stream()
                .filter(candidate -> standings.objection(candidate, now).isEmpty()).toList();
        for (ExporterRun run : runs) {
            if (wanted.stream().noneMatch(run.choice::sameAs)) {
                leave(run);
            }
        }
        for (Providers.Candidate<ExporterRun.Source> candidate : wanted) {
            if (runs.stream().noneMatch(run -> run.choice.sameAs(candidate))) {
                ExporterRun run = new ExporterRun(candidate, () -> LockSupport.unpark(thread));
                runs.add(run);
                run.start();
            }
        }
        synchronized (leaving) {
            leaving.removeIf(ExporterRun::isOver);
        }
        tell(now);
    }

    /** Those that cannot be had rest, those that misbehave are set aside, also when they hang on their way out. */
    private void judge(long now) {
        for (ExporterRun run : runs) {
            if (!run.failure().isEmpty()) {
                String reason = run.failure();
                if (standings.couldNotOpen(run.choice, null, reason, false, now)) {
                    log.add(new Replacement(System.currentTimeMillis(), ROLE, told, told, cause,
                            run.choice.name() + ": " + reason, false, now - decidedNanos, -1));
                }
            } else if (!blame(run, run.overtime(now), now) && !blame(run, run.thrownTooOften(), now) && run.isOpen()) {
                standings.serves(run.choice, 0);
            }
        }
        synchronized (leaving) {
            for (ExporterRun run : leaving) {
                if (!run.isOver() && !run.blamed) {
                    blame(run, run.overtime(now), now);
                }
            }
        }
    }

    /** @return whether there is a reason to */
    private boolean blame(ExporterRun run, String reason, long now) {
        if (reason.isEmpty()) {
            return false;
        }
        run.blamed = true;
        standings.misbehaved(run.choice, reason, now);
        because(Cause.FAILURE, run.choice.name() + " was set aside: " + reason);
        LOG.warn("telemetry exporter {} is set aside: {}", run.choice.name(), reason);
        return true;
    }

    /** People are told of who serves once it does, and of a choice once all whom it concerns have opened or failed. */
    private void tell(long now) {
        // In this order: one that opens in between is then taken for opening once more, and not for missing.
        boolean opening = runs.stream().anyMatch(run -> !run.isOpen());
        String serving = names();
        if (!serving.equals(told)) {
            log.add(new Replacement(System.currentTimeMillis(), ROLE, told, serving, cause, detail, true,
                    now - decidedNanos, -1));
            told = serving;
            if (!opening) {
                because(Cause.FAILURE, "");
            }
        }
        choices.removeIf(choice -> (!opening || now - choice.sinceNanos > CHOICE_BOUND_NANOS)
                && choice.done.complete(new Replacement(System.currentTimeMillis(), ROLE, choice.before, serving,
                        Cause.CONFIGURATION, choice.why, !serving.isEmpty(), now - choice.sinceNanos, -1)));
    }

    private void leave(ExporterRun run) {
        runs.remove(run);
        synchronized (leaving) {
            leaving.add(run);
        }
        run.leave();
    }

    private List<String> serving() {
        return runs.stream().filter(ExporterRun::isOpen).map(run -> run.choice.name()).toList();
    }

    private String names() {
        return String.join(", ", serving());
    }

    // ---- what console and shell are offered

    @Override
    public String name() {
        return PIPELINE;
    }

    private interface Question<T> {
        T ask(long now) throws RefusedException;
    }

    private <T> T ask(Question<T> question) throws RefusedException {
        CompletableFuture<T> answer = new CompletableFuture<>();
        execute(() -> {
            try {
                answer.complete(question.ask(System.nanoTime()));
            } catch (RefusedException | RuntimeException e) {
                answer.completeExceptionally(e);
            }
        });
        return Control.await(answer);
    }

    private static void check(String role) throws RefusedException {
        if (!role.equals(ROLE)) {
            throw new RefusedException("there is no stage '" + role + "'; there is " + ROLE);
        }
    }

    private Providers.Candidate<ExporterRun.Source> find(String name) throws RefusedException {
        return exporters.all().stream().filter(candidate -> candidate.name().equals(name)).findFirst()
                .orElseThrow(() -> new RefusedException("there is no telemetry exporter '" + name + "'; present: "
                        + String.join(", ", exporters.all().stream().map(Providers.Candidate::name).sorted().toList())));
    }

    @Override
    public List<Stage> stages() {
        try {
            return List.of(ask(this::describe));
        } catch (RefusedException e) {
            return List.of();
        }
    }

    private Stage describe(long now) {
        List<Stage.Provider> providers = new ArrayList<>();
        List<Providers.Candidate<ExporterRun.Source>> wanted = exporters.candidates(preference);
        for (Providers.Candidate<ExporterRun.Source> candidate : exporters.all()) {
            boolean serves = runs.stream().anyMatch(run -> run.choice.sameAs(candidate) && run.isOpen());
            String objection = standings.objection(candidate, now);
            Standing standing = serves ? Standing.SERVING : standings.isQuarantined(candidate) ? Standing.QUARANTINED
                    : !objection.isEmpty() ? Standing.RESTING
                    : wanted.stream().anyMatch(candidate::sameAs) ? Standing.STARTING : Standing.EXCLUDED;
            String why = switch (standing) {
                case SERVING -> "'" + preference + "' lets it";
                case QUARANTINED, RESTING -> objection;
                case STARTING -> "it is about to";
                default -> "'" + preference + "' does not let it";
            };
            providers.add(new Stage.Provider(candidate.name(), "", candidate.bundle(), standing, why));
        }
        double nanos = runs.stream().mapToDouble(ExporterRun::nanosPerBatch).filter(took -> !Double.isNaN(took)).sum();
        return new Stage(ROLE, serving(), preference.names(),
                preference.target() == null ? "" : preference.target().toString(),
                runs.isEmpty() ? exporters.missing(preference) : "", runs.isEmpty() ? Double.NaN : nanos, null, providers);
    }

    @Override
    public List<Replacement> replacements() {
        return log.newestFirst();
    }

    /** It alone serves from now on. */
    @Override
    public CompletionStage<Replacement> swap(String role, String provider, String by) throws RefusedException {
        check(role);
        ask(now -> {
            Providers.Candidate<ExporterRun.Source> chosen = find(provider);
            if (standings.isQuarantined(chosen)) {
                throw new RefusedException(provider + " is set aside: " + standings.objection(chosen, now)
                        + "; release it first");
            }
            undo.addFirst(preference.names());
            return null;
        });
        return choose(provider, by + " chose " + provider);
    }

    private CompletionStage<Replacement> choose(String names, String why) throws RefusedException {
        Preference chosen = Preference.parse(names, preference.target());
        execute(() -> announced = why);
        store.set(ROLE, names);
        CompletableFuture<Replacement> done = new CompletableFuture<>();
        ask(now -> {
            // Without waiting for Configuration Admin, which will say the same.
            String before = names();
            preference = chosen;
            because(Cause.CONFIGURATION, why);
            choices.add(new Choice(before, why, now, done));
            conduct(now);
            return null;
        });
        return done;
    }

    @Override
    public CompletionStage<TrialReport> trial(String role, String provider, Duration length, String by)
            throws RefusedException {
        check(role);
        throw new RefusedException("exporters serve side by side, so there is nothing to try one instead of; swap it, or"
                + " change exporter in " + PID + ".cfg");
    }

    @Override
    public CompletionStage<Replacement> rollback(String role, String by) throws RefusedException {
        check(role);
        String before = ask(now -> undo.pollFirst());
        if (before == null) {
            throw new RefusedException("there is nothing to undo: nobody has swapped the exporter since RevCam began");
        }
        return choose(before, by + " rolled back");
    }

    @Override
    public void quarantine(String role, String provider, String reason) throws RefusedException {
        check(role);
        ask(now -> {
            standings.setAside(find(provider), reason.isBlank() ? "by hand" : reason);
            because(Cause.FAILURE, provider + " was set aside: " + reason);
            conduct(now);
            return null;
        });
    }

    @Override
    public void release(String role, String provider) throws RefusedException {
        check(role);
        ask(now -> {
            if (!standings.release(find(provider))) {
                throw new RefusedException(provider + " is not set aside");
            }
            because(Cause.FAILURE, provider + " was released");
            conduct(now);
            return null;
        });
    }

    @Override
    public TrialReport lastTrial(String role) throws RefusedException {
        check(role);
        return null;
    }
}
