package revcam.console;

import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.MalformedJsonException;
import jakarta.servlet.http.HttpServletRequest;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/** What the page asks for: one flat JSON object of strings and numbers. */
final class Request {

    /** A request is a few names and a sentence. */
    private static final int MAX_BYTES = 4_096;

    private final Map<String, String> members;

    private Request(Map<String, String> members) {
        this.members = members;
    }

    /** @throws TabProblem what came is none of these */
    static Request read(HttpServletRequest request) throws IOException, TabProblem {
        String type = request.getContentType();
        if (type == null || !type.split(";", 2)[0].trim().equalsIgnoreCase("application/json")) {
            // A form of another site's page can send text and forms without asking, but no JSON.
            throw new TabProblem(415, "Send a JSON object with Content-Type: application/json");
        }
        byte[] bytes = request.getInputStream().readNBytes(MAX_BYTES + 1);
        if (bytes.length > MAX_BYTES) {
            throw new TabProblem(413, "A request has " + MAX_BYTES + " bytes at most");
        }
        return parse(bytes);
    }

    static Request parse(byte[] bytes) throws IOException, TabProblem {
        Map<String, String> members = new HashMap<>();
        try (JsonReader reader = new JsonReader(
                new InputStreamReader(new ByteArrayInputStream(bytes), StandardCharsets.UTF_8))) {
            reader.setStrictness(Strictness.STRICT);
            reader.beginObject();
            while (reader.hasNext()) {
                String name = reader.nextName();
                JsonToken token = reader.peek();
                if (token != JsonToken.STRING && token != JsonToken.NUMBER) {
                    throw new TabProblem(400, "\"" + name + "\" must be a string or a number");
                }
                if (members.put(name, reader.nextString()) != null) {
                    throw new TabProblem(400, "\"" + name + "\" is there twice");
                }
            }
            reader.endObject();
            if (reader.peek() != JsonToken.END_DOCUMENT) {
                throw new TabProblem(400, "There is something behind the JSON object");
            }
        } catch (MalformedJsonException | EOFException | IllegalStateException | NumberFormatException e) {
            throw new TabProblem(400, "That is not a JSON object: " + firstLine(e.getMessage()));
        }
        return new Request(members);
    }

    private static String firstLine(String message) {
        return message == null ? "it ends too early" : message.lines().findFirst().orElse("");
    }

    /** @throws TabProblem it is missing or blank */
    String text(String name) throws TabProblem {
        String value = members.getOrDefault(name, "").trim();
        if (value.isEmpty()) {
            throw new TabProblem(400, "\"" + name + "\" is missing");
        }
        return value;
    }

    /** @throws TabProblem it is missing or no whole number */
    long number(String name) throws TabProblem {
        String value = text(name);
        try {
            return Long.parseLong(value);
        } catch (NumberFormatException e) {
            throw new TabProblem(400, "\"" + name + "\" must be a whole number, not " + value);
        }
    }
}
