/**
 * The WebRTC-HTTP Ingestion Protocol (RFC 9725), as its client: an offer goes out by POST, the answer comes back, and the
 * session is ended by DELETE. Candidates do not trickle, and ICE is not restarted: a session that was lost is begun anew.
 */
package revcam.signalling.whip;
