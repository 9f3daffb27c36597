package revcam.linklab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.HashMap;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import revcam.api.congestion.RateLimits;

/**
 * The laboratory's link model in real time, between real sockets and without any privilege: datagrams that viewers send
 * to {@link #address()} go to the camera and back, through the queue, capacity, delay, jitter and loss of a scenario's
 * first flow. Every viewer gets a socket of its own towards the camera, so that the camera tells them apart. What it does
 * to a packet is what the simulator does; when it does it depends on the machine: where a process has to wait for a
 * processor, packets are late by as much. A thread of its own does all the work.
 */
public final class UdpRelay implements AutoCloseable {

    /** IPv4 and UDP headers, which a link's capacity counts. */
    private static final int HEADER_BYTES = 28;
    /** Sleeping is late by some 60 microseconds; the selector by up to a millisecond. */
    private static final long SPIN_NANOS = 2 * Simulation.MILLI;
    /** A relay ends when it is closed. */
    private static final double LONG_SECONDS = 86_400;

    private final Scenario scenario;
    private final InetSocketAddress camera;
    private final Selector selector;
    private final DatagramChannel front;
    private final RealTime time = new RealTime();
    private final Map<InetSocketAddress, Viewer> viewers = new HashMap<>();
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(65_536);
    private final long seed;
    private final Hop forward;
    private final Hop backward;
    private final Hop toViewer;
    private final Hop toCamera;
    private final AtomicLong carried = new AtomicLong();
    private final AtomicLong carriedBytes = new AtomicLong();
    private final AtomicLong lost = new AtomicLong();
    private final Thread thread;
    private volatile boolean open = true;

    private UdpRelay(InetSocketAddress camera, Scenario scenario, long seed) throws IOException {
        this.camera = camera;
        this.scenario = scenario;
        this.seed = seed;
        selector = Selector.open();
        front = DatagramChannel.open();
        front.bind(new InetSocketAddress(camera.getAddress(), 0));
        front.configureBlocking(false);
        front.register(selector, SelectionKey.OP_READ, (Readable) this::fromViewers);
        Scenario.Media flow = scenario.media.get(0);
        toViewer = new Channel(time, "data", flow.delay, flow.jitter, flow.loss.get(), this::deliver, this::lose);
        toCamera = new Channel(time, "feedback", flow.delay, flow.jitter, flow.feedbackLoss.get(), this::deliver, this::lose);
        forward = link(scenario.forward, scenario.forwardQueue.get());
        backward = link(scenario.backward, scenario.backwardQueue.get());
        thread = new Thread(this::run, "udp-relay");
        thread.setDaemon(true);
        thread.start();
    }

    /**
     * Begins at once with the scenario's first second.
     *
     * @param camera where the camera's media port is
     * @param scenario id of one of the laboratory's cases, such as {@code steps}; only its first flow is real, others are
     *     not there
     * @param seed of the model's random numbers
     */
    public static UdpRelay open(InetSocketAddress camera, String scenario, long seed) throws IOException {
        return open(camera, Link.ofCase(scenario), seed);
    }

    /** Begins at once with the link's first second. */
    public static UdpRelay open(InetSocketAddress camera, Link link, long seed) throws IOException {
        return new UdpRelay(camera, link.scenario(LONG_SECONDS, seed, new RateLimits(1, 1, 1)), seed);
    }

    private Hop link(Capacity capacity, QueueDiscipline queue) {
        return capacity == null ? packet -> packet.onward.accept(packet)
                : new Bottleneck(time, capacity, queue, packet -> { }, this::lose);
    }

    /** Where viewers are to send to. */
    public InetSocketAddress address() throws IOException {
        return (InetSocketAddress) front.getLocalAddress();
    }

    /** Seconds of the scenario that have passed. */
    public double seconds() {
        return time.now() / (double) Simulation.SECOND;
    }

    /** What the link towards the viewers can carry between two seconds of the scenario, bits per second. */
    public double capacityBps(double fromSecond, double toSecond) {
        return scenario.forward.average((long) (fromSecond * Simulation.SECOND), (long) (toSecond * Simulation.SECOND));
    }

    /** Datagrams that arrived on either side so far. */
    public long carried() {
        return carried.get();
    }

    /** What arrived on the viewers' side so far, with IPv4 and UDP headers: what the link's capacity counts. */
    public long carriedBytes() {
        return carriedBytes.get();
    }

