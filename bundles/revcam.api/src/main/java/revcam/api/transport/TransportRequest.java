package revcam.api.transport;

import revcam.api.packetiser.RtpFormat;

/**
 * One viewer's wish to watch, or ours that it does, and what there is to watch.
 *
 * @param offer SDP (RFC 8866), as it came from outside: unchecked; empty where the offer is ours
 * @param format what the stream is
 * @param stream name of the stream, for {@code a=msid}
 * @param cname RTCP canonical name (RFC 7022) that the session uses
 * @param ssrc of the media
 * @param rtxSsrc of retransmissions (RFC 4588), if the viewer can take them
 */
public record TransportRequest(String offer, RtpFormat format, String stream, String cname, int ssrc, int rtxSsrc) {}
