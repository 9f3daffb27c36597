package revcam.bench;

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import revcam.browser.Product;
import revcam.linklab.Limit;

/** A scenario as it stands in its file; docs/acceptance.md says what each key means. */
final class ScenarioFile {

    static final Path FOLDER = Product.root().resolve("itests/bench/scenarios");

    enum Kind { encode, link, live }

    /**
     * One line of its table.
     *
     * @param label what makes it differ from the others
     * @param limits by figure
     */
    record Row(String label, Setup setup, Map<String, Limit> limits) {}

    private static final List<String> KEYS =
            List.of("title", "asks", "review", "kind", "needs", "setup", "each", "variants", "show", "rounds", "thresholds");

    final String name;
    final String title;
    /** The question that it answers. */
    final String asks;
    /** Rows of docs/review.md that it belongs to. */
    final String review;
    final Kind kind;
    /** What a machine must have: null, or such as pi. */
    final String needs;
    final int rounds;
    /** Figures that belong in front; the others follow. */
    final List<String> show;
    final List<Row> rows;

    private ScenarioFile(String name, JsonObject json) {
        this.name = name;
        for (String key : json.keySet()) {
            if (!KEYS.contains(key)) {
                throw new IllegalArgumentException("no key '" + key + "'; there are " + String.join(", ", KEYS));
            }
        }
        title = text(json, "title");
        asks = text(json, "asks");
        review = json.has("review") ? text(json, "review") : "";
        needs = json.has("needs") ? text(json, "needs") : null;
        String kindName = text(json, "kind");
        try {
            kind = Kind.valueOf(kindName);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("kind takes encode, link or live, not " + kindName, e);
        }
        rounds = json.has("rounds") ? json.get("rounds").getAsInt() : 1;
        show = new ArrayList<>();
        for (JsonElement one : array(json, "show")) {
            show.add(figure(one.getAsString()));
        }
        rows = rows(json);
    }

    /** @param name of a file in {@link #FOLDER} without its ending, or a path of another */
    static ScenarioFile read(String name) throws IOException {
        Path file = name.endsWith(".json") ? Path.of(name) : FOLDER.resolve(name + ".json");
        if (!Files.isReadable(file)) {
            throw new IllegalArgumentException("there is no scenario " + name + "; --list names them, or give a path to a .json file");
        }
        try (Reader in = Files.newBufferedReader(file)) {
            JsonReader reader = new JsonReader(in);
            reader.setStrictness(Strictness.STRICT);
            String plain = file.getFileName().toString().replace(".json", "");
            return new ScenarioFile(plain, JsonParser.parseReader(reader).getAsJsonObject());
        } catch (JsonParseException | IllegalStateException | IllegalArgumentException | UnsupportedOperationException e) {
            throw new IllegalArgumentException(file + ": " + e.getMessage(), e);
        }
    }

    static List<ScenarioFile> all() throws IOException {
        List<ScenarioFile> all = new ArrayList<>();
        try (Stream<Path> files = Files.list(FOLDER)) {
            for (Path file : files.filter(file -> file.toString().endsWith(".json")).sorted().toList()) {
                all.add(read(file.toString()));
            }
        }
        return all;
    }

    private static String text(JsonObject json, String key) {
        if (!json.has(key)) {
            throw new IllegalArgumentException("'" + key + "' is missing");
        }
        return json.get(key).getAsString();
    }

    private static JsonArray array(JsonObject json, String key) {
        return json.has(key) ? json.getAsJsonArray(key) : new JsonArray();
    }

    private static String figure(String name) {
        if (!Figure.exists(name)) {
            throw new IllegalArgumentException("there is no figure '" + name + "'; there are "
                    + String.join(", ", Figure.ALL.stream().map(Figure::name).toList()));
        }
        return name;
    }

    /** Every combination of the lists in "each", with every variant. */
    private static List<Row> rows(JsonObject json) {
        Map<String, JsonObject> combined = new LinkedHashMap<>();
        combined.put("", json.has("setup") ? json.getAsJsonObject("setup") : new JsonObject());
        for (Map.Entry<String, JsonElement> axis : object(json, "each").entrySet()) {
            Map<String, JsonObject> next = new LinkedHashMap<>();
            combined.forEach((label, setup) -> axis.getValue().getAsJsonArray().forEach(value ->
                    next.put(join(label, label(axis.getKey(), value)), with(setup, axis.getKey(), value))));
            combined = next;
        }
        JsonObject variants = object(json, "variants");
        if (!variants.isEmpty()) {
            Map<String, JsonObject> next = new LinkedHashMap<>();
            combined.forEach((label, setup) -> variants.entrySet().forEach(variant -> {
                JsonObject changed = setup;
                for (Map.Entry<String, JsonElement> entry : variant.getValue().getAsJsonObject().entrySet()) {
                    changed = with(changed, entry.getKey(), entry.getValue());
                }
                next.put(join(label, variant.getKey()), changed);
            }));
            combined = next;
        }
        Map<String, Limit> thresholds = new LinkedHashMap<>();
        Gson gson = new Gson();
        object(json, "thresholds").entrySet().forEach(entry -> {
            figure(entry.getKey().split(" @ ")[0]);
            thresholds.put(entry.getKey(), gson.fromJson(entry.getValue(), Limit.class));
        });
        List<Row> rows = new ArrayList<>();
        combined.forEach((label, setup) ->
                rows.add(new Row(label.isEmpty() ? "as it is" : label, Setup.of(setup), limits(label, thresholds))));
        return rows;
    }

    /** "FIGURE @ TEXT" holds, instead of "FIGURE", for the rows whose label has the text; without bounds it lifts that one. */
    private static Map<String, Limit> limits(String label, Map<String, Limit> thresholds) {
        Map<String, Limit> limits = new TreeMap<>();
        thresholds.forEach((key, limit) -> {
            String[] parts = key.split(" @ ", 2);
            if (parts.length == 1) {
                limits.putIfAbsent(key, limit);
            } else if (label.contains(parts[1])) {
                limits.put(parts[0], limit);
            }
        });
        limits.values().removeIf(Limit::isNone);
        return limits;
    }

    private static JsonObject object(JsonObject json, String key) {
        return json.has(key) ? json.getAsJsonObject(key) : new JsonObject();
    }

    private static String join(String before, String more) {
        return before.isEmpty() ? more : before + " · " + more;
    }

    private static String label(String key, JsonElement value) {
        String text = value.isJsonPrimitive() ? value.getAsString() : value.toString();
        return switch (key) {
            case "scene", "encoder", "controller", "size", "viewer" -> text;
            case "bitrate" -> text + "bit/s";
            case "fps" -> text + " frames/s";
            case "seconds" -> text + " s";
            case "mtu" -> "MTU " + text;
            default -> key + " " + text;
        };
    }

    /** A copy with one key changed; of an object, such as the encoder's settings, its keys. */
    private static JsonObject with(JsonObject setup, String key, JsonElement value) {
        JsonObject copy = setup.deepCopy();
        if (value instanceof JsonObject changes && copy.get(key) instanceof JsonObject object) {
            changes.entrySet().forEach(entry -> object.add(entry.getKey(), entry.getValue()));
        } else {
            copy.add(key, value instanceof JsonPrimitive ? value : value.deepCopy());
        }
        return copy;
    }
}
