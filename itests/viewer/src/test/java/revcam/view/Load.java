package revcam.view;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What a process has of the machine at a moment, by proc(5).
 *
 * @param rssMegabytes in memory now
 * @param threads now
 * @param cpuSeconds used so far, by all its threads
 * @param lostDatagrams that the kernel dropped so far because its UDP port's buffer was full
 */
record Load(double rssMegabytes, int threads, double cpuSeconds, long lostDatagrams) {

    /** Of proc(5): what {@code sysconf(_SC_CLK_TCK)} gives on every Linux of today. */
    private static final double TICKS_PER_SECOND = 100;

    static Load of(long pid, int udpPort) throws IOException {
        Path process = Path.of("/proc", Long.toString(pid));
        double rss = 0;
        int threads = 0;
        for (String line : Files.readAllLines(process.resolve("status"))) {
            String[] words = line.split("\\s+");
            if (words[0].equals("VmRSS:")) {
                rss = Long.parseLong(words[1]) / 1024.0;
            } else if (words[0].equals("Threads:")) {
                threads = Integer.parseInt(words[1]);
            }
        }
        String stat = Files.readString(process.resolve("stat"));
        // The name in brackets may hold anything.
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        double cpu = (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / TICKS_PER_SECOND;
        long lost = 0;
        String port = String.format(":%04X", udpPort);
        for (String line : Files.readAllLines(Path.of("/proc/net/udp"))) {
            List<String> words = List.of(line.strip().split("\\s+"));
            if (words.get(1).endsWith(port)) {
                lost += Long.parseLong(words.get(words.size() - 1));
            }
        }
        return new Load(rss, threads, cpu, lost);
    }
}
