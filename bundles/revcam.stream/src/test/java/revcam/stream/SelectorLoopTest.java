package revcam.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import revcam.api.transport.MediaLoop;

/** The media loop on real sockets, with handlers that behave as badly as a plug-in can. Alone, because it measures. */
@Isolated
class SelectorLoopTest {

    private static final long SECOND = 1_000_000_000;

    private SelectorLoop loop;
    private DatagramChannel receiver;
    private DatagramChannel sender;

    private final Set<Thread> threadsBefore = Set.copyOf(Thread.getAllStackTraces().keySet());

    @BeforeEach
    void open() throws Exception {
        loop = new SelectorLoop();
        receiver = DatagramChannel.open();
        receiver.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        receiver.configureBlocking(false);
        sender = DatagramChannel.open();
    }

    @AfterEach
    void close() throws Exception {
        loop.stop();
        receiver.close();
        sender.close();
        assertFalse(Thread.getAllStackTraces().keySet().stream()
                .anyMatch(t -> t.getName().equals("revcam.media-loop") && !threadsBefore.contains(t)),
                "the loop's thread ends with it");
    }

    private void send(int value) throws Exception {
        SocketAddress to = receiver.getLocalAddress();
        sender.send(ByteBuffer.allocate(4).putInt(value).flip(), to);
    }

