package revcam.capture.v4l2;

import java.util.List;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import revcam.v4l2.Control;
import revcam.v4l2.ControlId;
import revcam.v4l2.V4l2Exception;
import revcam.v4l2.VideoDevice;

/** Sets a camera's controls. What it does not have or does not take is an error in the log; the picture goes on. */
final class CameraControls {

    private static final Logger LOG = LoggerFactory.getLogger(CameraControls.class);

    private static final int EXPOSURE_AUTO = 0x009A_0901;
    private static final int EXPOSURE_ABSOLUTE = 0x009A_0902;
    private static final int FOCUS_ABSOLUTE = 0x009A_090A;
    private static final int FOCUS_AUTO = 0x009A_090C;
    /** Items of EXPOSURE_AUTO. */
    private static final long BOTH_AUTOMATIC = 0;
    private static final long MANUAL = 1;
    private static final long APERTURE_PRIORITY = 3;
    /** EXPOSURE_ABSOLUTE counts 100 microseconds. */
    private static final double PER_MILLISECOND = 10;

    private final VideoDevice device;
    private final List<Control> controls;

    CameraControls(VideoDevice device) throws V4l2Exception {
        this.device = device;
        controls = device.controls();
    }

    /** Flip and rotation: those that may change the format, and so come before it. */
    void orient(V4l2Settings settings) throws V4l2Exception {
        Control rotate = find(ControlId.ROTATE);
        boolean turned = settings.rotate() == 180 && rotate == null;
        if (rotate != null) {
            set(rotate, settings.rotate(), "rotate");
        } else if (settings.rotate() % 180 != 0) {
            LOG.error("{} cannot rotate by {} degrees; set rotate = 0 in revcam.capture.v4l2.cfg and turn the camera", device,
                    settings.rotate());
        }
        mirror(ControlId.HORIZONTAL_FLIP, settings.flip().horizontal ^ turned, "horizontal");
        mirror(ControlId.VERTICAL_FLIP, settings.flip().vertical ^ turned, "vertical");
    }

    private void mirror(int id, boolean on, String direction) throws V4l2Exception {
        Control control = find(id);
        if (control != null) {
            set(control, on ? 1 : 0, "flip");
        } else if (on) {
            LOG.error("{} has no {} flip; set flip = none and rotate = 0 in revcam.capture.v4l2.cfg and turn the camera",
                    device, direction);
        }
    }

    /** All others. */
    void adjust(V4l2Settings settings) throws V4l2Exception {
        if (!settings.exposure().untouched()) {
            expose(settings.exposure());
        }
        if (!settings.focus().untouched()) {
            focus(settings.focus());
        }
        for (V4l2Settings.Setting setting : settings.controls()) {
            Control control = controls.stream().filter(c -> c.key().equals(setting.key())).findFirst().orElse(null);
            if (control == null) {
                LOG.error("{} has no control {}; it has {}", device, setting.key(), keys());
            } else {
                set(control, setting.value(), "controls");
            }
        }
    }

    private void expose(V4l2Settings.Manual exposure) throws V4l2Exception {
        Control mode = find(EXPOSURE_AUTO);
        Control time = find(EXPOSURE_ABSOLUTE);
        if (mode == null && exposure.automatic() || time == null && !exposure.automatic()) {
            LOG.error("{} has no such control for exposure; leave exposure empty in revcam.capture.v4l2.cfg, or use another of {}",
                    device, keys());
            return;
        }
        if (mode != null) {
            long automatic = mode.menu().containsKey(APERTURE_PRIORITY) ? APERTURE_PRIORITY : BOTH_AUTOMATIC;
            set(mode, exposure.automatic() ? automatic : MANUAL, "exposure");
        }
        if (!exposure.automatic()) {
            set(time, Math.round(exposure.value() * PER_MILLISECOND), "exposure");
        }
    }

    private void focus(V4l2Settings.Manual focus) throws V4l2Exception {
        Control automatic = find(FOCUS_AUTO);
        Control position = find(FOCUS_ABSOLUTE);
        if (automatic == null && focus.automatic() || position == null && !focus.automatic()) {
            LOG.error("{} cannot focus like that; leave focus empty in revcam.capture.v4l2.cfg, or use another of {}", device,
                    keys());
            return;
        }
        if (automatic != null) {
            set(automatic, focus.automatic() ? 1 : 0, "focus");
        }
        if (!focus.automatic()) {
            set(position, Math.round(focus.value()), "focus");
        }
    }

    /** @param key of the configuration, for messages */
    private void set(Control control, long value, String key) throws V4l2Exception {
        boolean allowed = control.menu().isEmpty() ? value >= control.minimum() && value <= control.maximum()
                : control.menu().containsKey(value);
        if (control.isReadOnly() || !control.type().isNumber()) {
            LOG.error("{} cannot be told {}; take it out of {} in revcam.capture.v4l2.cfg", device, control.key(), key);
            return;
        }
        if (!allowed && control.type() != Control.Type.BUTTON) {
            LOG.error("{}: {} = {} cannot be used for {}; allowed: {}", device, control.key(), value, key, control.allowed());
            return;
        }
        try {
            long taken = control.type() == Control.Type.INTEGER64
                    ? device.setControl64(control.id(), value)
                    : device.setControl(control.id(), (int) value);
            if (taken != value && control.type() != Control.Type.BUTTON) {
                LOG.warn("{} made {} of {} = {}", device, taken, control.key(), value);
            }
        } catch (V4l2Exception e) {
            if (e.isGone()) {
                throw e;
            }
            LOG.error("{} does not take {} = {}, {}; an automatic control may have to be switched off first", device,
                    control.key(), value, e.errno());
        }
    }

    private Control find(int id) {
        return controls.stream().filter(control -> control.id() == id).findFirst().orElse(null);
    }

    private String keys() {
        return controls.isEmpty() ? "none" : controls.stream().map(Control::key).collect(Collectors.joining(", "));
    }
}
