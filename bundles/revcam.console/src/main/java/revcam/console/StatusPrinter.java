package revcam.console;

import java.io.PrintWriter;
import java.time.Instant;
import java.util.List;
import org.apache.felix.inventory.Format;
import org.apache.felix.inventory.InventoryPrinter;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import revcam.api.pipeline.Pipeline;
import revcam.api.pipeline.Replacement;
import revcam.api.pipeline.Stage;

/** The pipelines as plain text, among the console's status pages and in the archive that it makes of them. */
@Component(property = {
    InventoryPrinter.NAME + "=revcam",
    InventoryPrinter.TITLE + "=RevCam",
    InventoryPrinter.FORMAT + "=TEXT"})
public final class StatusPrinter implements InventoryPrinter {

    @Reference(policyOption = ReferencePolicyOption.GREEDY)
    private volatile List<Pipeline> pipelines;

    @Override
    public void print(PrintWriter out, Format format, boolean isZip) {
        for (Pipeline pipeline : pipelines) {
            out.println("Pipeline " + pipeline.name());
            pipeline.stages().forEach(stage -> print(out, stage));
            out.println("  replacements, newest first:");
            pipeline.replacements().forEach(replacement -> print(out, replacement));
            out.println();
        }
    }

    private static void print(PrintWriter out, Stage stage) {
        out.printf("  %-12s %s%s%n", stage.role(), stage.serving().isEmpty() ? "nobody" : String.join(", ", stage.serving()),
                Double.isNaN(stage.nanosPerFrame()) ? "" : String.format(", %.2f ms a frame", stage.nanosPerFrame() / 1e6));
        if (!stage.problem().isEmpty()) {
            out.println("    problem: " + stage.problem());
        }
        if (stage.trial() != null) {
            out.printf("    trial of %s for %d s more, then %s%n", stage.trial().provider(),
                    stage.trial().remainingNanos() / 1_000_000_000, stage.trial().from());
        }
        out.println("    preference: " + stage.preference() + (stage.filter().isEmpty() ? "" : ", filter " + stage.filter()));
        for (Stage.Provider provider : stage.providers()) {
            out.printf("    %-16s %-12s %s; %s%n", provider.label(), provider.standing(), provider.bundle(), provider.why());
        }
    }

    private static void print(PrintWriter out, Replacement replacement) {
        out.printf("    %s %s: %s -> %s, %s%s, took %.0f ms, gap %s%s%n", Instant.ofEpochMilli(replacement.wallMillis()),
                replacement.role(), named(replacement.from()), named(replacement.to()), replacement.cause(),
                replacement.succeeded() ? "" : ", FAILED", replacement.tookNanos() / 1e6,
                replacement.gapNanos() < 0 ? "unknown" : String.format("%.1f ms", replacement.gapNanos() / 1e6),
                replacement.detail().isEmpty() ? "" : "; " + replacement.detail());
    }

    private static String named(String provider) {
        return provider.isEmpty() ? "nobody" : provider;
    }
}
