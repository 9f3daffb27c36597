package revcam.telemetry.jsonl;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
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
@Component(configurationPid = "revcam.telemetry.jsonl", property = TelemetryExporter.NAME + "=jsonl")
@Designate(ocd = JsonlExporter.Config.class)
public final class JsonlExporter implements TelemetryExporter {

    private static final Logger LOG = LoggerFactory.getLogger(JsonlExporter.class);

    private static final String DIRECTORY = "telemetry";
    private static final int MAX_FILE_BYTES = 1 << 20;
    private static final int MAX_FILES = 4;
    private static final String EXCLUDE = "frame";

    private final Path directory;
    private final long maxFileBytes;
    private final int maxFiles;
    private final Set<String> excluded;
    private final StringBuilder lines = new StringBuilder();

    @ObjectClassDefinition(name = "RevCam telemetry as JSON lines", description = "Samples in files that rotate.")
    @interface Config {

        @AttributeDefinition(description = "Where the files are; made when missing")
        String directory() default DIRECTORY;

        @AttributeDefinition(description = "Bytes after which a file is full, 65536 to 1073741824", min = "65536",
                max = "1073741824")
        int maxFileBytes() default MAX_FILE_BYTES;

        @AttributeDefinition(description = "Files kept, the one being written included, 1 to 100", min = "1", max = "100")
        int maxFiles() default MAX_FILES;

        @AttributeDefinition(description = "Measurements that are not written, separated by commas")
        String exclude() default EXCLUDE;
    }

    /** @param properties as {@link Config} describes them, still text: a bad number must not keep telemetry from starting */
    @Activate
    public JsonlExporter(Map<String, Object> properties) {
        directory = Path.of(properties.getOrDefault("directory", DIRECTORY).toString());
        maxFileBytes = number(properties, "maxFileBytes", 65_536, 1 << 30, MAX_FILE_BYTES);
        maxFiles = number(properties, "maxFiles", 1, 100, MAX_FILES);
        excluded = Set.copyOf(List.of(properties.getOrDefault("exclude", EXCLUDE).toString().trim().split("\\s*,\\s*")));
    }

    private static int number(Map<String, Object> properties, String key, int min, int max, int otherwise) {
        Object value = properties.getOrDefault(key, otherwise);
        try {
            int number = Integer.parseInt(value.toString().trim());
            if (number >= min && number <= max) {
                return number;
            }
        } catch (NumberFormatException e) {
            // reported below, as a number out of range is
        }
        LOG.error("revcam.telemetry.jsonl.cfg: {} = {} is not a whole number from {} to {}; using {}",
                key, value, min, max, otherwise);
        return otherwise;
    }

    @Override
    public void export(List<Sample> batch) throws IOException {
        lines.setLength(0);
        for (Sample sample : batch) {
            if (!excluded.contains(sample.measurement().name())) {
                JsonLine.append(lines, sample);
            }
        }
        if (lines.length() > 0) {
            write(ByteBuffer.wrap(lines.toString().getBytes(StandardCharsets.UTF_8)));
        }
    }

    private void write(ByteBuffer bytes) throws IOException {
        Files.createDirectories(directory);
        Path current = file(0);
        if (Files.exists(current) && Files.size(current) + bytes.remaining() > maxFileBytes) {
            rotate();
        }
        try (FileChannel channel = FileChannel.open(
                current, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            channel.position(endOfLastLine(channel));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        }
    }

    /** Cuts off what a full disk or a power cut left at the end: half a line, or zeros. */
    private static long endOfLastLine(FileChannel channel) throws IOException {
        long end = channel.size();
        ByteBuffer last = ByteBuffer.allocate(1);
        while (end > 0 && (channel.read(last.clear(), end - 1) != 1 || last.get(0) != '\n')) {
            end--;
        }
        channel.truncate(end);
        return end;
    }

    private void rotate() throws IOException {
        Files.deleteIfExists(file(maxFiles - 1));
        for (int age = maxFiles - 2; age >= 0; age--) {
            if (Files.exists(file(age))) {
                Files.move(file(age), file(age + 1), StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    /** @param age 0 for the one being written */
    private Path file(int age) {
        return directory.resolve(age == 0 ? "telemetry.jsonl" : "telemetry." + age + ".jsonl");
    }
}
