package revcam.framework;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import revcam.api.pipeline.Pipeline;
import revcam.api.pipeline.RefusedException;
import revcam.api.pipeline.Replacement;
import revcam.api.pipeline.Stage;
import revcam.api.pipeline.TrialReport;

/** A pipeline of one encoder, whose every text is what an attacker would like it to be. Writes down what is asked of it. */
final class FakePipeline implements Pipeline {

    static final String EVIL = "</script><script>alert('\u00e9\"&');</script>";

    final List<String> asked = new CopyOnWriteArrayList<>();
    /** What the next trial answers. */
    volatile CompletableFuture<TrialReport> trial = new CompletableFuture<>();

    @Override
    public String name() {
        return "fake" + EVIL;
    }

    @Override
    public List<Stage> stages() {
        return List.of(
                new Stage("encoder", List.of("good"), EVIL, EVIL, EVIL, 6.5e6, new Stage.Trial("good", EVIL, 3_000_000_000L),
                        List.of(new Stage.Provider("good", EVIL, EVIL, Stage.Standing.SERVING, EVIL),
                                new Stage.Provider(EVIL, "", "", Stage.Standing.QUARANTINED, "\u2028\u0000"))),
                new Stage("empty", List.of(), "*", "", "nobody", Double.NaN, null, List.of()));
    }

    @Override
    public List<Replacement> replacements() {
        return List.of(new Replacement(
                1, "encoder", EVIL, "good", Replacement.Cause.FAILURE, EVIL, true, 140_000_000, -1));
    }

    private static void check(String role, String provider) throws RefusedException {
        if (!role.equals("encoder")) {
            throw new RefusedException("There is no stage " + role);
        }
        if (provider.equals("nobody")) {
            throw new RefusedException("There is no encoder nobody");
        }
    }

    private CompletionStage<Replacement> replacement(String to) {
        return CompletableFuture.completedFuture(
                new Replacement(2, "encoder", "good", to, Replacement.Cause.CONFIGURATION, "", true, 1_500_000, 41_000_000));
    }

    @Override
    public CompletionStage<Replacement> swap(String role, String provider, String by) throws RefusedException {
        check(role, provider);
        asked.add("swap " + provider + " by " + by);
        return replacement(provider);
    }

    @Override
    public CompletionStage<TrialReport> trial(String role, String provider, Duration length, String by)
            throws RefusedException {
        check(role, provider);
        asked.add("trial " + provider + " for " + length.toSeconds() + " by " + by);
        return trial;
    }

    @Override
    public CompletionStage<Replacement> rollback(String role, String by) throws RefusedException {
        check(role, "");
        asked.add("rollback by " + by);
        return replacement("good");
    }

    @Override
    public void quarantine(String role, String provider, String reason) throws RefusedException {
        check(role, provider);
        asked.add("quarantine " + provider + " because " + reason);
    }

    @Override
    public void release(String role, String provider) throws RefusedException {
        check(role, provider);
        asked.add("release " + provider);
    }

    @Override
    public TrialReport lastTrial(String role) throws RefusedException {
        if (!role.equals("encoder")) {
            throw new RefusedException("There is no stage " + role);
        }
        return report();
    }

    static TrialReport report() {
        return new TrialReport(3, "encoder", EVIL, "good", false, EVIL,
                List.of(new TrialReport.Figure(EVIL, EVIL, Double.NaN, 9.5, 7.3, false)));
    }
}
