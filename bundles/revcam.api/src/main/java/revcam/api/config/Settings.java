package revcam.api.config;

import java.lang.reflect.Array;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import revcam.api.media.FrameRate;

/**
 * A component's configuration, to be read with checks. Values may be text or of their type: files give the one, the
 * console the other. The default of a key is that of the component's configuration annotation, which stands for what must
 * hold when there is no configuration at all: it denies where the shipped file allows.
 *
 * <p>{@link #read} is the one rule for all components: a change with a bad value is refused as a whole and the last good
 * settings stay; at the start, when there are none, a bad value is replaced by the key's default. Either is told.
 */
public final class Settings {

    /** Property of a configuration: path of the shipped file. Set by whoever puts files into Configuration Admin. */
    public static final String FILE = ".revcam.config.file";

    /** Path of the user's file, where there is one. */
    public static final String LOCAL_FILE = ".revcam.config.local";

    /** Keys whose values come from the user's file, an array. */
    public static final String LOCAL_KEYS = ".revcam.config.local.keys";

    /** Keys whose values come from options of this run, an array. */
    public static final String OPTION_KEYS = ".revcam.config.option.keys";

    private static final Pattern BITRATE = Pattern.compile("(\\d{1,12}(?:\\.\\d{1,6})?)\\s*([kKmM]?)");
    private static final Pattern FRAMEWORK =
            Pattern.compile("(service|component|felix|osgi)\\..*|\\..*|.*\\.(target|cardinality\\.minimum)");

    private final String pid;
    private final Class<?> config;
    private final Map<String, ?> properties;

    private Settings(String pid, Class<?> config, Map<String, ?> properties) {
        this.pid = pid;
        this.config = config;
        this.properties = properties;
    }

    /**
     * Makes a component's own form of its settings.
     *
     * @param <T> an immutable value
     */
    @FunctionalInterface
    public interface Reading<T> {

        /** @throws BadSetting for the first value that cannot be used */
        T read(Settings settings) throws BadSetting;
    }

    /**
     * Reads a configuration by the rule above.
     *
     * @param pid names the file while nothing else says where a value came from
     * @param config the component's configuration annotation, for defaults and for the keys there are
     * @param properties of the component
     * @param lastGood what stays when a value is bad; null at the start
     * @param complain is told of each bad value and of keys that mean nothing
     * @throws IllegalArgumentException when a default itself is bad, which is the component's fault
     */
    public static <T> T read(String pid, Class<?> config, Map<String, ?> properties, T lastGood, Reading<T> reading,
            Consumer<String> complain) {
        Map<String, Object> remaining = new HashMap<>(properties);
        Settings all = new Settings(pid, config, Map.copyOf(remaining));
        all.complainOfUnknown(complain);
        while (true) {
            try {
                return reading.read(new Settings(pid, config, remaining));
            } catch (BadSetting e) {
                if (lastGood != null) {
                    complain.accept(e.getMessage() + "; the last good configuration stays");
                    return lastGood;
                }
                if (remaining.remove(e.key()) == null) {
                    throw new IllegalArgumentException(e);
                }
                complain.accept(e.getMessage() + "; using the default '" + all.byDefault(e.key()) + "'");
            }
        }
    }

    /** Text without surrounding blanks. */
    public String text(String key) {
        return shown(properties.containsKey(key) ? properties.get(key) : byDefault(key));
    }

    /** @throws BadSetting unless it is a whole number within the range, both ends included */
    public int wholeNumber(String key, int min, int max) throws BadSetting {
        return parse(key, text -> {
            int number = Integer.parseInt(text);
            require(number >= min && number <= max);
            return number;
        }, "a whole number from " + min + " to " + max);
    }

    /** @throws BadSetting unless it is a number within the range, both ends included */
    public double decimal(String key, double min, double max) throws BadSetting {
        return parse(key, text -> {
            double number = Double.parseDouble(text);
            require(number >= min && number <= max);
            return number;
        }, "a number from " + shown(min) + " to " + shown(max));
    }

    /** @throws BadSetting unless it is true or false; anything else would otherwise pass for false */
    public boolean truth(String key) throws BadSetting {
        return choice(key, "true", "false").equals("true");
    }

    /** @return one of {@code allowed}, spelt as there; upper and lower case are the same */
    public String choice(String key, String... allowed) throws BadSetting {
        return parse(key, text -> Arrays.stream(allowed).filter(text::equalsIgnoreCase).findFirst()
                .orElseThrow(IllegalArgumentException::new), String.join(", ", allowed));
    }

