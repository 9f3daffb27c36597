/**
 * Cameras by Video4Linux 2: USB webcams, and what else gives plain pictures at {@code /dev/video*}.
 */
package revcam.capture.v4l2;
