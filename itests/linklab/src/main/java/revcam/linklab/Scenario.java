package revcam.linklab;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.LongUnaryOperator;
import java.util.function.Supplier;
import revcam.api.congestion.RateLimits;

/** One case: links, and who sends what over them when. What it describes is built anew for each run. */
final class Scenario {

    enum Direction { FORWARD, BACKWARD }

    /** Which of two bottlenecks in a row a flow crosses. */
    enum Crosses { FIRST, SECOND, BOTH }

    /** What the receiver tells of packets. */
    enum Feedback {
        TRANSPORT_WIDE,
        /** Transport-wide, when a packet asks for it. */
        ON_REQUEST,
        RFC_8888,
        /** In one packet, transport-wide first, to hold one against the other. */
        BOTH
    }

    /** A flow of ours. Delays and losses hold for its data and, with a loss of its own, its feedback. */
    static final class Media {
        String name = "media";
        Direction direction = Direction.FORWARD;
        Crosses crosses = Crosses.FIRST;
        double startSeconds;
        double endSeconds = Double.MAX_VALUE;
        LongUnaryOperator delay = now -> 50 * Simulation.MILLI;
        Channel.Jitter jitter = Channel.Jitter.IN_ORDER;
        Supplier<Channel.Loss> loss = Channel.Loss::none;
        Supplier<Channel.Loss> feedbackLoss = Channel.Loss::none;
        Feedback feedback = Feedback.TRANSPORT_WIDE;
        RateLimits limits;
        VideoSource.Content content = VideoSource.Content.CAMERA;
        /** Null: frames are of the sizes that the content's model makes. */
        FrameMaker maker;
        int payloadBytes = 1200;
        boolean audio = true;
        double pauseFrom = Double.MAX_VALUE;
        double pauseTo = Double.MAX_VALUE;

        Media named(String newName) {
            name = newName;
            return this;
        }

        Media from(double start, double end) {
            startSeconds = start;
            endSeconds = end;
            return this;
        }

        Media delayMillis(double millis) {
            delay = now -> (long) (millis * Simulation.MILLI);
            return this;
        }
    }

    /** TCP transfers: one without end, or one file after the other with pauses between. */
    static final class Tcp {
        String name = "tcp";
        double startSeconds;
        double endSeconds = Double.MAX_VALUE;
        long delayNanos = 50 * Simulation.MILLI;
        boolean cubic = true;
        /** 0 for a transfer without end. */
        int minFileBytes;
        int maxFileBytes;
        double meanIdleSeconds;
        boolean startsIdle;

        boolean endless() {
            return maxFileBytes == 0;
        }
    }

    final String id;
    final String title;
    /** Where it comes from: a section of RFC 8867, or ours. */
    final String origin;
    final double seconds;
    Capacity forward;
    /** Another bottleneck behind that one; null: there is none. */
    Capacity further;
    /** Null: the way back is never full. */
    Capacity backward;
    Supplier<QueueDiscipline> forwardQueue = () -> QueueDiscipline.dropTailMillis(300);
    Supplier<QueueDiscipline> backwardQueue = () -> QueueDiscipline.dropTailMillis(300);
    /** What the bottlenecks let through at once after a pause; 0 for links that carry one packet after the other. */
    int burstBytes;
    /** Seconds at which something changes and figures begin anew; ends with the last. */
    double[] phases;
    /** Phases in which nobody can fill the link, so that its use says nothing; by index. */
    Set<Integer> unfilled = Set.of();
    /** From here to there all flows are settled and their throughputs are compared; null with a single flow. */
    double[] compared;
    final List<Media> media = new ArrayList<>();
    final List<Tcp> tcp = new ArrayList<>();

    Scenario(String id, String title, String origin, double seconds) {
        this.id = id;
        this.title = title;
        this.origin = origin;
        this.seconds = seconds;
    }

    long nanos() {
        return Math.round(seconds * Simulation.SECOND);
    }

    @Override
    public String toString() {
        return id;
    }
}
