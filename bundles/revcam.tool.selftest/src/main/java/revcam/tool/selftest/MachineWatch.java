package revcam.tool.selftest;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.osgi.service.component.annotations.Component;
import revcam.api.telemetry.Metric;
import revcam.api.telemetry.Sample;
import revcam.api.telemetry.Telemetry;
import revcam.tool.selftest.Step.Verdict;

/** Where health's samples go while no stream is there to take them. */
@Component(service = {Telemetry.class, MachineWatch.class})
public final class MachineWatch implements Telemetry {

    private static final String HEALTH = "health";
    private static final List<String> BITS = List.of("under_voltage", "frequency_capped", "throttled", "soft_temperature_limit");
    private static final double MIB = 1024 * 1024;
    /** Of memory that programs can still get; below, the kernel begins to drop what it needs itself. */
    private static final double LEAST_AVAILABLE_MIB = 32;
    private static final long FIRST_MILLIS = 5_000;

    private final List<Sample> samples = new ArrayList<>();

    @Override
    public synchronized void publish(Sample sample) {
        if (sample.measurement().name().equals(HEALTH)) {
            samples.add(sample);
            notifyAll();
        }
    }

    /** Waits for the first sample, if there is none yet: health looks at the machine on a thread of its own. */
    synchronized void await() throws InterruptedException {
        long end = System.nanoTime() + FIRST_MILLIS * 1_000_000;
        while (samples.isEmpty() && System.nanoTime() - end < 0) {
            wait(50);
        }
    }

    /** Temperature and what the firmware says of supply and clock, over the whole time. */
    synchronized Verdict temperature() {
        double first = first("temperature");
        double hottest = most("temperature");
        List<String> now = BITS.stream().filter(bit -> most(bit) == 1).toList();
        List<String> occurred = BITS.stream().filter(bit -> most(bit + "_occurred") == 1).toList();
        boolean told = !Double.isNaN(most("throttled"));
        if (Double.isNaN(hottest) && !told && Double.isNaN(most("under_voltage"))) {
            return Verdict.skipped("this machine tells neither temperature nor throttling");
        }
        String seen = (Double.isNaN(hottest) ? "no temperature is told"
                : String.format(Locale.ROOT, "%.1f degrees Celsius at first, %.1f at most", first, hottest))
                + (told ? "; throttling during the test: " + words(now) + ", since the machine started: " + words(occurred)
                        : "; no throttling bits are told");
        Verdict verdict = now.isEmpty() ? Verdict.pass(seen)
                : Verdict.fail("the machine holds itself back; look at supply and cooling: " + seen);
        BITS.forEach(bit -> {
            figure(verdict, bit, most(bit));
            figure(verdict, bit + "_occurred", most(bit + "_occurred"));
        });
        figure(verdict, "temperature_first_c", first);
        figure(verdict, "temperature_most_c", hottest);
        return verdict;
    }

    synchronized Verdict memory() {
        double available = least("available") / MIB;
        double cma = first("cma") / MIB;
        if (Double.isNaN(available)) {
            return Verdict.skipped("this machine tells nothing of its memory");
        }
        String seen = String.format(Locale.ROOT, "%.0f MiB, of which %.0f were left at least; this process %.0f at most; ",
                first("memory") / MIB, available, most("resident") / MIB)
                + (cma > 0 ? String.format(Locale.ROOT, "CMA %.0f MiB, free: %.1f at first, %.1f at least, %.1f at the end", cma,
                        first("cma_free") / MIB, least("cma_free") / MIB, last("cma_free") / MIB) : "no CMA");
        Verdict verdict = available >= LEAST_AVAILABLE_MIB ? Verdict.pass(seen)
                : Verdict.fail("too little memory is left: " + seen);
        figure(verdict, "memory_mib", first("memory") / MIB);
        figure(verdict, "available_least_mib", available);
        figure(verdict, "resident_most_mib", most("resident") / MIB);
        figure(verdict, "cma_mib", cma);
        figure(verdict, "cma_free_first_mib", first("cma_free") / MIB);
        figure(verdict, "cma_free_least_mib", least("cma_free") / MIB);
        figure(verdict, "cma_free_last_mib", last("cma_free") / MIB);
        return verdict;
    }

    private static void figure(Verdict verdict, String name, double value) {
        if (!Double.isNaN(value)) {
            verdict.figure(name, value);
        }
    }

    private static String words(List<String> bits) {
        return bits.isEmpty() ? "none" : String.join(", ", bits).replace('_', ' ');
    }

    private double first(String metric) {
        return samples.isEmpty() ? Double.NaN : value(samples.get(0), metric);
    }

    private double last(String metric) {
        return samples.isEmpty() ? Double.NaN : value(samples.get(samples.size() - 1), metric);
    }

    private double most(String metric) {
        return samples.stream().mapToDouble(sample -> value(sample, metric)).filter(value -> !Double.isNaN(value)).max()
                .orElse(Double.NaN);
    }

    private double least(String metric) {
        return samples.stream().mapToDouble(sample -> value(sample, metric)).filter(value -> !Double.isNaN(value)).min()
                .orElse(Double.NaN);
    }

    private static double value(Sample sample, String metric) {
        List<Metric> metrics = sample.measurement().metrics();
        for (int i = 0; i < metrics.size(); i++) {
            if (metrics.get(i).name().equals(metric)) {
                return sample.values()[i];
            }
        }
        return Double.NaN;
    }
}
