package revcam.api.packetiser;

import java.util.Map;

/**
 * A stream's RTP payload format, for the answer's {@code a=rtpmap} and {@code a=fmtp} lines.
 *
 * @param encodingName such as {@code H264}
 * @param clockRateHz RTP timestamp units per second, 90000 for video (RFC 3551, section 5)
 * @param parameters format parameters by lower-case name; for H.264 {@code packetization-mode} and a
 *     {@code profile-level-id} taken from the stream's own SPS (RFC 6184, section 8.1)
 * @param width coded picture width after cropping, pixels
 * @param height coded picture height after cropping, pixels
 */
public record RtpFormat(String encodingName, int clockRateHz, Map<String, String> parameters, int width, int height) {

    public RtpFormat {
        parameters = Map.copyOf(parameters);
    }
}
