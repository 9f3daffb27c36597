package revcam.bench;

import com.google.gson.GsonBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.openjdk.jmh.runner.RunnerException;
import revcam.browser.Product;

/** The command line of {@code ./revcam bench}. */
public final class Bench {

    private static final String HELP = """
            ./revcam bench SCENARIO... [options]
            ./revcam bench [options]

            With scenarios: runs them, holds them against their thresholds and writes a page to look at (report.html), tables
            (tables.md) and every figure as JSON lines (results.jsonl, series.jsonl). Scenarios are small files, see
            docs/acceptance.md: kind encode gives a clip to an encoder and its packetiser, link puts a simulated link and a
            congestion controller behind them, live starts the product and a viewer. The exit status is 0 when every
            threshold was kept and nothing is worse than the baseline, 1 when not, 2 when misused.

              SCENARIO          a name, a path to a .json file, all, offline (encode and link) or live
              --list            name the scenarios, run nothing
              --rounds N        repetitions, interleaved                      [the scenario's]
              --seconds N       of each                                       [the scenario's]
              --only TEXT       only rows whose name has this text
              --baseline FILE   compare with what --save wrote
              --save FILE       write down for a later --baseline
              --camera URL      live: watch this camera, which runs already, such as http://pi:8080/
              --docs FILE       put the tables into this Markdown file, where it has marks for them
              --out DIR         where to write                                [target/bench]
              REVCAM_CLIP       in the environment: the video file that the scene "clip" stands for

            Without: measures what RevCam costs: with JMH the time and memory of what happens per frame and per packet, and in
            one end-to-end run with a browser the CPU of each thread, memory, start, join and latency. Tables go to
            standard output, the same figures as JSON to itests/bench/target/bench.json. Leave the machine alone
            meanwhile.

              --micro           only JMH
              --end-to-end      only the end-to-end run
              --encoders        only a comparison of encoders: see below
              --engines         only a comparison of media engines: see below
              --telemetry       only what telemetry costs, as shipped and at full detail; --seconds and --rounds
              --full            JMH with three forks and long iterations
              --warm N          seconds of playing before the window          [30]
              --seconds N       length of the window                          [60]
              --starts N        cold starts                                   [7]
              --joins N         warm joins                                    [15]
              --capture SOURCE  what is encoded                               [pattern]

            --encoders gives the same clips to each encoder and says what it costs and how good the result is. ffmpeg
            makes the clips, 1280x720, and judges the result.

              --try LIST        encoders, separated by blanks, each NAME or   [x264 openh264]
                                NAME:key=value,key=value as in its .cfg file;
                                + stands for a blank in a value
              --clip WHAT       synthetic, pattern or a file; may be repeated [synthetic pattern $REVCAM_CLIP]
              --frames N        of each clip                                  [300]
              --rounds N        encodes of each, interleaved                  [5]
              --bitrate N       bits per second                               [2000000]

            --engines lets ./revcam view watch each engine in turn, the same pictures over the same link: CPU and memory of
            RevCam, time to the first picture, latency, received rate, freezes.

              --try LIST        engines, separated by blanks, each NAME:CODEC [revcam:H264 libwebrtc:H264 libwebrtc:VP8
                                or revcam/ENCODER:CODEC                        libwebrtc:VP9 libwebrtc:AV1]
              --link LIST       links, separated by blanks: direct, or cases  [direct loss-5 steps]
                                of ./revcam lab --list
              --seconds N       of watching                                   [20]
              --rounds N        of each, interleaved                          [1]
              --capture SOURCE  what is captured                              [pattern]
            """;

    private final Scenarios.Options scenarios = new Scenarios.Options();
    private boolean micro = true;
    private boolean endToEnd = true;
    private boolean encoders;
    private boolean engines;
    private boolean telemetry;
    private int telemetryRounds = 3;
    private int telemetrySeconds = 30;
    private EngineComparison.Settings engineComparison = EngineComparison.Settings.standard();
    private boolean full;
    private EncoderComparison.Settings comparison = EncoderComparison.Settings.standard();
    private EndToEnd.Settings settings = new EndToEnd.Settings(30, 60, 7, 15, "pattern");

    private Bench() {}

    /** @param arguments see {@code --help} */
    public static void main(String[] arguments) throws IOException, InterruptedException, RunnerException {
        Bench bench = new Bench();
        try {
            if (!bench.parse(arguments)) {
                System.out.print(HELP);
                return;
            }
        } catch (IllegalArgumentException e) {
            System.err.println("revcam bench: " + e.getMessage() + "; see ./revcam bench --help");
            System.exit(2);
        }
        if (!bench.scenarios.names.isEmpty() || bench.scenarios.list) {
            System.setProperty("org.slf4j.simpleLogger.defaultLogLevel", "warn");
            try {
                System.exit(new Scenarios(bench.scenarios).run());
            } catch (IllegalArgumentException e) {
                System.err.println("revcam bench: " + e.getMessage());
                System.exit(2);
            }
        }
        bench.run();
    }

