package revcam.v4l2;

import java.util.Locale;
import java.util.Map;

/**
 * A control that a device has, as the driver describes it.
 *
 * @param id {@code V4L2_CID_...}
 * @param name the driver's, such as {@code Exposure Time, Absolute}
 * @param step between allowed values
 * @param flags {@code V4L2_CTRL_FLAG_...}
 * @param menu of a menu: its items by value; else empty
 */
public record Control(int id, String name, Type type, long minimum, long maximum, long step, long defaultValue, int flags,
        Map<Long, String> menu) {

    private static final int DISABLED = 0x1;
    private static final int READ_ONLY = 0x4;
    private static final int INACTIVE = 0x10;

    /** {@code enum v4l2_ctrl_type}. */
    public enum Type {
        INTEGER(1), BOOLEAN(2), MENU(3), BUTTON(4), INTEGER64(5), CLASS(6), STRING(7), BITMASK(8), INTEGER_MENU(9),
        /** Arrays, areas and what will be invented. */
        COMPOUND(0);

        private static final Type[] VALUES = values();
        private final int number;

        Type(int number) {
            this.number = number;
        }

        static Type of(int number) {
            for (Type type : VALUES) {
                if (type.number == number) {
                    return type;
                }
            }
            return COMPOUND;
        }

        boolean isMenu() {
            return this == MENU || this == INTEGER_MENU;
        }

        /** Whether it has a value that {@link VideoDevice#setControl} can set. */
        public boolean isNumber() {
            return this != CLASS && this != STRING && this != COMPOUND;
        }
    }

    public Control {
        menu = Map.copyOf(menu);
    }

    public boolean isDisabled() {
        return (flags & DISABLED) != 0;
    }

    public boolean isReadOnly() {
        return (flags & READ_ONLY) != 0;
    }

    /** Has no effect now, such as an exposure time while exposure is automatic. */
    public boolean isInactive() {
        return (flags & INACTIVE) != 0;
    }

    /** The name as {@code v4l2-ctl} and configurations spell it: {@code exposure_time_absolute}. */
    public String key() {
        return key(name);
    }

    /** Lower case, words joined by underscores. */
    public static String key(String name) {
        String joined = name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "_");
        return joined.replaceAll("^_|_$", "");
    }

    /** What may be set, for messages. */
    public String allowed() {
        return switch (type) {
            case BOOLEAN -> "0 or 1";
            case BUTTON -> "1, to press it";
            case MENU, INTEGER_MENU -> menu.entrySet().stream().sorted(Map.Entry.comparingByKey())
                    .map(item -> item.getKey() + " (" + item.getValue() + ")").reduce((a, b) -> a + ", " + b).orElse("nothing");
            default -> minimum + " to " + maximum + (step > 1 ? " in steps of " + step : "");
        };
    }
}
