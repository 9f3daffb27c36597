package revcam.shell;

import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.felix.service.command.CommandSession;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;
import org.osgi.framework.ServiceReference;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import revcam.api.pipeline.Pipeline;
import revcam.api.pipeline.RefusedException;
import revcam.api.pipeline.Replacement;
import revcam.api.pipeline.Stage;
import revcam.api.pipeline.TrialReport;
import revcam.api.shell.CommandInterpreter;
import revcam.api.stream.StreamStatus;
import revcam.api.stream.VideoStream;

/**
 * The Gogo commands of scope {@code revcam}; {@link Command} says what each is for. They print to the session's console
 * and throw what the person should read. A command that waits ends when its thread is interrupted; what it waited for
 * goes on.
 */
@Component(service = Commands.class, property = {
        "osgi.command.scope=" + Commands.SCOPE,
        "osgi.command.function=status", "osgi.command.function=stages", "osgi.command.function=why",
        "osgi.command.function=swap", "osgi.command.function=trial", "osgi.command.function=rollback",
        "osgi.command.function=quarantine", "osgi.command.function=release", "osgi.command.function=swaps",
        "osgi.command.function=keyframe", "osgi.command.function=stats", "osgi.command.function=help"})
public final class Commands {

    static final String SCOPE = "revcam";
    /** Session variable: columns of the terminal, absent without one. */
    static final String COLUMNS = "COLUMNS";

    private static final String BY = "shell";
    /** More than an encoder on slow hardware takes to open, be auditioned and fail. */
    private static final Duration SWAP_BOUND = Duration.ofSeconds(30);
    private static final Duration TRIAL = Duration.ofSeconds(30);
    private static final int SWAPS = 20;
    private static final String OWN_REASON = "set aside by hand";

    private final Engine engine = new Engine();
    private final LiveFigures.Source figures;
    /** Of other bundles' commands in our scope, each as {@link CommandInterpreter#HELP} describes it. */
    private final Supplier<List<String>> others;

    @Activate
    public Commands(BundleContext context) {
        this(LiveFigures.of(context), () -> others(context));
    }

    Commands(LiveFigures.Source figures, Supplier<List<String>> others) {
        this.figures = figures;
        this.others = others;
    }

    private static List<String> others(BundleContext context) {
        List<String> lines = new ArrayList<>();
        try {
            ServiceReference<?>[] references = context.getAllServiceReferences(null,
                    "(&(osgi.command.scope=" + SCOPE + ")(" + CommandInterpreter.HELP + "=*))");
            for (ServiceReference<?> reference : references == null ? new ServiceReference<?>[0] : references) {
                Object help = reference.getProperty(CommandInterpreter.HELP);
                lines.addAll(help instanceof String[] several ? List.of(several) : List.of(help.toString()));
            }
        } catch (InvalidSyntaxException e) {
            throw new IllegalStateException(e);
        }
        return lines;
    }

    @Reference(policy = ReferencePolicy.DYNAMIC, cardinality = ReferenceCardinality.MULTIPLE)
    void bindPipeline(Pipeline pipeline) {
        engine.add(pipeline);
    }

    void unbindPipeline(Pipeline pipeline) {
        engine.remove(pipeline);
    }

    @Reference(policy = ReferencePolicy.DYNAMIC, cardinality = ReferenceCardinality.MULTIPLE)
    void bindStream(VideoStream stream, Map<String, Object> properties) {
        engine.add(stream, Boolean.TRUE.equals(properties.get(VideoStream.DEFAULT)));
    }

    void unbindStream(VideoStream stream) {
        engine.remove(stream);
    }

    Engine engine() {
        return engine;
    }

    // ---- looking

