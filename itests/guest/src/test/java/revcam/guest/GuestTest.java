package revcam.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/**
 * Boots the guest once and reports each test that ran in it as one of its own. -Drevcam.guest.only=M2mCamera runs one class of
 * them, -Drevcam.guest.cycles=200 opens and closes camera and encoder so often.
 */
class GuestTest {

    private static final List<Class<?>> CLASSES = List.of(M2mConformance.class, M2mCamera.class, M2mFailures.class,
            CameraFailures.class);

    private static final String ONLY = System.getProperty("revcam.guest.only", ".*");

    @TestFactory
    Stream<DynamicTest> inTheGuest() throws Exception {
        Guest.assumePossible();
        try (Guest guest = new Guest("tests")) {
            layOut(guest.share);
            int status = guest.boot("main", "--timeout", "600").await(15);
            List<DynamicTest> tests = results(guest.share.resolve("reports/TEST-junit-jupiter.xml"));
            if (tests.isEmpty()) {
                fail("no test ran in the guest; its console is " + guest.console());
            }
            String console = guest.console();
            // 1 is a test that failed, which is told above.
            tests.add(DynamicTest.dynamicTest("the guest comes to its end", () -> assertTrue(status == 0 || status == 1,
                    () -> "status " + status + "; its console is " + console)));
            return tests.stream();
        }
    }

    /** Copies this test's class path, which holds src/main and the bundles, to where the guest sees it. */
    private static void layOut(Path share) throws IOException {
        Path lib = Files.createDirectories(share.resolve("lib"));
        List<String> classPath = new ArrayList<>();
        for (String entry : System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"))
                .split(File.pathSeparator)) {
            Path from = Path.of(entry);
            String name = String.format("%02d-%s", classPath.size(), from.getFileName());
            if (Files.isRegularFile(from)) {
                Files.copy(from, lib.resolve(name));
            } else if (Files.isDirectory(from)) {
                Guest.copy(from, lib.resolve(name));
            }
            classPath.add("/mnt/share/lib/" + name);
        }
        Files.writeString(share.resolve("classpath"), String.join(":", classPath));
        String cycles = System.getProperty("revcam.guest.cycles");
        Files.writeString(share.resolve("options"), cycles == null ? "" : "-Drevcam.guest.cycles=" + cycles);
        Files.writeString(share.resolve("classes"),
                String.join(" ", CLASSES.stream().filter(it -> it.getSimpleName().matches(ONLY)).map(it -> "--select-class=" + it.getName()).toList()));
    }

    private static List<DynamicTest> results(Path report) throws Exception {
        List<DynamicTest> tests = new ArrayList<>();
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
}
