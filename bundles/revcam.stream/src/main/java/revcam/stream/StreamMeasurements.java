package revcam.stream;

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

/** What the engine measures. The order of metrics is the order of values where they are published. */
final class StreamMeasurements {

    /** Per encoded frame; tags stream and type (key, delta). */
    static final Measurement FRAME = Measurement.of("frame",
            observation("capture", NANOSECONDS, "From the picture's moment to its arrival in the mailbox"),
            observation("wait", NANOSECONDS, "In the mailbox, until the encoder took it"),
            observation("encode", NANOSECONDS, "Inside the encoder"),
            observation("packetise", NANOSECONDS, "Inside the packetiser"),
            observation("size", BYTES, "Access unit as the encoder gave it"),
            observation("packets", PACKETS, "RTP payloads made of it"));

    /** Per frame and viewer; tags stream, viewer and type. */
    static final Measurement DELIVERY = Measurement.of("delivery",
            observation("queue", NANOSECONDS, "From packetised to the first packet out"),
            observation("pace", NANOSECONDS, "From the first packet out to the last"),
            observation("send", NANOSECONDS, "Encrypting and writing to the socket, summed over the packets"),
            observation("latency", NANOSECONDS, "From the picture's moment to its last packet out"));

    /** Once a second; tag stream. */
    static final Measurement STREAM = Measurement.of("stream",
            counter("captured", FRAMES, "Frames that arrived from the capture"),
            counter("encoded", FRAMES, "Access units that the encoder gave"),
            counter("dropped_superseded", FRAMES, "Raw frames replaced by a newer one before the encoder was free"),
            counter("dropped_no_encoder", FRAMES, "Raw frames that found no encoder open"),
            counter("skipped_by_encoder", FRAMES, "Frames on which the encoder's rate control spent nothing"),
            counter("dropped_ring_full", FRAMES, "Access units dropped because the media loop was behind"),
            counter("dropped_awaiting_key", FRAMES, "Access units dropped because one before them was"),
            counter("overruns", FRAMES, "Frames whose processing took longer than the frame interval"),
            counter("keyframes", FRAMES, "IDR pictures"),
            gauge("in_flight", FRAMES, "Frames inside the encoder"),
            gauge("target", BITS_PER_SECOND, "Bitrate the encoder was last told"),
            gauge("encoded_rate", BITS_PER_SECOND, "Bitrate the encoder gave over the last second"),
            gauge("viewers", COUNT, "Viewers connected"),
            gauge("loop_lateness", NANOSECONDS, "Longest wait of a deadline on the media loop in the last second"));

    /** Once a second; tags stream and viewer. */
    static final Measurement VIEWER = Measurement.of("viewer",
            counter("sent", PACKETS, "RTP packets, retransmissions not among them"),
            counter("sent_bytes", BYTES, "RTP headers and payloads, retransmissions not among them"),
            counter("retransmitted", PACKETS, "Packets sent again on request"),
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
            gauge("receiver_estimate", BITS_PER_SECOND, "The viewer's own estimate (REMB)"));

    private StreamMeasurements() {}
}
