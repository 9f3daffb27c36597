package revcam.processor.overlay;

import java.time.Instant;
import java.time.ZoneId;

/** A time as characters of {@link Glyphs}: {@code 2026-11-26 21:40:05.123}, or a part of that. Allocates nothing per picture. */
final class TimeText {

    private static final long DAY_SECONDS = 86_400;
    private static final int COLON = Glyphs.CHARACTERS.indexOf(':');
    private static final int HYPHEN = Glyphs.CHARACTERS.indexOf('-');
    private static final int POINT = Glyphs.CHARACTERS.indexOf('.');
    private static final int SPACE = Glyphs.CHARACTERS.indexOf(' ');
    /** Offsets change on quarters of an hour. */
    private static final long OFFSET_SECONDS = 900;

    private final ZoneId zone;
    private final boolean date;
    private final boolean millis;
    private final byte[] characters;
    private long offset;
    private long offsetFor = Long.MIN_VALUE;
    private long second = Long.MIN_VALUE;

    TimeText(ZoneId zone, boolean date, boolean millis) {
        this.zone = zone;
        this.date = date;
        this.millis = millis;
        characters = new byte[(date ? 11 : 0) + 8 + (millis ? 4 : 0)];
        set(0);
    }

    byte[] characters() {
        return characters;
    }

    /** @param unixMillis since 1970 */
    void set(long unixMillis) {
        long unixSecond = Math.floorDiv(unixMillis, 1000L);
        long quarter = Math.floorDiv(unixSecond, OFFSET_SECONDS);
        if (quarter != offsetFor) {
            offsetFor = quarter;
            offset = zone.getRules().getOffset(Instant.ofEpochSecond(unixSecond)).getTotalSeconds();
        }
        int at = characters.length - (millis ? 4 : 0);
        if (millis) {
            characters[at] = (byte) POINT;
            digits(at + 1, 3, (int) Math.floorMod(unixMillis, 1000L));
        }
        if (second == unixSecond + offset) {
            return;
        }
        second = unixSecond + offset;
        int ofDay = (int) Math.floorMod(second, DAY_SECONDS);
        digits(at - 8, 2, ofDay / 3600);
        digits(at - 5, 2, ofDay / 60 % 60);
        digits(at - 2, 2, ofDay % 60);
        characters[at - 6] = (byte) COLON;
        characters[at - 3] = (byte) COLON;
        if (date) {
            date(Math.floorDiv(second, DAY_SECONDS));
        }
    }

    /** The Gregorian calendar, counted in years that begin with March, so that a leap day is the last of its year. */
    private void date(long day) {
        long days = day + 719_468; // since March 1st of the year 0
        long era = Math.floorDiv(days, 146_097L); // of 400 years
        long ofEra = days - era * 146_097;
        long yearOfEra = (ofEra - ofEra / 1_460 + ofEra / 36_524 - ofEra / 146_096) / 365;
        long ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
        long month = (5 * ofYear + 2) / 153;
        int dayOfMonth = (int) (ofYear - (153 * month + 2) / 5 + 1);
        int monthOfYear = (int) (month < 10 ? month + 3 : month - 9);
        digits(0, 4, (int) (yearOfEra + era * 400 + (monthOfYear <= 2 ? 1 : 0)));
        characters[4] = (byte) HYPHEN;
        digits(5, 2, monthOfYear);
        characters[7] = (byte) HYPHEN;
        digits(8, 2, dayOfMonth);
        characters[10] = (byte) SPACE;
    }

    private void digits(int at, int count, int number) {
        int rest = number;
        for (int i = at + count - 1; i >= at; i--) {
            characters[i] = (byte) (rest % 10);
            rest /= 10;
        }
    }
}
