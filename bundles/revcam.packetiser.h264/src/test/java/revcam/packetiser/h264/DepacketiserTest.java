package revcam.packetiser.h264;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import revcam.api.media.StageException;
import revcam.api.packetiser.Packetiser;
import revcam.api.packetiser.RtpFormat;
import revcam.api.packetiser.RtpPayloads;
import revcam.rtp.RtpHeaderWriter;

/**
 * What goes through this packetiser comes out of other people's depacketisers as it was. Both get it over a transport
 * that loses nothing: GStreamer from a file (RFC 4571), FFmpeg over RTSP with interleaved data (RFC 2326, section
 * 10.12).
 */
class DepacketiserTest {

    private static final int PAYLOAD_TYPE = 96;
    private static final int SSRC = 0x5EED;

    @TempDir
    static Path directory;

    private static List<TestStream> streams;

    @BeforeAll
    static void encode() throws IOException, InterruptedException {
        Tool.FFMPEG.require();
        streams = List.of(
                TestStream.encode(
                        directory, "baseline", "testsrc2=s=320x240:r=30", 30, "yuv420p", "baseline", "keyint=10"),
                TestStream.encode(
                        directory,
                        "slices",
                        "testsrc2=s=640x360:r=30",
                        12,
                        "yuv420p",
                        "baseline",
                        "sliced-threads=0:slices=4:aud=1:keyint=5"),
                TestStream.encode(
                        directory,
                        "high",
                        "mandelbrot=s=640x360:r=30",
                        6,
                        "yuv420p",
                        "high",
                        "8x8dct=1:cabac=1:keyint=4"),
                TestStream.encode(
                        directory,
                        "filler",
                        "color=s=320x240:r=30",
                        8,
                        "yuv420p",
                        "main",
                        "nal-hrd=cbr:bitrate=2000:vbv-maxrate=2000:vbv-bufsize=200:aud=1"),
                TestStream.encode(
                        directory,
                        "large",
                        "nullsrc=s=1920x1080:r=30,noise=alls=90:all_seed=1",
                        2,
                        "yuv420p",
                        "baseline",
                        "qp=16:keyint=1"),
                TestStream.encode(directory, "tiny", "color=s=16x16:r=30", 20, "yuv420p", "baseline", "keyint=3"));
    }

    static List<TestStream> streams() {
        return streams;
    }

    @Test
    void theStreamsAreWhatTheyAreMeantToBe() {
        Map<String, TestStream> byName = streams.stream().collect(Collectors.toMap(TestStream::name, stream -> stream));
        assertTrue(byName.get("filler").units().stream().anyMatch(unit -> TestStream.type(unit) == 12));
        assertTrue(byName.get("slices").units().stream().anyMatch(unit -> TestStream.type(unit) == 9));
        assertEquals(12, byName.get("slices").accessUnits().size());
        assertEquals(48, byName.get("slices").units().stream().filter(unit -> TestStream.type(unit) < 6).count());
        assertTrue(byName.get("large").accessUnits().get(0).length > 1_000_000);
        assertTrue(byName.get("tiny").accessUnits().get(1).length < 30);
        for (TestStream stream : streams) {
            assertTrue(stream.expected().size() < stream.units().size(), stream + " has x264's note of its settings");
        }
    }

    @ParameterizedTest
    @MethodSource("streams")
    void gstreamerGivesBackTheSameUnits(TestStream stream) throws Exception {
        Tool.GSTREAMER.require();
        for (int maxPayloadBytes : new int[] {100, 1188, 1432}) {
            Path framed = directory.resolve(stream + ".rtp");
            try (DataOutputStream out = new DataOutputStream(Files.newOutputStream(framed))) {
                for (byte[] packet : new RtpSender(stream, maxPayloadBytes).packets) {
                    out.writeShort(packet.length);
                    out.write(packet);
                }
            }
            Path received = directory.resolve(stream + ".gst.h264");
            Tool.GSTREAMER.run(
                    directory,
                    "-q",
                    "filesrc", "location=" + framed,
                    "!", "application/x-rtp-stream,media=video,clock-rate=90000,encoding-name=H264,payload=96",
                    "!", "rtpstreamdepay",
                    "!", "rtph264depay",
                    "!", "video/x-h264,stream-format=byte-stream,alignment=nal",
                    "!", "filesink", "location=" + received);
            assertUnits(stream, received, maxPayloadBytes);
        }
    }

