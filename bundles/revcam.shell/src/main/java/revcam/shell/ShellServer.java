package revcam.shell;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.felix.service.command.CommandProcessor;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets the owner of the state directory, and nobody else, run commands: on a Unix-domain socket in a directory that only
 * the owner can enter. There is no TCP port.
 */
@Component(service = {})
public final class ShellServer {

    /** In the state directory. */
    static final String SOCKET = "shell/socket";

    private static final Logger LOG = LoggerFactory.getLogger(ShellServer.class);
    private static final int SESSIONS = 4;
    /** Without free file descriptors, trying on and on would only burn time. */
    private static final long RETRY_NANOS = TimeUnit.SECONDS.toNanos(5);
    /** A client that is suspended, or behind a dead connection; it gives way to a new one. */
    private static final long STUCK_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final CommandProcessor processor;
    private final Completion completion;
    private final List<ShellSession> sessions = new CopyOnWriteArrayList<>();
    private final Path socket;
    private final long stuckNanos;
    private final ServerSocketChannel server;
    private volatile boolean stopped;
    private int started; // acceptor

    @Activate
    public ShellServer(@Reference CommandProcessor processor, @Reference Commands commands, BundleContext context) {
        this(processor, new Completion(commands.engine()), Path.of(context.getProperty("revcam.state")).resolve(SOCKET),
                STUCK_NANOS);
    }

    /** @param stuckNanos how long a client may leave unread what there is for it, when its place is wanted */
    ShellServer(CommandProcessor processor, Completion completion, Path socket, long stuckNanos) {
        this.stuckNanos = stuckNanos;
        this.processor = processor;
        this.completion = completion;
        this.socket = socket;
        server = open(socket);
        if (server != null) {
            Thread acceptor = new Thread(this::accept, "revcam.shell");
            acceptor.setDaemon(true);
            acceptor.start();
        }
    }

    /** Null when there is to be no shell, which the log says; everything else works without. */
    private static ServerSocketChannel open(Path socket) {
        ServerSocketChannel server = null;
        try {
            Path directory = socket.getParent();
            Files.createDirectories(directory);
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
            UnixDomainSocketAddress address = UnixDomainSocketAddress.of(socket);
            if (answers(address)) {
                LOG.warn("no shell: another RevCam with this state directory has {}; give each a --state of its own", socket);
                return null;
            }
            // What a killed run left behind.
            Files.deleteIfExists(socket);
            server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            server.bind(address, SESSIONS);
            Files.setPosixFilePermissions(socket, PosixFilePermissions.fromString("rw-------"));
            return server;
        } catch (IOException | UnsupportedOperationException e) {
            LOG.warn("no shell: cannot listen on {}: {}; a --state with a shorter path, on a local disk, would do", socket,
                    e.getMessage());
            close(server);
            return null;
        }
    }

    private static boolean answers(UnixDomainSocketAddress address) {
        try (SocketChannel channel = SocketChannel.open(address)) {
            return channel.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    private void accept() {
        while (!stopped) {
            try {
                welcome(server.accept());
            } catch (IOException e) {
                if (!stopped) {
                    LOG.warn("a shell session could not be accepted: {}", e.toString());
                    LockSupport.parkNanos(RETRY_NANOS);
                }
            }
        }
    }

    private void welcome(SocketChannel client) {
        LineChannel channel = new LineChannel(client);
        try {
            sessions.stream().filter(session -> session.stuck(stuckNanos)).forEach(ShellSession::close);
            if (sessions.size() >= SESSIONS) {
                channel.write("e" + SESSIONS + " sessions are open already; end one of them first");
                channel.write(". 1");
                channel.close();
                return;
            }
            ShellSession[] self = new ShellSession[1];
            self[0] = new ShellSession(channel, processor, completion, "revcam.shell-" + ++started,
                    () -> sessions.remove(self[0]));
            sessions.add(self[0]);
            self[0].start();
            if (stopped) {
                self[0].close();
            }
        } catch (IOException | RuntimeException e) {
            LOG.warn("a shell session could not begin: {}", e.toString());
            close(client);
        }
    }

    @Deactivate
    void stop() throws IOException {
        stopped = true;
        if (server != null) {
            server.close();
            sessions.forEach(ShellSession::close);
            Files.deleteIfExists(socket);
        }
    }

    private static void close(AutoCloseable channel) {
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (Exception e) {
            LOG.debug("a socket does not close: {}", e.toString());
        }
    }
}
