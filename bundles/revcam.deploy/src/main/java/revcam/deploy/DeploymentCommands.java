package revcam.deploy;

import java.io.PrintStream;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.stream.Collectors;
import org.apache.felix.service.command.CommandProcessor;
import org.apache.felix.service.command.CommandSession;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** The Gogo commands {@code deployments} and {@code deploy}; there is no such component where there is no shell. */
@Component(service = DeploymentCommands.class, property = {
        "osgi.command.scope=revcam", "osgi.command.function=deployments", "osgi.command.function=deploy",
        "revcam.command.help=deployments|what was deployed, the current one with a star",
        "revcam.command.help=deploy FILE|deploys a set or a bundle that lies on the camera; the answer comes after its trial"})
public final class DeploymentCommands {

    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss");

    private final DeployComponent deployments;

    /** @param processor there is a shell */
    @Activate
    public DeploymentCommands(@Reference DeployComponent deployments, @Reference CommandProcessor processor) {
        this.deployments = deployments;
    }

    /** Lists the history, oldest first. */
    public void deployments(CommandSession session, String... words) throws DeploymentException {
        if (words.length > 0) {
            throw new DeploymentException("'" + words[0] + "' is one word too many; usage: deployments");
        }
        DesiredState state = deployments.deployer().state();
        PrintStream out = session.getConsole();
        out.println((state.current() == 0 ? "*" : " ") + "   0  what RevCam came with");
        for (Deployment each : state.history()) {
            String time = TIME.format(Instant.ofEpochMilli(each.wallMillis()).atZone(ZoneId.systemDefault()));
            out.printf("%s%4d  %s  %-11s  %s%n", each.number() == state.current() ? "*" : " ", each.number(), time,
                    each.outcome().text, each.brought().stream().map(BundleJar::toString).collect(Collectors.joining(", ")));
            out.println("       " + (each.signer().isEmpty() ? "unsigned" : "signed by " + each.signer()));
            if (!each.note().isEmpty()) {
                out.println("       " + each.note());
            }
        }
        if (state.current() != 0) {
            out.println("deployed bundles that should run: "
                    + state.effective().stream().map(BundleJar::toString).collect(Collectors.joining(", ")));
        }
    }

    /** Deploys one file, and waits for the verdict. */
    public void deploy(CommandSession session, String... words) throws DeploymentException, InterruptedException {
        if (words.length != 1) {
            throw new DeploymentException("usage: deploy FILE, which is an absolute path on the camera, or a name in "
                    + deployments.deployer().staging());
        }
        Deployer deployer = deployments.deployer();
        session.getConsole().println(deployments.ask(() -> deployer.deploy(words[0])));
    }
}
