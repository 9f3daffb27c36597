package revcam.deployment;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import revcam.browser.Configs;
import revcam.browser.Product;

/** The product with its own SSH server on a free port, and somebody whom it trusts. */
final class Camera {

    private static final long PATIENCE_NANOS = 60_000_000_000L;

    private Camera() {}

    /** @param home gets {@code .config/revcam/deploy_key} */
    static Product start(Path home) throws Exception {
        Configs configs = Configs.copyTo(Files.createTempDirectory("revcam-configs"));
        configs.set("revcam.ssh", "enabled", "true");
        configs.set("revcam.ssh", "listen", "127.0.0.1");
        configs.set("revcam.ssh", "port", "0");
        configs.set("revcam.ssh", "size.max", "2");
        configs.set("revcam.deploy", "trial", "5");
        Product product = Product.launch(configs).awaitReady();
        Terminal.Answer made = Terminal.run(home, "", Terminal.words(script(), "deploy", "--make-key"));
        Terminal.Answer trusted = Terminal.run(home, "", Terminal.words(script(), "deploy", "--state", product.state(),
                "--trust", home.resolve(".config/revcam/deploy_key.pub")));
        if (made.status() != 0 || trusted.status() != 0) {
            throw new IOException(made.output() + trusted.output());
        }
        return product;
    }

    static Path script() {
        return Product.root().resolve("revcam");
    }

    static String port(Product product) throws Exception {
        Path file = product.state().resolve("ssh/port");
        long end = System.nanoTime() + PATIENCE_NANOS;
        while (!Files.exists(file) || Files.size(file) == 0) {
            if (System.nanoTime() - end > 0) {
                throw new IOException("no SSH server; the log says:\n" + product.logText());
            }
            Thread.sleep(100);
        }
        return Files.readString(file).strip();
    }

    /** For ssh and its kin. */
    static List<String> options(Path home) {
        return List.of("-F", "none", "-i", home.resolve(".config/revcam/deploy_key").toString(),
                "-o", "IdentitiesOnly=yes", "-o", "StrictHostKeyChecking=accept-new",
                "-o", "UserKnownHostsFile=" + home.resolve("known_hosts"));
    }

    static Path key(Path file, String type) throws Exception {
        Process process = new ProcessBuilder("ssh-keygen", "-q", "-t", type, "-N", "", "-f", file.toString()).inheritIO().start();
        if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
            throw new IOException("no key");
        }
        return file;
    }
}
