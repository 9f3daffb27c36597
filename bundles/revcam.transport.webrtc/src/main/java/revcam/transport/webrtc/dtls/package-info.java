/**
 * DTLS 1.2 (RFC 6347) with keys for SRTP (RFC 5763, RFC 5764), by Bouncy Castle's lightweight API: no security provider
 * is registered, and no X.509 path is built, because the offer's fingerprint says which certificate is right.
 */
package revcam.transport.webrtc.dtls;
