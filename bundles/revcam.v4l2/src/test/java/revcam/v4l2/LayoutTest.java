package revcam.v4l2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LayoutTest {

    /** From C programs for aarch64, and for armhf without and with {@code _TIME_BITS=64}. */
    private static final Map<Request, List<Long>> NUMBERS = Map.ofEntries(
            Map.entry(Request.QUERYCAP, List.of(0x80685600L)),
            Map.entry(Request.ENUM_FMT, List.of(0xc0405602L)),
            Map.entry(Request.G_FMT, List.of(0xc0d05604L, 0xc0cc5604L, 0xc0cc5604L)),
            Map.entry(Request.S_FMT, List.of(0xc0d05605L, 0xc0cc5605L, 0xc0cc5605L)),
            Map.entry(Request.TRY_FMT, List.of(0xc0d05640L, 0xc0cc5640L, 0xc0cc5640L)),
            Map.entry(Request.REQBUFS, List.of(0xc0145608L)),
            Map.entry(Request.EXPBUF, List.of(0xc0405610L)),
            Map.entry(Request.QUERYBUF, List.of(0xc0585609L, 0xc0505609L, 0xc0445609L)),
            Map.entry(Request.QBUF, List.of(0xc058560fL, 0xc050560fL, 0xc044560fL)),
            Map.entry(Request.DQBUF, List.of(0xc0585611L, 0xc0505611L, 0xc0445611L)),
            Map.entry(Request.STREAMON, List.of(0x40045612L)),
            Map.entry(Request.STREAMOFF, List.of(0x40045613L)),
            Map.entry(Request.G_PARM, List.of(0xc0cc5615L)),
            Map.entry(Request.S_PARM, List.of(0xc0cc5616L)),
            Map.entry(Request.G_CTRL, List.of(0xc008561bL)),
            Map.entry(Request.S_CTRL, List.of(0xc008561cL)),
            Map.entry(Request.QUERYMENU, List.of(0xc02c5625L)),
            Map.entry(Request.QUERY_EXT_CTRL, List.of(0xc0e85667L)),
            Map.entry(Request.G_EXT_CTRLS, List.of(0xc0205647L, 0xc0185647L, 0xc0185647L)),
            Map.entry(Request.S_EXT_CTRLS, List.of(0xc0205648L, 0xc0185648L, 0xc0185648L)),
            Map.entry(Request.ENCODER_CMD, List.of(0xc028564dL)),
            Map.entry(Request.DQEVENT, List.of(0x80885659L, 0x80885659L, 0x80805659L)),
            Map.entry(Request.SUBSCRIBE_EVENT, List.of(0x4020565aL)),
            Map.entry(Request.UNSUBSCRIBE_EVENT, List.of(0x4020565bL)),
            Map.entry(Request.ENUM_FRAMESIZES, List.of(0xc02c564aL)),
            Map.entry(Request.ENUM_FRAMEINTERVALS, List.of(0xc034564bL)));

    @ParameterizedTest
    @EnumSource
    void theNumbersAreTheKernels(Request request) {
        List<Long> numbers = NUMBERS.get(request);
        for (Abi abi : Abi.values()) {
            long expected = numbers.get(numbers.size() == 1 ? 0 : abi.ordinal());
            assertEquals(Long.toHexString(expected), Integer.toHexString(request.number(abi)), request + " on " + abi);
        }
    }

    @ParameterizedTest
    @EnumSource
    void membersLieWithinTheirStructure(Field field) {
        for (Abi abi : Abi.values()) {
            assertTrue(field.at(abi) >= 0 && field.at(abi) + field.bytes(abi) <= field.struct.size(abi), field + " on " + abi);
        }
    }

    /** Asks the C compiler of this machine, where there is one. */
    @Test
    void theTablesAreThoseOfThisMachinesHeaders(@TempDir Path directory) throws Exception {
        assumeTrue(System.getProperty("os.arch").matches("amd64|aarch64"), "no 64-bit machine that the table is for");
        assumeTrue(Files.exists(Path.of("/usr/include/linux/videodev2.h")), "no kernel headers");
        List<String> program = new ArrayList<>(List.of("#include <stdio.h>", "#include <stddef.h>", "#include <sys/time.h>",
                "#include <linux/videodev2.h>", "int main(void) {"));
        List<String> expected = new ArrayList<>();
        for (Struct struct : Struct.values()) {
            program.add("printf(\"%zu\\n\", sizeof(" + struct.type + "));");
            expected.add(struct + " " + struct.size(Abi.LP64));
        }
        for (Field field : Field.values()) {
            program.add("printf(\"%zu %zu\\n\", offsetof(" + field.struct.type + ", " + field.member + "), sizeof((("
                    + field.struct.type + "*)0)->" + field.member + "));");
            expected.add(field + " " + field.at(Abi.LP64) + " " + field.bytes(Abi.LP64));
        }
        for (Request request : Request.values()) {
            program.add("printf(\"%lx\\n\", (unsigned long) " + request.symbol + ");");
            expected.add(request + " " + Integer.toHexString(request.number(Abi.LP64)));
        }
        program.add("return 0; }");
        Path source = Files.write(directory.resolve("layout.c"), program);
        Path binary = directory.resolve("layout");
        try {
            Process compiler = new ProcessBuilder("gcc", "-o", binary.toString(), source.toString()).inheritIO().start();
            assertTrue(compiler.waitFor(60, TimeUnit.SECONDS));
            assertEquals(0, compiler.exitValue(), "gcc");
        } catch (java.io.IOException e) {
            assumeTrue(false, "no gcc");
        }
        Process run = new ProcessBuilder(binary.toString()).start();
        String[] lines = new String(run.getInputStream().readAllBytes()).split("\n");
        List<String> found = new ArrayList<>();
        for (int i = 0; i < lines.length; i++) {
            found.add(expected.get(i).split(" ")[0] + " " + lines[i]);
        }
        assertEquals(String.join("\n", expected), String.join("\n", found));
    }
}
