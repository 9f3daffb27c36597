package revcam.view;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Somebody on one viewer's way to the camera: lets everything pass, and sends the camera, by the viewer's own address, altered
 * copies of what the viewer has sent, so that they get as far as the viewer's session: five of ten of SRTCP, three of DTLS, two
 * of STUN. One viewer; two threads.
 */
final class HostileRelay implements AutoCloseable {

    /** RFC 7983, section 7. */
    enum Kind {
        STUN, DTLS, SRTCP;

        static Kind of(byte first) {
            int value = first & 0xFF;
            return value <= 3 ? STUN : value >= 20 && value <= 63 ? DTLS : value >= 128 && value <= 191 ? SRTCP : null;
        }
    }

    private static final int KEPT = 64;
    private static final int MAX_BYTES = 2048;
    private static final int BURST = 20;
    private static final int MOST_FLIPS = 8;
    /** One of so many genuine datagrams is overtaken by the next. */
    private static final int OVERTAKEN = 8;

    private final InetSocketAddress camera;
    private final Selector selector = Selector.open();
    private final DatagramChannel front = DatagramChannel.open();
    private final DatagramChannel back = DatagramChannel.open();
    private final Map<Kind, byte[][]> seen = new EnumMap<>(Kind.class);
    private final Map<Kind, Integer> counts = new EnumMap<>(Kind.class);
    private final AtomicLong altered = new AtomicLong();
    private final SplittableRandom random;
    private final Thread carrier = new Thread(this::carry, "hostile-relay");
    private volatile Thread attacker;
    private volatile boolean open = true;
    private volatile String failure;

    HostileRelay(InetSocketAddress camera, long seed) throws IOException {
        this.camera = camera;
        random = new SplittableRandom(seed);
        for (Kind kind : Kind.values()) {
            seen.put(kind, new byte[KEPT][]);
            counts.put(kind, 0);
        }
        front.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)).configureBlocking(false);
        back.connect(camera).configureBlocking(false);
        front.register(selector, SelectionKey.OP_READ);
        back.register(selector, SelectionKey.OP_READ);
        carrier.setDaemon(true);
        carrier.start();
    }

    /** Where the viewer is to send to. */
    InetSocketAddress address() throws IOException {
        return (InetSocketAddress) front.getLocalAddress();
    }

    /** Genuine datagrams of the viewer so far, of each kind. */
    synchronized Map<Kind, Integer> counts() {
        return new EnumMap<>(counts);
    }

    /** Altered datagrams sent so far. */
    long altered() {
        return altered.get();
    }

    /** Why it no longer carries or attacks, or null. */
    String failure() {
        return failure;
    }

    /** Sends that many altered datagrams, at that rate. Returns at once. */
    void attack(long datagrams, int perSecond) {
        attacker = new Thread(() -> {
            try {
                alter(datagrams, perSecond);
            } catch (IOException e) {
                failure = e.toString();
            }
        }, "hostile-relay-attack");
        attacker.setDaemon(true);
        attacker.start();
    }

    boolean isAttacking() {
        return attacker != null && attacker.isAlive();
    }

    private void carry() {
        ByteBuffer buffer = ByteBuffer.allocateDirect(65_536);
        SplittableRandom luck = random.split();
        InetSocketAddress viewer = null;
        byte[] held = null;
        try {
            while (open) {
                selector.select(200);
                selector.selectedKeys().clear();
                for (InetSocketAddress from; (from = (InetSocketAddress) front.receive(buffer.clear())) != null; ) {
                    viewer = from;
                    buffer.flip();
                    byte[] datagram = new byte[buffer.remaining()];
                    buffer.get(datagram);
                    keep(datagram);
                    if (held == null && luck.nextInt(OVERTAKEN) == 0 && attacker != null) {
                        held = datagram;
                        continue;
                    }
                    send(ByteBuffer.wrap(datagram));
                    if (held != null) {
                        send(ByteBuffer.wrap(held));
                        held = null;
                    }
                }
                while (receive(buffer.clear()) > 0) {
                    if (viewer != null) {
                        front.send(buffer.flip(), viewer);
                    }
                }
            }
        } catch (IOException | RuntimeException e) {
            failure = e.toString();
        }
    }

    private int receive(ByteBuffer into) throws IOException {
        try {
            return back.read(into);
        } catch (PortUnreachableException e) {
            return 0;
        }
    }

    private boolean send(ByteBuffer datagram) throws IOException {
        try {
            return back.write(datagram) > 0;
        } catch (PortUnreachableException e) {
            return false;
        }
    }

    private synchronized void keep(byte[] datagram) {
        Kind kind = datagram.length == 0 || datagram.length > MAX_BYTES ? null : Kind.of(datagram[0]);
        if (kind != null) {
            seen.get(kind)[(counts.merge(kind, 1, Integer::sum) - 1) % KEPT] = datagram;
        }
    }

    /** Some genuine datagram, or null when there is none of the kind yet. */
    private synchronized byte[] one(SplittableRandom luck) {
        int dice = luck.nextInt(10);
        Kind kind = dice < 5 ? Kind.SRTCP : dice < 8 ? Kind.DTLS : Kind.STUN;
        int kept = Math.min(KEPT, counts.get(kind));
        return kept == 0 ? null : seen.get(kind)[luck.nextInt(kept)];
    }

    private void alter(long datagrams, int perSecond) throws IOException {
        SplittableRandom luck = random.split();
        ByteBuffer buffer = ByteBuffer.allocateDirect(2 * MAX_BYTES);
        long began = System.nanoTime();
        for (long sent = 0; open && sent < datagrams; ) {
            long due = Math.min(datagrams, (long) ((System.nanoTime() - began) / 1e9 * perSecond));
            // What was missed is not made up for: a buffer that overflows proves nothing.
            if (due - sent > 10L * BURST) {
                began += (long) ((due - sent - BURST) * 1e9 / perSecond);
                due = sent + BURST;
            }
            while (sent < due) {
                byte[] genuine = one(luck);
                if (genuine != null) {
                    alter(genuine, buffer.clear(), luck);
                    if (send(buffer.flip())) {
                        sent++;
                        altered.incrementAndGet();
                    }
                }
            }
            LockSupport.parkNanos(200_000);
        }
    }

    private static void alter(byte[] genuine, ByteBuffer out, SplittableRandom luck) {
        byte[] copy = genuine;
        switch (luck.nextInt(8)) {
            case 0 -> { } // sent again, later and out of order
            case 1 -> copy = Arrays.copyOf(genuine, 1 + luck.nextInt(genuine.length));
            case 2 -> copy = Arrays.copyOf(genuine, genuine.length + 1 + luck.nextInt(64));
            case 3 -> { // all but the start, where the kind is, is another's
                copy = genuine.clone();
                for (int i = 1 + luck.nextInt(16); i < copy.length; i++) {
                    copy[i] = (byte) luck.nextInt();
                }
            }
            default -> {
                copy = genuine.clone();
                for (int flips = 1 + luck.nextInt(MOST_FLIPS); flips > 0; flips--) {
                    copy[luck.nextInt(copy.length)] ^= (byte) (1 << luck.nextInt(8));
                }
            }
        }
        out.put(copy);
    }

    @Override
    public void close() throws IOException {
        open = false;
        selector.wakeup();
        try {
            carrier.join();
            if (attacker != null) {
                attacker.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        front.close();
        back.close();
        selector.close();
    }
}