    private int receive() {
        ByteBuffer datagram = ByteBuffer.allocate(4);
        try {
            return receiver.receive(datagram) == null ? -1 : datagram.flip().getInt();
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static void acquire(Semaphore semaphore) throws InterruptedException {
        assertTrue(semaphore.tryAcquire(30, TimeUnit.SECONDS), "nothing in thirty seconds");
    }

    /** Returns once the loop has run everything that was posted before. */
    private void settle() throws Exception {
        CompletableFuture<Void> done = new CompletableFuture<>();
        loop.execute(() -> done.complete(null));
        done.get(30, TimeUnit.SECONDS);
    }

    @Test
    void commandsOfOneThreadRunInOrderOnTheLoop() throws Exception {
        List<Integer> ran = new ArrayList<>();
        for (int i = 0; i < 10_000; i++) {
            int number = i;
            loop.execute(() -> ran.add(loop.isLoopThread() ? number : -1));
        }
        settle();
        for (int i = 0; i < 10_000; i++) {
            assertEquals(i, ran.get(i));
        }
        assertFalse(loop.isLoopThread());
    }

    @Test
    void noWakeUpIsLostWhileTheLoopGoesToSleep() throws Exception {
        // The loop sleeps for up to a second: one lost wake-up shows as one slow round trip.
        long worst = 0;
        for (int i = 0; i < 5_000; i++) {
            long begin = System.nanoTime();
            settle();
            worst = Math.max(worst, System.nanoTime() - begin);
        }
        assertTrue(worst < SECOND / 2, "a command waited " + worst / 1_000_000 + " ms");
    }

    /** As frames wait in a ring: whoever raises the signal has put one there before. */
    @Test
    void aSignalMissesNothingThatCameBeforeIt() throws Exception {
        SpscRing<Integer> ring = new SpscRing<>(8);
        Semaphore seen = new Semaphore(0);
        SelectorLoop.Signal signal = loop.signal(() -> {
            while (ring.poll() != null) {
                seen.release();
            }
        });
        for (int i = 0; i < 20_000; i++) {
            assertTrue(ring.offer(i));
            signal.raise();
            if (i % 4 == 3) {
                assertTrue(seen.tryAcquire(4, 30, TimeUnit.SECONDS), "four that are in the ring, and nobody takes them");
            }
        }
    }

    @Test
    void aSignalThatIsForgottenIsObeyedNoMore() throws Exception {
        Semaphore obeyed = new Semaphore(0);
        SelectorLoop.Signal signal = loop.signal(obeyed::release);
        signal.raise();
        acquire(obeyed);
        loop.forget(signal);
        signal.raise();
        settle();
        assertEquals(0, obeyed.availablePermits());
    }

    @Test
    void whatTheLoopItselfPostsIsNotLeftUntilItNextWakes() throws Exception {
        Semaphore ran = new Semaphore(0);
        Semaphore begun = new Semaphore(0);
        for (int i = 0; i < 5; i++) {
            settle();
            long begin = System.nanoTime();
            loop.onDeadline(new MediaLoop.DeadlineTask() {
                private long next = begin;

                @Override
                public long nextDeadlineNanos() {
                    return next;
                }

                @Override
                public void onDeadline(long now) {
                    next = Long.MAX_VALUE;
                    begun.release();
                    loop.execute(ran::release);
                }
            });
            acquire(begun);
            acquire(ran);
            assertTrue(System.nanoTime() - begin < SECOND / 2, "a command slept with the loop");
        }
    }

    @Test
    void everyDatagramIsHandledOnTheLoop() throws Exception {
        Semaphore received = new Semaphore(0);
        List<Integer> values = new ArrayList<>();
        loop.onReadable(receiver, now -> {
            for (int value; (value = receive()) >= 0; received.release()) {
                values.add(loop.isLoopThread() ? value : -1);
            }
        });
        for (int i = 0; i < 100; i++) {
            send(i);
            acquire(received);
        }
        assertEquals(java.util.stream.IntStream.range(0, 100).boxed().toList(), values);
    }

    @Test
    void aHandlerThatThrowsTakesNobodyWithIt() throws Exception {
        Semaphore received = new Semaphore(0);
        loop.onReadable(receiver, now -> {
            receive();
            received.release();
            throw new AssertionError("what JNA throws for a bad address is an Error too");
        });
        loop.execute(() -> {
            throw new IllegalStateException("command");
        });
        for (int i = 0; i < 3; i++) {
            send(i);
            acquire(received);
        }
        settle();
    }

    @Test
    void aDeadlineTaskThatThrowsTakesNobodyWithIt() throws Exception {
        Semaphore asked = new Semaphore(0);
        MediaLoop.Registration broken = loop.onDeadline(new MediaLoop.DeadlineTask() {
            @Override
            public long nextDeadlineNanos() {
                asked.release();
                throw new IllegalStateException("next deadline");
            }

            @Override
            public void onDeadline(long now) {}
        });
        acquire(asked);
        Semaphore rang = new Semaphore(0);
        loop.onDeadline(new Alarm(System.nanoTime(), rang, true));
        acquire(rang);
        acquire(rang);
        settle();
        broken.close();
    }

    @Test
    void aDeadlineIsKeptToAFewMilliseconds() throws Exception {
        Semaphore rang = new Semaphore(0);
        settle();
        Alarm alarm = new Alarm(System.nanoTime() + 50_000_000, rang, false);
        loop.onDeadline(alarm);
        acquire(rang);
        long late = alarm.rangNanos.get() - alarm.firstNanos;
        assertTrue(late >= 0 && late < SECOND / 4, "late by " + late + " ns");
    }

    @Test
    void aTaskWhoseDeadlineNeverMovesOnDoesNotSpin() throws Exception {
        AtomicInteger calls = new AtomicInteger();
        long past = System.nanoTime() - SECOND;
        Semaphore enough = new Semaphore(0);
        MediaLoop.Registration registration = loop.onDeadline(new MediaLoop.DeadlineTask() {
            @Override
            public long nextDeadlineNanos() {
                return past;
            }

            @Override
            public void onDeadline(long now) {
                calls.incrementAndGet();
                enough.release();
            }
        });
        long begin = System.nanoTime();
        assertTrue(enough.tryAcquire(100, 30, TimeUnit.SECONDS));
        long millis = (System.nanoTime() - begin) / 1_000_000;
        assertTrue(millis >= 90, "called 100 times in " + millis + " ms");
        registration.close();
        settle();
        settle();
        int before = calls.get();
        settle();
        assertEquals(before, calls.get(), "a closed registration is not asked any more");
    }

    @Test
    void aChannelClosedUnderTheLoopIsForgottenQuietly() throws Exception {
        loop.onReadable(receiver, now -> receive());
        settle();
        receiver.close();
        loop.onReadable(receiver, now -> { });
        settle();
        // Nothing is readable and nothing is due: the loop sleeps.
        long cpu = cpuNanos();
        CountDownLatch never = new CountDownLatch(1);
        assertFalse(never.await(300, TimeUnit.MILLISECONDS));
        assertTrue(cpuNanos() - cpu < 100_000_000, "the loop spins on a closed channel");
    }

    @Test
    void aChannelCanBeWatchedAgainInTheRoundThatLetGoOfIt() throws Exception {
        Semaphore first = new Semaphore(0);
        Semaphore second = new Semaphore(0);
        MediaLoop.Registration registration = loop.onReadable(receiver, now -> {
            receive();
            first.release();
        });
        send(1);
        acquire(first);
        loop.execute(() -> {
            registration.close();
            loop.onReadable(receiver, now -> {
                receive();
                second.release();
            });
        });
        settle();
        send(2);
        acquire(second);
        assertEquals(0, first.availablePermits());
    }

    private static long cpuNanos() {
        var threads = ManagementFactory.getThreadMXBean();
        for (long id : threads.getAllThreadIds()) {
            var info = threads.getThreadInfo(id);
            if (info != null && info.getThreadName().equals("revcam.media-loop")) {
                return threads.getThreadCpuTime(id);
            }
        }
        throw new AssertionError("no media loop");
    }

    /** Rings once at its time, or every millisecond from then on. */
    private static final class Alarm implements MediaLoop.DeadlineTask {
        final long firstNanos;
        final AtomicLong rangNanos = new AtomicLong();
        private final Semaphore rang;
        private final boolean again;
        private long next;

        Alarm(long at, Semaphore rang, boolean again) {
            firstNanos = at;
            next = at;
            this.rang = rang;
            this.again = again;
        }

        @Override
        public long nextDeadlineNanos() {
            return next;
        }

        @Override
        public void onDeadline(long now) {
            rangNanos.set(now);
            next = again ? now + 1_000_000 : Long.MAX_VALUE;
            rang.release();
        }
    }
}
