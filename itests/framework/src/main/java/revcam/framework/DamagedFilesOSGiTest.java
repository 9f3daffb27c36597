package revcam.framework;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static revcam.framework.Configurations.LOCAL;
import static revcam.framework.Configurations.SHIPPED;

import java.io.IOException;
import java.net.ConnectException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.osgi.framework.ServiceReference;
import org.osgi.service.cm.Configuration;
import revcam.http.HttpEndpoint;

/** Each configuration file damaged in every way: nobody gets in who could not before. */
@Timeout(value = 300, unit = TimeUnit.SECONDS)
class DamagedFilesOSGiTest {

    private static final String TOKEN = "nonesuch-0123456789";
    private static final Map<String, String> OVERRIDES = Map.of(
            "revcam.signalling.whep.cfg", "# mine\ntoken = " + TOKEN + "\norigins = https://home.example\n",
            "revcam.http.cfg", "threads = 4\n",
            "revcam.console.cfg", "# where it was\ndirectory = ${revcam.state}\n",
            "revcam.telemetry.jsonl.cfg", "maxFiles = 2\n");
    private static final int BIT_FLIPS = 2;

    private static final Map<Path, byte[]> whole = new TreeMap<>();
    private static int console;

    @BeforeAll
    static void start() throws Exception {
        console = Services.consolePort();
        for (Map.Entry<String, String> override : OVERRIDES.entrySet()) {
            Configurations.write(LOCAL.resolve(override.getKey()), override.getValue());
        }
        Configurations.awaitFiles();
        for (Path directory : List.of(SHIPPED, LOCAL)) {
            try (Stream<Path> files = Files.list(directory)) {
                for (Path file : files.filter(path -> path.toString().endsWith(".cfg")).toList()) {
                    whole.put(file, Files.readAllBytes(file));
                }
            }
        }
        assertTrue(whole.size() > 12, whole.keySet().toString());
        assertEquals(200, outsider("Authorization: Bearer " + TOKEN + "\r\n"), "the test itself");
        assertEquals(401, outsider(""));
    }

    @AfterAll
    static void restore() throws Exception {
        Configurations.restart(() -> {
            for (Map.Entry<Path, byte[]> file : whole.entrySet()) {
                Files.write(file.getKey(), file.getValue());
            }
            for (String name : OVERRIDES.keySet()) {
                Files.delete(LOCAL.resolve(name));
            }
        });
    }

    @Test
    void atTheStart() throws Exception {
        List<String> table = new ArrayList<>();
        int cases = 0;
        for (Path file : whole.keySet()) {
            String pid = pid(file);
            Map<String, Object> before = Configurations.values(pid);
            for (Map.Entry<String, byte[]> damage : damages(file).entrySet()) {
                Configurations.restart(() -> {
                    Configuration configuration = Configurations.find(pid);
                    if (configuration != null) {
                        configuration.delete();
                    }
                    put(file, damage.getValue());
                });
                String row = check(file, damage.getKey());
                if (damage.getKey().endsWith("!") && !before.equals(Configurations.values(pid))) {
                    row += ", and the last good values are lost";
                }
                cases++;
                if (!row.isEmpty()) {
                    table.add(SHIPPED.relativize(file) + " " + damage.getKey() + ": " + row);
                }
                Files.write(file, whole.get(file));
            }
            Configurations.restart(() -> { });
            assertEquals(before, Configurations.values(pid));
        }
        System.err.println("damaged files at the start: " + cases + " cases");
        assertEquals(List.of(), table);
    }

    @Test
    void whileItRuns() throws Exception {
        List<String> table = new ArrayList<>();
        int cases = 0;
        for (Path file : whole.keySet()) {
            if (!file.getFileName().toString().matches("revcam\\.(http|signalling\\.whep|console|connectivity\\.lite)\\.cfg")) {
                continue;
            }
            Map<String, Object> before = Configurations.values(pid(file));
            for (Map.Entry<String, byte[]> damage : damages(file).entrySet()) {
                put(file, damage.getValue());
                Configurations.awaitFiles();
                String row = check(file, damage.getKey());
                if (damage.getKey().endsWith("!") && !before.equals(Configurations.values(pid(file)))) {
                    row += ", and the last good values are lost";
                }
                cases++;
                if (!row.isEmpty()) {
                    table.add(SHIPPED.relativize(file) + " " + damage.getKey() + ": " + row);
                }
                Files.write(file, whole.get(file));
                Configurations.awaitFiles();
            }
            assertEquals(before, Configurations.values(pid(file)));
        }
        System.err.println("damaged files while it runs: " + cases + " cases");
        assertEquals(List.of(), table);
    }

