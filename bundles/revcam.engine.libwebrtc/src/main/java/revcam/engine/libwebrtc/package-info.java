/** A media engine on libwebrtc, by way of webrtc-java; see docs/adr. */
package revcam.engine.libwebrtc;
