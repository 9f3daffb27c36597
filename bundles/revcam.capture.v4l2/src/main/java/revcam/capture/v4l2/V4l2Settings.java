package revcam.capture.v4l2;

import java.util.ArrayList;
import java.util.List;
import revcam.api.config.BadSetting;
import revcam.api.config.Settings;
import revcam.v4l2.Control;

/**
 * The configuration, checked.
 *
 * @param device path or the name of a link in /dev/v4l/by-id, empty for the first camera
 * @param format that goes to the encoder
 * @param buffers pictures that the driver is asked for
 * @param exposure how it is set
 * @param focus how it is set
 * @param flip how the camera mirrors
 * @param rotate degrees clockwise
 * @param controls further ones, in the order they were written
 */
record V4l2Settings(String device, Format format, int buffers, Manual exposure, Manual focus, Flip flip, int rotate,
        List<Setting> controls) {

    /** What the frames are to be. */
    enum Format { AUTO, I420, NV12, YUYV }

    enum Flip {
        NONE(false, false), HORIZONTAL(true, false), VERTICAL(false, true), BOTH(true, true);

        final boolean horizontal;
        final boolean vertical;

        Flip(boolean horizontal, boolean vertical) {
            this.horizontal = horizontal;
            this.vertical = vertical;
        }
    }

    /**
     * What a camera can do by itself.
     *
     * @param untouched it stays as the camera has it
     * @param automatic the camera does it
     * @param value otherwise, in the unit of its key
     */
    record Manual(boolean untouched, boolean automatic, double value) {

        private static Manual of(Settings settings, String key, double max, String unit) throws BadSetting {
            return settings.parse(key, text -> {
                if (text.isEmpty() || text.equalsIgnoreCase("auto")) {
                    return new Manual(text.isEmpty(), !text.isEmpty(), 0);
                }
                double value = Double.parseDouble(text);
                if (!(value >= 0 && value <= max)) {
                    throw new IllegalArgumentException();
                }
                return new Manual(false, false, value);
            }, "nothing (as the camera has it), auto, or a number from 0 to " + Math.round(max) + unit);
        }
    }

    /** A control by the name that {@code v4l2-ctl --list-ctrls} gives it. */
    record Setting(String key, long value) {}

    static V4l2Settings of(Settings settings) throws BadSetting {
        return new V4l2Settings(
                settings.text("device"),
                Format.valueOf(settings.choice("format", "AUTO", "I420", "NV12", "YUYV")),
                settings.wholeNumber("buffers", 4, 32),
                Manual.of(settings, "exposure", 10_000, " milliseconds"),
                Manual.of(settings, "focus", 100_000, " in the camera's own steps"),
                Flip.valueOf(settings.choice("flip", "NONE", "HORIZONTAL", "VERTICAL", "BOTH")),
                Integer.parseInt(settings.choice("rotate", "0", "90", "180", "270")),
                controlsOf(settings));
    }

    /** Whether a running camera has to be opened anew to follow. */
    boolean needsReopening(V4l2Settings other) {
        return !device.equals(other.device) || format != other.format || buffers != other.buffers || rotate != other.rotate
                || flip != other.flip;
    }

    private static List<Setting> controlsOf(Settings settings) throws BadSetting {
        List<Setting> controls = new ArrayList<>();
        for (String item : settings.list("controls")) {
            String[] pair = item.split("=", 2);
            try {
                if (pair.length != 2 || Control.key(pair[0]).isEmpty()) {
                    throw new NumberFormatException(item);
                }
                controls.add(new Setting(Control.key(pair[0]), Long.decode(pair[1].strip())));
            } catch (NumberFormatException e) {
                throw settings.bad("controls", "name=number, separated by commas, with names and numbers as in: v4l2-ctl "
                        + "--list-ctrls-menus");
            }
        }
        return List.copyOf(controls);
    }
}
