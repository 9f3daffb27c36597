package revcam.api.pipeline;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Something made of stages that can be looked at and replaced while it works: a stream, or the telemetry. The engine
 * publishes each as an OSGi service. Any thread; no call waits for a stage. What is
 * returned is a snapshot.
 *
 * <p>Wherever a provider is asked for, its name will do ({@code x264}); a capture may bring its source along ({@code
 * file:clip.mp4}).
 */
@ProviderType
public interface Pipeline {

    /** That of a stream, or {@code telemetry}. */
    String name();

    /** In the order a frame takes. */
    List<Stage> stages();

    /** What was replaced lately, newest first; at most a hundred. */
    List<Replacement> replacements();

    /**
     * Makes a provider the first choice of its stage, for good: the preference in the configuration is changed, as if the
     * file had been edited, and a trial of that stage ends.
     *
     * @param by who asks, for the log: {@code shell}, {@code console revcam}
     * @return completed when the new one serves, or has failed and the old one goes on
     * @throws RefusedException there is no such role or provider, or it is quarantined
     */
    CompletionStage<Replacement> swap(String role, String provider, String by) throws RefusedException;

    /**
     * Lets a provider serve for a while, and compares that with the minute before. If it is not worse it becomes the first
     * choice as by {@link #swap}; if it is, or fails, the old one comes back by itself.
     *
     * @param length 5 s to 10 min
     * @throws RefusedException as for swap; also when a trial of this stage is under way, or the stage has no trials
     */
    CompletionStage<TrialReport> trial(String role, String provider, Duration length, String by) throws RefusedException;

    /**
     * Ends a trial of the stage at once, in the old one's favour; without a trial, undoes the last {@link #swap} of the
     * stage.
     *
     * @throws RefusedException there is nothing to undo
     */
    CompletionStage<Replacement> rollback(String role, String by) throws RefusedException;

    /**
     * Sets a provider aside until {@link #release}; the next in preference takes over.
     *
     * @param reason for people
     */
    void quarantine(String role, String provider, String reason) throws RefusedException;

    /** Gives a provider that was set aside another chance. */
    void release(String role, String provider) throws RefusedException;

    /** The report of the stage's last trial that has ended, or null. */
    TrialReport lastTrial(String role) throws RefusedException;
}
