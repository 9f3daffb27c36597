package revcam.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** Boots the guest once and reports each test that ran in it as one of its own. */
class GuestTest {

    private static final Path HERE = Path.of("").toAbsolutePath();
    private static final Path SHARE = HERE.resolve("target/share");
    private static final List<Class<?>> CLASSES = List.of(M2mConformance.class, M2mFailures.class);

    /** {@code ./revcam test} installs what is needed, and sets this; elsewhere who lacks it goes without. */
    private static final boolean REQUIRED = System.getenv("REVCAM_REQUIRE_TOOLS") != null;

    @TestFactory
    Stream<DynamicTest> inTheGuest() throws Exception {
        if (!REQUIRED && !isOnPath("qemu-system-aarch64")) {
            abort("there is no qemu-system-aarch64 here; ./revcam test installs it");
        }
        layOut();
        Path console = HERE.resolve("target/guest.log");
        Process run = new ProcessBuilder(HERE.resolve("run").toString(), "--timeout", "240", SHARE.toString())
                .redirectErrorStream(true).redirectOutput(console.toFile()).start();
        assertTrue(run.waitFor(15, TimeUnit.MINUTES), "the guest takes too long");
        List<DynamicTest> tests = results();
        if (tests.isEmpty()) {
            fail("no test ran in the guest; its console is " + console + ":\n" + tail(console));
        }
        int status = run.exitValue();
        tests.add(DynamicTest.dynamicTest("the guest ends", () -> assertTrue(status == 0 || status == 1,
                () -> "status " + status + "; its console is " + console)));
        return tests.stream();
    }

    private static boolean isOnPath(String program) {
        return Stream.of(System.getenv("PATH").split(File.pathSeparator)).anyMatch(it -> Files.isExecutable(Path.of(it, program)));
    }

    /** Copies this test's class path, which holds src/main and the product, to where the guest sees it. */
    private static void layOut() throws IOException {
        delete(SHARE);
        Path lib = Files.createDirectories(SHARE.resolve("lib"));
        List<String> classPath = new ArrayList<>();
        int count = 0;
        for (String entry : System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"))
                .split(File.pathSeparator)) {
            Path from = Path.of(entry);
            String name = String.format("%02d-%s", count++, from.getFileName());
            if (Files.isRegularFile(from)) {
                Files.copy(from, lib.resolve(name));
            } else if (Files.isDirectory(from)) {
                copy(from, lib.resolve(name));
            }
            classPath.add("/mnt/share/lib/" + name);
        }
        Files.writeString(SHARE.resolve("classpath"), String.join(":", classPath));
        Files.writeString(SHARE.resolve("classes"),
                String.join(" ", CLASSES.stream().map(it -> "--select-class=" + it.getName()).toList()));
        try (InputStream main = GuestTest.class.getResourceAsStream("/main")) {
            Files.copy(main, SHARE.resolve("main"));
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                Path target = to.resolve(from.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(file, target);
                }
            }
        }
    }

    private static void delete(Path directory) throws IOException {
        if (Files.exists(directory)) {
            try (Stream<Path> files = Files.walk(directory)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    private static List<DynamicTest> results() throws Exception {
        List<DynamicTest> tests = new ArrayList<>();
        Path report = SHARE.resolve("reports/TEST-junit-jupiter.xml");
        if (!Files.exists(report)) {
            return tests;
        }
        Document document = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(report.toFile());
        NodeList cases = document.getElementsByTagName("testcase");
        for (int i = 0; i < cases.getLength(); i++) {
            Element test = (Element) cases.item(i);
            String name = test.getAttribute("classname").replaceAll(".*\\.", "") + "." + test.getAttribute("name");
            String problem = text(test, "failure") + text(test, "error");
            tests.add(DynamicTest.dynamicTest(name, () -> assertEquals("", problem)));
        }
        return tests;
    }

    private static String text(Element test, String tag) {
        NodeList found = test.getElementsByTagName(tag);
        return found.getLength() == 0 ? "" : found.item(0).getTextContent();
    }

    private static String tail(Path file) throws IOException {
        List<String> lines = Files.readAllLines(file);
        return String.join("\n", lines.subList(Math.max(0, lines.size() - 20), lines.size()));
    }
}
