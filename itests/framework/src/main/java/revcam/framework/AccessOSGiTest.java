package revcam.framework;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleException;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import revcam.api.stream.StreamStatus;
import revcam.api.stream.VideoStream;
import revcam.http.HttpEndpoint;

/** Asks everything that is served, as everybody; what must come of it is in {@code access.txt}. */
class AccessOSGiTest {

    private static final List<String> COLUMNS = List.of("local", "none", "wrong", "revoked", "other", "right", "origin", "host");
    private static final List<String> METHODS = List.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS");
    private static final String CONSOLE = "/system/console/";

    private static final String REVOKED = "the.token.of.yesterday.0123456789";
    private static final String TOKEN = "the.token.of.today.0123456789abc";

    private static final String OFFER = """
            v=0
            o=- 1 1 IN IP4 127.0.0.1
            s=-
            t=0 0
            a=group:BUNDLE 0
            m=video 9 UDP/TLS/RTP/SAVPF 108
            c=IN IP4 0.0.0.0
            a=ice-ufrag:view
            a=ice-pwd:0123456789012345678901
            a=fingerprint:sha-256 2A:BD:64:ED:93:6D:B0:A2:4B:3B:45:CF:1A:FC:A9:7A:D4:C7:96:A8:69:1F:D0:43:85:A9:59:87:FE:53:32:EC
            a=setup:actpass
            a=mid:0
            a=recvonly
            a=rtcp-mux
            a=rtpmap:108 H264/90000
            a=fmtp:108 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f
            """.replace("\n", "\r\n");

    private static List<Line> lines;
    private static int web;
    private static int console;

    /** What the address that asks ends in: wrong tokens are counted for each address, and all of 127.0.0.0/8 is ours. */
    private static int asker;

    private String viewer;

    /** @param expected by column; a dash for what is not asked */
    private record Line(String server, String path, List<String> methods, List<String> expected) {

        static Line of(String text) {
            String[] words = text.split("\\s+");
            assertEquals(3 + COLUMNS.size(), words.length, text);
            return new Line(words[0], words[1], List.of(words[2].split(",")), Arrays.asList(words).subList(3, words.length));
        }
    }

    @BeforeAll
    static void serveEverything() throws Exception {
        try (BufferedReader in = new BufferedReader(new InputStreamReader(
                AccessOSGiTest.class.getResourceAsStream("access.txt"), StandardCharsets.UTF_8))) {
            lines = in.lines().filter(line -> !line.isBlank() && !line.startsWith("#")).map(Line::of).toList();
        }
        console = Services.consolePort();
        Services.await("jakarta.servlet.Servlet", "(felix.webconsole.label=revcam)");
        Services.await(HttpEndpoint.class.getName(), "(objectClass=*)");
        web = Services.CONTEXT.getService(Services.CONTEXT.getServiceReference(HttpEndpoint.class)).local().getPort();
        VideoStream stream = (VideoStream) Services.CONTEXT.getService(
                Services.await(VideoStream.class.getName(), "(revcam.stream=main)"));
        Configurations.await("a viewer could join", () -> {
            StreamStatus.State state = stream.status().state();
            return state == StreamStatus.State.IDLE || state == StreamStatus.State.LIVE;
        });
        setToken(REVOKED);
        setToken(TOKEN);
    }

    /** Nobody else's test is to wait until what was counted here is a minute old. */
    @AfterAll
    static void forget() throws Exception {
        java.nio.file.Files.deleteIfExists(Configurations.LOCAL.resolve("revcam.signalling.whep.cfg"));
        for (Bundle bundle : Services.CONTEXT.getBundles()) {
            if (Set.of("revcam.console", "revcam.signalling.whep").contains(bundle.getSymbolicName())) {
                restart(bundle);
            }
        }
        Configurations.await("revcam.signalling.whep", "token", "");
    }

