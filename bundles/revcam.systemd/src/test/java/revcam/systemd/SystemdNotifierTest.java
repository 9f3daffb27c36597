package revcam.systemd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.channels.SelectableChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.osgi.framework.Bundle;
import org.osgi.service.condition.Condition;
import revcam.api.stream.JoinRequest;
import revcam.api.stream.StreamStatus;
import revcam.api.stream.StreamStatus.State;
import revcam.api.stream.VideoStream;
import revcam.api.stream.Viewer;
import revcam.api.transport.MediaLoop;
import revcam.api.transport.Offer;
import revcam.testkit.NotifyListener;

class SystemdNotifierTest {

    /** A media loop that answers at once, or not at all. */
    private static final class Loop implements MediaLoop {

        volatile boolean hangs;

        @Override
        public void execute(Runnable command) {
            if (!hangs) {
                command.run();
            }
        }

        @Override
        public boolean isLoopThread() {
            return false;
        }

        @Override
        public Registration onReadable(SelectableChannel channel, TimedHandler handler) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Registration onDeadline(DeadlineTask task) {
            throw new UnsupportedOperationException();
        }
    }

    private static final class Stream implements VideoStream {

        volatile State state = State.STARTING;
        volatile long stalledNanos;

        @Override
        public String name() {
            return "main";
        }

        @Override
        public StreamStatus status() {
            return new StreamStatus("main", state, state == State.PAUSED ? "no camera:\n plug one in" : "", 640, 360, 30, 1,
                    "", state == State.LIVE ? 2 : 0, List.of());
        }

        @Override
        public long stalledNanos() {
            return stalledNanos;
        }

        @Override
        public Viewer join(JoinRequest request) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Offer<Viewer> offer(String origin) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void requestKeyframe() {
            throw new UnsupportedOperationException();
        }
    }

    private static final long SECOND = 1_000_000_000;

    @TempDir
    private Path directory;

    private final Loop loop = new Loop();
    private final Stream stream = new Stream();
    private int frameworkState = Bundle.ACTIVE;
    private NotifyListener manager;
    private SystemdNotifier notifier;

    @AfterEach
    void stop() throws InterruptedException {
        if (notifier != null) {
            notifier.stop();
        }
        if (manager != null) {
            manager.close();
        }
    }

    /** @param watchdogMillis 0 for a unit without WatchdogSec */
    private void start(NotifyListener listening, long watchdogMillis) {
        manager = listening;
        Map<String, String> environment = new HashMap<>(Map.of(SystemdNotifier.SOCKET, manager.name()));
        if (watchdogMillis > 0) {
            environment.put(SystemdNotifier.WATCHDOG_MICROS, Long.toString(1_000 * watchdogMillis));
            environment.put(SystemdNotifier.WATCHDOG_PID, Long.toString(ProcessHandle.current().pid()));
        }
        start(environment);
    }

