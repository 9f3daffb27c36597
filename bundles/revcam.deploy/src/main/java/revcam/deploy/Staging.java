package revcam.deploy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import revcam.api.config.DurableFile;

/**
 * The directory in which sets arrive, by whatever copies files: {@code NAME.jar}, {@code NAME.zip} or a directory {@code
 * NAME}. What is still being copied has another name, {@code .NAME} or {@code NAME.part}, or else changes; so something is
 * taken once it looked the same twice. What comes of it is told in {@code NAME.verdict}. One thread.
 */
final class Staging {

    static final String VERDICT = ".verdict";
    static final String README = "README";

    private static final Logger LOG = LoggerFactory.getLogger(Staging.class);
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._+-]{0,120}");
    private static final long LEFTOVER_MILLIS = TimeUnit.DAYS.toMillis(1);
    private static final int VERDICTS = 20;
    private static final String EXPLANATION = """
            What is put here is deployed: NAME.zip or a directory NAME, with bundles, revcam-deploy.txt and its signature,
            or a bare bundle NAME.jar where the configuration accepts that. Copy under the name .NAME or NAME.part, then
            rename; NAME.verdict tells what came of it. ./revcam deploy does all this. See docs/deployment.md.
            """;

    /** How something looked, and since when it has looked like that. */
    private record Look(String shape, long sinceNanos) {}

    /**
     * Something that has come and does not change any more.
     *
     * @param stillNanos for how long it has not
     */
    record Arrival(Path path, long stillNanos) {}

    private final Path directory;
    private Map<String, Look> before = new HashMap<>();

    /** Makes the directory, its owner's alone, and removes what somebody began to copy a day ago. */
    Staging(Path directory) throws IOException {
        this.directory = directory;
        Store.makePrivate(directory);
        try {
            Files.writeString(directory.resolve(README), EXPLANATION);
        } catch (IOException e) {
            // A storage that cannot be written must not keep deployed bundles from starting; nothing new will come, either.
            LOG.warn("nothing can be deployed while {} cannot be written: {}", directory, Words.of(e));
            return;
        }
        long oldest = System.currentTimeMillis() - LEFTOVER_MILLIS;
        for (Path path : list()) {
            if (isDraft(path.getFileName().toString())
                    && Files.getLastModifiedTime(path, LinkOption.NOFOLLOW_LINKS).toMillis() < oldest) {
                delete(path);
            }
        }
    }

    Path directory() {
        return directory;
    }

    private List<Path> list() throws IOException {
        List<Path> paths = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            entries.forEach(paths::add);
        }
        paths.sort(Comparator.naturalOrder());
        return paths;
    }

    private static boolean isDraft(String name) {
        return name.startsWith(".") || name.endsWith(".part") || name.endsWith(".filepart");
    }

    /** What looks as it did the time before. */
    List<Arrival> look(long nowNanos) throws IOException {
        Map<String, Look> now = new HashMap<>();
        List<Arrival> still = new ArrayList<>();
        for (Path path : list()) {
            String name = path.getFileName().toString();
            if (isDraft(name) || name.equals(README) || name.endsWith(VERDICT)) {
                continue;
            }
            String shape = shape(path);
            Look last = before.get(name);
            if (last != null && last.shape.equals(shape)) {
                now.put(name, last);
                still.add(new Arrival(path, nowNanos - last.sinceNanos));
            } else {
                now.put(name, new Look(shape, nowNanos));
            }
        }
        before = now;
        return still;
    }

    private static String shape(Path path) throws IOException {
        StringBuilder shape = new StringBuilder();
        Files.walkFileTree(path, java.util.Set.of(), 2, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                FileTime changed = attributes.lastModifiedTime();
                shape.append(file.getFileName()).append(' ').append(attributes.size()).append(' ').append(changed).append('\n');
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) {
                shape.append(file.getFileName()).append(" gone\n");
                return FileVisitResult.CONTINUE;
            }
        });
        return shape.toString();
    }

    /** @throws DeploymentException for a name that has no place in a log or beside others */
    static void checkName(String name) throws DeploymentException {
        if (!NAME.matcher(name).matches()) {
            throw new DeploymentException("'" + Words.shown(name) + "' has a name that cannot be used; letters, digits and ._+- can");
        }
    }

    /** Takes it out; its verdict has been given. */
    void remove(Path path) throws IOException {
        before.remove(path.getFileName().toString());
        delete(path);
    }

    private static void delete(Path path) throws IOException {
        if (Files.notExists(path, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        Files.walkFileTree(path, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path dir, IOException e) throws IOException {
                Files.delete(dir);
                return FileVisitResult.CONTINUE;
            }
        });
    }

    /**
     * Tells whoever has brought it.
     *
     * @param state one word, the first line: {@code trial}, {@code confirmed}, {@code refused}, {@code failed}
     * @param text for a person
     */
    void verdict(String arrival, String state, String text) throws IOException {
        String name = NAME.matcher(arrival).matches() ? arrival : arrival.replaceAll("[^A-Za-z0-9]", "_");
        Path file = directory.resolve((name.length() > 120 ? name.substring(0, 120) : name) + VERDICT);
        DurableFile.write(file, (state + "\n" + text + "\n").getBytes(StandardCharsets.UTF_8));
        List<Path> verdicts = new ArrayList<>(list());
        verdicts.removeIf(path -> !path.getFileName().toString().endsWith(VERDICT));
        verdicts.sort(Comparator.comparing(path -> path.toFile().lastModified()));
        for (int i = 0; i < verdicts.size() - VERDICTS; i++) {
            Files.deleteIfExists(verdicts.get(i));
        }
    }
}
