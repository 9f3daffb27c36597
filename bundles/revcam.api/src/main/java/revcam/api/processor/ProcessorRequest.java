package revcam.api.processor;

import revcam.api.media.FrameRate;
import revcam.api.media.PixelFormat;

/**
 * What a processor is to be given.
 *
 * @param stream the stream's name, for messages
 * @param width pixels, even
 * @param height pixels, even
 * @param rate wanted frame rate
 */
public record ProcessorRequest(String stream, int width, int height, PixelFormat format, FrameRate rate) {}
