package revcam.telemetry.influx;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import revcam.api.telemetry.TelemetryExporter;
import revcam.testkit.TelemetryExporterConformance;

class InfluxConformanceTest extends TelemetryExporterConformance {

    private FakeDatabase database;
    private InfluxExporter exporter;

    @BeforeEach
    void open() throws Exception {
        database = new FakeDatabase();
    }

    @AfterEach
    void close() {
        if (exporter != null) {
            exporter.stop();
        }
        database.close();
    }

    @Override
    protected TelemetryExporter exporter() {
        exporter = new InfluxExporter(
                Map.of("url", database.url(), "bucket", "revcam", "interval", "100", "queueBytes", "32768"), 10);
        return exporter;
    }

    @Override
    protected List<Exported> exported() throws Exception {
        for (int i = 0; i < 500 && !exporter.isIdle(); i++) {
            Thread.sleep(10);
        }
        return Lines.read(database.taken.toString());
    }

    @Override
    protected void setBroken(boolean broken) {
        database.status = broken ? 503 : 204;
    }

    /** Its queue takes some 500 lines of this length. */
    @Override
    protected int batchesKept() {
        return 1_000;
    }
}
