package revcam.signalling.whip;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever a server answers is a session or is refused in words, leads nowhere odd, and shows no secret. */
class ReplyFuzzTest {

    private static final String SECRET = "t0p-s3cret";

    static Stream<byte[]> replies() {
        return Stream.of("201\n/sessions/1\napplication/sdp\n\nv=0\r\n", "201\nhttp://h:80/x?y\nApplication/SDP; charset=utf-8\n\nv",
                "307\n//other/whip\n\n\n", "308\nhttps://[::1]:1/\n\n\n", "503\n\ntext/plain\n120\nbusy " + SECRET,
                "429\n\n\nWed, 21 Oct 2099 07:28:00 GMT\n", "401\n\n\n\nno", "302\nhttp://h/\n\n\n", "201\n::\napplication/sdp\n\nv=0")
                .map(text -> text.getBytes(StandardCharsets.UTF_8));
    }

    @MethodSource("replies")
    @FuzzTest(maxDuration = "5m")
    void reply(byte[] data) {
        String[] lines = new String(data, StandardCharsets.ISO_8859_1).split("\n", 5);
        if (lines.length < 5 || !lines[0].matches("[1-9]\\d\\d")) {
            return;
        }
        for (String from : new String[] {"https://media.example.org/whip", "http://127.0.0.1:8889/cam/whip"}) {
            Reply reply = new Reply(URI.create(from), Integer.parseInt(lines[0]), orNull(lines[1]), orNull(lines[2]),
                    orNull(lines[3]), lines[4].getBytes(StandardCharsets.ISO_8859_1));
            try {
                check(reply.target(), from);
            } catch (Refusal e) {
                check(e);
            }
            try {
                Reply.Session session = reply.session(List.of(SECRET), 0);
                assertEquals(201, reply.status());
                assertTrue(!session.answer().isEmpty() && session.answer().length() <= Reply.MAX_BYTES);
                if (session.url() != null) {
                    check(session.url(), from);
                }
            } catch (Refusal e) {
                check(e);
            }
        }
    }

    private static void check(URI target, String from) {
        assertTrue(target.getHost() != null && List.of("http", "https").contains(target.getScheme()), target.toString());
        assertFalse(from.startsWith("https") && !target.getScheme().equals("https"), target.toString());
        WhipClient.origin(target);
    }

    private static void check(Refusal refusal) {
        assertTrue(refusal.getMessage().length() < 500, refusal.getMessage());
        assertTrue(refusal.getMessage().chars().allMatch(c -> c >= ' ' && c < 0x7F), refusal.getMessage());
        assertFalse(refusal.getMessage().contains(SECRET), refusal.getMessage());
        assertTrue(refusal.afterMillis() >= 0 && refusal.afterMillis() <= 3_600_000);
    }

    private static String orNull(String text) {
        return text.isEmpty() ? null : text;
    }
}
