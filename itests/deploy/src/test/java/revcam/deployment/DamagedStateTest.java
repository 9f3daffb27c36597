package revcam.deployment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import revcam.browser.Product;
import revcam.browser.StateFiles;
import revcam.testkit.Damage;

/**
 * A camera with an SSH server, people whom it trusts and a deployed bundle, each file of whose state is damaged in turn: it
 * starts, what was deployed runs unless that is what was damaged, and strangers neither log in nor deploy nor watch. Minutes.
 */
@EnabledIfSystemProperty(named = "revcam.faults", matches = "true", disabledReason = "takes minutes: -Drevcam.faults=true")
class DamagedStateTest {

    private static final String LAMP = "com.example.lamp";

    @TempDir
    Path home;

    @Test
    void oneFileIsDamaged() throws Exception {
        Path lamp = Parts.bundle(home.resolve("lamp.jar"), LAMP, "1.0.0", Parts.Good.class, "");
        Path stranger = Camera.key(home.resolve("stranger"), "ed25519");
        List<String> failed = new ArrayList<>();
        int starts = 0;
        try (Product first = Camera.start(home)) {
            first.configs().set("revcam.deploy", "trial", "5");
            String port = Camera.port(first);
            Terminal.Answer kept = deploy(first, home.resolve(".config/revcam/deploy_key"), lamp);
            assertEquals(0, kept.status(), kept.output());
            assertEquals(0, ssh(port, home.resolve(".config/revcam/deploy_key")).status());
            String token = StateFiles.token(first);
            first.end("KILL");
            StateFiles files = StateFiles.of(first.state());
            System.out.println("damaged one at a time: " + files.paths().stream().map(files::name).toList());
            for (Path file : files.paths()) {
                // Of copies of configuration files one stands for all: they are read where a file is torn.
                if (files.name(file).startsWith("config-backup/") && !file.endsWith("revcam.ssh.cfg")) {
                    continue;
                }
                for (Damage.Kind kind : Damage.Kind.values()) {
                    if (!file.endsWith("ssh/port")) {
                        Files.delete(first.state().resolve("ssh/port"));
                    }
                    kind.to(file);
                    starts++;
                    Product again = first.again();
                    try {
                        again.awaitReady();
                        look(again, files.name(file), kind, token, stranger, lamp);
                    } catch (IOException | AssertionError e) {
                        failed.add(files.name(file) + " " + kind + ": " + e.getMessage());
                    }
                    // Not closed, which would remove the state.
                    if (again.isAlive()) {
                        again.end("TERM");
                    }
                    files.restore();
                }
            }
        }
        System.out.println(starts + " starts with a damaged file");
        assertEquals(List.of(), failed);
    }

    private void look(Product again, String name, Damage.Kind kind, String token, Path stranger, Path lamp) throws Exception {
        again.awaitShell("status");
        StateFiles.assertGuarded(again, token, !name.equals("whep.token"), "offers");
        // Flipping one letter of a name, a comment or a note harms nobody.
        boolean theBundle = name.startsWith("deployment/store/");
        String bundles = again.awaitShell("lb", "-s", LAMP);
        boolean runs = bundles.contains("Active") && bundles.contains(LAMP);
        assertTrue(theBundle ? !runs || kind == Damage.Kind.DELETED : runs, "what was deployed: " + bundles);

        Terminal.Answer refused = deploy(again, stranger, lamp);
        assertTrue(refused.status() == 1 && refused.output().contains("refused: "), "a stranger's set: " + refused.output());
        if (!name.startsWith("ssh/")) {
            String port = Camera.port(again);
            assertEquals(0, ssh(port, home.resolve(".config/revcam/deploy_key")).status(), "who is trusted");
            assertEquals(255, ssh(port, stranger).status(), "who is not");
        } else if (!name.equals("ssh/port")) {
            // A host key that cannot be used may mean that there is no server.
            if (Files.isRegularFile(again.state().resolve("ssh/port"))) {
                assertEquals(255, ssh(Camera.port(again), stranger).status(), "who is not trusted");
            }
        }
    }

    private Terminal.Answer deploy(Product product, Path key, Path jar) throws Exception {
        return Terminal.run(home, "", Terminal.words(Camera.script(), "deploy", "--state", product.state(), "--key", key, jar));
    }

    private Terminal.Answer ssh(String port, Path key) throws Exception {
        return Terminal.run(home, "", Terminal.words("ssh", "-F", "none", "-p", port, "-i", key, "-o", "IdentitiesOnly=yes",
                "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "BatchMode=yes", "revcam@127.0.0.1",
                "deployments"));
    }
}
