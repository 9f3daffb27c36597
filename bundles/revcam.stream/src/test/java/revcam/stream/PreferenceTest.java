package revcam.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

class PreferenceTest {

    @Test
    void namesAreReadInOrder() {
        assertEquals(List.of(new Preference.Entry("v4l2m2m", ""), new Preference.Entry("x264", ""),
                new Preference.Entry("*", "")), Preference.parse("v4l2m2m, x264,*", null).entries());
    }

    @Test
    void aCaptureBringsItsSourceAlong() {
        assertEquals(List.of(new Preference.Entry("v4l2", "/dev/video0"), new Preference.Entry("pattern", "")),
                Preference.parse("v4l2:/dev/video0, pattern", null).entries());
    }

    @Test
    void aPathMayHoldCommas() {
        assertEquals(List.of(new Preference.Entry("file", "/clips/a, b.y4m,d e.y4m")),
                Preference.parse("file:/clips/a, b.y4m,d e.y4m", null).entries());
    }

    @Test
    void whatIsNoNameIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> Preference.parse("", null));
        assertThrows(IllegalArgumentException.class, () -> Preference.parse("x264 openh264", null));
        assertThrows(IllegalArgumentException.class, () -> Preference.parse("../x264", null));
    }
}