    public void status(CommandSession session, String... words) throws ShellException {
        Arguments arguments = Arguments.parse(Command.STATUS, words);
        for (VideoStream stream : engine.streams(arguments.value(Command.Option.STREAM))) {
            StreamStatus status = stream.status();
            String state = status.state().name().toLowerCase(Locale.ROOT);
            Table table = new Table("", "");
            table.row(status.name(), status.reason().isEmpty() ? state : state + ": " + status.reason());
            table.row("  viewers", Integer.toString(status.viewers()));
            table.row("  picture", status.width() == 0 ? "none yet"
                    : status.width() + "x" + status.height() + ", " + Text.number(status.fps()) + " frames/s");
            table.row("  bitrate", Text.kilobits(status.bitrateBps()));
            if (!status.reduction().isEmpty()) {
                table.row("  reduced", status.reduction());
            }
            for (StreamStatus.Stage stage : status.stages()) {
                table.row("  " + stage.role(), Text.orDash(stage.provider())
                        + (stage.bundle().isEmpty() ? "" : " (" + stage.bundle() + ")")
                        + (stage.problem().isEmpty() || stage.problem().equals(status.reason()) ? "" : ": " + stage.problem()));
            }
            print(session, table);
        }
    }

    public void stages(CommandSession session, String... words) throws ShellException {
        Arguments arguments = Arguments.parse(Command.STAGES, words);
        Table table = new Table("STREAM", "ROLE", "SERVING", ">A FRAME", "READY", "NOTE");
        for (Chosen chosen : chosen(arguments)) {
            Stage stage = chosen.stage;
            List<String> ready = stage.providers().stream()
                    .filter(provider -> provider.standing() == Stage.Standing.READY).map(Stage.Provider::label).toList();
            table.row(chosen.pipeline.name(), stage.role(), Text.orDash(String.join(", ", stage.serving())),
                    Text.millis(stage.nanosPerFrame()), Text.orDash(String.join(", ", ready)), note(stage));
        }
        print(session, table);
    }

    private static String note(Stage stage) {
        Stage.Trial trial = stage.trial();
        String onTrial = trial == null ? "" : trial.provider() + " is on trial for " + Text.seconds(trial.remainingNanos())
                + " more";
        return onTrial.isEmpty() || stage.problem().isEmpty() ? onTrial + stage.problem() : onTrial + "; " + stage.problem();
    }

    public void why(CommandSession session, String... words) throws ShellException {
        Arguments arguments = Arguments.parse(Command.WHY, words);
        for (Chosen chosen : chosen(arguments)) {
            Stage stage = chosen.stage;
            PrintStream out = session.getConsole();
            out.println(chosen.pipeline.name() + " " + stage.role() + ": "
                    + (stage.serving().isEmpty() ? "nobody serves" : String.join(", ", stage.serving()) + " serves")
                    + "; preference: " + stage.preference()
                    + (stage.filter().isEmpty() ? "" : ", filter: " + stage.filter()));
            String note = note(stage);
            if (!note.isEmpty()) {
                out.println("  " + note);
            }
            Table table = new Table("", "", "");
            for (Stage.Provider provider : stage.providers()) {
                table.row("  " + provider.label(), provider.standing().name().toLowerCase(Locale.ROOT),
                        provider.why() + (provider.bundle().isEmpty() ? "" : " (" + provider.bundle() + ")"));
            }
            print(session, table);
        }
    }

    public void swaps(CommandSession session, String... words) throws ShellException {
        Arguments arguments = Arguments.parse(Command.SWAPS, words);
        int count = arguments.count(0, SWAPS);
        record Entry(String pipeline, Replacement replacement) {}
        List<Entry> entries = new ArrayList<>();
        for (Pipeline pipeline : engine.pipelines(arguments.value(Command.Option.STREAM))) {
            pipeline.replacements().stream().filter(replacement -> !isOurLook(replacement))
                    .forEach(replacement -> entries.add(new Entry(pipeline.name(), replacement)));
        }
        entries.sort(Comparator.comparingLong(entry -> entry.replacement.wallMillis()));
        if (entries.isEmpty()) {
            session.getConsole().println("nothing was replaced yet");
            return;
        }
        long now = System.currentTimeMillis();
        Table table = new Table("TIME", "STREAM", "ROLE", ">GAP", "WHAT");
        for (Entry entry : entries.subList(Math.max(0, entries.size() - count), entries.size())) {
            Replacement replacement = entry.replacement;
            table.row(Text.time(replacement.wallMillis(), now), entry.pipeline, replacement.role(),
                    replacement.gapNanos() < 0 ? Text.UNKNOWN : Text.millis(replacement.gapNanos()),
                    what(replacement) + " (" + replacement.cause().name().toLowerCase(Locale.ROOT)
                            + (replacement.detail().isEmpty() ? "" : ": " + replacement.detail()) + ")");
        }
        print(session, table);
    }

