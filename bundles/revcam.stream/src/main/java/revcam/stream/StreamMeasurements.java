package revcam.stream;

import static revcam.api.telemetry.Metric.counter;
import static revcam.api.telemetry.Metric.gauge;
import static revcam.api.telemetry.Metric.observation;
import static revcam.api.telemetry.Unit.BITS_PER_SECOND;
import static revcam.api.telemetry.Unit.BYTES;
import static revcam.api.telemetry.Unit.COUNT;
import static revcam.api.telemetry.Unit.FRAMES;
import static revcam.api.telemetry.Unit.HERTZ;
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
            observation("packets", PACKETS, "RTP payloads made of it"),
            observation("interval", NANOSECONDS, "Since the picture encoded before it, by the moments they show"),
            observation("buffer", NANOSECONDS,
                    "Fullness of a buffer that the encoder fills and its target empties, as the time that takes"));

    /** Once a second; tag stream. */
    static final Measurement STREAM = Measurement.of("stream",
            counter("captured", FRAMES, "Frames that arrived from the capture"),
            counter("encoded", FRAMES, "Access units that the encoder gave"),
            counter("dropped_superseded", FRAMES, "Raw frames replaced by a newer one before the encoder was free"),
            counter("dropped_congested", FRAMES, "Raw frames kept from the encoder because those before were still to leave"),
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
            gauge("loop_lateness", NANOSECONDS, "Longest wait of a deadline on the media loop in the last second"),
            gauge("viewers_thinned", COUNT, "Viewers that get only some of the pictures, being far behind the others"),
            counter("dropped_thinned", FRAMES, "Pictures that such viewers were not given, added up over viewers"),
            gauge("correction", RATIO, "What the encoder is told, of what it should give"),
            counter("dropped_reduced", FRAMES, "Raw frames left out for a lower frame rate than configured"),
            gauge("reduction", COUNT, "Steps down from the configured pictures, for lack of bitrate"),
            gauge("keyframe_interval", NANOSECONDS, "Between the last two IDR pictures"),
            gauge("ring", FRAMES, "Access units that wait for the media loop"));

    /** When it changes and every ten seconds; tags stream, codec, profile, level. */
    static final Measurement FORMAT = Measurement.of("format",
            gauge("width", COUNT, "Pixels"),
            gauge("height", COUNT, "Pixels"),
            gauge("frame_rate", HERTZ, "Frames a second that are encoded"),
            gauge("mtu", BYTES, "IP packet that the path is taken to carry"),
            gauge("payload", BYTES, "Most of an RTP payload, after all overhead"));

    private StreamMeasurements() {}
}
