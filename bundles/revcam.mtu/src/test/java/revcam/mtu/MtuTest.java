package revcam.mtu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import revcam.transport.webrtc.srtp.SrtpSender;

/** The command, with real sockets on this machine. */
class MtuTest {

    private static final String FILE = "revcam.stream-main.cfg";

    @TempDir
    Path configs;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private int mtu(String... arguments) {
        out.reset();
        err.reset();
        String[] all = new String[arguments.length + 2];
        all[0] = "--configs";
        all[1] = configs.toString();
        System.arraycopy(arguments, 0, all, 2, arguments.length);
        return Mtu.run(all, new PrintStream(out, true, StandardCharsets.UTF_8), new PrintStream(err, true, StandardCharsets.UTF_8));
    }

    private String out() {
        return out.toString(StandardCharsets.UTF_8);
    }

    private String err() {
        return err.toString(StandardCharsets.UTF_8);
    }

    private Path shipped(String text) throws IOException {
        return Files.writeString(configs.resolve(FILE), text);
    }

    /** A STUN server that answers to requests, but not to those of more than so many bytes of UDP payload. */
    private static final class Server implements AutoCloseable {
        final DatagramSocket socket = new DatagramSocket(0, InetAddress.getByName("127.0.0.1"));

        Server(int most) throws IOException {
            Thread thread = new Thread(() -> serve(most), "STUN server");
            thread.setDaemon(true);
            thread.start();
        }

        private void serve(int most) {
            DatagramPacket packet = new DatagramPacket(new byte[65536], 65536);
            try {
                while (true) {
                    packet.setLength(65536);
                    socket.receive(packet);
                    ByteBuffer request = ByteBuffer.wrap(packet.getData(), 0, packet.getLength());
                    // RFC 8489, section 5, and one attribute whose length is that of what follows it.
                    boolean whole = request.getShort(0) == 1 && request.getInt(4) == 0x2112A442
                            && request.getShort(2) == request.limit() - 20 && request.getShort(22) == request.limit() - 24
                            && request.getShort(20) < 0;
                    if (whole && request.limit() <= most) {
                        byte[] answer = Arrays.copyOf(packet.getData(), 20);
                        ByteBuffer.wrap(answer).putShort(0, (short) 0x101).putShort(2, (short) 0);
                        socket.send(new DatagramPacket(answer, 20, packet.getSocketAddress()));
                    }
                }
            } catch (IOException e) {
                return; // closed
            }
        }

        String target() {
            return "127.0.0.1:" + socket.getLocalPort();
        }

        @Override
        public void close() {
            socket.close();
        }
    }

    @Test
    void aStunServerIsMeasuredAndTheProposalSet() throws Exception {
        shipped("# Largest\nmtu = 1280\n");
        Path local = configs.resolve("local").resolve(FILE);
        try (Server server = new Server(65536)) {
            assertEquals(0, mtu(server.target()), this::err);
            assertTrue(out().contains("mtu = 1500; configured is 1280"), this::out);
            assertFalse(Files.exists(local));
            assertEquals(0, mtu("--set", server.target()), this::err);
            assertEquals("mtu = 1500\n", Files.readString(local));
            assertEquals(0, mtu(server.target()), this::err);
            assertTrue(out().contains("configured already"), this::out);
        }
    }

    @Test
    void aServerThatDropsLargerOnesIsABlackHole() throws Exception {
        try (Server server = new Server(600 - 28)) {
            assertEquals(0, mtu("--json", "--turn", "--max", "640", server.target()), this::err);
        }
        JsonObject json = JsonParser.parseString(out()).getAsJsonObject();
        JsonObject path = json.getAsJsonObject("ipv4");
        assertEquals(600, path.get("mtu").getAsInt());
        assertEquals("black_hole", path.get("limit").getAsString());
        assertEquals(600 - 20 - 8 - 10 - 34 - 51, path.get("payload").getAsInt());
        assertEquals(600, json.get("proposed").getAsInt());
        assertTrue(json.getAsJsonObject("ipv6").get("failure").getAsString().contains("has no IPv6 address"), this::out);
    }

    @Test
    void aPortThatRefusesIsAnAnswer() throws Exception {
        int port;
        try (DatagramSocket socket = new DatagramSocket(0, InetAddress.getByName("127.0.0.1"))) {
            port = socket.getLocalPort();
        }
        assertEquals(0, mtu("127.0.0.1:" + port), this::err);
        assertTrue(out().contains("1500 bytes"), this::out);
    }

    @Test
    void nothingThatAnswersIsSaid() throws Exception {
        try (DatagramSocket silent = new DatagramSocket(0, InetAddress.getByName("127.0.0.1"))) {
            assertEquals(1, mtu("127.0.0.1:" + silent.getLocalPort(), "--set"));
        }
        assertTrue(out().contains("IPv4  none: nothing answers, not even to packets of 576 bytes"), this::out);
        assertTrue(err().contains("no path to 127.0.0.1 was measured"), this::err);
        assertFalse(Files.exists(configs.resolve("local")));
    }

    @Test
    void aHostThatIsUnknownIsSaid() {
        assertEquals(1, mtu("no-such-host.invalid"));
        assertTrue(err().contains("there is no host 'no-such-host.invalid'"), this::err);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "host:0", "host:65536", "host;reboot", "-x", "[::1", "a b", "host --max=9", "host --max 575",
        "host --max 9001", "host --max", "host other"})
    void whatCannotBeUnderstoodIsRefused(String line) {
        assertEquals(2, mtu(line.equals("a b") ? new String[] {line} : line.isEmpty() ? new String[0] : line.split(" ")));
        assertTrue(err().contains("see ./revcam mtu --help"), this::err);
    }

    @ParameterizedTest
    @CsvSource({"camera.local, camera.local, 0", "turn.example.org:3478, turn.example.org, 3478", "192.0.2.1, 192.0.2.1, 0",
        "2001:db8::1, 2001:db8::1, 0", "[2001:db8::1]:3478, 2001:db8::1, 3478", "fe80::1%eth0, fe80::1%eth0, 0",
        "[fe80::1%eth0], fe80::1%eth0, 0"})
    void targetsAreNamesOrAddresses(String text, String host, int port) {
        assertEquals(new Target(host, port), Target.parse(text));
    }

    @Test
    void targetsAreNothingElse() {
        assertThrows(IllegalArgumentException.class, () -> Target.parse("http://camera.local/"));
    }

    @Test
    void theOverheadIsTheProducts() {
        assertEquals(SrtpSender.RTP_OVERHEAD_BYTES, Overhead.SRTP_BYTES);
        assertEquals(1280 - 48 - 10 - 34, Overhead.payloadBytes(1280, true, false));
        assertEquals(1500 - 28 - 10 - 34 - 51, Overhead.payloadBytes(1500, false, true));
    }

    @ParameterizedTest
    @CsvSource({"'fps = 15\n', 'fps = 15\nmtu = 1400\n'", "'# mine\n mtu=900 \nfps = 15\n', '# mine\nmtu = 1400\nfps = 15\n'",
        "'fps = 15', 'fps = 15\nmtu = 1400\n'", "'#mtu = 1\n', '#mtu = 1\nmtu = 1400\n'"})
    void theRestOfAFileStays(String before, String after) throws Exception {
        shipped("mtu = 1280\n");
        Path local = Files.createDirectories(configs.resolve("local")).resolve(FILE);
        Files.writeString(local, before);
        StreamFile file = new StreamFile(configs);
        file.write(1400);
        assertEquals(after, Files.readString(local));
        assertEquals(1400, file.mtu());
    }
}
