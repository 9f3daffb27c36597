package revcam.config;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a shipped file, the user's file over it and the options of this run come to.
 *
 * @param shipped values of the shipped file and the options
 * @param values what holds
 * @param localKeys whose values are the user's
 * @param optionKeys whose values are options of this run
 */
record Merged(Map<String, Object> shipped, Map<String, Object> values, Set<String> localKeys, Set<String> optionKeys) {

    /** With a default, as in {@code port = ${revcam.port:-8080}}: then it is an option. Without, it is a place. */
    private static final Pattern OPTION = Pattern.compile("\\$\\{([A-Za-z0-9_.]+):-");

    /**
     * @param shipped null where there is none
     * @param local null where there is none
     * @param released keys that were changed since the start, so that their option does not count any more
     * @param variables the value of what stands in <code>${...}</code>, or null
     */
    static Merged of(PropertyFile shipped, PropertyFile local, Set<String> released, UnaryOperator<String> variables) {
        Map<String, Object> base = new TreeMap<>();
        Set<String> options = new TreeSet<>();
        if (shipped != null) {
            for (String key : shipped.keys()) {
                base.put(key, Value.decode(shipped.get(key), variables));
                Matcher option = OPTION.matcher(shipped.get(key));
                if (option.find() && variables.apply(option.group(1)) != null) {
                    options.add(key);
                }
            }
        }
        Map<String, Object> values = new TreeMap<>(base);
        Set<String> locals = new TreeSet<>();
        if (local != null) {
            for (String key : local.keys()) {
                if (!options.contains(key) || released.contains(key)) {
                    values.put(key, Value.decode(local.get(key), variables));
                    locals.add(key);
                    options.remove(key);
                }
            }
        }
        return new Merged(base, values, locals, options);
    }
}
