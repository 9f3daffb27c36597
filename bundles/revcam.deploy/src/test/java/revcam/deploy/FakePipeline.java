package revcam.deploy;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import revcam.api.pipeline.Pipeline;
import revcam.api.pipeline.Replacement;
import revcam.api.pipeline.Stage;
import revcam.api.pipeline.TrialReport;

/** A stream whose encoder stage knows a provider of some bundle while that runs, and judges it as the test says. */
final class FakePipeline implements Pipeline {

    private final String bundle;
    private final String version;
    Stage.Standing standing = Stage.Standing.READY;
    boolean passes = true;
    int trials;

    FakePipeline(String bundle, String version) {
        this.bundle = bundle;
        this.version = version;
    }

    @Override
    public String name() {
        return "main";
    }

    @Override
    public List<Stage> stages() {
        Stage.Provider old = new Stage.Provider("plain", "", "revcam.plain 1.0.0", Stage.Standing.SERVING, "first");
        Stage.Provider novel = new Stage.Provider("novel", "", bundle + " " + version, standing, "it throws");
        boolean there = (version + " runs").equals(System.getProperty(bundle));
        return List.of(new Stage("encoder", List.of("plain"), "*", "", "", 1, null, there ? List.of(old, novel) : List.of(old)));
    }

    @Override
    public CompletionStage<TrialReport> trial(String role, String provider, Duration length, String by) {
        trials++;
        return CompletableFuture.completedFuture(new TrialReport(1, role, provider, "plain", passes,
                passes ? "not worse" : "too slow", List.of()));
    }

    @Override
    public List<Replacement> replacements() {
        return List.of();
    }

    @Override
    public CompletionStage<Replacement> swap(String role, String provider, String by) {
        throw new UnsupportedOperationException();
    }

    @Override
    public CompletionStage<Replacement> rollback(String role, String by) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void quarantine(String role, String provider, String reason) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void release(String role, String provider) {
        throw new UnsupportedOperationException();
    }

    @Override
    public TrialReport lastTrial(String role) {
        return null;
    }
}
