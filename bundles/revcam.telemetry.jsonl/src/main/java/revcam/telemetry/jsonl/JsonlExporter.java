package revcam.telemetry.jsonl;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import revcam.api.config.BadSetting;
import revcam.api.config.Settings;
import revcam.api.telemetry.Sample;
import revcam.api.telemetry.TelemetryExporter;

/**
 * Writes every sample as one line of JSON to {@code telemetry.jsonl}. A full file becomes {@code telemetry.1.jsonl}, that
 * one {@code telemetry.2.jsonl} and so on, and the last one goes.
 *
 * <p>A batch is one write to a file that is opened for it: nothing is lost with a process that dies, a file or directory
 * that someone removes comes back with the next batch, and so does writing once a full disk has room again. Half a line
 * that a failure left behind is cut off by the next batch.
 */
@Component(configurationPid = JsonlExporter.PID, property = TelemetryExporter.NAME + "=jsonl")
@Designate(ocd = JsonlExporter.Config.class)
public final class JsonlExporter implements TelemetryExporter {

    private static final Logger LOG = LoggerFactory.getLogger(JsonlExporter.class);

    static final String PID = "revcam.telemetry.jsonl";
    private static final int MOST_FILES = 100;
    private static final Set<OpenOption> OPTIONS =
            Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    private volatile Values values;
    private final StringBuilder lines = new StringBuilder();

    @ObjectClassDefinition(name = "RevCam telemetry as JSON lines", description = "Samples in files that rotate.")
    @interface Config {

        @AttributeDefinition(description = "Where the files are; made when missing")
        String directory() default "telemetry";

        @AttributeDefinition(description = "Bytes after which a file is full, 65536 to 1073741824", min = "65536",
                max = "1073741824")
        int maxFileBytes() default 1 << 20;

        @AttributeDefinition(description = "Files kept, the one being written included, 1 to 100", min = "1", max = "100")
        int maxFiles() default 4;

        @AttributeDefinition(description = "Measurements that are not written, separated by commas")
        String exclude() default "frame, delivery";
    }

    private record Values(Path directory, long maxFileBytes, int maxFiles, Set<String> excluded) {

        static Values of(Settings settings) throws BadSetting {
            return new Values(
                    settings.parse("directory", Path::of, "a directory"),
                    settings.wholeNumber("maxFileBytes", 65_536, 1 << 30),
                    settings.wholeNumber("maxFiles", 1, MOST_FILES),
                    Set.copyOf(settings.list("exclude")));
        }
    }

    @Activate
    public JsonlExporter(Map<String, Object> properties) {
        modified(properties);
    }

    @Modified
    void modified(Map<String, Object> properties) {
        values = Settings.read(PID, Config.class, properties, values, Values::of, LOG::error);
    }

    @Override
    public void export(List<Sample> batch) throws IOException {
        Values now = values;
        lines.setLength(0);
        for (Sample sample : batch) {
            if (!now.excluded().contains(sample.measurement().name())) {
                JsonLine.append(lines, sample);
            }
        }
        if (lines.length() > 0) {
            write(now, ByteBuffer.wrap(lines.toString().getBytes(StandardCharsets.UTF_8)));
        }
    }

    private static void write(Values now, ByteBuffer bytes) throws IOException {
        Path current = file(now, 0);
        // 0 for a file that is not there.
        long before = current.toFile().length();
        if (before > 0 && before + bytes.remaining() > now.maxFileBytes()) {
            rotate(now);
        }
        try (FileChannel channel = open(now, current)) {
            channel.position(endOfLastLine(channel));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        }
    }

    private static FileChannel open(Values now, Path file) throws IOException {
        try {
            return FileChannel.open(file, OPTIONS);
        } catch (NoSuchFileException e) {
            Files.createDirectories(now.directory());
            return FileChannel.open(file, OPTIONS);
        }
    }

    /** Cuts off what a full disk or a power cut left at the end: half a line, or zeros. */
    private static long endOfLastLine(FileChannel channel) throws IOException {
        long size = channel.size();
        long end = size;
        ByteBuffer last = ByteBuffer.allocate(1);
        while (end > 0 && (channel.read(last.clear(), end - 1) != 1 || last.get(0) != '\n')) {
            end--;
        }
        if (end < size) {
            channel.truncate(end);
        }
        return end;
    }

    private static void rotate(Values now) throws IOException {
        // Beyond the last one there are some when fewer are kept than before.
        for (int age = now.maxFiles() - 1; age < MOST_FILES; age++) {
            Files.deleteIfExists(file(now, age));
        }
        for (int age = now.maxFiles() - 2; age >= 0; age--) {
            if (Files.exists(file(now, age))) {
                Files.move(file(now, age), file(now, age + 1), StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    /** @param age 0 for the one being written */
    private static Path file(Values now, int age) {
        return now.directory().resolve(age == 0 ? "telemetry.jsonl" : "telemetry." + age + ".jsonl");
    }
}
