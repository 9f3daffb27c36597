package revcam.v4l2;

/**
 * A pixel format that a queue offers.
 *
 * @param fourcc see {@link Fourcc}
 * @param description the driver's name for it
 * @param compressed no plain samples
 * @param emulated made by a library, not by the device
 */
public record FormatDescription(int fourcc, String description, boolean compressed, boolean emulated) {

    @Override
    public String toString() {
        return Fourcc.text(fourcc) + " (" + description + ")";
    }
}
