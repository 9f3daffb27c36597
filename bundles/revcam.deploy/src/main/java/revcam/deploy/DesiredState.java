package revcam.deploy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import revcam.api.config.DurableFile;

/**
 * What should run, and how it came to that: immutable, and one file of text with its own SHA-256 in the last line, written
 * as {@link DurableFile} does, with a second copy for storage that loses what it had.
 *
 * @param current number of the deployment whose bundles should run; 0 for those that RevCam came with and no other
 * @param next number of the next deployment
 * @param history oldest first
 * @param newest for each signer's fingerprint, when the latest set that was confirmed had been made; for {@link #EVERY_SIGNER}
 *     the time up to which any set counts as confirmed before
 */
record DesiredState(int current, int next, List<Deployment> history, Map<String, Instant> newest) {

    static final DesiredState NOTHING = new DesiredState(0, 1, List.of(), Map.of());

    /** In place of a fingerprint, which never has this form. */
    static final String EVERY_SIGNER = "*";

    private static final String FIRST_LINE = "revcam-deployments 1";
    private static final String SUM = "sha256 ";
    private static final String TAB = "\t";
    private static final String COPY = ".copy";
    private static final String DAMAGED = ".damaged";

    DesiredState {
        history = List.copyOf(history);
        newest = Map.copyOf(newest);
    }

    // ---- what follows from what happened

    /** That deployment, or null. */
    Deployment find(int number) {
        return history.stream().filter(deployment -> deployment.number() == number).findFirst().orElse(null);
    }

    /** The deployed bundles that should run. */
    List<BundleJar> effective() {
        Deployment deployment = find(current);
        return deployment == null ? List.of() : deployment.effective();
    }

    /** What would be in effect with these as well: of each name the newcomer. */
    List<BundleJar> effectiveWith(List<BundleJar> brought) {
        Map<String, BundleJar> byName = new LinkedHashMap<>();
        effective().forEach(jar -> byName.put(jar.name(), jar));
        brought.forEach(jar -> byName.put(jar.name(), jar));
        return List.copyOf(byName.values());
    }

    DesiredState begin(Deployment trial) {
        List<Deployment> longer = new ArrayList<>(history);
        longer.add(trial);
        return new DesiredState(current, next + 1, longer, newest);
    }

    DesiredState with(Deployment changed) {
        return new DesiredState(current, next, history.stream()
                .map(deployment -> deployment.number() == changed.number() ? changed : deployment).toList(), newest);
    }

    DesiredState at(int number) {
        return new DesiredState(number, next, history, newest);
    }

    DesiredState madeBy(String fingerprint, Instant made) {
        Map<String, Instant> more = new LinkedHashMap<>(newest);
        more.merge(fingerprint, made, (before, now) -> now.isAfter(before) ? now : before);
        return new DesiredState(current, next, history, more);
    }

    /** Sets of this signer have to be made after that; null: whenever. */
    Instant newestOf(String fingerprint) {
        Instant own = newest.get(fingerprint);
        Instant all = newest.get(EVERY_SIGNER);
        return own == null || all != null && all.isAfter(own) ? all : own;
    }

    /** Forgets the oldest; never the current one, nor the one to go back to from there. */
    DesiredState atMost(int entries) {
        int keep = before(current);
        List<Deployment> rest = new ArrayList<>(history);
        for (int i = 0; i < rest.size() && rest.size() > entries; ) {
            int number = rest.get(i).number();
            if (number == current || number == keep || rest.get(i).outcome() == Deployment.Outcome.TRIAL) {
                i++;
            } else {
                rest.remove(i);
            }
        }
        return new DesiredState(current, next, rest, newest);
    }

    /** The last confirmed deployment before that one; 0 when there is none. */
    int before(int number) {
        return history.stream().filter(deployment -> deployment.number() < number
                        && deployment.outcome() == Deployment.Outcome.CONFIRMED)
                .mapToInt(Deployment::number).max().orElse(0);
    }

    /** Contents of everything that runs, is being tried, or can be gone back to. */
    Set<String> contents() {
        Set<String> sha256s = new LinkedHashSet<>();
        history.stream().filter(deployment -> deployment.outcome() != Deployment.Outcome.ROLLED_BACK)
                .flatMap(deployment -> deployment.effective().stream()).forEach(jar -> sha256s.add(jar.sha256()));
        return sha256s;
    }

    // ---- the file

    /** On the storage when it returns; the copy follows the file, so that one of the two is always whole. */
    void write(Path file) throws IOException {
        byte[] content = text().getBytes(StandardCharsets.UTF_8);
        DurableFile.write(file, content);
        DurableFile.write(copy(file), content);
    }

