package revcam.api.pipeline;

import java.util.List;

/**
 * How a trial came out.
 *
 * @param wallMillis when it ended, Unix time in milliseconds
 * @param provider that was on trial
 * @param from who served before
 * @param passed it stays
 * @param verdict one sentence for a person
 * @param figures what was compared; empty when the provider failed before anything could be
 */
public record TrialReport(
        long wallMillis, String role, String provider, String from, boolean passed, String verdict, List<Figure> figures) {

    /**
     * One figure, before and during the trial.
     *
     * @param name such as {@code encode}
     * @param unit such as {@code ms}
     * @param before mean of the minute before; NaN where unknown
     * @param during mean of the trial, without its first second; NaN where unknown
     * @param limit the value that {@code during} must not be worse than
     * @param within whether it is not
     */
    public record Figure(String name, String unit, double before, double during, double limit, boolean within) {}

    public TrialReport {
        figures = List.copyOf(figures);
    }
}
