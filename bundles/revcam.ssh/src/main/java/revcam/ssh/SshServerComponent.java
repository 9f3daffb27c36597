package revcam.ssh;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.sshd.common.file.virtualfs.VirtualFileSystemFactory;
import org.apache.sshd.common.global.KeepAliveHandler;
import org.apache.sshd.common.keyprovider.KeyPairProvider;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.common.session.SessionListener;
import org.apache.sshd.core.CoreModuleProperties;
import org.apache.sshd.scp.server.ScpCommandFactory;
import org.apache.sshd.server.ServerBuilder;
import org.apache.sshd.server.SshServer;
import org.apache.sshd.server.auth.pubkey.UserAuthPublicKeyFactory;
import org.apache.sshd.server.channel.ChannelSessionFactory;
import org.apache.sshd.server.forward.RejectAllForwardingFilter;
import org.apache.sshd.server.global.NoMoreSessionsHandler;
import org.apache.sshd.sftp.server.SftpSubsystemFactory;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import revcam.api.config.BadSetting;
import revcam.api.config.Settings;
import revcam.api.shell.CommandInterpreter;

/**
 * The server. It is there while the configuration says {@code enabled = true}; a change of the configuration starts it anew,
 * which ends its sessions.
 */
@Component(service = SshServerComponent.class, immediate = true, configurationPid = SshServerComponent.PID,
        configurationPolicy = ConfigurationPolicy.REQUIRE)
@Designate(ocd = SshServerComponent.Config.class)
public final class SshServerComponent {

    static final String PID = "revcam.ssh";

    private static final Logger LOG = LoggerFactory.getLogger(SshServerComponent.class);
    /** Of the deployment bundle, in the state directory. */
    private static final String STAGING = "deployment/staging";
    private static final int MEGA = 1_000_000;
    /** Beyond those that are logged in: who wants to, but has not yet. */
    private static final int WAITING = 4;
    private static final int CHANNELS = 8;
    private static final int AUTH_REQUESTS = 6;
    private static final Duration AUTH_TIME = Duration.ofSeconds(20);

    private final SshServer server;
    private volatile CommandInterpreter interpreter;

    @ObjectClassDefinition(name = "RevCam SSH server", description = "For deployment and commands, on machines without sshd.")
    @interface Config {

        @AttributeDefinition(description = "Whether it runs")
        boolean enabled() default false;

        @AttributeDefinition(description = "Address or host name to listen on")
        String listen() default "127.0.0.1";

        @AttributeDefinition(description = "TCP port, 1 to 65535; 0 lets the system choose", min = "0", max = "65535")
        int port() default 8022;

        @AttributeDefinition(description = "What may be run: none, revcam (RevCam's own commands), or everything, which is any"
                + " code at all")
        String commands() default "none";

        @AttributeDefinition(description = "Sessions at once, 1 to 32", min = "1", max = "32")
        int sessions() default 4;

        @AttributeDefinition(description = "Seconds without any traffic after which a session ends, 10 to 86400", min = "10",
                max = "86400")
        int idle() default 600;

        @AttributeDefinition(description = "Largest file, in megabytes, 1 to 1000", min = "1", max = "1000")
        int size_max() default 64;
    }

    private record Options(boolean enabled, String listen, int port, String commands, int sessions, Duration idle, long largest) {

        static Options read(Settings settings) throws BadSetting {
            return new Options(settings.truth("enabled"), settings.text("listen"), settings.wholeNumber("port", 0, 65535),
                    settings.choice("commands", "none", "revcam", "everything"), settings.wholeNumber("sessions", 1, 32),
                    Duration.ofSeconds(settings.wholeNumber("idle", 10, 86_400)),
                    (long) MEGA * settings.wholeNumber("size.max", 1, 1_000));
        }
    }

    @Activate
    public SshServerComponent(BundleContext context, Map<String, Object> properties) {
        Options options = Settings.read(PID, Config.class, properties, null, Options::read, LOG::error);
        server = options.enabled ? open(Path.of(context.getProperty("revcam.state")), options) : null;
    }

    @Reference(policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY,
            cardinality = ReferenceCardinality.OPTIONAL)
    void bindInterpreter(CommandInterpreter newcomer) {
        interpreter = newcomer;
    }

    void unbindInterpreter(CommandInterpreter gone) {
        if (interpreter == gone) {
            interpreter = null;
        }
    }

