package revcam.capture.libcamera;

import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import revcam.api.capture.CaptureRequest;
import revcam.api.media.StageException;
import revcam.api.media.StageException.Reason;

/**
 * A running rpicam-vid. One thread reads; {@link #close()} may come from any and ends the read. A process that says nothing
 * any more is ended, too.
 */
final class CameraProcess implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(CameraProcess.class);

    /** libcamera starts, tunes and meters for seconds on a Zero 2 W. */
    private static final long START_NANOS = 15_000_000_000L;
    private static final long SILENCE_NANOS = 5_000_000_000L;
    private static final long WATCH_MILLIS = 250;
    private static final int EXIT_SECONDS = 2;
    private static final int KEPT_LINES = 6;
    /** The capacity of a Linux pipe, see pipe(7). */
    private static final int PIPE_BYTES = 64 * 1024;
    /** As libcamera says which size it will give. */
    private static final Pattern CONFIGURED = Pattern.compile("configuring streams: \\(0\\) (\\d+)x(\\d+)-");

    private final String command;
    private final String asked;
    private final Process process;
    private final InputStream pictures;
    private final byte[] chunk = new byte[PIPE_BYTES];
    private final Deque<String> said = new ArrayDeque<>();
    private final Thread listener;
    private volatile long heardNanos = System.nanoTime();
    private volatile boolean begun;
    private volatile String killedBecause;
    private volatile boolean closed;
    private int buffered;

    /** @throws StageException UNAVAILABLE when there is no such command */
    CameraProcess(LibcameraSettings settings, CaptureRequest request) throws StageException {
        List<String> line = settings.commandLine(request);
        command = settings.command();
        asked = request.width() + "x" + request.height();
        try {
            process = new ProcessBuilder(line).start();
            process.getOutputStream().close();
        } catch (IOException e) {
            throw new StageException(Reason.UNAVAILABLE, command + " does not run; install it with: sudo apt install rpicam-apps, "
                    + "or name it in revcam.capture.libcamera.cfg (command; libcamera-vid on older systems)", e);
        }
        LOG.debug("{}", line);
        pictures = process.getInputStream();
        listener = daemon(this::listen, "revcam.capture.libcamera says");
        daemon(this::watch, "revcam.capture.libcamera watch");
    }

    private static Thread daemon(Runnable work, String name) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    /** Waits for the next picture to begin. */
    void awaitPicture() throws StageException {
        fill(Integer.MAX_VALUE);
    }

    /** Reads the picture that has begun, of {@code bytes}, into {@code data}, or throws it away where that is null. */
    void read(ByteBuffer data, int bytes) throws StageException {
        int done = 0;
        while (done < bytes) {
            fill(bytes - done);
            if (data != null) {
                data.put(done, chunk, 0, buffered);
            }
            done += buffered;
            buffered = 0;
        }
    }

    /** The end of a picture is never passed: a chunk is at most as long as what is missing of it. */
    private void fill(int atMost) throws StageException {
        if (buffered > 0) {
            return;
        }
        try {
            // What begins a picture is one byte, so that any picture is longer.
            int bytes = pictures.read(chunk, 0, atMost == Integer.MAX_VALUE ? 1 : Math.min(chunk.length, atMost));
            if (bytes < 0) {
                throw new EOFException();
            }
            heardNanos = System.nanoTime();
            begun = true;
            buffered = bytes;
        } catch (IOException e) {
            throw ended(e);
        }
    }

    private void watch() {
        try {
            while (!process.waitFor(WATCH_MILLIS, TimeUnit.MILLISECONDS)) {
                long silence = System.nanoTime() - heardNanos;
                if (silence > (begun ? SILENCE_NANOS : START_NANOS)) {
                    kill("gave no picture for " + silence / 1_000_000_000 + " s");
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void kill(String because) {
        killedBecause = because;
        process.destroyForcibly();
    }

    private void listen() {
        try (BufferedReader lines = process.errorReader(StandardCharsets.UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                synchronized (said) {
                    said.add(line);
                    if (said.size() > KEPT_LINES) {
                        said.remove();
                    }
                }
                LOG.debug("{}", line);
                Matcher configured = CONFIGURED.matcher(line);
                if (configured.find() && !asked.equals(configured.group(1) + "x" + configured.group(2))) {
                    kill("cannot give " + asked + " but " + configured.group(1) + "x" + configured.group(2)
                            + "; ask for that size");
                }
            }
        } catch (IOException e) {
            // The process has been ended.
        }
    }

    private StageException ended(IOException cause) {
        int status = -1;
        try {
            if (process.waitFor(EXIT_SECONDS, TimeUnit.SECONDS)) {
                status = process.exitValue();
            }
            listener.join(TimeUnit.SECONDS.toMillis(EXIT_SECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        String last;
        synchronized (said) {
            last = String.join("; ", said);
        }
        if (killedBecause != null) {
            return new StageException(Reason.UNAVAILABLE, command + " " + killedBecause + (last.isEmpty() ? "" : "; it said: " + last),
                    cause);
        }
        String lower = last.toLowerCase(Locale.ROOT);
        if (lower.contains("no cameras available")) {
            return new StageException(Reason.UNAVAILABLE, "there is no camera module; switch the Pi off, seat both ends of its "
                    + "ribbon cable, and look at: rpicam-hello --list-cameras", cause);
        }
        if (lower.contains("in use by another process") || lower.contains("device or resource busy")
                || lower.contains("failed to acquire camera")) {
            return new StageException(Reason.BUSY, "another program holds the camera module; find it with: fuser -v /dev/media*",
                    cause);
        }
        return new StageException(Reason.UNAVAILABLE, command + " ended" + (status < 0 ? "" : " with status " + status)
                + (last.isEmpty() ? " and said nothing; try: rpicam-hello --list-cameras" : ": " + last), cause);
    }

    /** First kindly, so that the camera is switched off in order; then not. When it returns the process has ended. Idempotent. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        process.destroy();
        boolean interrupted = false;
        try {
            if (!process.waitFor(EXIT_SECONDS, TimeUnit.SECONDS)) {
                LOG.warn("{} does not end and is killed", command);
                process.destroyForcibly().waitFor(EXIT_SECONDS, TimeUnit.SECONDS);
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            interrupted = true;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
