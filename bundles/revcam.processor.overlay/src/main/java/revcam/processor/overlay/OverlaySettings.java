package revcam.processor.overlay;

import java.time.ZoneId;
import revcam.api.config.BadSetting;
import revcam.api.config.Settings;

/**
 * What is to be done with pictures, after checking.
 *
 * @param guides null for none
 * @param zone null for no time
 * @param timeSize height of a digit, percent of the picture's
 */
record OverlaySettings(int rotate, boolean mirror, Guides guides, ZoneId zone, boolean date, boolean millis,
        double timeSize, boolean timeTop, boolean timeRight) {

    static OverlaySettings of(Settings settings) throws BadSetting {
        String time = settings.choice("time", "off", "time", "date");
        ZoneId zone = settings.parse("time.zone", text -> text.isBlank() ? ZoneId.systemDefault() : ZoneId.of(text.strip()),
                "empty for the machine's, or a time zone such as Europe/Berlin, UTC or +02:00");
        String position = settings.choice("time.position", "bottom-left", "bottom-right", "top-left", "top-right");
        return new OverlaySettings(
                Integer.parseInt(settings.choice("rotate", "0", "90", "180", "270")),
                settings.truth("mirror"),
                guides(settings),
                time.equals("off") ? null : zone,
                time.equals("date"),
                settings.truth("time.millis"),
                settings.decimal("time.size", 2, 20),
                position.startsWith("top"),
                position.endsWith("right"));
    }

    private static Guides guides(Settings settings) throws BadSetting {
        Guides guides = new Guides(
                settings.decimal("guides.near", 10, 100),
                settings.decimal("guides.far", 10, 100),
                settings.decimal("guides.nearWidth", 1, 150),
                settings.decimal("guides.farWidth", 1, 150),
                settings.decimal("guides.centre", 0, 100),
                settings.decimal("guides.red", 10, 100),
                settings.decimal("guides.yellow", 10, 100));
        if (guides.red() >= guides.near() || guides.yellow() >= guides.red() || guides.far() >= guides.yellow()) {
            throw settings.bad("guides.near", "more than guides.red, that more than guides.yellow, and that more than"
                    + " guides.far: they are rows from the top, the nearest to the vehicle lowest");
        }
        return settings.truth("guides") ? guides : null;
    }

    /** Whether there is nothing to do. */
    boolean isOff() {
        return turn().isNone() && guides == null && zone == null;
    }

    Turn turn() {
        return new Turn(rotate, mirror);
    }

    /** One for each source, or null for no time. */
    TimeText timeText() {
        return zone == null ? null : new TimeText(zone, date, millis);
    }
}