    /** Whether nothing changed but who looks at {@link #stats}. */
    private static boolean isOurLook(Replacement replacement) {
        List<String> before = List.of(replacement.from().split(", "));
        List<String> after = List.of(replacement.to().split(", "));
        return !before.equals(after) && others(before).equals(others(after));
    }

    private static Set<String> others(List<String> names) {
        return names.stream().filter(name -> !name.equals(LiveFigures.EXPORTER)).collect(Collectors.toSet());
    }

    public void stats(CommandSession session, String... words) throws ShellException, InterruptedException {
        Arguments arguments = Arguments.parse(Command.STATS, words);
        List<String> names = engine.streams(arguments.value(Command.Option.STREAM)).stream().map(VideoStream::name).toList();
        try (LiveFigures live = figures.open()) {
            do {
                live.await();
                for (String name : names) {
                    live.print(name, session.getConsole(), columns(session));
                }
                session.getConsole().flush();
            } while (arguments.has(Command.Option.WATCH) && !session.getConsole().checkError());
        }
    }

    public void help(CommandSession session, String... words) throws ShellException {
        String name = Arguments.parse(Command.HELP, words).at(0);
        Table table = new Table("", "");
        List<String[]> lines = others.get().stream().filter(line -> line.contains("|")).sorted()
                .map(line -> line.split("\\|", 2)).toList();
        Command command = name == null ? null : Command.of(name);
        if (name == null) {
            for (Command each : Command.values()) {
                table.row(each.text(), each.summary);
            }
            lines.forEach(line -> table.row(verb(line[0]), line[1]));
        } else if (command != null) {
            table.row(command.usage(), command.summary);
        } else {
            String bare = name.startsWith(SCOPE + ":") ? name.substring(SCOPE.length() + 1) : name;
            String[] found = lines.stream().filter(line -> verb(line[0]).equals(bare)).findFirst().orElseThrow(
                    () -> new ShellException("there is no command " + SCOPE + ":" + bare + "; help lists them"));
            table.row(found);
        }
        print(session, table);
    }

    private static String verb(String usage) {
        return usage.split(" ", 2)[0];
    }

    // ---- changing

    public void swap(CommandSession session, String... words)
            throws ShellException, RefusedException, InterruptedException {
        Arguments arguments = Arguments.parse(Command.SWAP, words);
        if (arguments.has(Command.Option.TRIAL)) {
            trial(session, arguments, arguments.length(arguments.value(Command.Option.TRIAL)));
        } else {
            report(session, await(pipeline(arguments).swap(arguments.at(0), arguments.at(1), BY), SWAP_BOUND));
        }
    }

    public void trial(CommandSession session, String... words)
            throws ShellException, RefusedException, InterruptedException {
        Arguments arguments = Arguments.parse(Command.TRIAL, words);
        if (arguments.at(1) == null) {
            TrialReport last = pipeline(arguments).lastTrial(arguments.at(0));
            if (last == null) {
                throw new ShellException("no trial of the " + arguments.at(0) + " has ended yet");
            }
            session.getConsole().println(Text.time(last.wallMillis(), System.currentTimeMillis()) + " " + last.role() + " "
                    + last.provider() + (last.passed() ? " passed: " : " did not pass: ") + last.verdict());
            print(session, figures(last));
        } else {
            trial(session, arguments, arguments.at(2) == null ? TRIAL : arguments.length(arguments.at(2)));
        }
    }

    private void trial(CommandSession session, Arguments arguments, Duration length)
            throws ShellException, RefusedException, InterruptedException {
        CompletionStage<TrialReport> trial =
                pipeline(arguments).trial(arguments.at(0), arguments.at(1), length, BY);
        session.getConsole().println(arguments.at(0) + " " + arguments.at(1) + ": on trial for " + length.toSeconds() + " s");
        session.getConsole().flush();
        TrialReport report = await(trial, length.plus(SWAP_BOUND));
        print(session, figures(report));
        if (!report.passed()) {
            throw new ShellException(report.role() + " " + report.provider() + " did not pass: " + report.verdict());
        }
        session.getConsole().println(report.role() + " " + report.provider() + " passed and stays: " + report.verdict());
    }

