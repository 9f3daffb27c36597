package revcam.deploy;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Dictionary;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceRegistration;
import org.osgi.framework.startlevel.BundleStartLevel;
import org.osgi.service.cm.ManagedService;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Bundles that cost nothing unless they are wanted: the jars of the distribution's folder {@code ondemand/PID} are installed
 * while the configuration of that PID says {@code enabled = true}, and not at all otherwise. They start with the late
 * folders, when a viewer can connect already.
 */
@Component(service = {}, immediate = true)
public final class OnDemandFolders {

    private static final Logger LOG = LoggerFactory.getLogger(OnDemandFolders.class);
    private static final String FOLDER = "ondemand";

    private final BundleContext context;
    private final Map<String, List<Bundle>> installed = new LinkedHashMap<>(); // guarded by itself
    private final List<ServiceRegistration<ManagedService>> registrations = new ArrayList<>();

    @Activate
    public OnDemandFolders(BundleContext context) {
        this.context = context;
        String home = context.getProperty("revcam.home");
        Path parent = home == null ? null : Path.of(home, FOLDER);
        if (parent == null || !Files.isDirectory(parent)) {
            return;
        }
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(parent, Files::isDirectory)) {
            for (Path folder : folders) {
                registrations.add(context.registerService(ManagedService.class, properties -> updated(folder, properties),
                        FrameworkUtil.asDictionary(Map.of(Constants.SERVICE_PID, folder.getFileName().toString()))));
            }
        } catch (IOException e) {
            LOG.error("{} cannot be read: {}", parent, Words.of(e));
        }
    }

    private void updated(Path folder, Dictionary<String, ?> properties) {
        Object enabled = properties == null ? null : properties.get("enabled");
        boolean wanted = enabled != null && enabled.toString().strip().equalsIgnoreCase("true");
        String pid = folder.getFileName().toString();
        synchronized (installed) {
            if (wanted && !installed.containsKey(pid)) {
                installed.put(pid, install(folder));
            } else if (!wanted && installed.containsKey(pid)) {
                remove(installed.remove(pid));
            }
        }
    }

    private List<Bundle> install(Path folder) {
        List<Bundle> bundles = new ArrayList<>();
        String beginning = context.getProperty(Constants.FRAMEWORK_BEGINNING_STARTLEVEL);
        int level = 1 + (beginning == null ? 1 : Integer.parseInt(beginning));
        try (Stream<Path> jars = Files.list(folder).filter(jar -> jar.toString().endsWith(".jar")).sorted()) {
            for (Path jar : jars.toList()) {
                Bundle bundle = context.installBundle("reference:" + jar.toUri());
                bundle.adapt(BundleStartLevel.class).setStartLevel(level);
                bundles.add(bundle);
            }
            for (Bundle bundle : bundles) {
                bundle.start(Bundle.START_ACTIVATION_POLICY);
            }
        } catch (IOException | BundleException e) {
            LOG.error("{} is wanted and does not start: {}", folder.getFileName(), Words.of(e));
        }
        return bundles;
    }

    private static void remove(List<Bundle> bundles) {
        for (int i = bundles.size() - 1; i >= 0; i--) {
            try {
                bundles.get(i).uninstall();
            } catch (BundleException | IllegalStateException e) {
                LOG.warn("{} is not uninstalled: {}", bundles.get(i).getSymbolicName(), Words.of(e));
            }
        }
    }

    @Deactivate
    void stop() {
        registrations.forEach(ServiceRegistration::unregister);
    }
}