    @Test
    void everythingThatIsServedHasALine() throws Exception {
        Set<String> handlers = handlers();
        assertTrue(handlers.contains("/whep") && handlers.contains("/metrics"), handlers.toString());
        for (String path : handlers) {
            assertEquals(new TreeSet<>(METHODS), methods("web", path), "methods of " + path + " in access.txt");
        }
        for (Line line : lines) {
            if (line.server.equals("web")) {
                assertTrue(handlers.stream().anyMatch(path -> line.path.equals(path) || line.path.startsWith(path + "/")),
                        line.path + " in access.txt is served by nobody");
                assertEquals(new TreeSet<>(METHODS), methods("web", line.path), "methods of " + line.path + " in access.txt");
            }
        }
        Set<String> servlets = servlets();
        assertTrue(servlets.contains(CONSOLE), servlets.toString());
        for (String pattern : servlets) {
            assertEquals(new TreeSet<>(METHODS), methods("console", pattern), "methods of the servlet " + pattern + " in access.txt");
        }
        assertEquals(new TreeSet<>(METHODS), methods("console", "{tab}"));
    }

    @Test
    void theWebServerAnswersAsWritten() throws Exception {
        List<String> wrong = new ArrayList<>();
        for (Line line : lines) {
            if (line.server.equals("web")) {
                for (String method : line.methods) {
                    for (int i = 0; i < COLUMNS.size(); i++) {
                        int status = askWeb(line.path, method, COLUMNS.get(i));
                        compare(wrong, line, method, i, status);
                    }
                }
            }
        }
        assertEquals(List.of(), wrong);
    }

    @Test
    void theConsoleAnswersAsWritten() throws Exception {
        Set<String> tabs = tabs();
        assertTrue(tabs.containsAll(Set.of(CONSOLE + "bundles", CONSOLE + "configMgr", CONSOLE + "revcam")), tabs.toString());
        List<String> wrong = new ArrayList<>();
        // What is right first: five failures close the door for a minute.
        for (String column : List.of("right", "origin", "host", "none", "wrong", "other")) {
            int i = COLUMNS.indexOf(column);
            for (Line line : lines) {
                if (line.server.equals("console")) {
                    Set<String> paths = line.path.equals("{tab}") ? tabs : Set.of(line.path.replace("/*", ""));
                    for (String path : paths) {
                        for (String method : line.methods) {
                            if (!line.expected.get(i).equals("-")) {
                                compare(wrong, new Line("console", path, line.methods, line.expected), method, i,
                                        askConsole(path, method, column));
                            }
                        }
                    }
                }
            }
        }
        assertEquals(List.of(), wrong);
    }

    private static void compare(List<String> wrong, Line line, String method, int column, int status) {
        String expected = line.expected.get(column);
        boolean isClosed = line.server.equals("console") && expected.equals("401") && status == 429;
        if (!expected.equals(Integer.toString(status)) && !isClosed) {
            wrong.add(method + " " + line.path + " " + COLUMNS.get(column) + ": " + status + ", not " + expected);
        }
    }

    // ---- what is registered ----------------------------------------------------------------------------------------

    private static Set<String> methods(String server, String path) {
        return lines.stream().filter(line -> line.server.equals(server) && line.path.equals(path))
                .flatMap(line -> line.methods.stream()).collect(Collectors.toCollection(TreeSet::new));
    }

