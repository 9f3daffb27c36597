package revcam.bench;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** JMH with the product's compiler and collector, and a table of what came out. */
final class MicroBenchmarks {

    /** Those of ./revcam run that decide speed. */
    private static final String[] JVM = {"-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx64m"};

    private MicroBenchmarks() {}

    /**
     * One line of the table.
     *
     * @param error half of the 99.9 % confidence interval; NaN from fewer than three measurements
     * @param allocatedBytes per operation
     */
    record Line(String name, double nanos, double error, double allocatedBytes) {}

    static List<Line> run(boolean full) throws RunnerException {
        System.out.println("\nJMH, " + String.join(" ", JVM) + (full ? ", 3 forks" : ", 1 fork, short: see --full"));
        System.out.printf("%-62s %10s %10s %12s%n", "one operation", "ns", "+/-", "bytes made");
        Options options = new OptionsBuilder()
                .include("revcam\\..*Benchmark")
                .jvmArgs(JVM)
                .addProfiler(GCProfiler.class)
                .forks(full ? 3 : 1)
                .warmupIterations(full ? 5 : 3)
                .warmupTime(TimeValue.milliseconds(full ? 1000 : 400))
                .measurementIterations(full ? 10 : 5)
                .measurementTime(TimeValue.milliseconds(full ? 1000 : 400))
                .verbosity(VerboseMode.SILENT)
                .shouldFailOnError(true)
                .build();
        Collection<RunResult> results = new Runner(options).run();
        List<Line> lines = new ArrayList<>();
        for (RunResult result : results) {
            Line line = line(result);
            lines.add(line);
            System.out.printf("%-62s %10.1f %10.1f %12.1f%n", line.name, line.nanos, line.error, line.allocatedBytes);
        }
        return lines;
    }

    private static Line line(RunResult result) {
        String name = result.getParams().getBenchmark().replaceFirst("^.*\\.(\\w+)Benchmark\\.", "$1.");
        for (String parameter : result.getParams().getParamsKeys()) {
            name += " " + parameter + "=" + result.getParams().getParam(parameter);
        }
        double allocated = Double.NaN;
        for (Map.Entry<String, ? extends Result<?>> secondary : secondary(result)) {
            if (secondary.getKey().endsWith("gc.alloc.rate.norm")) {
                allocated = secondary.getValue().getScore();
            }
        }
        Result<?> primary = result.getPrimaryResult();
        return new Line(name, primary.getScore(), primary.getScoreError(), allocated);
    }

    private static List<Map.Entry<String, ? extends Result<?>>> secondary(RunResult result) {
        List<Map.Entry<String, ? extends Result<?>>> entries = new ArrayList<>();
        result.getSecondaryResults().forEach((name, value) -> entries.add(Map.entry(name, (Result<?>) value)));
        return entries;
    }
}
