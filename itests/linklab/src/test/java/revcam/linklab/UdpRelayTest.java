package revcam.linklab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** Real datagrams through the emulator fare as modelled ones do in the simulator. */
class UdpRelayTest {

    private static final int BYTES = 1000;
    private static final int PACKETS = 250;

    /** 1.6 Mbit/s for a link of 1 Mbit/s, so that its queue of 300 ms fills and runs over. */
    private static final long INTERVAL = 5 * Simulation.MILLI;

    @Test
    void itDoesWhatTheSimulatorDoes() throws IOException {
        long[] sent = new long[PACKETS];
        long[] arrived = new long[PACKETS];
        try (DatagramChannel camera = DatagramChannel.open(); DatagramChannel viewer = DatagramChannel.open()) {
            camera.setOption(StandardSocketOptions.SO_RCVBUF, 1 << 20);
            camera.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            try (UdpRelay relay = UdpRelay.open((InetSocketAddress) camera.getLocalAddress(), "steps", 7)) {
                viewer.connect(relay.address());
                viewer.write(ByteBuffer.wrap("hello".getBytes()));
                ByteBuffer buffer = ByteBuffer.allocate(2000);
                InetSocketAddress back = (InetSocketAddress) camera.receive(buffer);
                assertEquals(5, buffer.position());

                Arrays.fill(arrived, -1);
                viewer.configureBlocking(false);
                long begin = System.nanoTime();
                int next = 0;
                for (long now = 0; now < PACKETS * INTERVAL + Simulation.SECOND; now = System.nanoTime() - begin) {
                    while (next < PACKETS && now >= next * INTERVAL) {
                        sent[next] = System.nanoTime() - begin;
                        camera.send(ByteBuffer.allocate(BYTES).putInt(0, next++), back);
                    }
                    buffer.clear();
                    while (viewer.read(buffer) > 0) {
                        arrived[buffer.getInt(0)] = System.nanoTime() - begin;
                        buffer.clear();
                    }
                    LockSupport.parkNanos(100_000);
                }
                assertEquals(PACKETS + 1, relay.carried() + relay.lost());
            }
        }
        compare(arrived, simulated(sent));
    }

    private static long[] simulated(long[] sent) {
        Simulation simulation = new Simulation(7);
        Scenario steps = Cases.all(7).stream().filter(one -> one.id.equals("steps")).findFirst().orElseThrow();
        Scenario.Media flow = steps.media.get(0);
        long[] arrived = new long[sent.length];
        Arrays.fill(arrived, -1);
        Channel channel = new Channel(simulation, "data", flow.delay, flow.jitter, flow.loss.get(),
                packet -> arrived[packet.content[0] & 0xFF] = simulation.now(), packet -> { });
        Bottleneck link = new Bottleneck(simulation, steps.forward, steps.forwardQueue.get(), 0, packet -> { }, packet -> { });
        for (int i = 0; i < sent.length; i++) {
            Packet packet = new Packet(Packet.Kind.MEDIA, 0, BYTES + 28, new byte[] {(byte) i}, channel);
            simulation.at(sent[i], () -> link.accept(packet));
        }
        simulation.run(10 * Simulation.SECOND);
        return arrived;
    }

    /** What one packet takes at 1 Mbit/s; where the queue held one more or one less, all behind it are off by that. */
    private static final double PACKET_MILLIS = (BYTES + 28) * 8 / 1e3;

    /** A loaded machine is late now and then, and near the queue's limit lateness decides which packet is dropped. */
    private static void compare(long[] real, long[] modelled) {
        List<Long> late = new ArrayList<>();
        int lostInReality = 0;
        int lostInTheModel = 0;
        for (int i = 0; i < real.length; i++) {
            lostInReality += real[i] < 0 ? 1 : 0;
            lostInTheModel += modelled[i] < 0 ? 1 : 0;
            if (real[i] >= 0 && modelled[i] >= 0) {
                late.add(real[i] - modelled[i]);
            }
        }
        late.sort(null);
        assertTrue(lostInTheModel > 20, "the model's queue never ran over");
        assertEquals(lostInTheModel, lostInReality, 0.2 * lostInTheModel);
        double median = late.get(late.size() / 2) / 1e6;
        double most = late.get(late.size() * 9 / 10) / 1e6;
        assertTrue(late.get(late.size() / 20) / 1e6 > -10 - PACKET_MILLIS && median < 5 + PACKET_MILLIS && most < 20 + PACKET_MILLIS,
                "later than in the simulator by " + median + " ms in the median and " + most + " ms at the 90th percentile");
    }
}
