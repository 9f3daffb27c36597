package revcam.shell;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import revcam.api.pipeline.Pipeline;
import revcam.api.pipeline.RefusedException;
import revcam.api.pipeline.Replacement;
import revcam.api.pipeline.Stage;
import revcam.api.pipeline.TrialReport;

/** A pipeline whose every answer the test decides; it notes what it was asked. */
final class FakePipeline implements Pipeline {

    final List<String> asked = new ArrayList<>();
    List<Stage> stages = List.of();
    List<Replacement> replacements = List.of();
    CompletableFuture<Replacement> replacement = new CompletableFuture<>();
    CompletableFuture<TrialReport> report = new CompletableFuture<>();
    TrialReport last;
    RefusedException refusal;

    private final String name;

    FakePipeline(String name) {
        this.name = name;
    }

    /** The encoder stage with x264 serving, and one provider of every other standing. */
    static FakePipeline main() {
        FakePipeline pipeline = new FakePipeline("main");
        pipeline.stages = List.of(
                new Stage("capture", List.of("file:a clip.mp4"), "file:a clip.mp4, pattern", "", "", 420_000, null, List.of(
                        provider("file", "a clip.mp4", Stage.Standing.SERVING, "first in the preference"),
                        provider("pattern", "", Stage.Standing.READY, "file is preferred"))),
                new Stage("encoder", List.of("x264"), "x264, *", "(revcam.encoder=*)", "", 3_140_000,
                        new Stage.Trial("x264", "mosaic", 14_200_000_000L), List.of(
                        provider("x264", "", Stage.Standing.SERVING, "on trial"),
                        provider("mosaic", "", Stage.Standing.READY, "second in the preference"),
                        provider("slow", "", Stage.Standing.RESTING, "it gave no frame for two seconds"),
                        provider("bad", "", Stage.Standing.QUARANTINED, "set aside by hand"),
                        provider("other", "", Stage.Standing.EXCLUDED, "the filter does not let it through"))),
                new Stage("packetiser", List.of(), "*", "", "no packetiser fits '*'; install one", Double.NaN, null, List.of()));
        return pipeline;
    }

    static FakePipeline telemetry() {
        FakePipeline pipeline = new FakePipeline("telemetry");
        pipeline.stages = List.of(new Stage("exporter", List.of("jsonl", "shell"), "*", "", "", Double.NaN, null, List.of(
                provider("jsonl", "", Stage.Standing.SERVING, "all serve"),
                provider("shell", "", Stage.Standing.SERVING, "all serve"))));
        return pipeline;
    }

    private static Stage.Provider provider(String name, String source, Stage.Standing standing, String why) {
        return new Stage.Provider(name, source, "revcam." + name + " 1.0.0", standing, why);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public List<Stage> stages() {
        return stages;
    }

    @Override
    public List<Replacement> replacements() {
        return replacements;
    }

    private void ask(String what) throws RefusedException {
        asked.add(what);
        if (refusal != null) {
            throw refusal;
        }
    }

    @Override
    public CompletionStage<Replacement> swap(String role, String provider, String by) throws RefusedException {
        ask("swap " + role + " " + provider + " by " + by);
        return replacement;
    }

    @Override
    public CompletionStage<TrialReport> trial(String role, String provider, Duration length, String by)
            throws RefusedException {
        ask("trial " + role + " " + provider + " " + length + " by " + by);
        return report;
    }

    @Override
    public CompletionStage<Replacement> rollback(String role, String by) throws RefusedException {
        ask("rollback " + role + " by " + by);
        return replacement;
    }

    @Override
    public void quarantine(String role, String provider, String reason) throws RefusedException {
        ask("quarantine " + role + " " + provider + ": " + reason);
    }

    @Override
    public void release(String role, String provider) throws RefusedException {
        ask("release " + role + " " + provider);
    }

    @Override
    public TrialReport lastTrial(String role) throws RefusedException {
        ask("last trial " + role);
        return last;
    }
}
