package revcam.signalling.whep;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import revcam.api.stream.VideoStream;

/** The streams there are at present. Thread-safe. */
final class Streams {

    private record Known(VideoStream stream, boolean isDefault) {}

    private final List<Known> known = new CopyOnWriteArrayList<>();

    void add(VideoStream stream, Map<String, Object> properties) {
        Object isDefault = properties.get(VideoStream.DEFAULT);
        known.add(new Known(stream, Boolean.parseBoolean(String.valueOf(isDefault))));
    }

    void remove(VideoStream stream) {
        known.removeIf(each -> each.stream == stream);
    }

    Collection<VideoStream> all() {
        return known.stream().map(Known::stream).toList();
    }

    /** The stream of that name, or null. */
    VideoStream named(String name) {
        return known.stream().map(Known::stream).filter(each -> each.name().equals(name)).findFirst().orElse(null);
    }

    /** The stream that is meant when none is named, or null. */
    VideoStream byDefault() {
        return known.stream().filter(Known::isDefault).map(Known::stream).findFirst().orElse(null);
    }
}
