package revcam.capture.libcamera;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import revcam.api.capture.CaptureRequest;
import revcam.api.media.FrameRate;

/**
 * A script in place of rpicam-vid. Picture N is the letter A + N mod 8 in every sample, and '#' in the padding that makes rows
 * of Y a multiple of 64 bytes. The file {@code behaviour} beside it says what it does instead.
 */
final class FakeRpicamVid {

    private static final String SCRIPT = """
            #!/bin/sh
            dir=$(dirname "$0")
            for argument in "$@"; do printf '%s\\n' "$argument"; done > "$dir/arguments"
            echo $$ >> "$dir/pids"
            while [ $# -gt 0 ]; do
              case $1 in
                --width) w=$2 ;;
                --height) h=$2 ;;
                --framerate) rate=$2 ;;
              esac
              shift
            done
            behaviour=$(cat "$dir/behaviour")
            case $behaviour in
              none) echo "ERROR: *** no cameras available ***" >&2; exit 255 ;;
              busy) echo "ERROR: *** failed to acquire camera ***" >&2; exit 255 ;;
              dumb) exit 3 ;;
              size) echo "[0:01] [1] INFO Camera camera.cpp:1197 configuring streams: (0) 640x480-YUV420" >&2 ;;
              *) echo "[0:01] [1] INFO Camera camera.cpp:1197 configuring streams: (0) ${w}x$h-YUV420" >&2 ;;
            esac
            for i in 0 1 2 3 4 5 6 7; do
              awk -v w="$w" -v h="$h" -v i=$i 'BEGIN {
                c = sprintf("%c", 65 + i); s = int((w + 63) / 64) * 64
                for (x = 0; x < s; x++) row = row (x < w ? c : "#")
                for (x = 0; x < s / 2; x++) half = half (x < w / 2 ? c : "#")
                for (y = 0; y < h; y++) printf "%s", row
                for (y = 0; y < h; y++) printf "%s", half }' > "$dir/picture.$i"
            done
            pause=$(awk -v rate="$rate" 'BEGIN { print 0.85 / rate }')
            n=0
            while :; do
              case $(cat "$dir/behaviour") in
                silent) sleep 0.1; continue ;;
                crash) head -c 1000 "$dir/picture.0"; echo "ERROR: *** camera timeout ***" >&2; exit 255 ;;
                stubborn) trap '' TERM ;;
              esac
              cat "$dir/picture.$((n % 8))" || exit 0
              n=$((n + 1))
              sleep "$pause"
            done
            """;

    final Path directory;

    FakeRpicamVid(Path directory) throws IOException {
        this.directory = directory;
        behave("well");
        Files.writeString(directory.resolve("rpicam vid"), SCRIPT);
        Files.setPosixFilePermissions(directory.resolve("rpicam vid"), PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    void behave(String how) throws IOException {
        Files.writeString(directory.resolve("behaviour"), how + "\n");
    }

    List<String> arguments() throws IOException {
        return Files.readAllLines(directory.resolve("arguments"));
    }

    /** Processes that were started, in order. */
    List<ProcessHandle> processes() throws IOException {
        return Files.readAllLines(directory.resolve("pids")).stream().map(Long::valueOf).map(ProcessHandle::of)
                .flatMap(java.util.Optional::stream).toList();
    }

    int starts() throws IOException {
        return Files.readAllLines(directory.resolve("pids")).size();
    }

    LibcameraCaptureFactory factory(String... settings) {
        return new LibcameraCaptureFactory(properties(settings));
    }

    Map<String, Object> properties(String... settings) {
        Map<String, Object> properties = new HashMap<>(Map.of("command", directory.resolve("rpicam vid").toString()));
        for (String setting : settings) {
            properties.put(setting.substring(0, setting.indexOf('=')), setting.substring(setting.indexOf('=') + 1));
        }
        return properties;
    }

    static CaptureRequest request(int width, int height) {
        return new CaptureRequest("", width, height, FrameRate.of(30));
    }
}
