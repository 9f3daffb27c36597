package revcam.deploy;

/** Text from outside, made fit for a log and for files of lines. */
final class Words {

    private static final int LONGEST = 300;

    private Words() {}

    /** One line of bounded length without control characters, whatever somebody has put into it. */
    static String shown(String text) {
        String line = String.valueOf(text).strip().replaceAll("\\s+", " ").replaceAll("\\p{Cntrl}", "?");
        return line.length() <= LONGEST ? line : line.substring(0, LONGEST) + " ...";
    }

    /** What a failure says of itself, or else its name. */
    static String of(Throwable failure) {
        return shown(failure instanceof RuntimeException || failure instanceof Error || failure.getMessage() == null
                ? failure.toString() : failure.getMessage());
    }
}
