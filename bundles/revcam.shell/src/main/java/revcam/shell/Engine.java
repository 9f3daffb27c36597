package revcam.shell;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import revcam.api.pipeline.Pipeline;
import revcam.api.pipeline.Stage;
import revcam.api.stream.VideoStream;

/** The pipelines and streams that are there now, and which of them a person means. Any thread. */
final class Engine {

    private final Map<Pipeline, Boolean> pipelines = new ConcurrentHashMap<>();
    /** With whether it is the one meant when none is named. */
    private final Map<VideoStream, Boolean> streams = new ConcurrentHashMap<>();

    void add(Pipeline pipeline) {
        pipelines.put(pipeline, true);
    }

    void remove(Pipeline pipeline) {
        pipelines.remove(pipeline);
    }

    void add(VideoStream stream, boolean isDefault) {
        streams.put(stream, isDefault);
    }

    void remove(VideoStream stream) {
        streams.remove(stream);
    }

    /** Streams first, the default one at their head. */
    List<Pipeline> pipelines() {
        List<String> order = streams().stream().map(VideoStream::name).toList();
        List<Pipeline> sorted = new ArrayList<>(pipelines.keySet());
        sorted.sort(Comparator.<Pipeline>comparingInt(pipeline -> {
            int at = order.indexOf(pipeline.name());
            return at < 0 ? order.size() : at;
        }).thenComparing(Pipeline::name));
        return sorted;
    }

    /** The default one first. */
    List<VideoStream> streams() {
        List<VideoStream> sorted = new ArrayList<>(streams.keySet());
        sorted.sort(Comparator.<VideoStream>comparingInt(stream -> streams.getOrDefault(stream, false) ? 0 : 1)
                .thenComparing(VideoStream::name));
        return sorted;
    }

    /** All, or the one of that name. */
    List<VideoStream> streams(String name) throws ShellException {
        List<VideoStream> all = streams();
        List<VideoStream> chosen = all.stream().filter(stream -> name == null || stream.name().equals(name)).toList();
        if (chosen.isEmpty()) {
            throw new ShellException(all.isEmpty()
                    ? "there is no stream; configs/ should hold a revcam.stream-NAME.cfg"
                    : "there is no stream '" + name + "', only " + names(all.stream().map(VideoStream::name).toList()));
        }
        return chosen;
    }

    /** All, or the one of that name. */
    List<Pipeline> pipelines(String name) throws ShellException {
        List<Pipeline> all = pipelines();
        List<Pipeline> chosen = all.stream().filter(pipeline -> name == null || pipeline.name().equals(name)).toList();
        if (chosen.isEmpty()) {
            throw new ShellException(all.isEmpty() ? "there is no stream; configs/ should hold a revcam.stream-NAME.cfg"
                    : "there is no stream '" + name + "', only " + names(all.stream().map(Pipeline::name).toList()));
        }
        return chosen;
    }

    /** The first that has such a stage, among all or under that name. */
    Pipeline pipelineWith(String role, String name) throws ShellException {
        List<Pipeline> chosen = pipelines(name);
        for (Pipeline pipeline : chosen) {
            if (stage(pipeline, role) != null) {
                return pipeline;
            }
        }
        throw new ShellException("there is no role '" + role + "', only " + names(roles(chosen)));
    }

    /** The stage of that role, or null. */
    static Stage stage(Pipeline pipeline, String role) {
        return pipeline.stages().stream().filter(stage -> stage.role().equals(role)).findFirst().orElse(null);
    }

    static List<String> roles(List<Pipeline> pipelines) {
        return pipelines.stream().flatMap(pipeline -> pipeline.stages().stream()).map(Stage::role).distinct().toList();
    }

    private static String names(List<String> names) {
        return String.join(", ", names);
    }
}
