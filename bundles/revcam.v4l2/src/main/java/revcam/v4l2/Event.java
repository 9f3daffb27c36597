package revcam.v4l2;

/**
 * What VIDIOC_DQEVENT tells.
 *
 * @param type one of the constants
 * @param id of a control, or 0
 * @param changes what changed, for the types that say so
 * @param pending events that wait behind this one
 * @param sequence a gap means that some were lost
 */
public record Event(int type, int id, int changes, int pending, int sequence) {

    /** The last buffer of a drain has come out. */
    public static final int EOS = 2;
    /** A control changed. */
    public static final int CONTROL = 3;
    /** The format of the source changed. */
    public static final int SOURCE_CHANGE = 5;
}
