/**
 * Session descriptions (RFC 8866) as far as a one-way WebRTC video stream needs them: reading a viewer's offer,
 * choosing from it, and writing the answer (RFC 3264, RFC 8829).
 */
package revcam.transport.webrtc.sdp;
