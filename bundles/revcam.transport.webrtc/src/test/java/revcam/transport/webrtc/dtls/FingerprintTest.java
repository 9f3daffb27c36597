package revcam.transport.webrtc.dtls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class FingerprintTest {

    private static final byte[] ABC = "abc".getBytes(StandardCharsets.US_ASCII);
    /** FIPS 180-4's examples for "abc". */
    private static final String SHA256 = "BA:78:16:BF:8F:01:CF:EA:41:41:40:DE:5D:AE:22:23:"
            + "B0:03:61:A3:96:17:7A:9C:B4:10:FF:61:F2:00:15:AD";
    private static final String SHA384 = "CB:00:75:3F:45:A3:5E:8B:B5:A0:3D:69:9A:C6:50:07:27:2C:32:AB:0E:DE:D1:63:"
            + "1A:8B:60:5A:43:FF:5B:ED:80:86:07:2B:A1:E7:CC:23:58:BA:EC:A1:34:C8:25:A7";

    @Test
    void matchesTheRightCertificateOnly() {
        assertTrue(Fingerprint.parse("sha-256 " + SHA256).matches(ABC));
        assertTrue(Fingerprint.parse("SHA-256 " + SHA256.toLowerCase()).matches(ABC));
        assertTrue(Fingerprint.parse("sha-384 " + SHA384).matches(ABC));
        assertFalse(Fingerprint.parse("sha-256 " + SHA256).matches("abd".getBytes(StandardCharsets.US_ASCII)));
        assertFalse(Fingerprint.parse("sha-256 " + SHA256.replace("BA", "BB")).matches(ABC));
    }

    @Test
    void writesWhatItReads() {
        assertEquals("sha-256 " + SHA256, Fingerprint.sha256(ABC).toString());
        assertEquals("sha-256 " + SHA256, Fingerprint.parse("sha-256 " + SHA256).toString());
    }

    @Test
    void brokenHashesAreNotTrusted() {
        assertNull(Fingerprint.parse("sha-1 " + "AB:".repeat(19) + "AB"));
        assertNull(Fingerprint.parse("md5 " + "AB:".repeat(15) + "AB"));
    }

    @Test
    void malformedOnesAreRefused() {
        for (String wrong : List.of("", "sha-256", "sha-256 ", " " + SHA256, "sha-256 " + SHA256 + ":00",
                "sha-384 " + SHA256, "sha-256 " + SHA256.replace(':', ' '), "sha-256 " + SHA256.replace('B', 'G'))) {
            assertThrows(IllegalArgumentException.class, () -> Fingerprint.parse(wrong), wrong);
        }
    }
}
