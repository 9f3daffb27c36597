package revcam.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import revcam.browser.Configs;
import revcam.browser.Product;

/**
 * Counts the CPU time that the product's encoder thread spends inside libx264: {@code x264_cpu.c}, compiled here and
 * loaded by the product in libx264's place. The product itself is the same.
 */
final class X264Clock {

    private static final List<String> LIBRARIES = List.of("libx264.so.164", "libx264.so.165");

    private final Path total;
    private final Path library;

    /** @param directory where to put what is made */
    X264Clock(Path directory) throws IOException, InterruptedException {
        total = Files.write(directory.resolve("x264-nanos"), new byte[Long.BYTES]);
        library = directory.resolve("x264_cpu.so");
        String said = "";
        for (String name : LIBRARIES) {
            Process compiler = new ProcessBuilder("cc", "-O2", "-shared", "-fPIC", "-Wl,--no-as-needed",
                    "-DTOTAL=\"" + total + "\"", "-DLIBRARY=\"" + name + "\"", "-o", library.toString(),
                    Product.root().resolve("itests/bench/src/main/c/x264_cpu.c").toString(), "-l:" + name)
                    .redirectErrorStream(true).start();
            said = new String(compiler.getInputStream().readAllBytes());
            if (compiler.waitFor() == 0) {
                return;
            }
        }
        throw new IOException("none of " + LIBRARIES + " can be put a clock before: " + said);
    }

    void install(Configs configs) throws IOException {
        configs.set("revcam.encoder.x264", "library", library.toString());
    }

    /** Since the product's start. */
    long nanos() throws IOException {
        return ByteBuffer.wrap(Files.readAllBytes(total)).order(ByteOrder.nativeOrder()).getLong();
    }
}