    @ParameterizedTest
    @MethodSource("streams")
    void ffmpegGivesBackTheSameUnits(TestStream stream) throws Exception {
        for (int maxPayloadBytes : new int[] {100, 1188, 1432}) {
            RtpSender sender = new RtpSender(stream, maxPayloadBytes);
            Path received = directory.resolve(stream + ".ffmpeg.h264");
            Path log = directory.resolve("ffmpeg.txt");
            try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                server.setSoTimeout(20_000);
                Process ffmpeg = Tool.FFMPEG.start(
                        log,
                        List.of(
                                "-hide_banner", "-loglevel", "error", "-y",
                                "-rtsp_transport", "tcp",
                                "-i", "rtsp://127.0.0.1:" + server.getLocalPort() + "/",
                                "-c", "copy", "-f", "h264", received.toString()));
                try (Socket socket = server.accept()) {
                    socket.setSoTimeout(20_000);
                    serve(socket, sender);
                }
                Tool.FFMPEG.finish(ffmpeg, log);
            }
            assertUnits(stream, received, maxPayloadBytes);
        }
    }

    private static void assertUnits(TestStream stream, Path received, int maxPayloadBytes) throws IOException {
        List<byte[]> expected = stream.expected();
        List<byte[]> actual = TestStream.units(Files.readAllBytes(received));
        for (int unit = 0; unit < Math.min(expected.size(), actual.size()); unit++) {
            assertArrayEquals(
                    expected.get(unit), actual.get(unit), "unit " + unit + " with payloads of " + maxPayloadBytes);
        }
        assertEquals(expected.size(), actual.size(), "units with payloads of " + maxPayloadBytes);
    }

    /** As much of an RTSP server as FFmpeg asks for. */
    private static void serve(Socket socket, RtpSender sender) throws IOException {
        BufferedReader in = new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII));
        DataOutputStream out = new DataOutputStream(socket.getOutputStream());
        String method = "";
        while (!method.equals("PLAY")) {
            method = in.readLine().split(" ")[0];
            String sequence = "";
            for (String line = in.readLine(); !line.isEmpty(); line = in.readLine()) {
                sequence = line.startsWith("CSeq:") ? line : sequence;
            }
            String sdp = sender.sdp();
            String answer = "RTSP/1.0 200 OK\r\n" + sequence + "\r\nSession: 1\r\n"
                    + switch (method) {
                        case "OPTIONS" -> "Public: DESCRIBE, SETUP, PLAY\r\n\r\n";
                        case "DESCRIBE" ->
                            "Content-Type: application/sdp\r\nContent-Length: " + sdp.length() + "\r\n\r\n" + sdp;
                        case "SETUP" -> "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n\r\n";
                        default -> "\r\n";
                    };
            out.write(answer.getBytes(US_ASCII));
        }
        ByteArrayOutputStream media = new ByteArrayOutputStream();
        DataOutputStream interleaved = new DataOutputStream(media);
        for (byte[] packet : sender.packets) {
            interleaved.write('$');
            interleaved.write(0);
            interleaved.writeShort(packet.length);
            interleaved.write(packet);
        }
        media.writeTo(out);
    }

    /** A stream as RTP packets, with header extensions, and sequence numbers that wrap early. */
    private static final class RtpSender {

        final List<byte[]> packets = new ArrayList<>();
        private final RtpFormat format;

        RtpSender(TestStream stream, int maxPayloadBytes) throws StageException {
            Packetiser packetiser = new H264PacketiserFactory().open();
            RtpHeaderWriter headers = new RtpHeaderWriter(1, "0", 3, false, 2, 14);
            RtpPayloads payloads = new RtpPayloads();
            byte[] header = new byte[headers.maxBytes()];
            int sequence = 65_530;
            int timestamp = -9_000;
            for (byte[] accessUnit : stream.accessUnits()) {
                payloads.clear();
                packetiser.packetise(direct(accessUnit), maxPayloadBytes, payloads);
                for (int index = 0; index < payloads.count(); index++, sequence++) {
                    int headerBytes = headers.write(
                            header,
                            PAYLOAD_TYPE,
                            index == payloads.count() - 1,
                            sequence,
                            timestamp,
                            SSRC,
                            sequence,
                            sequence * 1_000_000L,
                            index == 0);
                    byte[] packet = Arrays.copyOf(header, headerBytes + payloads.size(index));
                    System.arraycopy(
                            payloads.bytes(), payloads.offset(index), packet, headerBytes, payloads.size(index));
                    packets.add(packet);
                }
                timestamp += 3_000;
            }
            format = packetiser.format();
        }

        String sdp() {
            String parameters = format.parameters().entrySet().stream()
                    .map(entry -> entry.getKey() + "=" + entry.getValue())
                    .sorted()
                    .collect(Collectors.joining(";"));
            return String.join(
                    "\r\n",
                    "v=0",
                    "o=- 0 0 IN IP4 127.0.0.1",
                    "s=-",
                    "c=IN IP4 127.0.0.1",
                    "t=0 0",
                    "m=video 0 RTP/AVP " + PAYLOAD_TYPE,
                    "a=rtpmap:" + PAYLOAD_TYPE + " " + format.encodingName() + "/" + format.clockRateHz(),
                    "a=fmtp:" + PAYLOAD_TYPE + " " + parameters,
                    "");
        }

        private static ByteBuffer direct(byte[] bytes) {
            return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
        }
    }
}
