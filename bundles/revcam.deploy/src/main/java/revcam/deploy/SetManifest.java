package revcam.deploy;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a set says of itself, and what its maker signs: a line {@code revcam-deploy 1}, a line {@code made} with the time in
 * UTC, and for each bundle a line {@code sha256 HEX BYTES NAME.jar}. The time keeps an old set, signed once, from being
 * played again.
 *
 * @param made when, to the second
 * @param files by name, in the order in which they are listed
 */
record SetManifest(Instant made, Map<String, File> files) {

    static final String NAME = "revcam-deploy.txt";
    static final String SIGNATURE = NAME + ".sig";
    static final int LARGEST = 1 << 16;
    /** Of a bundle's file: no directory, nothing hidden. */
    static final Pattern JAR_NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._+-]{0,120}\\.jar");

    private static final String FIRST_LINE = "revcam-deploy 1";
    private static final Pattern FILE = Pattern.compile("sha256 ([0-9a-f]{64}) (\\d{1,12}) (.+)");

    /**
     * @param sha256 64 lower-case hexadecimal digits
     * @param size bytes
     */
    record File(String sha256, long size) {}

    /**
     * @throws TornException it ends within a line
     * @throws DeploymentException it cannot be used, whole or not
     */
    static SetManifest parse(byte[] content) throws TornException, DeploymentException {
        if (content.length == 0 || content[content.length - 1] != '\n') {
            throw new TornException(NAME + " ends within a line");
        }
        String text;
        try {
            text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(content)).toString();
        } catch (CharacterCodingException e) {
            throw bad(1, "it is no text");
        }
        String[] lines = text.split("\n");
        if (lines.length < 2 || !lines[0].equals(FIRST_LINE) || !lines[1].startsWith("made ")) {
            throw bad(1, "it should begin with '" + FIRST_LINE + "' and a line 'made TIME'");
        }
        Instant made;
        try {
            made = Instant.parse(lines[1].substring(5));
        } catch (DateTimeException e) {
            throw bad(2, "the time should look like 2026-11-26T18:00:00Z");
        }
        Map<String, File> files = new LinkedHashMap<>();
        for (int i = 2; i < lines.length; i++) {
            Matcher line = FILE.matcher(lines[i]);
            if (!line.matches()) {
                throw bad(i + 1, "it should be 'sha256 HEX BYTES NAME.jar'");
            }
            checkName(line.group(3));
            if (files.put(line.group(3), new File(line.group(1), Long.parseLong(line.group(2)))) != null) {
                throw bad(i + 1, line.group(3) + " is listed twice");
            }
        }
        if (files.isEmpty()) {
            throw bad(lines.length, "no bundle is listed");
        }
        return new SetManifest(made, files);
    }

    /** @throws DeploymentException it names another directory, is hidden, or is no bundle's */
    static void checkName(String name) throws DeploymentException {
        if (!JAR_NAME.matcher(name).matches()) {
            throw new DeploymentException("'" + Words.shown(name) + "' cannot be deployed: a set holds files NAME.jar, " + NAME
                    + " and " + SIGNATURE + ", no directories and no paths; names are of letters, digits and ._+-");
        }
    }

    private static DeploymentException bad(int line, String what) {
        return new DeploymentException(NAME + ", line " + line + ": " + what + "; ./revcam deploy writes it");
    }
}
