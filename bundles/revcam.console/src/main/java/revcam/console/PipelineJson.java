package revcam.console;

import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.util.List;
import revcam.api.pipeline.Pipeline;
import revcam.api.pipeline.RefusedException;
import revcam.api.pipeline.Replacement;
import revcam.api.pipeline.Stage;
import revcam.api.pipeline.TrialReport;
import revcam.api.stream.StreamStatus;

/** Writes pipelines as the tab's page reads them. Times are milliseconds; what is unknown is null. */
final class PipelineJson {

    private PipelineJson() {}

    /** @param status of the stream that the pipeline is, or null when it is none */
    static void write(JsonWriter out, Pipeline pipeline, StreamStatus status) throws IOException {
        out.beginObject();
        out.name("name").value(pipeline.name());
        if (status != null) {
            out.name("status").beginObject();
            out.name("state").value(status.state().name());
            out.name("reason").value(status.reason());
            out.name("width").value(status.width());
            out.name("height").value(status.height());
            number(out.name("fps"), status.fps());
            out.name("bitrate").value(status.bitrateBps());
            out.name("reduction").value(status.reduction());
            out.name("viewers").value(status.viewers());
            out.endObject();
        }
        out.name("stages").beginArray();
        for (Stage stage : pipeline.stages()) {
            write(out, pipeline, stage);
        }
        out.endArray();
        // The log is long and changes rarely: the page asks for it when this does.
        List<Replacement> replacements = pipeline.replacements();
        out.name("replacements").value(
                replacements.isEmpty() ? "" : replacements.size() + "@" + replacements.get(0).wallMillis());
        out.endObject();
    }

    private static void write(JsonWriter out, Pipeline pipeline, Stage stage) throws IOException {
        out.beginObject();
        out.name("role").value(stage.role());
        out.name("serving").beginArray();
        for (String name : stage.serving()) {
            out.value(name);
        }
        out.endArray();
        out.name("preference").value(stage.preference());
        out.name("filter").value(stage.filter());
        out.name("problem").value(stage.problem());
        number(out.name("perFrame"), stage.nanosPerFrame() / 1e6);
        if (stage.trial() != null) {
            out.name("trial").beginObject();
            out.name("provider").value(stage.trial().provider());
            out.name("from").value(stage.trial().from());
            out.name("remaining").value(stage.trial().remainingNanos() / 1_000_000);
            out.endObject();
        }
        out.name("providers").beginArray();
        for (Stage.Provider provider : stage.providers()) {
            out.beginObject();
            out.name("name").value(provider.name());
            out.name("label").value(provider.label());
            out.name("source").value(provider.source());
            out.name("bundle").value(provider.bundle());
            out.name("standing").value(provider.standing().name());
            out.name("why").value(provider.why());
            out.endObject();
        }
        out.endArray();
        TrialReport report = lastTrial(pipeline, stage.role());
        if (report != null) {
            out.name("report");
            write(out, report);
        }
        out.endObject();
    }

    private static TrialReport lastTrial(Pipeline pipeline, String role) {
        try {
            return pipeline.lastTrial(role);
        } catch (RefusedException e) {
            return null; // The stage has gone since it was listed, or knows no trials.
        }
    }

    static void write(JsonWriter out, TrialReport report) throws IOException {
        out.beginObject();
        out.name("time").value(report.wallMillis());
        out.name("provider").value(report.provider());
        out.name("from").value(report.from());
        out.name("passed").value(report.passed());
        out.name("verdict").value(report.verdict());
        out.name("figures").beginArray();
        for (TrialReport.Figure figure : report.figures()) {
            out.beginObject();
            out.name("name").value(figure.name());
            out.name("unit").value(figure.unit());
            number(out.name("before"), figure.before());
            number(out.name("during"), figure.during());
            number(out.name("limit"), figure.limit());
            out.name("within").value(figure.within());
            out.endObject();
        }
        out.endArray();
        out.endObject();
    }

    static void write(JsonWriter out, String pipeline, Replacement replacement) throws IOException {
        out.beginObject();
        out.name("pipeline").value(pipeline);
        out.name("time").value(replacement.wallMillis());
        out.name("role").value(replacement.role());
        out.name("from").value(replacement.from());
        out.name("to").value(replacement.to());
        out.name("cause").value(replacement.cause().name());
        out.name("detail").value(replacement.detail());
        out.name("succeeded").value(replacement.succeeded());
        number(out.name("took"), replacement.tookNanos() < 0 ? Double.NaN : replacement.tookNanos() / 1e6);
        number(out.name("gap"), replacement.gapNanos() < 0 ? Double.NaN : replacement.gapNanos() / 1e6);
        out.endObject();
    }

    private static void number(JsonWriter out, double value) throws IOException {
        if (Double.isFinite(value)) {
            out.value(value);
        } else {
            out.nullValue();
        }
    }
}
