package revcam.capture.libcamera;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import revcam.api.capture.CaptureRequest;
import revcam.api.config.BadSetting;
import revcam.api.config.Settings;

/**
 * The configuration, checked: every argument of rpicam-vid is made from numbers and from words of a list.
 *
 * @param command name on the PATH or path
 * @param camera index as rpicam-vid --list-cameras counts
 * @param shutterMillis time to expose a picture, 0 for automatic
 * @param gain analogue gain, 0 for automatic
 * @param focus word for --autofocus-mode; "manual" with a lens position
 * @param lensPosition dioptres, negative for none
 * @param strideAlignment rows are padded to a multiple of it, bytes
 */
record LibcameraSettings(String command, int camera, boolean horizontalFlip, boolean verticalFlip, int rotate,
        double shutterMillis, double gain, String awb, String focus, double lensPosition, int strideAlignment) {

    static LibcameraSettings of(Settings settings) throws BadSetting {
        String flip = settings.choice("flip", "none", "horizontal", "vertical", "both");
        String focus = settings.text("focus");
        double lens = settings.parse("focus", LibcameraSettings::dioptres,
                "nothing (as the camera does), auto, continuous, or 0 (infinity) to 32 dioptres");
        return new LibcameraSettings(
                settings.parse("command", text -> {
                    // A leading hyphen would be no program, and none has a NUL in its name.
                    if (text.isEmpty() || text.startsWith("-") || text.indexOf('\0') >= 0) {
                        throw new IllegalArgumentException();
                    }
                    return text;
                }, "a name on the PATH or a path, without arguments"),
                settings.wholeNumber("camera", 0, 15),
                flip.equals("horizontal") || flip.equals("both"),
                flip.equals("vertical") || flip.equals("both"),
                Integer.parseInt(settings.choice("rotate", "0", "180")),
                settings.decimal("exposure", 0, 200_000),
                settings.decimal("gain", 0, 64),
                settings.choice("awb", "auto", "incandescent", "tungsten", "fluorescent", "indoor", "daylight", "cloudy"),
                lens < 0 ? focus : "manual",
                lens,
                Integer.parseInt(settings.choice("strideAlignment", "64", "32", "16", "2", "128")));
    }

    /** @return dioptres, or negative for what the camera does by itself */
    private static double dioptres(String text) {
        if (text.isEmpty() || text.equals("auto") || text.equals("continuous")) {
            return -1;
        }
        double value = Double.parseDouble(text);
        if (!(value >= 0 && value <= 32)) {
            throw new IllegalArgumentException();
        }
        return value;
    }

    /** The command line; nothing of it is seen by a shell. */
    List<String> commandLine(CaptureRequest request) {
        List<String> line = new ArrayList<>(List.of(command,
                "--codec", "yuv420", "--output", "-", "--timeout", "0", "--nopreview", "--flush",
                "--camera", Integer.toString(camera),
                "--width", Integer.toString(request.width()),
                "--height", Integer.toString(request.height()),
                "--framerate", String.format(Locale.ROOT, "%.3f", request.rate().fps()),
                "--awb", awb));
        if (horizontalFlip) {
            line.add("--hflip");
        }
        if (verticalFlip) {
            line.add("--vflip");
        }
        if (rotate != 0) {
            line.addAll(List.of("--rotation", Integer.toString(rotate)));
        }
        if (shutterMillis > 0) {
            line.addAll(List.of("--shutter", Long.toString(Math.round(shutterMillis * 1000))));
        }
        if (gain > 0) {
            line.addAll(List.of("--gain", String.format(Locale.ROOT, "%.3f", gain)));
        }
        if (!focus.isEmpty()) {
            line.addAll(List.of("--autofocus-mode", focus));
        }
        if (lensPosition >= 0) {
            line.addAll(List.of("--lens-position", String.format(Locale.ROOT, "%.3f", lensPosition)));
        }
        return line;
    }

    /** Bytes from one row of Y to the next. */
    int stride(int width) {
        return (width + strideAlignment - 1) / strideAlignment * strideAlignment;
    }
}