    private void start(Map<String, String> environment) {
        Bundle framework = (Bundle) Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] {Bundle.class},
                (proxy, method, arguments) -> frameworkState);
        notifier = new SystemdNotifier(framework, environment);
        notifier.setLoop(loop);
        notifier.addStream(stream);
        notifier.start();
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + 30 * SECOND;
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() - end < 0, "not within 30 s");
            Thread.sleep(10);
        }
    }

    private void ready() {
        stream.state = State.IDLE;
        notifier.setReady(Condition.INSTANCE);
    }

    @Test
    void readyIsWhenAViewerCanConnectAndTheWatchdogIsFedFromThenOn() throws Exception {
        start(NotifyListener.at(directory), 400);
        await(() -> manager.last("STATUS").equals("main: starting"));
        Thread.sleep(300);
        assertFalse(manager.heard("READY=1"));
        assertFalse(manager.heard("WATCHDOG=1"), "before READY nobody waits for it");
        ready();
        await(() -> manager.count("WATCHDOG=1") > 5);
        assertEquals(1, manager.count("READY=1"));
        assertEquals("main: ready, nobody watches", manager.last("STATUS"));
        stream.state = State.LIVE;
        await(() -> manager.last("STATUS").equals("main: 2 viewers, 640x360, 30.0 frames/s"));
    }

    @Test
    void anAbstractSocketWillDo() throws Exception {
        start(NotifyListener.abstractly(), 400);
        ready();
        await(() -> manager.count("WATCHDOG=1") > 1);
    }

    @Test
    void picturesThatDoNotComeStarveTheWatchdogUntilTheyDo() throws Exception {
        start(NotifyListener.at(directory), 400);
        ready();
        await(() -> manager.count("WATCHDOG=1") > 1);
        stream.stalledNanos = 7 * SECOND;
        await(() -> manager.last("STATUS").equals("stream main: no picture has reached its viewers for 7 s"));
        long before = manager.count("WATCHDOG=1");
        Thread.sleep(600);
        assertEquals(before, manager.count("WATCHDOG=1"));
        stream.stalledNanos = 0;
        await(() -> manager.count("WATCHDOG=1") > before);
    }

    @Test
    void aLoopThatHangsStarvesTheWatchdog() throws Exception {
        start(NotifyListener.at(directory), 400);
        ready();
        await(() -> manager.count("WATCHDOG=1") > 1);
        loop.hangs = true;
        await(() -> manager.last("STATUS").startsWith("the media loop has not answered"));
        long before = manager.count("WATCHDOG=1");
        Thread.sleep(600);
        assertEquals(before, manager.count("WATCHDOG=1"));
    }

    @Test
    void aMissingStageIsToldAndStarvesNothing() throws Exception {
        start(NotifyListener.at(directory), 400);
        ready();
        stream.state = State.PAUSED;
        await(() -> manager.last("STATUS").equals("main: paused, no camera: plug one in"));
        long before = manager.count("WATCHDOG=1");
        await(() -> manager.count("WATCHDOG=1") > before + 3);
    }

    @Test
    void withoutAWatchdogThereAreNoSignsOfLife() throws Exception {
        start(NotifyListener.at(directory), 0);
        ready();
        await(() -> manager.heard("READY=1"));
        Thread.sleep(300);
        assertFalse(manager.heard("WATCHDOG=1"));
    }

    @Test
    void theEndIsToldButNotThatOfThisBundleAlone() throws Exception {
        start(NotifyListener.at(directory), 400);
        ready();
        await(() -> manager.heard("READY=1"));
        notifier.stop();
        assertFalse(manager.heard("STOPPING=1"));
        frameworkState = Bundle.STOPPING;
        notifier.stop();
        assertTrue(manager.heard("STOPPING=1"));
    }

    @Test
    void aManagerThatIsNotThereYetIsToldLater() throws Exception {
        NotifyListener gone = NotifyListener.at(directory);
        start(gone, 400);
        ready();
        await(() -> gone.heard("READY=1"));
        notifier.stop();
        gone.close();
        Files.delete(directory.resolve("notify"));

        start(Map.of(SystemdNotifier.SOCKET, gone.name()));
        ready();
        Thread.sleep(300);
        manager = NotifyListener.at(directory);
        await(() -> manager.heard("READY=1"));
    }

    @Test
    void withoutAManagerNothingRuns() throws Exception {
        start(Map.of());
        assertTrue(Thread.getAllStackTraces().keySet().stream().noneMatch(thread -> thread.getName().equals("revcam.systemd")));
    }

    @Test
    void aSocketThatCannotBeIsRefusedWithItsName() {
        assertTrue(assertThrows(IOException.class, () -> new NotifySocket("vsock:2:1234")).getMessage().contains("vsock:2:1234"));
        assertTrue(assertThrows(IOException.class, () -> new NotifySocket("/" + "x".repeat(107))).getMessage().contains("108 bytes"));
    }
}