    /** @return false when only help is wanted */
    private boolean parse(String[] arguments) {
        for (int i = 0; i < arguments.length; i++) {
            switch (arguments[i]) {
                case "--help", "-h" -> {
                    return false;
                }
                case "--list" -> scenarios.list = true;
                case "--micro" -> endToEnd = false;
                case "--end-to-end" -> micro = false;
                case "--encoders" -> encoders = true;
                case "--engines" -> engines = true;
                case "--telemetry" -> telemetry = true;
                case "--link" -> {
                    if (i + 1 == arguments.length) {
                        throw new IllegalArgumentException(arguments[i] + " takes a value");
                    }
                    engineComparison = engineComparison.with(arguments[i], arguments[++i]);
                }
                case "--try", "--clip", "--frames", "--rounds", "--bitrate" -> {
                    if (i + 1 == arguments.length) {
                        throw new IllegalArgumentException(arguments[i] + " takes a value");
                    }
                    i++;
                    if (!scenarios.names.isEmpty() && arguments[i - 1].equals("--rounds")) {
                        scenarios.rounds = number(arguments[i - 1], arguments[i]);
                    } else if (telemetry && arguments[i - 1].equals("--rounds")) {
                        telemetryRounds = number(arguments[i - 1], arguments[i]);
                    } else if (engines) {
                        engineComparison = engineComparison.with(arguments[i - 1], arguments[i]);
                    } else {
                        comparison = comparison.with(arguments[i - 1], arguments[i]);
                    }
                }
                case "--full" -> full = true;
                case "--warm", "--seconds", "--starts", "--joins", "--capture" -> {
                    if (i + 1 == arguments.length) {
                        throw new IllegalArgumentException(arguments[i] + " takes a value");
                    }
                    i++;
                    if (!scenarios.names.isEmpty() && arguments[i - 1].equals("--seconds")) {
                        scenarios.seconds = number(arguments[i - 1], arguments[i]);
                    } else if (telemetry && arguments[i - 1].equals("--seconds")) {
                        telemetrySeconds = number(arguments[i - 1], arguments[i]);
                    } else if (engines) {
                        engineComparison = engineComparison.with(arguments[i - 1], arguments[i]);
                    } else {
                        settings = settings.with(arguments[i - 1], arguments[i]);
                    }
                }
                default -> {
                    if (Scenarios.Options.knows(arguments[i])) {
                        if (i + 1 == arguments.length) {
                            throw new IllegalArgumentException(arguments[i] + " takes a value");
                        }
                        scenarios.set(arguments[i], arguments[++i]);
                    } else if (arguments[i].startsWith("-")) {
                        throw new IllegalArgumentException("no option " + arguments[i]);
                    } else {
                        scenarios.names.add(arguments[i]);
                    }
                }
            }
        }
        if (!micro && !endToEnd) {
            throw new IllegalArgumentException("--micro and --end-to-end leave each other out");
        }
        return true;
    }

    private static int number(String option, String value) {
        if (!value.matches("[1-9][0-9]{0,3}")) {
            throw new IllegalArgumentException(option + " takes a number from 1 to 9999, not " + value);
        }
        return Integer.parseInt(value);
    }

    private void run() throws IOException, InterruptedException, RunnerException {
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("machine", Machine.describe());
        System.out.println("machine: " + Machine.describe());
        if (encoders) {
            try {
                figures.put("encoders", new EncoderComparison(comparison).run());
            } catch (IllegalArgumentException e) {
                System.err.println("revcam bench: " + e.getMessage());
                System.exit(1);
            }
            micro = false;
            endToEnd = false;
        }
        if (engines) {
            figures.put("engines", new EngineComparison(engineComparison).run());
            micro = false;
            endToEnd = false;
        }
        if (telemetry) {
            figures.put("telemetry", new TelemetryCost(telemetryRounds, telemetrySeconds).run());
            micro = false;
            endToEnd = false;
        }
        if (micro) {
            figures.put("micro", MicroBenchmarks.run(full));
        }
        if (endToEnd) {
            figures.put("endToEnd", new EndToEnd(settings).run());
        }
        Path json = Product.root().resolve("itests/bench/target/bench.json");
        Files.createDirectories(json.getParent());
        Files.writeString(json, new GsonBuilder().setPrettyPrinting().serializeSpecialFloatingPointValues().create()
                .toJson(figures));
        System.out.println("\nas JSON: " + Product.root().relativize(json));
    }
}
