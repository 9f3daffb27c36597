/**
 * WebRTC for one-way video: {@link revcam.transport.webrtc.WebRtcTransportFactory} answers an offer, and the
 * {@link revcam.transport.webrtc.WebRtcTransport} that comes of it joins connectivity, DTLS and SRTP.
 */
package revcam.transport.webrtc;
