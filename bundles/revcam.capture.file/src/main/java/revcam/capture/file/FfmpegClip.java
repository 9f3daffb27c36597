package revcam.capture.file;

import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import revcam.api.capture.CaptureRequest;
import revcam.api.media.RawFrame;

/**
 * Any clip that the system's ffmpeg plays, looped, scaled and brought to the wanted rate by it, over a pipe. While nobody
 * reads, the pipe is full and ffmpeg waits.
 */
final class FfmpegClip implements Clip {

    private static final int START_SECONDS = 10;
    private static final int EXIT_SECONDS = 2;
    private static final int KEPT_ERROR_LINES = 4;
    /** The capacity of a Linux pipe, see pipe(7). */
    private static final int PIPE_BYTES = 64 * 1024;

    private final Path path;
    private final Process process;
    private final InputStream pictures;
    private final byte[] chunk = new byte[PIPE_BYTES];
    private final Deque<String> errors = new ArrayDeque<>();
    private final Thread errorReader;
    private volatile boolean late;

    /**
     * Starts ffmpeg and waits until it has decoded the beginning.
     *
     * @param path absolute
     * @throws CannotStart there is no such command
     * @throws IOException ffmpeg cannot play the clip, and says why
     */
    FfmpegClip(String command, Path path, CaptureRequest request) throws IOException {
        this(start(command, path, request), path, request, START_SECONDS);
    }

    /**
     * @param process an ffmpeg that was just started; killed with this, and when this throws
     * @param patience seconds until it has to have begun
     */
    FfmpegClip(Process process, Path path, CaptureRequest request, int patience) throws IOException {
        this.path = path;
        this.process = process;
        pictures = process.getInputStream();
        errorReader = new Thread(this::collectErrors, "revcam.capture.file ffmpeg");
        errorReader.setDaemon(true);
        errorReader.start();
        try {
            process.getOutputStream().close();
            CompletableFuture<Boolean> started = new CompletableFuture<Boolean>()
                    .completeOnTimeout(false, patience, TimeUnit.SECONDS);
            started.thenAccept(inTime -> {
                if (!inTime) {
                    late = true;
                    process.destroyForcibly();
                }
            });
            byte[] line;
            try {
                line = readLine();
            } finally {
                started.complete(true);
            }
            Y4mHeader header = Y4mHeader.parse(line, line.length);
            if (header.width() != request.width() || header.height() != request.height() || !header.isI420()) {
                throw new IOException("ffmpeg made pictures of " + header.width() + "x" + header.height() + " C"
                        + header.chroma() + "; its version is not one that RevCam knows");
            }
        } catch (IOException e) {
            // Killing it closes the pipe, too, so that what is read then may be any error.
            IOException cause = late
                    ? new IOException("ffmpeg took more than " + patience + " s to begin with " + path + errors(), e)
                    : e instanceof EOFException ? ended(e) : e;
            close();
            throw cause;
        } catch (IllegalArgumentException e) {
            close();
            throw e;
        }
    }

    /** The command that should play the clip could not be run. */
    static final class CannotStart extends IOException {
        CannotStart(IOException cause) {
            super(cause.getMessage(), cause);
        }
    }

    private static Process start(String command, Path path, CaptureRequest request) throws CannotStart {
        try {
            return new ProcessBuilder(arguments(command, path, request)).start();
        } catch (IOException e) {
            throw new CannotStart(e);
        }
    }

    private static List<String> arguments(String command, Path path, CaptureRequest request) {
        String size = request.width() + ":" + request.height();
        return List.of(
                command, "-hide_banner", "-nostdin", "-loglevel", "error",
                // The clip is a local file whatever its name looks like, and what it refers to is local too.
                "-protocol_whitelist", "file", "-stream_loop", "-1", "-i", "file:" + path,
                "-map", "0:v:0",
                "-vf", "scale=" + size + ":force_original_aspect_ratio=decrease:force_divisible_by=2:out_range=tv,pad="
                        + size + ":(ow-iw)/2:(oh-ih)/2,setsar=1,fps=" + request.rate(),
                "-pix_fmt", "yuv420p", "-f", "yuv4mpegpipe", "-");
    }

    @Override
    public void read(RawFrame frame, long number) throws IOException {
        try {
            byte[] marker = readLine();
            if (!Arrays.equals(marker, Y4mHeader.FRAME)) {
                throw new IOException("ffmpeg's pictures of " + path + " are out of step");
            }
            for (int plane = 0; plane < frame.format().planes(); plane++) {
                ByteBuffer samples = Clip.plane(frame, plane);
                while (samples.hasRemaining()) {
                    int bytes = pictures.read(chunk, 0, Math.min(chunk.length, samples.remaining()));
                    if (bytes < 0) {
                        throw new EOFException();
                    }
                    samples.put(chunk, 0, bytes);
                }
            }
        } catch (EOFException e) {
            throw ended(e);
        }
    }

    /** A header line with its newline. */
    private byte[] readLine() throws IOException {
        byte[] line = new byte[Y4mHeader.MAX_BYTES];
        for (int i = 0; i < line.length; i++) {
            int next = pictures.read();
            if (next < 0) {
                throw new EOFException();
            }
            line[i] = (byte) next;
            if (next == '\n') {
                return Arrays.copyOf(line, i + 1);
            }
        }
        throw new IOException("ffmpeg's pictures of " + path + " are out of step");
    }

    private void collectErrors() {
        try (BufferedReader lines = process.errorReader(StandardCharsets.UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                synchronized (errors) {
                    if (errors.size() == KEPT_ERROR_LINES) {
                        errors.removeFirst();
                    }
                    errors.addLast(line.strip());
                }
            }
        } catch (IOException e) {
            // the process was killed
        }
    }

    /** The pipe broke: what ffmpeg said last tells why. */
    private IOException ended(IOException cause) {
        try {
            errorReader.join(TimeUnit.SECONDS.toMillis(EXIT_SECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return new IOException("ffmpeg cannot play " + path + errors(), cause);
    }

    private String errors() {
        synchronized (errors) {
            return errors.isEmpty() ? "" : ": " + String.join("; ", errors);
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
        try {
            process.waitFor(EXIT_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
