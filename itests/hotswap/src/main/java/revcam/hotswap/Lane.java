package revcam.hotswap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.Dictionary;
import java.util.Hashtable;
import java.util.List;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;
import revcam.api.pipeline.Pipeline;
import revcam.api.pipeline.Stage;
import revcam.api.stream.JoinRequest;
import revcam.api.stream.StreamStatus;
import revcam.api.stream.VideoStream;
import revcam.api.stream.Viewer;
import revcam.api.transport.NegotiationException;

/** A stream of a test's own, with one viewer, to which only this test's strangers are let through. */
final class Lane implements AutoCloseable {

    static final String SIZE = "320x180";
    static final int FPS = 30;
    static final int MTU = 1280;
    static final List<String> ROLES = List.of("capture", "encoder", "packetiser", "congestion");

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    final String name;
    final Pipeline pipeline;
    final Probe.Line line;
    private final VideoStream stream;
    private final Viewer viewer;

    private Lane(String name) throws Exception {
        this.name = name;
        stream = Wait.service(VideoStream.class, "(" + VideoStream.NAME + "=" + name + ")");
        pipeline = Wait.service(Pipeline.class, "(" + VideoStream.NAME + "=" + name + ")");
        Wait.until("that stream " + name + " is idle", PATIENCE,
                () -> stream.status().state() == StreamStatus.State.IDLE ? null : stream.status().toString());
        String offer = "offer to " + name;
        viewer = stream.join(new JoinRequest(offer, "a test", "", ""));
        line = Probe.get().line(offer);
        flows(FPS / 2, PATIENCE);
    }

    /**
     * Makes the stream by way of Configuration Admin.
     *
     * @param more lines of its file
     */
    static Lane open(String name, String... more) throws Exception {
        Probe.get();
        Dictionary<String, Object> settings = new Hashtable<>();
        for (String line : (settings(name) + String.join("\n", more)).split("\n")) {
            settings.put(line.substring(0, line.indexOf(" = ")), line.substring(line.indexOf(" = ") + 3));
        }
        admin().getFactoryConfiguration("revcam.stream", name, "?").update(settings);
        return new Lane(name);
    }

    /** Takes the stream that a file has made. */
    static Lane of(String name) throws Exception {
        return new Lane(name);
    }

    /** As in a file. */
    static String settings(String name) {
        String only = "(|(lane=" + name + ")(!(lane=*)))\n";
        return VideoStream.NAME + " = " + name + "\n" + VideoStream.DEFAULT + " = false\n"
                + "size = " + SIZE + "\nfps = " + FPS + "\nbitrate = 300k\nmtu = " + MTU + "\n"
                + "capture = *\nencoder = *\npacketiser = *\ncongestion = *\ntransport = " + Probe.NAME_HERE + "\n"
                + "capture.filter = " + only + "encoder.filter = " + only + "packetiser.filter = " + only
                + "congestion.filter = " + only;
    }

    static ConfigurationAdmin admin() throws InterruptedException {
        return Wait.service(ConfigurationAdmin.class, "(objectClass=*)");
    }

    /** As Configuration Admin knows it. */
    Configuration configuration() throws Exception {
        Configuration[] found = admin().listConfigurations("(" + VideoStream.NAME + "=" + name + ")");
        assertEquals(1, found == null ? 0 : found.length, "configurations of stream " + name);
        return found[0];
    }

    Stage stage(String role) {
        return Wait.told(pipeline).stream().filter(stage -> stage.role().equals(role)).findFirst().orElseThrow();
    }

    /** Who the stranger is and how it stands; null when it is not there. */
    Stage.Provider stranger(String role) {
        return stage(role).providers().stream().filter(provider -> provider.name().equals(Stranger.NAME)).findFirst()
                .orElse(null);
    }

    void awaitServing(String role, String provider, Duration patience) throws Exception {
        Wait.until("that " + provider + " serves as " + role + " of " + name, patience, () -> {
            Stage stage = stage(role);
            return stage.serving().equals(List.of(provider)) ? null : stage.toString();
        });
    }

    /** Somebody else comes to watch. */
    Viewer join() throws NegotiationException {
        return stream.join(new JoinRequest("another offer to " + name, "a test", "", ""));
    }

    /** Why its viewer had better join again. */
    String elsewhere() {
        return viewer.elsewhere();
    }

    /** So many more frames arrive. */
    void flows(int frames, Duration patience) throws Exception {
        int before = line.frames();
        Wait.until("that " + frames + " more frames reach the viewer of " + name, patience,
                () -> line.frames() >= before + frames ? null
                        : line.frames() - before + " have; " + stream.status() + " " + pipeline.stages());
    }

    /** What must hold whatever happened. */
    void assertUnharmed() {
        assertTrue(viewer.alive(), "the viewer was lost");
        assertEquals(List.of(), line.complaints());
        int largest = line.largestPacketBytes();
        assertTrue(largest <= MTU - 48, "an RTP packet of " + largest + " bytes");
    }

    @Override
    public void close() throws IOException {
        try {
            viewer.leave();
            configuration().delete();
        } catch (Exception e) {
            throw new IOException(e);
        }
    }
}
