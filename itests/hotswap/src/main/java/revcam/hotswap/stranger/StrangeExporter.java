package revcam.hotswap.stranger;

import java.util.List;
import org.osgi.framework.Bundle;
import org.osgi.framework.ServiceFactory;
import org.osgi.framework.ServiceRegistration;
import revcam.api.telemetry.Sample;
import revcam.api.telemetry.TelemetryExporter;

/** Throws samples away, as long as it behaves. Made when somebody gets it, ended when it is given back. */
final class StrangeExporter implements ServiceFactory<TelemetryExporter> {

    private final Fault fault;
    private final int after;

    /** @param after how many batches it takes well */
    StrangeExporter(Fault fault, int after) {
        this.fault = fault;
        this.after = after;
    }

    @Override
    public TelemetryExporter getService(Bundle bundle, ServiceRegistration<TelemetryExporter> registration) {
        switch (fault) {
            case OPEN_THROWS -> throw new IllegalStateException("thrown in open");
            case OPEN_HANGS -> Fault.hang();
            case LEAKS_THREADS -> Fault.leak();
            default -> { }
        }
        return fault == Fault.OPEN_GIVES_NULL ? null : new Exporter();
    }

    @Override
    public void ungetService(Bundle bundle, ServiceRegistration<TelemetryExporter> registration, TelemetryExporter exporter) {
        fault.atClose();
    }

    private final class Exporter implements TelemetryExporter {

        private int batches;

        @Override
        public void export(List<Sample> batch) {
            if (batches++ >= after) {
                fault.atWork();
            }
        }
    }
}
