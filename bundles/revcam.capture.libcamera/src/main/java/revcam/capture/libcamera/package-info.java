/**
 * Camera modules of the Raspberry Pi: libcamera's pictures, uncompressed, from a pipe of rpicam-vid (rpicam-apps).
 */
package revcam.capture.libcamera;
