/**
 * SRTP and SRTCP (RFC 3711) with AES_CM_128_HMAC_SHA1_80, the profile that every WebRTC peer has and the fastest one on
 * CPUs without AES instructions. {@link revcam.transport.webrtc.srtp.Ciphers} says what computes it. Keys come from DTLS (RFC 5764, section 4.2); there is no key derivation rate, no MKI.
 */
package revcam.transport.webrtc.srtp;
