package revcam.v4l2;

import java.io.IOException;

/**
 * The kernel refused. The message is fit for a person: it names the device, the call and the error, and says what to do
 * where that is known.
 */
public final class V4l2Exception extends IOException {

    private static final long serialVersionUID = 1;

    private final String device;
    private final String call;
    private final int number;

    /**
     * @param device its path
     * @param call such as {@code VIDIOC_S_FMT} or {@code open}
     * @param number positive, as in C
     */
    public V4l2Exception(String device, String call, int number) {
        this(device, call, number, advice(Errno.of(number), device, call));
    }

    /** @param advice what to do instead of what the number says */
    public V4l2Exception(String device, String call, int number, String advice) {
        super(device + ": " + call + " failed, " + symbol(number) + " (" + Errno.of(number).meaning() + ")"
                + (advice.isEmpty() ? "" : ": " + advice));
        this.device = device;
        this.call = call;
        this.number = number;
    }

    public String device() {
        return device;
    }

    /** As C spells it. */
    public String call() {
        return call;
    }

    /** {@link Errno#OTHER} for rare ones. */
    public Errno errno() {
        return Errno.of(number);
    }

    /** Positive, as in C. */
    public int number() {
        return number;
    }

    /** Whether the device has gone: unplugged, or its driver removed. */
    public boolean isGone() {
        return switch (errno()) {
            case ENODEV, ENOENT, ENXIO, ESHUTDOWN -> true;
            default -> false;
        };
    }

    private static String symbol(int number) {
        Errno errno = Errno.of(number);
        return errno == Errno.OTHER ? "errno " + number : errno.name();
    }

    private static String advice(Errno errno, String device, String call) {
        return switch (errno) {
            case EBUSY -> "another program or stream holds it; find it with: fuser -v " + device;
            case ENODEV, ENXIO, ESHUTDOWN -> "it was unplugged or its driver has gone; plug it in again and look at: dmesg";
            case ENOENT -> "nothing is plugged in there; the devices there are: ls -l /dev/v4l/by-id /dev/video*";
            case EIO, EPROTO, ENOLINK, EREMOTEIO ->
                "cable, power or driver fail; plug it in again, at another port or without a hub, and look at: dmesg";
            case EACCES, EPERM ->
                "this user may not use it; run: sudo usermod -aG video $USER, and log in again";
            case ENOTTY, EOPNOTSUPP -> call.equals(Request.QUERYCAP.symbol)
                    ? "it is no V4L2 device; name one of /dev/video*"
                    : "its driver cannot do that; leave that setting out or use another device";
            case ENOMEM, ENOBUFS -> "no memory for its buffers; use a smaller size, close other streams, or give the kernel "
                    + "more contiguous memory (CMA): dtoverlay=cma,cma-128 in config.txt";
            case ENOSPC -> "no bandwidth left on the bus; use a smaller size or rate, or another USB port";
            case ESRCH -> "the hardware cannot start with these settings; raise the H.264 level or lower size, rate or bitrate";
            case ETIME, ETIMEDOUT -> "the hardware hangs; if that stays so, reboot";
            case EMFILE, ENFILE -> "close other devices or raise the limit: ulimit -n";
            default -> "";
        };
    }
}