    /** Null when it cannot be opened, which the log says; everything else works without. */
    private SshServer open(Path state, Options options) {
        SshServer opened = null;
        try {
            Path directory = Files.createDirectories(state.resolve("ssh"));
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
            opened = configured(state, directory, options);
            opened.start();
            LOG.info("ssh: listening on {} port {}; keys are in {}", options.listen, opened.getPort(),
                    directory.resolve("authorized_keys"));
            Files.writeString(directory.resolve("port"), opened.getPort() + "\n");
            return opened;
        } catch (IOException | GeneralSecurityException | RuntimeException e) {
            LOG.error("there is no SSH server: {} port {}: {}", options.listen, options.port, e.toString());
            close(opened);
            return null;
        }
    }

    private SshServer configured(Path state, Path directory, Options options) throws IOException, GeneralSecurityException {
        // Bouncy Castle as an object of ours: in the list of all of Java's providers it would outlive this bundle.
        System.setProperty("org.apache.sshd.security.provider.BC.useNamed", "false");
        SshServer made = ServerBuilder.builder()
                .channelFactories(List.of(ChannelSessionFactory.INSTANCE))
                .globalRequestHandlers(List.of(KeepAliveHandler.INSTANCE, NoMoreSessionsHandler.INSTANCE))
                .forwardingFilter(RejectAllForwardingFilter.INSTANCE)
                .build();
        made.setHost(options.listen);
        made.setPort(options.port);
        made.setNioWorkers(1);
        made.setKeyPairProvider(KeyPairProvider.wrap(HostKey.loadOrMake(directory.resolve("host_key"))));
        made.setUserAuthFactories(List.of(UserAuthPublicKeyFactory.INSTANCE));
        made.setPasswordAuthenticator(null);
        made.setKeyboardInteractiveAuthenticator(null);
        made.setHostBasedAuthenticator(null);
        made.setGSSAuthenticator(null);
        made.setPublickeyAuthenticator(new AuthorizedKeys(directory.resolve("authorized_keys")));

        Path staging = Files.createDirectories(state.resolve(STAGING)).toRealPath();
        StagingFiles rules = new StagingFiles(staging, options.largest);
        made.setFileSystemFactory(new VirtualFileSystemFactory(staging));
        SftpSubsystemFactory sftp = new SftpSubsystemFactory.Builder().build();
        sftp.addSftpEventListener(rules);
        made.setSubsystemFactories(List.of(sftp));
        ScpCommandFactory scp = new ScpCommandFactory.Builder().addEventListener(rules)
                .withDelegate((channel, line) -> command(line, options)).build();
        made.setCommandFactory(scp);
        made.setShellFactory(channel -> command(null, options));

        CoreModuleProperties.SERVER_IDENTIFICATION.set(made, "RevCam");
        CoreModuleProperties.IDLE_TIMEOUT.set(made, options.idle);
        CoreModuleProperties.AUTH_TIMEOUT.set(made, AUTH_TIME);
        CoreModuleProperties.MAX_AUTH_REQUESTS.set(made, AUTH_REQUESTS);
        CoreModuleProperties.MAX_CONCURRENT_CHANNELS.set(made, CHANNELS);
        made.addSessionListener(new Crowd(made, options.sessions));
        return made;
    }

    private CommandChannel command(String line, Options options) throws IOException {
        if (options.commands.equals("none")) {
            throw new IOException("commands are switched off; see commands in configs/revcam.ssh.cfg");
        }
        return new CommandChannel(line, () -> interpreter, options.commands.equals("everything")
                ? CommandInterpreter.Reach.EVERYTHING : CommandInterpreter.Reach.REVCAM);
    }

    /** Bounds on how many are connected, and how many of these are logged in. */
    private record Crowd(SshServer server, int most) implements SessionListener {

        @Override
        public void sessionCreated(Session session) {
            if (server.getActiveSessions().size() > most + WAITING) {
                LOG.warn("ssh: {} is sent away: {} connections are open", session.getRemoteAddress(), most + WAITING);
                session.close(true);
            }
        }

        @Override
        public void sessionEvent(Session session, Event event) {
            if (event == Event.Authenticated
                    && server.getActiveSessions().stream().filter(Session::isAuthenticated).count() > most) {
                LOG.warn("ssh: {} is sent away: {} sessions are open", session.getRemoteAddress(), most);
                session.close(true);
            }
        }
    }

    @Deactivate
    void stop() {
        close(server);
    }

    private static void close(SshServer server) {
        if (server != null) {
            try {
                server.stop(true);
                server.close(true).await(Duration.ofSeconds(2));
            } catch (IOException e) {
                LOG.debug("ssh: {}", e.toString());
            }
        }
    }
}
