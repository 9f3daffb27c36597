package revcam.stream.session;

import static revcam.api.telemetry.Metric.counter;
import static revcam.api.telemetry.Metric.gauge;
import static revcam.api.telemetry.Metric.observation;
import static revcam.api.telemetry.Unit.BITS_PER_SECOND;
import static revcam.api.telemetry.Unit.BYTES;
import static revcam.api.telemetry.Unit.COUNT;
import static revcam.api.telemetry.Unit.FRAMES;
import static revcam.api.telemetry.Unit.NANOSECONDS;
import static revcam.api.telemetry.Unit.PACKETS;
import static revcam.api.telemetry.Unit.RATIO;

import revcam.api.telemetry.Measurement;

/** What a session measures. The order of metrics is the order of values where they are published. */
public final class SessionMeasurements {

    /** Per frame and viewer; tags stream, viewer and type. */
    public static final Measurement DELIVERY = Measurement.of("delivery",
            observation("queue", NANOSECONDS, "From packetised to the first packet out"),
            observation("pace", NANOSECONDS, "From the first packet out to the last"),
            observation("send", NANOSECONDS, "Encrypting and writing to the socket, summed over the packets"),
            observation("latency", NANOSECONDS, "From the picture's moment to its last packet out"));

    /** Once a second; tags stream and viewer. */
    public static final Measurement VIEWER = Measurement.of("viewer",
            counter("sent", PACKETS, "RTP packets, retransmissions not among them"),
            counter("sent_bytes", BYTES, "RTP headers and payloads, retransmissions not among them"),
            counter("retransmitted", PACKETS, "Packets sent again on request"),
            counter("padding", BYTES, "RTP headers and payloads sent only to see what the path carries"),
            counter("refused_by_socket", PACKETS, "Packets the socket would not take"),
            counter("nacked", PACKETS, "Packets the viewer reported missing"),
            counter("nack_unanswered", PACKETS, "Of these, not sent again: too old, too soon, or over budget"),
            counter("pli", COUNT, "Picture loss indications"),
            counter("fir", COUNT, "Full intra requests"),
            counter("frames", FRAMES, "Frames sent to the last packet"),
            counter("dropped_awaiting_key", FRAMES, "Frames not sent because the viewer has no key frame before them"),
            counter("dropped_overrun", FRAMES, "Frames given up because the pacer's queue ran over"),
            gauge("queue", FRAMES, "Frames waiting in the pacer"),
            gauge("target", BITS_PER_SECOND, "The congestion controller's target"),
            gauge("rtt", NANOSECONDS, "Round-trip time from the last receiver report"),
            gauge("loss", RATIO, "Loss in the last receiver report"),
            gauge("jitter", NANOSECONDS, "Interarrival jitter in the last receiver report"),
            gauge("receiver_estimate", BITS_PER_SECOND, "The viewer's own estimate (REMB)"),
            counter("acknowledged", PACKETS, "Packets of any kind that congestion feedback says arrived"),
            counter("acknowledged_bytes", BYTES, "RTP headers and payloads of these"),
            gauge("queue_bytes", BYTES, "RTP headers and payloads waiting in the pacer"),
            gauge("pacing", BITS_PER_SECOND, "Rate at which packets leave while some wait"),
            gauge("path_overhead", BYTES, "On the wire beside each RTP payload: RTP header, SRTP, UDP, IP, relay"));

    private SessionMeasurements() {}
}
