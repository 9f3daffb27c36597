package revcam.packetiser.h264;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** H.264 that libx264 made of a synthetic picture, taken apart byte by byte, as simply as can be. */
record TestStream(String name, byte[] bytes) {

    static TestStream encode(
            Path directory, String name, String source, int frames, String pixelFormat, String profile, String options)
            throws IOException, InterruptedException {
        Path file = directory.resolve(name + ".h264");
        Tool.FFMPEG.run(
                directory,
                "-hide_banner", "-loglevel", "error", "-y",
                "-f", "lavfi", "-i", source,
                "-frames:v", Integer.toString(frames),
                "-pix_fmt", pixelFormat,
                "-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-profile:v", profile,
                "-x264-params", options,
                "-f", "h264", file.toString());
        return new TestStream(name, Files.readAllBytes(file));
    }

    static int type(byte[] unit) {
        return unit[0] & 0x1F;
    }

    /** The NAL units of a byte stream, without start codes and the zeros around them. */
    static List<byte[]> units(byte[] stream) {
        List<byte[]> units = new ArrayList<>();
        int start = -1;
        for (int at = 0; at <= stream.length; at++) {
            boolean code = at + 2 < stream.length && stream[at] == 0 && stream[at + 1] == 0 && stream[at + 2] == 1;
            if (code || at == stream.length) {
                int end = at;
                while (start >= 0 && end > start && stream[end - 1] == 0) {
                    end--;
                }
                if (start >= 0 && end > start) {
                    units.add(Arrays.copyOfRange(stream, start, end));
                }
                start = at + 3;
            }
        }
        return units;
    }

    List<byte[]> units() {
        return units(bytes);
    }

    /**
     * Its access units, start codes as the encoder wrote them. One ends before whatever follows its last slice and is
     * not a further slice of the picture; that is one when it does not begin with macroblock 0, whose code is a single
     * 1.
     */
    List<byte[]> accessUnits() {
        List<byte[]> all = new ArrayList<>();
        ByteArrayOutputStream current = new ByteArrayOutputStream();
        boolean slice = false;
        int at = 0;
        for (byte[] unit : units()) {
            int start = find(unit, at);
            boolean isSlice = type(unit) >= 1 && type(unit) <= 5;
            boolean further = isSlice && unit[1] >= 0 || type(unit) == 12;
            if (slice && !further) {
                all.add(current.toByteArray());
                current.reset();
                slice = false;
            }
            current.write(bytes, at, start + unit.length - at);
            slice |= isSlice;
            at = start + unit.length;
        }
        all.add(current.toByteArray());
        return all;
    }

    private int find(byte[] unit, int from) {
        int at = from;
        while (!(bytes[at] == 0 && bytes[at + 1] == 0 && bytes[at + 2] == 1)) {
            at++;
        }
        return at + 3;
    }

    /** What a receiver should get: everything but delimiters, filler, ends, and the encoder's note of its settings. */
    List<byte[]> expected() {
        List<byte[]> expected = new ArrayList<>();
        for (byte[] unit : units()) {
            boolean settings = type(unit) == 6 && new String(unit, ISO_8859_1)
                    .contains("x264 - core");
            if (!settings && (type(unit) < 9 || type(unit) > 12)) {
                expected.add(unit);
            }
        }
        return expected;
    }

    @Override
    public String toString() {
        return name;
    }
}
