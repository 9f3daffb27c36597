package revcam.deploy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import revcam.api.pipeline.Pipeline;

/**
 * Takes deployments in and back. The files in its directory:
 *
 * <ul>
 * <li>{@code staging/}: where sets arrive
 * <li>{@code store/}: their jars, each under its SHA-256
 * <li>{@code desired}: which of them should run, and the history; {@code desired.copy}
 * <li>{@code starting}: while it is there, a start with deployed bundles has not proved itself
 * <li>{@code trusted-keys}: who may sign; only read
 * </ul>
 *
 * One thread at a time; but {@link #state} and {@link #recall} any thread.
 */
final class Deployer implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Deployer.class);
    /** How long something may look torn before it is taken for torn: a copy over a bad network stands still, too. */
    private static final long TORN_NANOS = TimeUnit.SECONDS.toNanos(10);
    /** What must stay free on the storage: more than this program writes otherwise. */
    private static final long RESERVE_BYTES = 16_000_000;

    private final BundleContext context;
    private final Supplier<DeploymentSettings> settings;
    private final Supplier<Collection<Pipeline>> pipelines;
    private final Path directory;
    private final Path desired;
    private final Store store;
    private final Staging staging;
    private final TrustedKeys trusted;
    private final Attempts attempts;
    private final Bundles bundles;
    private final long tornNanos;
    /** Bundles of RevCam itself, or of its owner's folder, that stand back for a deployed one of their name. */
    private final Set<Bundle> standingBack = new LinkedHashSet<>();
    private volatile DesiredState state = DesiredState.NOTHING;
    private volatile String recalled;
    private volatile boolean onTrial;

    /** What goes to the new and comes back from it. */
    private static final class Change {
        final List<Bundle> added = new ArrayList<>();
        final List<Bundle> old = new ArrayList<>();
        final List<Bundle> revived = new ArrayList<>();
        /** Of the old, those that another may serve beside: they go after the new ones have come. */
        final Set<Bundle> stages = new HashSet<>();
    }

    /** @param directory made if it is not there */
    Deployer(BundleContext context, Path directory, Supplier<DeploymentSettings> settings,
            Supplier<Collection<Pipeline>> pipelines) throws IOException {
        this(context, directory, settings, pipelines, TORN_NANOS);
    }

    Deployer(BundleContext context, Path directory, Supplier<DeploymentSettings> settings,
            Supplier<Collection<Pipeline>> pipelines, long tornNanos) throws IOException {
        this.context = context;
        this.directory = directory;
        this.settings = settings;
        this.pipelines = pipelines;
        this.tornNanos = tornNanos;
        desired = directory.resolve("desired");
        staging = new Staging(directory.resolve("staging"));
        store = new Store(directory.resolve("store"));
        trusted = new TrustedKeys(directory.resolve("trusted-keys"));
        attempts = new Attempts(directory.resolve("starting"));
        bundles = new Bundles(context);
    }

    @Override
    public void close() {
        bundles.close();
    }

    /** What should run, and the history. */
    DesiredState state() {
        return state;
    }

    Path staging() {
        return staging.directory();
    }

    // ---- at the start

    /** Fills the framework from the list: first of all, on the thread that starts the framework. */
    void begin() {
        DesiredState read = DesiredState.read(desired, LOG::error);
        DesiredState now = usable(afterTrial(read));
        if (now != read) { // the same object if nothing had to be done; Java links a record's equals in 10 ms at its first call
            write(now);
        }
        state = now;
        if (now.current() == 0) {
            return;
        }
        try {
            attempts.begin(now.current(), attempts.failed(now.current()) + 1);
        } catch (IOException e) {
            LOG.error("deployed bundles start without a safety net: {} cannot be written: {}", directory, Words.of(e));
        }
        for (BundleJar jar : now.effective()) {
            try {
                takeIn(jar);
            } catch (DeploymentException e) {
                LOG.error("deployment {}: {} is not started, whatever it replaced runs: {}", now.current(), jar, e.getMessage());
            }
        }
    }

    /** What was on trial when RevCam ended has not passed it. */
    private DesiredState afterTrial(DesiredState read) {
        DesiredState now = read;
        for (Deployment each : read.history()) {
            if (each.outcome() == Deployment.Outcome.TRIAL) {
                String why = "RevCam ended while it was on trial";
                now = now.with(each.as(Deployment.Outcome.ROLLED_BACK, why));
                verdict(each.arrival(), "failed", why + "; what ran before runs again");
                LOG.warn("deployment {} ({}) is not kept: {}", each.number(), each.arrival(), why);
            }
        }
        return now;
    }

    /** The current deployment, or the last one before it that can be started. */
    private DesiredState usable(DesiredState read) {
        DesiredState now = read;
        while (now.current() != 0) {
            Deployment deployment = now.find(now.current());
            if (deployment == null) {
                now = now.at(now.before(now.current()));
                continue;
            }
            Deployment.Outcome outcome;
            String why;
            List<BundleJar> damaged = deployment.effective().stream().filter(jar -> !store.has(jar)).toList();
            if (attempts.failed(deployment.number()) >= Attempts.MOST) {
                outcome = Deployment.Outcome.CRASHED;
                why = "RevCam died " + Attempts.MOST + " times while it started with it";
            } else if (!damaged.isEmpty()) {
                outcome = Deployment.Outcome.ROLLED_BACK;
                why = damaged + ": damaged or missing in the store; deploy it again";
            } else {
                return now;
            }
            int before = now.before(deployment.number());
            LOG.error("deployment {} is not started: {}; {} is", deployment.number(), why,
                    before == 0 ? "what RevCam came with" : "deployment " + before);
            now = now.with(deployment.as(outcome, why)).at(before);
        }
        return now;
    }

    private void takeIn(BundleJar jar) throws DeploymentException {
        Bundle bundle = bundles.install(location(jar), jar);
        try {
            List<Bundle> old = bundles.named(jar.name()).stream().filter(other -> !other.equals(bundle)).toList();
            bundles.resolve(List.of(bundle));
            for (Bundle other : old) {
                bundles.stop(other);
                standingBack.add(other);
            }
            bundles.start(bundle);
        } catch (DeploymentException e) {
            bundles.remove(bundle);
            for (Bundle other : bundles.named(jar.name())) {
                if (standingBack.remove(other)) {
                    bundles.start(other);
                }
            }
            throw e;
        }
    }

    /** To be called once what was started has run for a while, and at an orderly end. */
    void proved() {
        try {
            attempts.succeeded();
        } catch (IOException e) {
            LOG.warn("{}: {}", directory, Words.of(e));
        }
    }

    // ---- what arrives

    /** Looks whether something has arrived, and deals with it. */
    void look() {
        try {
            for (Staging.Arrival arrival : staging.look(System.nanoTime())) {
                take(arrival);
            }
        } catch (IOException e) {
            LOG.error("the staging area cannot be read: {}", Words.of(e));
        }
    }

    private void take(Staging.Arrival arrival) throws IOException {
        String name = arrival.path().getFileName().toString();
        try {
            Staging.checkName(name);
            CandidateSet set = reader().read(arrival.path());
            staging.remove(arrival.path());
            deploy(set);
        } catch (TornException e) {
            if (arrival.stillNanos() > tornNanos) {
                staging.remove(arrival.path());
                refuse(name, e.getMessage());
            }
        } catch (DeploymentException e) {
            staging.remove(arrival.path());
            if (!(e instanceof AlreadyTold)) {
                refuse(name, e.getMessage());
            }
        }
    }

    private SetReader reader() throws IOException, DeploymentException {
        DeploymentSettings now = settings.get();
        long free = Files.getFileStore(directory).getUsableSpace();
        if (free < now.limits().size() / 4 + RESERVE_BYTES) {
            throw new DeploymentException("only " + free / 1_000_000 + " MB are free on the storage of " + directory);
        }
        return new SetReader(store, trusted, now.limits(), now.unsigned());
    }

    private void refuse(String arrival, String why) {
        LOG.warn("{} is not deployed: {}", Words.shown(arrival), why);
        verdict(arrival, "refused", why);
    }

    private void verdict(String arrival, String state, String text) {
        try {
            staging.verdict(arrival, state, text);
        } catch (IOException e) {
            LOG.warn("the verdict on {} cannot be written: {}", Words.shown(arrival), Words.of(e));
        }
    }

    // ---- deploying

    /** It has failed, and whoever brought it knows. */
    private static final class AlreadyTold extends DeploymentException {

        private static final long serialVersionUID = 1;

        AlreadyTold(String message) {
            super(message);
        }
    }

    /**
     * Deploys a file that lies on this machine, which stays where it is.
     *
     * @param path absolute, or a name in the staging area
     * @return for a person
     */
    String deploy(String path) throws DeploymentException {
        Path file = staging.directory().resolve(path).normalize();
        if (!Files.exists(file)) {
            throw new DeploymentException("there is no " + file + "; give an absolute path, or a name in " + staging.directory());
        }
        try {
            return deploy(reader().read(file));
        } catch (TornException e) {
            throw new DeploymentException(e.getMessage());
        } catch (IOException e) {
            throw new DeploymentException(Words.of(e));
        }
    }

    /**
     * @return what a person should know, when it is confirmed
     * @throws DeploymentException it is refused, or was rolled back
     */
    private String deploy(CandidateSet set) throws DeploymentException {
        DesiredState before = state;
        checkAge(before, set);
        if (sameAs(before, set)) {
            String text = "deployment " + before.current() + " is just this already";
            confirmed(set.arrival(), text);
            return text;
        }
        List<BundleJar> target = before.effectiveWith(set.jars());
        Change change;
        try {
            change = prepare(target, set.jars());
        } catch (DeploymentException e) {
            forget();
            throw e;
        }
        Deployment trial = new Deployment(before.next(), Deployment.Outcome.TRIAL, System.currentTimeMillis(), set.arrival(),
                set.signer() == null ? "" : set.signer().toString(), set.jars(), target, "");
        try {
            commit(before.begin(trial));
        } catch (DeploymentException e) {
            change.added.forEach(bundles::remove);
            throw e;
        }
        LOG.info("deployment {}: {} on trial for {} s, {}", trial.number(), names(set.jars()),
                settings.get().trial().toSeconds(), trial.signer().isEmpty() ? "unsigned" : "signed by " + trial.signer());
        verdict(set.arrival(), "trial", "deployment " + trial.number() + " is on trial for "
                + settings.get().trial().toSeconds() + " s");
        return conduct(set, trial, change);
    }

    private static void checkAge(DesiredState now, CandidateSet set) throws DeploymentException {
        Instant newest = set.signer() == null ? null : now.newestOf(set.signer().fingerprint());
        if (newest != null && !set.made().isAfter(newest) && !sameAs(now, set)) {
            if (newest.equals(now.newest().get(DesiredState.EVERY_SIGNER))) {
                throw new DeploymentException("this set was made " + set.made() + "; which ones have been here was lost on the"
                        + " storage, and any from before " + newest + " might have been. Make it anew with ./revcam deploy");
            }
            throw new DeploymentException("this set was made " + set.made() + ", and one that was made " + newest
                    + " has been deployed since: an old signature is not used again. Make it anew with ./revcam deploy, or go"
                    + " back with rollback-deployment");
        }
    }

    private static boolean sameAs(DesiredState now, CandidateSet set) {
        Set<String> running = now.effective().stream().map(BundleJar::sha256).collect(Collectors.toSet());
        return set.jars().stream().allMatch(jar -> running.contains(jar.sha256()));
    }

    private String conduct(CandidateSet set, Deployment trial, Change change) throws DeploymentException {
        recalled = null;
        onTrial = true;
        String note;
        try (Watch watch = new Watch(context, pipelines)) {
            exchange(change);
            note = watch.await(change.added, settings.get().trial(), () -> recalled);
            DesiredState kept = state.with(trial.as(Deployment.Outcome.CONFIRMED, note)).at(trial.number());
            if (set.signer() != null) {
                kept = kept.madeBy(set.signer().fingerprint(), set.made());
            }
            commit(kept.atMost(settings.get().history()));
        } catch (DeploymentException e) {
            takeBack(change);
            String why = e.getMessage();
            write(state.with(trial.as(Deployment.Outcome.ROLLED_BACK, why)).atMost(settings.get().history()));
            forget();
            LOG.warn("deployment {} ({}) is rolled back: {}", trial.number(), set.arrival(), why);
            verdict(set.arrival(), "failed", why + "; what ran before runs again");
            throw new AlreadyTold(why + "; what ran before runs again");
        } finally {
            onTrial = false;
        }
        settle(change);
        String text = "deployment " + trial.number() + " is confirmed: " + names(set.jars()) + (note.isEmpty() ? "" : "; " + note);
        confirmed(set.arrival(), text);
        return text;
    }

    private void confirmed(String arrival, String text) {
        LOG.info("{}", text);
        verdict(arrival, "confirmed", text);
    }

    private static String names(List<BundleJar> jars) {
        return jars.stream().map(BundleJar::toString).collect(Collectors.joining(", "));
    }

    /** Ends a trial, if one is under way. Any thread. @return whether there was one */
    boolean recall(String why) {
        recalled = why;
        return onTrial;
    }

    /**
     * Goes back to how it was with that deployment.
     *
     * @param number 0 for what RevCam came with; negative for the one before the current
     * @return for a person
     */
    String rollBack(int number) throws DeploymentException {
        DesiredState before = state;
        if (before.current() == 0 && number < 0) {
            throw new DeploymentException("nothing is deployed, so there is nothing to go back from");
        }
        int to = number < 0 ? before.before(before.current()) : number;
        Deployment target = before.find(to);
        if (to != 0 && target == null) {
            throw new DeploymentException("there is no deployment " + to + "; deployments lists them, and 0 is what RevCam came with");
        }
        if (to == before.current()) {
            throw new DeploymentException((to == 0 ? "what RevCam came with" : "deployment " + to) + " runs already");
        }
        if (target != null && target.outcome() == Deployment.Outcome.ROLLED_BACK) {
            throw new DeploymentException("deployment " + to + " was rolled back: " + target.note() + "; deploy it again instead");
        }
        List<BundleJar> wanted = target == null ? List.of() : target.effective();
        List<BundleJar> damaged = wanted.stream().filter(jar -> !store.has(jar)).toList();
        if (!damaged.isEmpty()) {
            throw new DeploymentException(names(damaged) + ": damaged or missing in the store; deploy it again instead");
        }
        Change change = prepare(wanted, wanted);
        try {
            exchange(change);
            for (Bundle bundle : change.added) {
                if (!Bundles.runs(bundle)) {
                    throw new DeploymentException(bundle.getSymbolicName() + " does not start");
                }
            }
            DesiredState now = before.at(to);
            commit(target == null || target.outcome() == Deployment.Outcome.CONFIRMED ? now
                    : now.with(target.as(Deployment.Outcome.CONFIRMED, "started again by hand")));
        } catch (DeploymentException e) {
            takeBack(change);
            throw new DeploymentException("it did not work, and deployment " + before.current() + " goes on: " + e.getMessage());
        }
        settle(change);
        String text = "back to " + (to == 0 ? "what RevCam came with" : "deployment " + to + ": " + names(wanted));
        LOG.info("{}", text);
        return text;
    }

    // ---- bundles

    private String location(BundleJar jar) {
        return "reference:" + store.path(jar.sha256()).toUri();
    }

    /**
     * Installs and resolves what is to come, and finds what has to go; nothing is started or stopped yet.
     *
     * @param target all deployed bundles that are to run
     * @param brought those of them that may have to be installed
     */
    private Change prepare(List<BundleJar> target, List<BundleJar> brought) throws DeploymentException {
        Change change = new Change();
        Map<String, BundleJar> wanted = new LinkedHashMap<>();
        target.forEach(jar -> wanted.put(jar.name(), jar));
        try {
            for (BundleJar jar : brought) {
                if (bundles.installed(location(jar)) == null) {
                    Bundle bundle = bundles.install(location(jar), jar);
                    change.added.add(bundle);
                    if (Bundles.isFragment(bundle)) {
                        throw new DeploymentException(jar + " is a fragment, which its host takes only when it is restarted;"
                                + " it comes with a new RevCam");
                    }
                    for (Bundle other : bundles.named(jar.name())) {
                        if (!other.equals(bundle) && !standingBack.contains(other)) {
                            change.old.add(other);
                        }
                    }
                }
            }
            for (BundleJar jar : state.effective()) {
                Bundle bundle = bundles.installed(location(jar));
                if (!wanted.containsKey(jar.name()) && bundle != null) {
                    change.old.add(bundle);
                    standingBack.stream().filter(other -> jar.name().equals(other.getSymbolicName()))
                            .forEach(change.revived::add);
                }
            }
            for (Bundle old : change.old) {
                bundles.checkReplaceable(old, change.old);
                if (Watch.isStage(old, pipelines.get())) {
                    change.stages.add(old);
                }
            }
            if (!change.added.isEmpty()) {
                bundles.resolve(change.added);
            }
            return change;
        } catch (DeploymentException | RuntimeException e) {
            change.added.forEach(bundles::remove);
            throw e;
        }
    }

    /** A stage goes once its successor has come; anything else goes first, since it may hold a port or a device. */
    private void exchange(Change change) throws DeploymentException {
        for (Bundle bundle : change.old) {
            if (!change.stages.contains(bundle)) {
                bundles.stop(bundle);
            }
        }
        for (Bundle bundle : change.added) {
            bundles.start(bundle);
        }
        for (Bundle bundle : change.revived) {
            bundles.start(bundle);
        }
        for (Bundle bundle : change.stages) {
            bundles.stop(bundle);
        }
    }

    /** The other way round. */
    private void takeBack(Change change) {
        if (Bundles.isEnding(context)) {
            return; // the next start begins from the list
        }
        change.stages.forEach(this::startAgain);
        change.added.forEach(bundles::remove);
        change.revived.forEach(bundle -> {
            try {
                bundles.stop(bundle);
            } catch (DeploymentException e) {
                LOG.error("{}", e.getMessage());
            }
        });
        change.old.stream().filter(bundle -> !change.stages.contains(bundle)).forEach(this::startAgain);
    }

    private void startAgain(Bundle bundle) {
        try {
            bundles.start(bundle);
        } catch (DeploymentException e) {
            LOG.error("after a deployment that failed: {}", e.getMessage());
        }
    }

    /** Of what has gone, deployed bundles are uninstalled; the store still has them. */
    private void settle(Change change) {
        String ours = "reference:" + store.path("").getParent().toUri();
        for (Bundle bundle : change.old) {
            if (bundle.getLocation().startsWith(ours)) {
                bundles.remove(bundle);
            } else {
                standingBack.add(bundle);
            }
        }
        change.revived.forEach(standingBack::remove);
        forget();
        proved();
    }

    /** Removes from the store what no deployment needs. */
    private void forget() {
        try {
            store.retain(state.contents());
        } catch (IOException e) {
            LOG.warn("{}: {}", directory, Words.of(e));
        }
    }

    /** @throws DeploymentException it is not on the storage, so it must not be acted on */
    private void commit(DesiredState next) throws DeploymentException {
        try {
            next.write(desired);
            state = next;
        } catch (IOException e) {
            throw new DeploymentException("it would not survive a restart: " + desired + " cannot be written: " + Words.of(e), e);
        }
    }

    /** For what has happened whether or not it can be written down. */
    private void write(DesiredState next) {
        state = next;
        try {
            next.write(desired);
        } catch (IOException e) {
            LOG.error("{} cannot be written: {}", desired, Words.of(e));
        }
    }
}
