package revcam.browser;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Two networks of their own, the camera's and the viewer's, joined by one wire whose rate towards the viewer is limited by
 * the kernel's token bucket ({@code tc-tbf}); what exceeds it waits in a queue of limited length and is dropped beyond
 * that. The machine's own network is left alone. Needs no privilege where user namespaces are allowed.
 */
public final class Bottleneck implements AutoCloseable {

    public static final String CAMERA_ADDRESS = "10.78.0.1";
    private static final String VIEWER_ADDRESS = "10.78.0.2";
    private static final String WIRE = "wire";
    /** At least one packet, and what the timer of a slow machine is late by; it adds to the queue, so no more. */
    private static final int BURST_BYTES = 3200;

    private final Process camera;
    private final Process viewer;
    private final int queueMillis;

    private Bottleneck(Process camera, Process viewer, int queueMillis) {
        this.camera = camera;
        this.viewer = viewer;
        this.queueMillis = queueMillis;
    }

    /**
     * @param kilobitsPerSecond of IP packets with their Ethernet headers
     * @param queueMillis the longest that a packet can wait
     * @return null where the system does not let us
     */
    public static Bottleneck create(int kilobitsPerSecond, int queueMillis) throws IOException {
        Process camera = hold("unshare", "-Urn");
        if (camera == null) {
            return null;
        }
        Process viewer = hold("nsenter", "-t", Long.toString(camera.pid()), "-U", "--preserve-credentials", "unshare", "-n");
        if (viewer == null) {
            camera.destroy();
            return null;
        }
        Bottleneck bottleneck = new Bottleneck(camera, viewer, queueMillis);
        try {
            run(bottleneck.cameraPrefix(), "ip link add " + WIRE + " type veth peer name " + WIRE + " netns " + viewer.pid()
                    + " && ip address add " + CAMERA_ADDRESS + "/24 dev " + WIRE + " && ip link set " + WIRE + " up"
                    + " && ip link set lo up && tc qdisc add dev " + WIRE + " root " + bottleneck.bucket(kilobitsPerSecond));
            // Without a default route, browsers think that they are offline and try nothing.
            run(bottleneck.viewerPrefix(), "ip address add " + VIEWER_ADDRESS + "/24 dev " + WIRE + " && ip link set " + WIRE
                    + " up && ip link set lo up && ip route add default via " + CAMERA_ADDRESS);
            return bottleneck;
        } catch (IOException e) {
            bottleneck.close();
            throw e;
        }
    }

    /** A process that keeps a namespace alive; null where there may be none. */
    private static Process hold(String... command) throws IOException {
        List<String> all = new ArrayList<>(List.of(command));
        all.addAll(List.of("sh", "-c", "echo up && exec sleep infinity"));
        Process holder = new ProcessBuilder(all).redirectErrorStream(true).start();
        if ("up".equals(new BufferedReader(holder.inputReader()).readLine())) {
            return holder;
        }
        holder.destroyForcibly();
        return null;
    }

    private static String run(List<String> prefix, String script) throws IOException {
        List<String> command = new ArrayList<>(prefix);
        command.addAll(List.of("sh", "-c", script));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (process.waitFor() != 0) {
                throw new IOException(script + ": " + text);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
        return text;
    }

    private String bucket(int kilobitsPerSecond) {
        return "tbf rate " + kilobitsPerSecond + "kbit burst " + BURST_BYTES + " latency " + queueMillis + "ms";
    }

    /** What to put before a command that is to run where the camera is. */
    public List<String> cameraPrefix() {
        return prefix(camera);
    }

    /** What to put before a command that is to run where the viewer is. */
    public List<String> viewerPrefix() {
        return prefix(viewer);
    }

    private static List<String> prefix(Process holder) {
        return List.of("nsenter", "-t", Long.toString(holder.pid()), "-U", "-n", "--preserve-credentials");
    }

    /** Changes the rate; what waits stays. */
    public void capacity(int kilobitsPerSecond) throws IOException {
        run(cameraPrefix(), "tc qdisc change dev " + WIRE + " root " + bucket(kilobitsPerSecond));
    }

    /**
     * Gives the viewer another address in place of the one that it has, as when a telephone goes to another network: what it
     * has open on the old one leads nowhere any more.
     *
     * @param host the last byte of the new address
     */
    public void moveViewer(int host) throws IOException {
        run(viewerPrefix(), "ip address flush dev " + WIRE + " scope global && ip address add 10.78.0." + host + "/24 dev " + WIRE
                + " && ip route replace default via " + CAMERA_ADDRESS);
    }

    /**
     * What the queue has seen so far.
     *
     * @param bytes that left it
     * @param dropped packets that found it full
     */
    public record Counters(long bytes, long packets, long dropped) {}

    public Counters counters() throws IOException {
        String text = run(cameraPrefix(), "tc -s qdisc show dev " + WIRE);
        Matcher sent = Pattern.compile("Sent (\\d+) bytes (\\d+) pkt \\(dropped (\\d+),").matcher(text);
        if (!sent.find()) {
            throw new IOException(text);
        }
        return new Counters(Long.parseLong(sent.group(1)), Long.parseLong(sent.group(2)), Long.parseLong(sent.group(3)));
    }

    @Override
    public void close() {
        viewer.destroy();
        camera.destroy();
    }
}
