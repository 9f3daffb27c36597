package revcam.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;

/** What a power cut, a dying card or a copy that went wrong makes of a file, one after the other. */
public final class Damage {

    /** Looks at what is made of the file. */
    @FunctionalInterface
    public interface Check {

        /** @param what was done to the file, for messages */
        void look(String what) throws IOException;
    }

    /** The kinds that are tried on whole starts. */
    public enum Kind {
        EMPTY, HALF, ZEROS, FLIPPED, DELETED, DIRECTORY;

        /** Does it. */
        public void to(Path file) throws IOException {
            byte[] whole = Files.readAllBytes(file);
            switch (this) {
                case EMPTY -> Files.write(file, new byte[0]);
                case HALF -> Files.write(file, Arrays.copyOf(whole, whole.length / 2));
                case ZEROS -> Files.write(file, new byte[whole.length]);
                case FLIPPED -> {
                    if (whole.length > 0) {
                        whole[whole.length / 3] ^= 0x10;
                    }
                    Files.write(file, whole);
                }
                case DELETED -> Files.delete(file);
                case DIRECTORY -> {
                    Files.delete(file);
                    Files.createDirectory(file);
                }
            }
        }
    }

    private static final int FLIPS = 64;
    private static final int CUTS = 64;

    private Damage() {}

    /**
     * Damages the file in every kind, in many places, and restores it each time, with its permissions.
     *
     * @return how often
     */
    public static int each(Path file, Check check) throws IOException {
        byte[] whole = Files.readAllBytes(file);
        var permissions = Files.getPosixFilePermissions(file);
        int count = 0;
        for (Kind kind : Kind.values()) {
            kind.to(file);
            check.look(file.getFileName() + " " + kind);
            restore(file, whole);
            Files.setPosixFilePermissions(file, permissions);
            count++;
        }
        Random random = new Random(whole.length);
        for (int i = 0; i < FLIPS && whole.length > 0; i++) {
            byte[] flipped = whole.clone();
            int at = random.nextInt(whole.length);
            flipped[at] ^= (byte) (1 << random.nextInt(8));
            Files.write(file, flipped);
            check.look(file.getFileName() + " flipped at " + at);
            count++;
        }
        for (int i = 0; i < CUTS && i < whole.length; i++) {
            int length = whole.length <= CUTS ? i : random.nextInt(whole.length);
            Files.write(file, Arrays.copyOf(whole, length));
            check.look(file.getFileName() + " cut to " + length);
            count++;
        }
        restore(file, whole);
        return count;
    }

    private static void restore(Path file, byte[] whole) throws IOException {
        if (Files.isDirectory(file)) {
            Files.delete(file);
        }
        Files.write(file, whole);
    }
}
