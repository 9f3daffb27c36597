package revcam.framework;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.apache.felix.service.command.CommandProcessor;
import org.apache.felix.service.command.CommandSession;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Gogo runs the commands on the engine that is there. */
class ShellOSGiTest {

    @BeforeEach
    void awaitAll() throws InterruptedException {
        Services.await("org.apache.felix.service.command.CommandProcessor", "(objectClass=*)");
        Services.await("revcam.shell.Commands", "(osgi.command.scope=revcam)");
        Services.await("revcam.api.pipeline.Pipeline", "(revcam.stream=main)");
        Services.await("revcam.api.encoder.VideoEncoderFactory", "(revcam.encoder=x264)");
    }

    @Test
    void gogoRunsTheCommands() throws Exception {
        assertTrue(run("revcam:status").startsWith("main  "), run("revcam:status"));
        assertTrue(run("revcam:stages").contains("congestion"), run("revcam:stages"));
        assertTrue(run("revcam:why encoder").contains("x264"), run("revcam:why encoder"));
        assertEquals("main: key frame asked for\n", run("revcam:keyframe"));
        Exception refused = assertThrows(Exception.class, () -> run("revcam:swap encoder nobody"));
        assertTrue(refused.getMessage().contains("nobody"), refused.getMessage());
    }

    private static String run(String line) throws Exception {
        CommandProcessor processor =
                Services.CONTEXT.getService(Services.CONTEXT.getServiceReference(CommandProcessor.class));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PrintStream stream = new PrintStream(out, true, StandardCharsets.UTF_8);
        CommandSession session = processor.createSession(InputStream.nullInputStream(), stream, stream);
        try {
            session.execute(line);
        } finally {
            session.close();
        }
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void theSocketRunsAndCompletes() throws IOException {
        Path socket = Path.of(Services.CONTEXT.getProperty("revcam.state"), "shell", "socket");
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            assertEquals(". 0\n", answer(channel));
            channel.write(ByteBuffer.wrap("run 0 why encoder\n".getBytes(StandardCharsets.UTF_8)));
            String why = answer(channel);
            assertTrue(why.startsWith("omain encoder: ") && why.endsWith(". 0\n"), why);
            channel.write(ByteBuffer.wrap("complete why enc\n".getBytes(StandardCharsets.UTF_8)));
            assertEquals("cencoder\t\n. 0\n", answer(channel));
        }
    }

    private static String answer(SocketChannel channel) throws IOException {
        StringBuilder text = new StringBuilder();
        ByteBuffer bytes = ByteBuffer.allocate(4096);
        while (!text.toString().matches("(?s)(.*\\n)?\\. \\d+\\n") && channel.read(bytes.clear()) >= 0) {
            text.append(StandardCharsets.UTF_8.decode(bytes.flip()));
        }
        return text.toString();
    }
}
