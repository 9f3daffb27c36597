package revcam.signalling.whip;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import revcam.api.stream.VideoStream;

/** The streams there are at present. Thread-safe. */
final class Streams {

    private record Known(VideoStream stream, boolean isDefault) {}

    private final List<Known> known = new CopyOnWriteArrayList<>();

    void add(VideoStream stream, Map<String, Object> properties) {
        known.add(new Known(stream, Boolean.parseBoolean(String.valueOf(properties.get(VideoStream.DEFAULT)))));
    }

    void remove(VideoStream stream) {
        known.removeIf(each -> each.stream == stream);
    }

    /** @param name empty for the stream that is meant when none is named @return null when it is not there */
    VideoStream get(String name) {
        return known.stream()
                .filter(each -> name.isEmpty() ? each.isDefault : each.stream.name().equals(name))
                .map(Known::stream).findFirst().orElse(null);
    }
}
