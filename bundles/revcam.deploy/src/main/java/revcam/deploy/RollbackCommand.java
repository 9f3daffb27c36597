package revcam.deploy;

import java.util.List;
import org.apache.felix.service.command.CommandProcessor;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Function;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** The Gogo command {@code rollback-deployment}, whose name no method can have. */
@Component(service = RollbackCommand.class, property = {
        "osgi.command.scope=revcam", "osgi.command.function=rollback-deployment",
        "revcam.command.help=rollback-deployment [ID]|ends a deployment's trial, or goes back to deployment ID: without one, to"
                + " the one before; 0 is what RevCam came with"})
public final class RollbackCommand implements Function {

    private final DeployComponent deployments;

    /** @param processor there is a shell */
    @Activate
    public RollbackCommand(@Reference DeployComponent deployments, @Reference CommandProcessor processor) {
        this.deployments = deployments;
    }

    @Override
    public Object execute(CommandSession session, List<Object> arguments) throws Exception {
        String word = arguments.isEmpty() ? "-1" : String.valueOf(arguments.get(0));
        if (arguments.size() > 1 || !word.equals("-1") && !word.matches("\\d{1,9}")) {
            throw new DeploymentException("usage: rollback-deployment [ID]; deployments lists the numbers");
        }
        Deployer deployer = deployments.deployer();
        if (deployer.recall("rolled back by hand")) {
            session.getConsole().println("the deployment on trial is being taken back");
            return null;
        }
        session.getConsole().println(deployments.ask(() -> deployer.rollBack(Integer.parseInt(word))));
        return null;
    }
}
