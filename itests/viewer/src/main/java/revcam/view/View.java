package revcam.view;

import com.sun.jna.NativeLibrary;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.util.List;

/** {@code ./revcam view}: watches a stream for a while and prints how it was. */
public final class View {

    private static final String HELP = """
            ./revcam view URL [options]

            Watches a stream without a window, as a browser would: joins by WHEP, decodes every picture, reads the time strip
            off it, and says how it was. It needs neither display nor sound. Any WHEP server will do; the latency needs the
            time strip, and a clock that camera and viewer share. Where RevCam says that another engine serves now, it goes on with
            that, and counts how often and for how long there was no picture. Exit status 0: it played; 1: it did not; 2: misused.

              URL             of RevCam (http://localhost:8080/), or of a WHEP endpoint (http://pi:8080/whep/main)
              --seconds N     how long to watch from the first picture on, 0.1 to 86400          [10]
              --timeout N     how long to wait for the first picture, 0.1 to 600                 [10]
              --token T       bearer token; REVCAM_TOKEN in the environment does the same, unseen by others
              --via HOST:PORT reach the camera's media by this address alone, as by a relay or a forwarded port
              --json          print one JSON object instead of the table
            """;

    private final URI endpoint;
    private final double seconds;
    private final double timeout;
    private final String token;
    private final InetSocketAddress via;
    private final boolean json;

    private View(URI endpoint, double seconds, double timeout, String token, InetSocketAddress via, boolean json) {
        this.endpoint = endpoint;
        this.seconds = seconds;
        this.timeout = timeout;
        this.token = token;
        this.via = via;
        this.json = json;
    }

    /** @param arguments see {@code --help} */
    public static void main(String[] arguments) {
        if (arguments.length == 0 || List.of(arguments).contains("--help") || List.of(arguments).contains("-h")) {
            System.out.print(HELP);
            System.exit(arguments.length == 0 ? 2 : 0);
        }
        int status;
        try {
            status = parse(arguments).run();
        } catch (IllegalArgumentException e) {
            System.err.println("revcam: " + e.getMessage() + "\nrevcam: see ./revcam help view");
            status = 2;
        } catch (ViewException e) {
            System.err.println("revcam: " + e.getMessage());
            status = 1;
        } catch (RuntimeException | Error e) {
            // Threads of libwebrtc would keep the process alive.
            e.printStackTrace();
            status = 1;
        }
        System.out.flush();
        // Past the destructors of libwebrtc, which complain that the JVM is gone.
        NativeLibrary.getInstance("c").getFunction("_exit").invokeVoid(new Object[] {status});
    }

    static View parse(String[] arguments) {
        URI endpoint = null;
        double seconds = 10;
        double timeout = 10;
        String token = System.getenv("REVCAM_TOKEN");
        InetSocketAddress via = null;
        boolean json = false;
        for (int i = 0; i < arguments.length; i++) {
            String option = arguments[i];
            if (!option.startsWith("--")) {
                if (endpoint != null) {
                    throw new IllegalArgumentException("view takes one URL, not also '" + option + "'");
                }
                endpoint = endpoint(option);
                continue;
            }
            if (option.equals("--json")) {
                json = true;
                continue;
            }
            int equals = option.indexOf('=');
            String value;
            if (equals >= 0) {
                value = option.substring(equals + 1);
                option = option.substring(0, equals);
            } else if (i + 1 < arguments.length) {
                value = arguments[++i];
            } else {
                throw new IllegalArgumentException(option + " takes a value");
            }
            switch (option) {
                case "--seconds" -> seconds = number(option, value, 86_400);
                case "--timeout" -> timeout = number(option, value, 600);
                case "--token" -> token = value;
                case "--via" -> via = address(option, value);
                default -> throw new IllegalArgumentException("view has no option " + option);
            }
        }
        if (endpoint == null) {
            throw new IllegalArgumentException("view needs a URL, such as http://localhost:8080/");
        }
        return new View(endpoint, seconds, timeout, token == null || token.isEmpty() ? null : token, via, json);
    }

    /** The page's address stands for the stream that it shows; a token in it is not for the server. */
    static URI endpoint(String url) {
        try {
            URI uri = new URI(url);
            if (uri.getHost() == null || !List.of("http", "https").contains(uri.getScheme())) {
                throw new IllegalArgumentException("'" + url + "' is no URL such as http://localhost:8080/");
            }
            String path = uri.getPath() == null || uri.getPath().isEmpty() || uri.getPath().equals("/") ? "/whep"
                    : uri.getPath();
            return new URI(uri.getScheme(), uri.getAuthority(), path, uri.getQuery(), null);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("'" + url + "' is no URL: " + e.getReason(), e);
        }
    }

    URI endpoint() {
        return endpoint;
    }

    private static double number(String option, String value, double max) {
        try {
            double number = Double.parseDouble(value);
            if (number >= 0.1 && number <= max) {
                return number;
            }
        } catch (NumberFormatException e) {
            // the same message as for a number out of range
        }
        throw new IllegalArgumentException(option + " takes seconds from 0.1 to " + (long) max + ", not '" + value + "'");
    }

    private static InetSocketAddress address(String option, String value) {
        int colon = value.lastIndexOf(':');
        try {
            int port = Integer.parseInt(value.substring(colon + 1));
            if (colon > 0 && port >= 1 && port <= 65_535) {
                return new InetSocketAddress(InetAddress.getByName(value.substring(0, colon)), port);
            }
        } catch (NumberFormatException e) {
            // the same message as for a port out of range
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(option + ": there is no host '" + value.substring(0, colon) + "'", e);
        }
        throw new IllegalArgumentException(option + " takes HOST:PORT, not '" + value + "'");
    }

    private int run() throws ViewException {
        try (Playback playback = Playback.open(endpoint, token, via)) {
            Figures figures = playback.watch(seconds, timeout);
            System.out.print(json ? figures.json() + System.lineSeparator() : figures.table());
            if (figures.cut()) {
                throw new ViewException("the connection was lost after " + Figures.number(figures.seconds(), 1) + " s");
            }
            return 0;
        }
    }
}
