package revcam.api.capture;

import revcam.api.media.FrameRate;

/**
 * What a stream would like from its source. The source comes as near as it can and says in its frames what it did.
 *
 * @param source what follows the colon in {@code file:clip.y4m}: a path or a device; empty when nothing does
 * @param width pixels, even, 32 to 4096
 * @param height pixels, even, 32 to 4096
 * @param rate wanted frame rate
 */
public record CaptureRequest(String source, int width, int height, FrameRate rate) {}
