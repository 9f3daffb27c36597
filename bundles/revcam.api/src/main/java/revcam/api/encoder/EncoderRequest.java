package revcam.api.encoder;

import revcam.api.media.FrameRate;
import revcam.api.media.PixelFormat;

/**
 * What an encoder is opened for. Size and format hold for its whole life; rate and bitrate are where it starts.
 *
 * @param width pixels, even
 * @param height pixels, even
 * @param format of every frame it will be given
 * @param rate frames a second that it will be given, about
 * @param bitrateBps target in bits per second of H.264, without RTP
 */
public record EncoderRequest(int width, int height, PixelFormat format, FrameRate rate, long bitrateBps) {}
