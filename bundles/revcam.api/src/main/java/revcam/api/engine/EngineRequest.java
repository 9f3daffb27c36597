package revcam.api.engine;

import revcam.api.media.FrameRate;

/**
 * What an engine is to serve.
 *
 * @param stream its name
 * @param rate at which pictures come at most
 * @param minBps least bits per second of video that congestion control may go down to
 * @param startBps what a new viewer begins with
 * @param maxBps most that a viewer may be sent
 */
public record EngineRequest(String stream, FrameRate rate, long minBps, long startBps, long maxBps) {}
