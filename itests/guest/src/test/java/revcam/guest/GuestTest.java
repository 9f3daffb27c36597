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
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/**
 * Boots the guest once and reports each test that ran in it as one of its own. -Drevcam.guest.only=M2mCamera runs one class of
 * them or, with #name behind it, one test, -Drevcam.guest.cycles=200 opens and closes camera and encoder so often, -Drevcam.guest.minutes=30 gives it more time.
 */
class GuestTest {

    private static final List<Class<?>> CLASSES = List.of(M2mConformance.class, M2mCamera.class, M2mFailures.class,
            CameraFailures.class);

    private static final String ONLY = System.getProperty("revcam.guest.only", ".*");

    /**
     * Of the class path, what runs in the guest: to look a class up in each of the product's eighty archives takes it a minute, as
     * it reads them through the host.
     */
    private static final Pattern NEEDED = Pattern.compile("(test-)?classes|(revcam\\.(api|v4l2|capture\\.v4l2|encoder\\.v4l2m2m|testkit"
            + "|packetiser\\.h264|rtp)|jna|slf4j-(api|simple)|junit-.*|opentest4j|open-test-reporting-.*)-\\d.*");

    /** A machine that has other things to do may hold an emulator up for minutes. */
    private static final int MINUTES = Integer.getInteger("revcam.guest.minutes", 10);

    @TestFactory
    Stream<DynamicTest> inTheGuest() throws Exception {
        Guest.assumePossible();
        try (Guest guest = new Guest("tests")) {
            layOut(guest.share);
            int status = guest.boot("main", "--timeout", Integer.toString(60 * MINUTES)).await(MINUTES + 5);
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
            if (!NEEDED.matcher(from.getFileName().toString()).matches()) {
                continue;
            }
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
        Files.writeString(share.resolve("classes"), String.join(" ", CLASSES.stream()
                .filter(it -> it.getSimpleName().matches(ONLY.replaceFirst("#.*", "")))
                .map(it -> ONLY.contains("#") ? "--select-method=" + it.getName() + ONLY.substring(ONLY.indexOf('#'))
                        : "--select-class=" + it.getName()).toList()));
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