    /** Those that are certainly noticed end in "!". They come first: others may count as edits, and end as copies. */
    private static Map<String, byte[]> damages(Path file) {
        byte[] content = whole.get(file);
        Map<String, byte[]> damages = new LinkedHashMap<>();
        damages.put("empty!", new byte[0]);
        damages.put("zeroed!", new byte[content.length]);
        for (int cut : new int[] {content.length / 2, content.length - 1}) {
            byte[] begin = Arrays.copyOf(content, cut);
            damages.put("cut to " + cut + (cut > 0 && begin[cut - 1] == '\n' ? "" : "!"), begin);
            byte[] zeros = Arrays.copyOf(begin, content.length);
            damages.put("zeros from " + cut + "!", zeros);
        }
        int line = content.length - 1;
        while (line > 0 && content[line - 1] != '\n') {
            line--;
        }
        damages.put("without its last line", line == 0 ? null : Arrays.copyOf(content, line));
        Random random = new Random(file.getFileName().hashCode());
        for (int i = 0; i < BIT_FLIPS; i++) {
            int bit = random.nextInt(8 * content.length);
            byte[] flipped = content.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            damages.put("bit " + bit + " flipped", flipped);
        }
        damages.put("deleted", null);
        Map<String, byte[]> noticedFirst = new LinkedHashMap<>(damages);
        noticedFirst.keySet().removeIf(damage -> !damage.endsWith("!"));
        noticedFirst.putAll(damages);
        return noticedFirst;
    }

    private static void put(Path file, byte[] content) throws IOException {
        if (content == null) {
            Files.delete(file);
        } else {
            Files.write(file, content);
        }
    }

    /** @return what is wrong, or nothing */
    private static String check(Path file, String damage) throws IOException {
        Map<String, Integer> wrong = new HashMap<>();
        for (String guess : List.of("", "Authorization: Bearer \r\n", "Authorization: Bearer none\r\n")) {
            int status = outsider(guess);
            if (status / 100 == 2) {
                wrong.put("an outsider gets in with '" + guess.strip() + "'", status);
            }
        }
        int page = console("");
        if (page / 100 == 2) {
            wrong.put("the console opens without a password", page);
        }
        ServiceReference<HttpEndpoint> reference = Services.CONTEXT.getServiceReference(HttpEndpoint.class);
        HttpEndpoint endpoint = reference == null ? null : Services.CONTEXT.getService(reference);
        if (endpoint != null && !endpoint.remote().isEmpty()) {
            wrong.put("the web server is open to " + endpoint.remote(), 0);
        }
        return wrong.isEmpty() ? "" : wrong.toString();
    }

    /** Status of what somebody on another machine asks for; 0 when there is no server. */
    private static int outsider(String authorization) throws IOException {
        ServiceReference<HttpEndpoint> reference = Services.CONTEXT.getServiceReference(HttpEndpoint.class);
        HttpEndpoint endpoint = reference == null ? null : Services.CONTEXT.getService(reference);
        if (endpoint == null) {
            return 0;
        }
        int port = endpoint.local().getPort();
        return status(port, "/api/time", "X-Forwarded-For: 198.51.100.7\r\n" + authorization);
    }

    private static int console(String authorization) throws IOException {
        return status(console, "/system/console/bundles", authorization);
    }

    private static int status(int port, String path, String headers) throws IOException {
        try {
            String answer = Http.exchange(port, "GET", path, "Host: localhost:" + port + "\r\n" + headers, null);
            return answer.isEmpty() ? 0 : Http.status(answer);
        } catch (ConnectException e) {
            return 0;
        }
    }

    private static String pid(Path file) {
        String name = file.getFileName().toString().replace(".cfg", "");
        return name.replaceFirst("-", "~");
    }
}