    /** Items between commas; blanks around them do not count. */
    public List<String> list(String key) {
        return Arrays.stream(text(key).split(",")).map(String::strip).filter(item -> !item.isEmpty()).toList();
    }

    /** Bits per second: {@code 2000k}, {@code 2M} or {@code 2000000}. */
    public long bitsPerSecond(String key, long min, long max) throws BadSetting {
        return parse(key, text -> {
            Matcher matcher = BITRATE.matcher(text);
            require(matcher.matches());
            double unit = switch (matcher.group(2)) {
                case "k", "K" -> 1e3;
                case "m", "M" -> 1e6;
                default -> 1;
            };
            long bps = Math.round(Double.parseDouble(matcher.group(1)) * unit);
            require(bps >= min && bps <= max);
            return bps;
        }, min + " to " + max + " bits a second, such as 2000k, 2M or 2000000");
    }

    /** Frames per second: {@code 30}, {@code 12.5} or {@code 30000/1001}. */
    public FrameRate frameRate(String key, double min, double max) throws BadSetting {
        return parse(key, text -> {
            FrameRate rate = FrameRate.parse(text);
            require(rate.fps() >= min && rate.fps() <= max);
            return rate;
        }, shown(min) + " to " + shown(max) + " frames a second, such as 30, 12.5 or 30000/1001");
    }

    /**
     * For what has a form of its own.
     *
     * @param parser throws an {@link IllegalArgumentException} for text that cannot be used
     * @param allowed what can be, with units
     */
    public <T> T parse(String key, Function<String, T> parser, String allowed) throws BadSetting {
        try {
            return parser.apply(text(key));
        } catch (IllegalArgumentException e) {
            throw bad(key, allowed);
        }
    }

    /** The same for what must not appear in a log. */
    public <T> T secret(String key, Function<String, T> parser, String allowed) throws BadSetting {
        try {
            return parser.apply(text(key));
        } catch (IllegalArgumentException e) {
            throw new BadSetting(file(key), key, "(secret)", allowed);
        }
    }

    /** To be thrown when a value does not fit others. */
    public BadSetting bad(String key, String allowed) {
        return new BadSetting(file(key), key, text(key), allowed);
    }

    /** Where a key's value came from, or would be: a file, or the options of this run. */
    public String file(String key) {
        if (contains(properties.get(OPTION_KEYS), key)) {
            return "an option of this run";
        }
        if (contains(properties.get(LOCAL_KEYS), key) && properties.get(LOCAL_FILE) != null) {
            return properties.get(LOCAL_FILE).toString();
        }
        Object shipped = properties.get(FILE);
        return shipped == null ? "configs/" + pid + ".cfg" : shipped.toString();
    }

    private void complainOfUnknown(Consumer<String> complain) {
        List<String> known = Arrays.stream(config.getDeclaredMethods()).map(Settings::key).sorted().toList();
        for (String key : new TreeMap<>(properties).keySet()) {
            if (!known.contains(key) && !FRAMEWORK.matcher(key).matches() && !key.startsWith("revcam.")) {
                complain.accept(file(key) + ": there is no key " + key + ", it has no effect; there are "
                        + String.join(", ", known));
            }
        }
    }

    private Object byDefault(String key) {
        for (Method member : config.getDeclaredMethods()) {
            if (key(member).equals(key)) {
                return member.getDefaultValue();
            }
        }
        throw new IllegalArgumentException(config + " has no " + key);
    }

    /** As Declarative Services maps names of members to keys. */
    private static String key(Method member) {
        return member.getName().replace("__", "\0").replace('_', '.').replace('\0', '_');
    }

    private static String shown(Object value) {
        if (value instanceof Collection<?> items) {
            return String.join(", ", items.stream().map(Settings::shown).toList());
        }
        if (value != null && value.getClass().isArray()) {
            List<Object> items = new ArrayList<>();
            for (int i = 0; i < Array.getLength(value); i++) {
                items.add(Array.get(value, i));
            }
            return shown(items);
        }
        if (value instanceof Double number && number == Math.rint(number) && Math.abs(number) < 1e9) {
            return String.format(Locale.ROOT, "%.0f", number);
        }
        return value == null ? "" : value.toString().strip();
    }

    private static boolean contains(Object array, String key) {
        return array instanceof String[] keys && Arrays.asList(keys).contains(key);
    }

    private static void require(boolean holds) {
        if (!holds) {
            throw new IllegalArgumentException();
        }
    }
}
