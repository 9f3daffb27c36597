package revcam.linklab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import revcam.api.congestion.CongestionControllerFactory;

/** Runs congestion controllers over simulated links and reports; started by {@code ./revcam lab}. */
public final class Lab {

    /** Everything that comes of one run but its packets. */
    record Outcome(Figures figures, Plotted plotted, List<Thresholds.Verdict> verdicts) {
        boolean passed() {
            return verdicts.stream().allMatch(Thresholds.Verdict::holds);
        }
    }

    private static final class Misuse extends Exception {
        Misuse(String message) {
            super(message);
        }
    }

    private final List<String> controllerNames = new ArrayList<>();
    private final List<String> caseNames = new ArrayList<>();
    private final List<Path> plugins = new ArrayList<>();
    private long seed = 1;
    private Path out = Path.of("target", "lab");
    private Path docs;
    private boolean print;
    private boolean list;

    private Lab() {}

    /** @param arguments as in {@code ./revcam help lab} */
    public static void main(String[] arguments) throws InterruptedException {
        try {
            Lab lab = new Lab();
            lab.parse(arguments);
            System.exit(lab.run() ? 0 : 1);
        } catch (Misuse | Controllers.BadPlugin e) {
            System.err.println("revcam: " + e.getMessage());
            System.err.println("revcam: see ./revcam help lab");
            System.exit(2);
        } catch (IOException e) {
            System.err.println("revcam: cannot write the report: " + e.getMessage());
            System.exit(2);
        }
    }

    private void parse(String[] arguments) throws Misuse {
        for (int i = 0; i < arguments.length; i++) {
            String option = arguments[i];
            String inline = null;
            int equals = option.indexOf('=');
            if (option.startsWith("--") && equals > 0) {
                inline = option.substring(equals + 1);
                option = option.substring(0, equals);
            }
            if (option.equals("--print")) {
                print = true;
                continue;
            }
            if (option.equals("--list")) {
                list = true;
                continue;
            }
            if (!List.of("--controller", "--case", "--seed", "--out", "--plugin", "--docs").contains(option)) {
                throw new Misuse("lab has no option " + option);
            }
            if (inline == null && i + 1 == arguments.length) {
                throw new Misuse(option + " takes a value");
            }
            String value = inline != null ? inline : arguments[++i];
            switch (option) {
                case "--controller" -> controllerNames.addAll(List.of(value.split(",")));
                case "--case" -> caseNames.addAll(List.of(value.split(",")));
                case "--out" -> out = Path.of(value);
                case "--plugin" -> plugins.add(Path.of(value));
                case "--docs" -> docs = Path.of(value);
                default -> {
                    try {
                        seed = Long.parseLong(value);
                    } catch (NumberFormatException e) {
                        throw new Misuse("--seed takes a whole number, not '" + value + "'");
                    }
                }
            }
        }
    }

    private Map<String, Supplier<CongestionControllerFactory>> controllers() throws Misuse, Controllers.BadPlugin {
        Map<String, Supplier<CongestionControllerFactory>> all = Controllers.ours();
        for (Path jar : plugins) {
            all.putAll(Controllers.ofBundle(jar));
        }
        if (controllerNames.isEmpty()) {
            return all;
        }
        Map<String, Supplier<CongestionControllerFactory>> chosen = new LinkedHashMap<>();
        for (String name : controllerNames) {
            if (!all.containsKey(name)) {
                throw new Misuse("there is no controller '" + name + "', only " + String.join(", ", all.keySet()));
            }
            chosen.put(name, all.get(name));
        }
        return chosen;
    }

    private List<Scenario> scenarios() throws Misuse {
        List<Scenario> all = Cases.all(seed);
        for (String name : caseNames) {
            if (all.stream().noneMatch(scenario -> Cases.named(scenario.id, name))) {
                throw new Misuse("there is no case '" + name + "'; --list names them");
            }
        }
        return caseNames.isEmpty() ? all : all.stream()
                .filter(scenario -> caseNames.stream().anyMatch(name -> Cases.named(scenario.id, name))).toList();
    }

    /** @return whether every threshold was kept */
    private boolean run() throws Misuse, Controllers.BadPlugin, IOException, InterruptedException {
        Map<String, Supplier<CongestionControllerFactory>> controllers = controllers();
        List<Scenario> scenarios = scenarios();
        if (list) {
            System.out.println("controllers: " + String.join(", ", controllers.keySet()));
            scenarios.forEach(s -> System.out.printf("%-12s %s (%s)%n", s.id, s.title, s.origin));
            return true;
        }
        long begun = System.nanoTime();
        List<Outcome> outcomes = simulate(controllers, scenarios);
        Files.createDirectories(out);
        Report report = new Report(scenarios, List.copyOf(controllers.keySet()), seed, outcomes);
        report.write(out);
        if (docs != null) {
            report.replaceTable(docs);
        }
        long missed = outcomes.stream().filter(outcome -> !outcome.passed()).count();
        for (Outcome outcome : outcomes) {
            for (Thresholds.Verdict verdict : outcome.verdicts) {
                if (!verdict.holds()) {
                    System.err.printf(Locale.ROOT, "  missed: %-8s %-12s %s is %.3f, should be %s%n",
                            outcome.figures.controller, outcome.figures.scenario, verdict.figure(), verdict.value(),
                            verdict.limit());
                }
            }
        }
        System.err.printf(Locale.ROOT, "revcam: %d runs in %.0f s, %d of them missed a threshold; see %s%n",
                outcomes.size(), (System.nanoTime() - begun) * 1e-9, missed,
                out.resolve("report.html").toAbsolutePath());
        return missed == 0;
    }

