/**
 * ICE-lite (RFC 8445, section 2.5): one UDP port for all viewers, and the small part of STUN (RFC 8489) that answering
 * connectivity checks takes.
 */
package revcam.transport.webrtc.ice;
