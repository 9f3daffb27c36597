package revcam.hotswap.stranger;

import java.util.List;
import revcam.api.telemetry.Sample;
import revcam.api.telemetry.TelemetryExporter;

/** Throws samples away, as long as it behaves. */
final class StrangeExporter implements TelemetryExporter {

    private final Fault fault;
    private final int after;
    private int batches;

    /** @param after how many batches it takes well */
    StrangeExporter(Fault fault, int after) {
        this.fault = fault;
        this.after = after;
    }

    @Override
    public void export(List<Sample> batch) {
        if (batches++ >= after) {
            fault.atWork();
        }
    }
}
