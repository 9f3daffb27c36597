package revcam.browser;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Chrome DevTools Protocol over a pair of pipes: JSON messages, each ended by a zero byte
 * (chromedevtools.github.io/devtools-protocol). Any thread.
 */
final class DevTools implements AutoCloseable {

    private static final Gson GSON = new Gson();

    private final OutputStream commands;
    private final InputStream replies;
    private final AtomicInteger ids = new AtomicInteger();
    private final Map<Integer, CompletableFuture<JsonObject>> pending = new ConcurrentHashMap<>();
    private volatile boolean ended;

    DevTools(OutputStream commands, InputStream replies) {
        this.commands = commands;
        this.replies = new BufferedInputStream(replies, 1 << 16);
        Thread reader = new Thread(this::read, "devtools");
        reader.setDaemon(true);
        reader.start();
    }

    /**
     * Sends a command and waits for its result.
     *
     * @param session of the page meant, or null for the browser
     * @throws IOException the browser is gone, refuses, or does not answer in time
     */
    JsonObject call(String session, String method, Map<String, ?> parameters, long timeoutMillis) throws IOException {
        int id = ids.incrementAndGet();
        JsonObject message = new JsonObject();
        message.addProperty("id", id);
        message.addProperty("method", method);
        message.add("params", GSON.toJsonTree(parameters));
        if (session != null) {
            message.addProperty("sessionId", session);
        }
        CompletableFuture<JsonObject> reply = new CompletableFuture<>();
        pending.put(id, reply);
        if (ended) {
            reply.completeExceptionally(new IOException("the browser is gone"));
        } else {
            byte[] bytes = (GSON.toJson(message) + "\0").getBytes(StandardCharsets.UTF_8);
            synchronized (commands) {
                commands.write(bytes);
                commands.flush();
            }
        }
        try {
            JsonObject answer = reply.get(timeoutMillis, TimeUnit.MILLISECONDS);
            if (answer.has("error")) {
                throw new IOException(method + ": " + answer.get("error"));
            }
            return answer.getAsJsonObject("result");
        } catch (TimeoutException e) {
            throw new IOException(method + " was not answered within " + timeoutMillis + " ms", e);
        } catch (ExecutionException e) {
            throw new IOException(method + ": " + e.getCause().getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(method + " was interrupted", e);
        } finally {
            pending.remove(id);
        }
    }

    private void read() {
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        try {
            for (int next; (next = replies.read()) >= 0; ) {
                if (next != 0) {
                    message.write(next);
                    continue;
                }
                JsonObject json = JsonParser.parseString(message.toString(StandardCharsets.UTF_8)).getAsJsonObject();
                message.reset();
                CompletableFuture<JsonObject> reply = json.has("id") ? pending.get(json.get("id").getAsInt()) : null;
                if (reply != null) {
                    reply.complete(json);
                }
            }
        } catch (IOException e) {
            // Same as the end of the pipe.
        }
        ended = true;
        pending.values().forEach(reply -> reply.completeExceptionally(new IOException("the browser is gone")));
    }

    @Override
    public void close() {
        try {
            commands.close();
            replies.close();
        } catch (IOException e) {
            // The browser took its end away first.
        }
    }
}