    private List<Outcome> simulate(Map<String, Supplier<CongestionControllerFactory>> controllers,
            List<Scenario> scenarios)
            throws InterruptedException {
        Thresholds thresholds = Thresholds.read();
        ExecutorService pool = Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());
        List<Future<Outcome>> running = new ArrayList<>();
        for (Scenario scenario : scenarios) {
            controllers.forEach((name, factory) -> running.add(pool.submit(() -> {
                Run.Result result = Run.of(scenario, name, factory.get(), seed);
                Figures figures = Figures.of(result);
                return new Outcome(figures, Plotted.of(result), thresholds.judge(figures));
            })));
        }
        pool.shutdown();
        List<Outcome> outcomes = new ArrayList<>();
        boolean terminal = System.console() != null;
        for (Future<Outcome> future : running) {
            Outcome outcome;
            try {
                outcome = future.get();
            } catch (ExecutionException e) {
                pool.shutdownNow();
                throw new IllegalStateException("a run failed", e.getCause());
            }
            outcomes.add(outcome);
            Figures figures = outcome.figures;
            if (print) {
                print(outcome);
            }
            System.err.printf(Locale.ROOT, "%s%3d/%d  %-12s %-8s %s%s", terminal ? "\r\033[K" : "  ", outcomes.size(),
                    running.size(), figures.scenario, figures.controller, outcome.passed() ? "" : "missed a threshold",
                    terminal ? "" : System.lineSeparator());
        }
        if (terminal) {
            System.err.print("\r\033[K");
        }
        return outcomes;
    }

    private static void print(Outcome outcome) {
        Figures figures = outcome.figures;
        System.out.printf(Locale.ROOT, "%s  %s  seed %d  digest %.12s  %.2f s%n", figures.scenario, figures.controller,
                figures.seed, figures.digest, figures.wallSeconds);
        System.out.println("  from   to  capacity  used  last10  converged  q50  q95 ms  loss %");
        for (Figures.Phase phase : figures.phases) {
            System.out.printf(Locale.ROOT, "  %4.0f %4.0f  %8.0f  %3.0f%%    %3.0f%%  %7.1f s %5.0f %5.0f  %6.2f%n",
                    phase.fromSeconds, phase.toSeconds, phase.capacityBps / 1e3, 100 * phase.utilisation,
                    100 * phase.utilisationLast10, phase.convergenceSeconds, phase.queueP50, phase.queueP95,
                    100 * phase.lossShare);
        }
        System.out.println("  flow      target   sent   recv   q50  q95 owd95  loss%  after   shown/made   freezes"
                + "  latency");
        for (Figures.Flow flow : figures.flows) {
            System.out.printf(Locale.ROOT, "  %-8s %7s %6.0f %6.0f %5.0f %4.0f %5.0f %6.2f", flow.name,
                    flow.media ? "%.0f".formatted(flow.targetBps / 1e3) : "", flow.sentBps / 1e3,
                    flow.receivedBps / 1e3, flow.queueP50, flow.queueP95, flow.oneWayP95, 100 * flow.lossShare);
            if (flow.media) {
                System.out.printf(Locale.ROOT,
                        " %6.2f %6d/%-6d %3d %4.1f s %4.0f/%.0f ms  %d nack %d rtx %d pli %s",
                        100 * flow.lossAfterRepairShare, flow.framesShown, flow.framesProduced, flow.freezes,
                        flow.freezeSeconds, flow.latencyP50, flow.latencyP95, flow.nacks, flow.retransmissions, flow.plis,
                        flow.misconduct);
            }
            System.out.println();
        }
        System.out.printf(Locale.ROOT, "  queue p95 settled %.0f ms, oscillations %d", figures.queueP95Settled,
                figures.oscillations);
        if (!Double.isNaN(figures.throughputRatio)) {
            System.out.printf(Locale.ROOT, ", ratio %.2f, Jain %.3f %.3f %.3f at 1, 5, 20 s", figures.throughputRatio,
                    figures.fairness1, figures.fairness5, figures.fairness20);
        }
        if (!Double.isNaN(figures.againstTcp)) {
            System.out.printf(Locale.ROOT, ", %.2f of TCP's", figures.againstTcp);
        }
        System.out.println();
        for (Thresholds.Verdict verdict : outcome.verdicts) {
            System.out.printf(Locale.ROOT, "  %s %s %.3f (%s)%n", verdict.holds() ? "ok    " : "MISSED",
                    verdict.figure(), verdict.value(), verdict.limit());
        }
    }
}