    private static Table figures(TrialReport report) {
        Table table = report.figures().isEmpty() ? new Table("") : new Table("FIGURE", ">BEFORE", ">DURING", ">LIMIT", "UNIT", "");
        for (TrialReport.Figure figure : report.figures()) {
            table.row(figure.name(), Text.number(figure.before()), Text.number(figure.during()), Text.number(figure.limit()),
                    figure.unit(), figure.within() ? "ok" : "worse");
        }
        return table;
    }

    public void rollback(CommandSession session, String... words)
            throws ShellException, RefusedException, InterruptedException {
        Arguments arguments = Arguments.parse(Command.ROLLBACK, words);
        report(session, await(pipeline(arguments).rollback(arguments.at(0), BY), SWAP_BOUND));
    }

    public void quarantine(CommandSession session, String... words) throws ShellException, RefusedException {
        Arguments arguments = Arguments.parse(Command.QUARANTINE, words);
        String reason = arguments.from(2);
        pipeline(arguments).quarantine(arguments.at(0), arguments.at(1), reason.isEmpty() ? OWN_REASON : reason);
        session.getConsole().println(arguments.at(0) + " " + arguments.at(1) + " is set aside; release lets it back in");
    }

    public void release(CommandSession session, String... words) throws ShellException, RefusedException {
        Arguments arguments = Arguments.parse(Command.RELEASE, words);
        pipeline(arguments).release(arguments.at(0), arguments.at(1));
        session.getConsole().println(arguments.at(0) + " " + arguments.at(1) + " may serve again");
    }

    public void keyframe(CommandSession session, String... words) throws ShellException {
        Arguments arguments = Arguments.parse(Command.KEYFRAME, words);
        VideoStream stream = engine.streams(arguments.value(Command.Option.STREAM)).get(0);
        stream.requestKeyframe();
        session.getConsole().println(stream.name() + ": key frame asked for");
    }

    private Pipeline pipeline(Arguments arguments) throws ShellException {
        return engine.pipelineWith(arguments.at(0), arguments.value(Command.Option.STREAM));
    }

    private record Chosen(Pipeline pipeline, Stage stage) {}

    /** The stages of the role that was named, or all. */
    private List<Chosen> chosen(Arguments arguments) throws ShellException {
        String role = arguments.at(0);
        String name = arguments.value(Command.Option.STREAM);
        if (role != null) {
            engine.pipelineWith(role, name);
        }
        List<Chosen> chosen = new ArrayList<>();
        for (Pipeline pipeline : engine.pipelines(name)) {
            pipeline.stages().stream().filter(stage -> role == null || stage.role().equals(role))
                    .forEach(stage -> chosen.add(new Chosen(pipeline, stage)));
        }
        return chosen;
    }

    // ---- waiting and reporting

    private static <T> T await(CompletionStage<T> stage, Duration bound) throws ShellException, InterruptedException {
        try {
            return stage.toCompletableFuture().get(bound.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new ShellException("not finished after " + bound.toSeconds() + " s; it goes on, and swaps will tell");
        } catch (ExecutionException e) {
            throw new ShellException(String.valueOf(e.getCause().getMessage()));
        }
    }

    private static void report(CommandSession session, Replacement replacement) throws ShellException {
        String what = replacement.role() + ": " + what(replacement);
        if (!replacement.succeeded()) {
            throw new ShellException(what + (replacement.detail().isEmpty() ? "" : ": " + replacement.detail()));
        }
        session.getConsole().println(what + "; it took " + Text.millis(replacement.tookNanos())
                + (replacement.gapNanos() < 0 ? "" : ", the gap was " + Text.millis(replacement.gapNanos())));
    }

    private static String what(Replacement replacement) {
        String from = replacement.from();
        String to = replacement.to();
        if (to.isEmpty()) {
            return from.isEmpty() ? "nobody serves" : from + " went, nobody serves";
        }
        if (from.equals(to)) {
            return to + " goes on";
        }
        return from.isEmpty() ? to + " serves" : to + " serves instead of " + from;
    }

    private static void print(CommandSession session, Table table) {
        table.lines(columns(session)).forEach(session.getConsole()::println);
    }

    private static int columns(CommandSession session) {
        return session.get(COLUMNS) instanceof Integer columns ? columns : 0;
    }

    static Collection<String> names() {
        return java.util.Arrays.stream(Command.values()).map(Command::text).toList();
    }
}
