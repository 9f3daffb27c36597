/**
 * The WebRTC-HTTP Egress Protocol, draft-ietf-wish-whep: an offer comes in by POST, the answer goes out, and a resource
 * is left behind by which the viewer trickles candidates, restarts ICE and leaves.
 */
package revcam.signalling.whep;
