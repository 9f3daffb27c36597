package revcam.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * One start of the product.
 *
 * @param wallMillis from just before {@code exec} to the ready line
 * @param cpuMillis of all threads at that moment
 */
record ColdStart(double wallMillis, double cpuMillis) {

    static ColdStart of(List<String> command, List<String> environment) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .redirectInput(ProcessBuilder.Redirect.from(new java.io.File("/dev/null")));
        builder.environment().clear();
        for (String variable : environment) {
            int equals = variable.indexOf('=');
            builder.environment().put(variable.substring(0, equals), variable.substring(equals + 1));
        }
        long start = System.nanoTime();
        Process process = builder.start();
        try (BufferedReader reader = process.inputReader()) {
            String line = reader.readLine();
            long cpu = new ProcessFigures(process.pid()).cpuNanos();
            long wall = System.nanoTime() - start;
            if (line == null || !line.startsWith("ready ")) {
                throw new IOException("it started with " + line);
            }
            return new ColdStart(wall / 1e6, cpu / 1e6);
        } finally {
            end(process);
        }
    }

    private static void end(Process process) throws IOException {
        process.destroy();
        try {
            if (!process.waitFor(15, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IOException("it does not end on SIGTERM");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }
}
