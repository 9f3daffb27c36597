package revcam.shell;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Numbers as people read them. What is unknown is a dash. */
final class Text {

    static final String UNKNOWN = "-";

    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss");
    private static final DateTimeFormatter DAY = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss");

    private Text() {}

    /** Three digits or so: {@code 0.42}, {@code 3.1}, {@code 84}. */
    static String number(double value) {
        if (Double.isNaN(value)) {
            return UNKNOWN;
        }
        double size = Math.abs(value);
        String format = size == 0 || size >= 99.5 ? "%.0f" : size >= 9.95 ? "%.1f" : "%.2f";
        return String.format(Locale.ROOT, format, value);
    }

    static String millis(double nanos) {
        return Double.isNaN(nanos) ? UNKNOWN : number(nanos / 1e6) + " ms";
    }

    static String kilobits(double bitsPerSecond) {
        return Double.isNaN(bitsPerSecond) ? UNKNOWN : String.format(Locale.ROOT, "%.0f kbit/s", bitsPerSecond / 1e3);
    }

    static String percent(double ratio) {
        return Double.isNaN(ratio) ? UNKNOWN : number(100 * ratio) + " %";
    }

    static String count(double value) {
        return Double.isNaN(value) ? UNKNOWN : String.format(Locale.ROOT, "%.0f", value);
    }

    static String seconds(long nanos) {
        return Duration.ofNanos(nanos).toSeconds() + " s";
    }

    static String orDash(String text) {
        return text.isEmpty() ? UNKNOWN : text;
    }

    /** Local time; with the day when that is not today. */
    static String time(long wallMillis, long nowMillis) {
        ZonedDateTime time = Instant.ofEpochMilli(wallMillis).atZone(ZoneId.systemDefault());
        boolean today = time.toLocalDate().equals(
                Instant.ofEpochMilli(nowMillis).atZone(ZoneId.systemDefault()).toLocalDate());
        return (today ? TIME : DAY).format(time);
    }
}