    /**
     * Reads the file, or its copy where that is damaged. When neither is of use, nothing is deployed, which is what RevCam
     * came with, and the damaged file is put aside for whoever wants to look. Which sets have been here is lost then, so that
     * every set made before now is one that might have been: this is written down at once.
     *
     * @param complain is told of damage
     */
    static DesiredState read(Path file, Consumer<String> complain) {
        String damage = "";
        Instant latest = Instant.now();
        for (Path each : List.of(file, copy(file))) {
            try {
                DesiredState state = parse(Files.readString(each));
                if (!damage.isEmpty()) {
                    complain.accept(damage + "; its copy is used");
                }
                return state;
            } catch (NoSuchFileException e) {
                // Neither is there before the first deployment.
            } catch (IOException | RuntimeException e) {
                damage = damage.isEmpty() ? each + " is damaged: " + Words.of(e) : damage;
                latest = later(latest, each);
            }
        }
        return damage.isEmpty() ? NOTHING : afresh(file, latest, damage, complain);
    }

    /** A clock that is set from the network stands, until then, before what was written last. */
    private static Instant later(Instant time, Path file) {
        try {
            Instant written = Files.getLastModifiedTime(file).toInstant();
            return written.isAfter(time) ? written : time;
        } catch (IOException e) {
            return time;
        }
    }

    private static DesiredState afresh(Path file, Instant latest, String damage, Consumer<String> complain) {
        complain.accept(damage + ", and there is no good copy: what was deployed does not run until it is deployed again, as a set"
                + " that is signed anew");
        DesiredState state = NOTHING.madeBy(EVERY_SIGNER, latest);
        try {
            Files.move(file, file.resolveSibling(file.getFileName() + DAMAGED), StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            // It is written over.
        }
        try {
            state.write(file);
        } catch (IOException e) {
            complain.accept(file + " cannot be written: " + Words.of(e));
        }
        return state;
    }

    private static Path copy(Path file) {
        return file.resolveSibling(file.getFileName() + COPY);
    }

    String text() {
        StringBuilder text = new StringBuilder(FIRST_LINE).append('\n');
        line(text, "current", Integer.toString(current));
        line(text, "next", Integer.toString(next));
        newest.forEach((fingerprint, made) -> line(text, "newest", fingerprint, made.toString()));
        for (Deployment each : history) {
            line(text, "deployment", Integer.toString(each.number()), each.outcome().name(), Long.toString(each.wallMillis()),
                    each.arrival(), each.signer(), each.note());
            each.brought().forEach(jar -> line(text, "brought", fields(jar)));
            each.effective().forEach(jar -> line(text, "effective", fields(jar)));
        }
        return text + SUM + sum(text.toString()) + "\n";
    }

    private static String[] fields(BundleJar jar) {
        return new String[] {jar.sha256(), Long.toString(jar.size()), jar.file(), jar.name(), jar.version()};
    }

    private static void line(StringBuilder text, String key, String... fields) {
        text.append(key);
        for (String field : fields) {
            text.append(TAB).append(Words.shown(field));
        }
        text.append('\n');
    }

    static DesiredState parse(String text) {
        int sum = text.lastIndexOf(SUM);
        if (!text.startsWith(FIRST_LINE + "\n") || sum < 0
                || !text.substring(sum).equals(SUM + sum(text.substring(0, sum)) + "\n")) {
            throw new IllegalArgumentException("it is not what was written");
        }
        int current = 0;
        int next = 1;
        Map<String, Instant> newest = new LinkedHashMap<>();
        List<Deployment> history = new ArrayList<>();
        List<BundleJar> brought = new ArrayList<>();
        List<BundleJar> effective = new ArrayList<>();
        String[] open = null;
        for (String line : text.substring(FIRST_LINE.length() + 1, sum).split("\n")) {
            String[] fields = line.split(TAB, -1);
            switch (fields[0]) {
                case "current" -> current = Integer.parseInt(fields[1]);
                case "next" -> next = Integer.parseInt(fields[1]);
                case "newest" -> newest.put(fields[1], Instant.parse(fields[2]));
                case "brought" -> brought.add(jar(fields));
                case "effective" -> effective.add(jar(fields));
                case "deployment" -> {
                    close(open, brought, effective, history);
                    open = fields;
                }
                default -> throw new IllegalArgumentException("a line '" + Words.shown(fields[0]) + "' means nothing here");
            }
        }
        close(open, brought, effective, history);
        return new DesiredState(current, next, history, newest);
    }

    private static void close(String[] open, List<BundleJar> brought, List<BundleJar> effective, List<Deployment> history) {
        if (open != null) {
            history.add(new Deployment(Integer.parseInt(open[1]), Deployment.Outcome.valueOf(open[2]), Long.parseLong(open[3]),
                    open[4], open[5], brought, effective, open[6]));
        }
        brought.clear();
        effective.clear();
    }

    private static BundleJar jar(String[] fields) {
        return new BundleJar(fields[1], Long.parseLong(fields[2]), fields[3], fields[4], fields[5]);
    }

    private static String sum(String text) {
        return HexFormat.of().formatHex(Store.sha256().digest(text.getBytes(StandardCharsets.UTF_8)));
    }
}
