package revcam.browser;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code ./revcam mtu}, as it is typed; what it finds on other networks is tested in {@code bundles/revcam.mtu}. */
class MtuCommandTest {

    @TempDir
    Path directory;

    @Test
    void measuresProposesAndSets() throws IOException, InterruptedException {
        Configs configs = Configs.copyTo(directory.resolve("configs"));
        int closed;
        try (DatagramSocket socket = new DatagramSocket(0, InetAddress.getByName("127.0.0.1"))) {
            closed = socket.getLocalPort();
        }
        Process mtu = new ProcessBuilder(Product.root().resolve("revcam").toString(), "mtu", "127.0.0.1:" + closed, "--set",
                "--configs", configs.directory().toString()).redirectErrorStream(true).start();
        mtu.getOutputStream().close();
        String output = new String(mtu.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, mtu.waitFor(), output);
        assertTrue(output.contains("Proposed: mtu = 1500, now in "), output);
        assertEquals("mtu = 1500\n", Files.readString(configs.directory().resolve("local/revcam.stream-main.cfg")));
    }
}
