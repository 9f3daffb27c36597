package revcam.config;

import java.io.IOException;
import java.lang.reflect.Array;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.apache.felix.utils.properties.ConfigurationHandler;
import org.apache.felix.utils.properties.InterpolationHelper;

/** One value, between a file's text and Configuration Admin's types. */
final class Value {

    /** {@code I"4444"}, {@code "text"}, {@code ["a", "b"]}; but not an LDAP filter, which has parentheses too. */
    private static final Pattern TYPED = Pattern.compile(
            "[TILFDXSCBilfdxscb]?(\".*\"|\\[\\s*(\".*)?]|\\(\\s*\".*\\))", Pattern.DOTALL);

    /** What Felix has in the place of a dollar sign while it looks for variables, and what it makes one of in the end. */
    private static final String FELIX_DOLLAR = "$__";
    /** In characters. Felix calls itself once for each variable. */
    private static final int MOST_WITH_VARIABLES = 4096;

    private Value() {}

    /**
     * Any text has a value; what cannot be read as more than text is that text.
     *
     * @param variables the value of what stands in <code>${...}</code>, or null
     */
    static Object decode(String text, UnaryOperator<String> variables) {
        String value = variables(text, variables);
        if (TYPED.matcher(value.strip()).matches()) {
            try {
                Object typed = ConfigurationHandler.read(value.strip());
                return typed == null ? value : typed;
            } catch (IOException | IllegalArgumentException e) {
                return value;
            }
        }
        return value;
    }

    private static String variables(String text, UnaryOperator<String> variables) {
        if (text.length() > MOST_WITH_VARIABLES) {
            return text;
        }
        try {
            return InterpolationHelper.substVars(
                    text.replace(FELIX_DOLLAR, FELIX_DOLLAR + "__"), "", null, Map.of(), variables::apply, false, false, true);
        } catch (IllegalArgumentException e) {
            // A variable that leads to itself, or a nameless one with a brace behind it, which Felix takes for that.
            return text;
        }
    }

    /** @param plain whether a number or a truth value may be written without its type */
    static String encode(Object value, boolean plain) {
        String text = value.toString();
        if (value instanceof String ? TYPED.matcher(text.strip()).matches()
                : !plain || value.getClass().isArray() || value instanceof Collection) {
            try {
                text = ConfigurationHandler.write(value).replaceAll("\\s*\\\\\r?\n\\s*", " ");
            } catch (IOException e) {
                throw new IllegalArgumentException(e);
            }
        }
        // What decoding takes for an escape is one: a backslash before another, or before a brace.
        return text.replace("\\", "\\\\").replace("${", "$\\{");
    }

    /** Whether two values mean the same to a component: 8080 and "8080" do. */
    static boolean same(Object one, Object other) {
        return one == null || other == null ? one == other : canonical(one).equals(canonical(other));
    }

    private static Object canonical(Object value) {
        if (value.getClass().isArray()) {
            List<Object> items = new ArrayList<>();
            for (int i = 0; i < Array.getLength(value); i++) {
                items.add(canonical(Array.get(value, i)));
            }
            return items;
        }
        if (value instanceof Collection<?> items) {
            return items.stream().map(Value::canonical).toList();
        }
        String text = value.toString().strip();
        try {
            return new BigDecimal(text).stripTrailingZeros().toPlainString();
        } catch (NumberFormatException e) {
            return text;
        }
    }
}