    /** Datagrams that found a queue full or were lost by the model so far. */
    public long lost() {
        return lost.get();
    }

    @Override
    public void close() throws IOException {
        open = false;
        selector.wakeup();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    // ---- its thread

    private interface Readable {
        void read() throws IOException;
    }

    /** One viewer, and the socket by which the camera knows it. */
    private final class Viewer implements Readable {
        final InetSocketAddress address;
        final DatagramChannel back;

        Viewer(InetSocketAddress address) throws IOException {
            this.address = address;
            back = DatagramChannel.open();
            back.connect(camera);
            back.configureBlocking(false);
            back.register(selector, SelectionKey.OP_READ, this);
        }

        @Override
        public void read() throws IOException {
            while (true) {
                buffer.clear();
                try {
                    if (back.read(buffer) <= 0) {
                        return;
                    }
                } catch (PortUnreachableException e) {
                    return; // the camera is not up, or no longer
                }
                forward.accept(packet(Packet.Kind.MEDIA, toViewer, content -> front.send(content, address)));
            }
        }
    }

    private void fromViewers() throws IOException {
        while (true) {
            buffer.clear();
            InetSocketAddress from = (InetSocketAddress) front.receive(buffer);
            if (from == null) {
                return;
            }
            Viewer viewer = viewers.get(from);
            if (viewer == null) {
                viewer = new Viewer(from);
                viewers.put(from, viewer);
            }
            DatagramChannel back = viewer.back;
            backward.accept(packet(Packet.Kind.FEEDBACK, toCamera, back::write));
        }
    }

    private interface Exit {
        void send(ByteBuffer content) throws IOException;
    }

    private Packet packet(Packet.Kind kind, Hop onward, Exit exit) {
        byte[] content = new byte[buffer.flip().remaining()];
        buffer.get(content);
        Packet packet = new Packet(kind, 0, content.length + HEADER_BYTES, content, onward);
        packet.segment = exit;
        packet.sentNanos = time.now();
        return packet;
    }

    private void deliver(Packet packet) {
        try {
            ((Exit) packet.segment).send(ByteBuffer.wrap(packet.content));
            carried.incrementAndGet();
            if (packet.kind == Packet.Kind.MEDIA) {
                carriedBytes.addAndGet(packet.wireBytes);
            }
        } catch (PortUnreachableException e) {
            lost.incrementAndGet();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void lose(Packet packet) {
        lost.incrementAndGet();
    }

    private void run() {
        try {
            while (open) {
                long wait = time.runDue();
                if (wait > SPIN_NANOS) {
                    selector.select(this::ready, (wait - SPIN_NANOS / 2) / Simulation.MILLI);
                } else if (selector.selectNow(this::ready) == 0 && wait > 0) {
                    LockSupport.parkNanos(Math.min(wait, 100_000));
                }
            }
            for (SelectionKey key : selector.keys()) {
                key.channel().close();
            }
            selector.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void ready(SelectionKey key) {
        try {
            ((Readable) key.attachment()).read();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private final class RealTime implements Timeline {

        private record Event(long at, long order, Runnable action) implements Comparable<Event> {
            @Override
            public int compareTo(Event other) {
                return at != other.at ? Long.compare(at, other.at) : Long.compare(order, other.order);
            }
        }

        private final long begin = System.nanoTime();
        private final PriorityQueue<Event> events = new PriorityQueue<>();
        private long scheduled;
        /** While an event runs: its own moment, so that lateness does not add up from one packet to the next. */
        private long moment = -1;

        @Override
        public long now() {
            return moment >= 0 && Thread.currentThread() == thread ? moment : System.nanoTime() - begin;
        }

        @Override
        public void at(long nanos, Runnable action) {
            events.add(new Event(nanos, scheduled++, action));
        }

        @Override
        public SplittableRandom random(String part) {
            return new Simulation(seed).random(part);
        }

        /** @return how long nothing is due, at most a second */
        long runDue() {
            long now = System.nanoTime() - begin;
            while (!events.isEmpty() && events.peek().at <= now) {
                Event event = events.poll();
                moment = event.at;
                event.action.run();
            }
            moment = -1;
            return events.isEmpty() ? Simulation.SECOND : Math.min(Simulation.SECOND, events.peek().at - now);
        }
    }
}
