package revcam.deploy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.namespace.ExecutionEnvironmentNamespace;
import org.osgi.framework.namespace.PackageNamespace;
import org.osgi.framework.wiring.BundleCapability;
import org.osgi.framework.wiring.BundleRequirement;
import org.osgi.framework.wiring.BundleRevision;

/** Why bundles do not resolve, in words that say what is missing and what there is instead. */
final class Missing {

    private Missing() {}

    /**
     * Compares what bundles require with what all that are installed provide.
     *
     * @return empty when each requirement by itself can be met, so that they contradict each other
     */
    static String explain(Collection<Bundle> bundles, BundleContext context) {
        List<BundleCapability> all = Arrays.stream(context.getBundles())
                .map(bundle -> bundle.adapt(BundleRevision.class)).filter(Objects::nonNull)
                .flatMap(revision -> revision.getDeclaredCapabilities(null).stream()).collect(Collectors.toCollection(ArrayList::new));
        List<String> reasons = new ArrayList<>();
        for (Bundle bundle : bundles) {
            BundleRevision revision = bundle.adapt(BundleRevision.class);
            if (revision == null) {
                continue;
            }
            Set<String> wants = new LinkedHashSet<>();
            for (BundleRequirement requirement : revision.getDeclaredRequirements(null)) {
                if (!isOptional(requirement) && all.stream().noneMatch(requirement::matches)) {
                    wants.add(describe(requirement, all));
                }
            }
            if (!wants.isEmpty()) {
                reasons.add(bundle.getSymbolicName() + " needs " + String.join("; and ", wants));
            }
        }
        return String.join(". ", reasons);
    }

    private static boolean isOptional(BundleRequirement requirement) {
        String resolution = requirement.getDirectives().get(Constants.RESOLUTION_DIRECTIVE);
        String effective = requirement.getDirectives().get(Constants.EFFECTIVE_DIRECTIVE);
        return Constants.RESOLUTION_OPTIONAL.equals(resolution) || "dynamic".equals(resolution)
                || effective != null && !effective.equals(Constants.EFFECTIVE_RESOLVE);
    }

    private static String describe(BundleRequirement requirement, List<BundleCapability> all) {
        String namespace = requirement.getNamespace();
        String filter = requirement.getDirectives().getOrDefault(Constants.FILTER_DIRECTIVE, "");
        if (namespace.equals(ExecutionEnvironmentNamespace.EXECUTION_ENVIRONMENT_NAMESPACE)) {
            return "another Java: " + filter + ", and this is " + System.getProperty("java.specification.version");
        }
        if (!namespace.equals(PackageNamespace.PACKAGE_NAMESPACE)) {
            return namespace + " " + filter;
        }
        String there = all.stream()
                .filter(capability -> capability.getNamespace().equals(namespace) && hasName(capability, filter))
                .map(capability -> capability.getAttributes().get(PackageNamespace.CAPABILITY_VERSION_ATTRIBUTE)
                        + " of " + capability.getRevision().getSymbolicName())
                .distinct().collect(Collectors.joining(", "));
        return "the package " + filter + (there.isEmpty() ? ", which no bundle exports" : "; there is " + there);
    }

    /** Whether a package has the name that a filter asks for, whatever its version. */
    private static boolean hasName(BundleCapability capability, String filter) {
        Object name = capability.getAttributes().get(PackageNamespace.PACKAGE_NAMESPACE);
        String byName = "(" + PackageNamespace.PACKAGE_NAMESPACE + "=" + name + ")";
        try {
            FrameworkUtil.createFilter(byName);
        } catch (InvalidSyntaxException e) {
            return false;
        }
        return filter.contains(byName);
    }
}
