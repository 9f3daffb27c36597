package revcam.bench;

import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonSyntaxException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import revcam.linklab.Link;

/** What one row of a scenario runs with; read by Gson, so the names of its fields are those of the file. */
final class Setup {

    /** What is filmed: pattern, synthetic, cuts, clip (of REVCAM_CLIP) or a file; live also v4l2 and the like. */
    String scene = "pattern";
    String size = "1280x720";
    double fps = 30;
    String bitrate = "2M";
    double seconds = 10;
    String encoder = "x264";
    /** Of the encoder, as in its .cfg file. */
    Map<String, String> settings = new LinkedHashMap<>();
    int mtu = 1280;
    String controller = "gcc";
    /** A case of the laboratory, or an object; none: nothing in between. */
    JsonElement link;
    // live
    /** chromium or libwebrtc. */
    String viewer = "libwebrtc";
    /** Of the product, for a minute's worth of JIT and a controller's start. */
    double warmSeconds = 5;
    /** By PID, as in configs/. */
    Map<String, Map<String, String>> config = new LinkedHashMap<>();

    private static final Gson GSON = new Gson();

    static List<String> keys() {
        return Arrays.stream(Setup.class.getDeclaredFields()).filter(field -> !Modifier.isStatic(field.getModifiers()))
                .map(Field::getName).toList();
    }

    /** @throws IllegalArgumentException a key or value that cannot be used */
    static Setup of(JsonObject json) {
        for (String key : json.keySet()) {
            if (!keys().contains(key)) {
                throw new IllegalArgumentException("no key '" + key + "'; there are " + String.join(", ", keys()));
            }
        }
        Setup setup;
        try {
            setup = GSON.fromJson(json, Setup.class);
        } catch (JsonSyntaxException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
        setup.check();
        return setup;
    }

    private void check() {
        if (!size.matches("[1-9][0-9]{1,3}x[1-9][0-9]{1,3}") || width() % 2 != 0 || height() % 2 != 0) {
            throw new IllegalArgumentException("size takes even numbers such as 1280x720, not " + size);
        }
        if (!(fps >= 1 && fps <= 120)) {
            throw new IllegalArgumentException("fps takes 1 to 120, not " + fps);
        }
        if (!(seconds >= 1 && seconds <= 3600)) {
            throw new IllegalArgumentException("seconds takes 1 to 3600, not " + seconds);
        }
        if (mtu < 576 || mtu > 9000) {
            throw new IllegalArgumentException("mtu takes 576 to 9000, not " + mtu);
        }
        if (!List.of("chromium", "libwebrtc").contains(viewer)) {
            throw new IllegalArgumentException("viewer takes chromium or libwebrtc, not " + viewer);
        }
        bitrateBps();
        link();
    }

    int width() {
        return Integer.parseInt(size.substring(0, size.indexOf('x')));
    }

    int height() {
        return Integer.parseInt(size.substring(size.indexOf('x') + 1));
    }

    long bitrateBps() {
        return (long) Link.bps(bitrate);
    }

    /** Null: nothing between camera and viewer. */
    Link link() {
        if (link == null || link.isJsonNull()) {
            return null;
        }
        if (link.isJsonPrimitive()) {
            return Link.ofCase(link.getAsString());
        }
        JsonObject own = link.getAsJsonObject();
        List<String> known = List.of("capacity", "delayMs", "queueMs", "lossPercent", "jitter");
        List<String> unknown = own.keySet().stream().filter(key -> !known.contains(key)).toList();
        if (!unknown.isEmpty() || !own.has("capacity")) {
            throw new IllegalArgumentException("link takes a case of ./revcam lab --list, or an object with "
                    + String.join(", ", known) + "; not " + own);
        }
        return new Link(null, own.get("capacity").getAsString(), number(own, "delayMs", 25), (int) number(own, "queueMs", 300),
                number(own, "lossPercent", 0), own.has("jitter") && own.get("jitter").getAsBoolean());
    }

    private static double number(JsonObject json, String key, double otherwise) {
        return json.has(key) ? json.get(key).getAsDouble() : otherwise;
    }

    /** For a reader. */
    String describe(String kind) {
        String encoderSettings = settings.entrySet().stream().map(entry -> " " + entry.getKey() + "=" + entry.getValue())
                .collect(Collectors.joining());
        String text = scene + ", " + size + ", " + number(fps) + " frames/s, " + bitrate + "bit/s, " + encoder + encoderSettings
                + ", MTU " + mtu + ", " + number(seconds) + " s";
        if (!kind.equals("encode")) {
            text += ", " + controller + ", link " + (link() == null ? "direct" : link().toString());
        }
        return kind.equals("live") ? text + ", viewer " + viewer : text;
    }

    private static String number(double value) {
        return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
    }
}