    /** Paths of the web server's handlers. */
    private static Set<String> handlers() throws InvalidSyntaxException {
        return registered("(revcam.http.path=*)").stream()
                .flatMap(reference -> strings(reference.getProperty("revcam.http.path")).stream())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** Paths of all servlets and resources of the console's server, whoever registered them. */
    private static Set<String> servlets() throws InvalidSyntaxException {
        Set<String> paths = new TreeSet<>();
        for (String key : List.of("osgi.http.whiteboard.servlet.pattern", "osgi.http.whiteboard.resource.pattern")) {
            for (ServiceReference<?> reference : registered("(" + key + "=*)")) {
                String context = String.valueOf(reference.getProperty("osgi.http.whiteboard.context.select"));
                for (String pattern : strings(reference.getProperty(key))) {
                    paths.add(contextPath(context) + pattern);
                }
            }
        }
        return paths;
    }

    /** The path of the context that a filter selects; empty for the default one. */
    private static String contextPath(String filter) throws InvalidSyntaxException {
        for (ServiceReference<?> context : registered("(osgi.http.whiteboard.context.path=*)")) {
            if (filter.startsWith("(") && Services.CONTEXT.createFilter(filter).match(context)) {
                return context.getProperty("osgi.http.whiteboard.context.path").toString();
            }
        }
        return "";
    }

    /** Paths of the console's tabs, its own and those of others. */
    private static Set<String> tabs() throws InvalidSyntaxException {
        return registered("(felix.webconsole.label=*)").stream()
                .map(reference -> CONSOLE + reference.getProperty("felix.webconsole.label").toString().replace(" ", "%20"))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static List<ServiceReference<?>> registered(String filter) throws InvalidSyntaxException {
        ServiceReference<?>[] found = Services.CONTEXT.getAllServiceReferences(null, filter);
        return found == null ? List.of() : List.of(found);
    }

    private static List<String> strings(Object property) {
        return property instanceof String one ? List.of(one) : List.of((String[]) property);
    }

    // ---- asking ----------------------------------------------------------------------------------------------------

    private int askWeb(String path, String method, String column) throws IOException {
        String real = path.replace("{viewer}", path.contains("{viewer}") ? viewer() : "");
        String credentials = switch (column) {
            case "local", "none" -> "";
            case "wrong" -> bearer("wrong.wrong.wrong.wrong.wrong");
            case "revoked" -> bearer(REVOKED);
            case "other" -> Http.RIGHT;
            default -> bearer(TOKEN);
        };
        String status = send(web, method, real, credentials
                + (column.equals("local") ? "" : "X-Forwarded-For: 192.0.2.1\r\n")
                + (column.equals("origin") ? "Origin: http://evil.example\r\n" : "")
                + "Host: " + (column.equals("host") ? "evil.example" : "localhost:" + web) + "\r\n", "");
        if (status.startsWith("2") && method.equals("DELETE")) {
            viewer = null;
        }
        return Integer.parseInt(status.substring(0, 3));
    }

    private int askConsole(String path, String method, String column) throws IOException {
        String credentials = switch (column) {
            case "none" -> "";
            case "wrong" -> Http.basic("admin:admin");
            case "other" -> bearer(TOKEN);
            default -> Http.RIGHT;
        };
        return Integer.parseInt(send(console, method, path, credentials
                + (column.equals("origin") ? "Origin: http://evil.example\r\n" : "")
                + "Host: " + (column.equals("host") ? "evil.example" : "localhost") + ":" + console + "\r\n", "").substring(0, 3));
    }

    /** A session that exists. */
    private String viewer() throws IOException {
        if (viewer == null) {
            String answer = send(web, "POST", "/whep", "Content-Type: application/sdp\r\nHost: localhost:" + web + "\r\n", OFFER);
            Matcher location = Pattern.compile("(?i)\r\nLocation: /whep/main/viewers/(\\S+)\r\n").matcher(answer);
            assertTrue(location.find(), answer);
            viewer = location.group(1);
        }
        return viewer;
    }

    private static String bearer(String token) {
        return "Authorization: Bearer " + token + "\r\n";
    }

    /** @return the answer from its status on; by an address of its own, since wrong tokens are counted for each */
    private static String send(int port, String method, String path, String headers, String body) throws IOException {
        asker = asker % 60_000 + 1;
        try (Socket socket = new Socket()) {
            socket.setSoTimeout(30_000);
            socket.bind(new InetSocketAddress("127.1." + (asker >> 8) + "." + (asker & 255), 0));
            socket.connect(new InetSocketAddress("127.0.0.1", port), 10_000);
            socket.getOutputStream().write((method + " " + path + " HTTP/1.1\r\n" + headers + "Content-Length: " + body.length()
                    + "\r\nConnection: close\r\n\r\n" + body).getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1).substring("HTTP/1.1 ".length());
        }
    }

    // ---- the product's settings ------------------------------------------------------------------------------------

    private static void setToken(String token) throws Exception {
        Configurations.write(Configurations.LOCAL.resolve("revcam.signalling.whep.cfg"), "token = " + token + "\n");
        Configurations.await("revcam.signalling.whep", "token", token);
        Configurations.await("the token is in force", () -> {
            try {
                return send(web, "GET", "/api/time", bearer(token) + "X-Forwarded-For: 192.0.2.1\r\nHost: localhost\r\n",
                        "").startsWith("200");
            } catch (IOException e) {
                return false;
            }
        });
    }

    private static void restart(Bundle bundle) throws BundleException {
        bundle.stop();
        bundle.start();
    }
}
