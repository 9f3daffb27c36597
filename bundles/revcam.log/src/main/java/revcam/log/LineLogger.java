package revcam.log;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.LocalTime;
import java.time.format.DateTimeFormatter;
import org.slf4j.Marker;
import org.slf4j.event.Level;
import org.slf4j.helpers.LegacyAbstractLogger;
import org.slf4j.helpers.MessageFormatter;

/**
 * Writes {@code 16:30:12.123 INFO  WhepServlet: message}, with the stack trace of what was thrown below it, in one piece
 * so that lines of several threads do not mix.
 */
final class LineLogger extends LegacyAbstractLogger {

    private static final long serialVersionUID = 1;
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss.SSS");

    private final String shortName;
    private final Level threshold;
    private final transient PrintStream out;

    LineLogger(String name, Level threshold, PrintStream out) {
        this.name = name;
        this.shortName = name.substring(name.lastIndexOf('.') + 1);
        this.threshold = threshold;
        this.out = out;
    }

    @Override
    protected void handleNormalizedLoggingCall(
            Level level, Marker marker, String pattern, Object[] arguments, Throwable thrown) {
        StringWriter text = new StringWriter(128);
        text.append(LocalTime.now().format(TIME)).append(' ').append(level.toString());
        text.append(level.toString().length() == 4 ? "  " : " ").append(shortName).append(": ");
        text.append(MessageFormatter.basicArrayFormat(pattern, arguments)).append('\n');
        if (thrown != null) {
            thrown.printStackTrace(new PrintWriter(text, true));
        }
        out.print(text);
        out.flush();
    }

    private boolean shows(Level level) {
        return level.toInt() >= threshold.toInt();
    }

    @Override
    public boolean isErrorEnabled() {
        return shows(Level.ERROR);
    }

    @Override
    public boolean isWarnEnabled() {
        return shows(Level.WARN);
    }

    @Override
    public boolean isInfoEnabled() {
        return shows(Level.INFO);
    }

    @Override
    public boolean isDebugEnabled() {
        return shows(Level.DEBUG);
    }

    @Override
    public boolean isTraceEnabled() {
        return shows(Level.TRACE);
    }

    @Override
    protected String getFullyQualifiedCallerName() {
        return null;
    }
}
