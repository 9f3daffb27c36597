/**
 * H.264 by a stateful encoder behind Video4Linux 2 (the kernel's Documentation/userspace-api/media/v4l/dev-encoder.rst), as
 * the Raspberry Pi's up to the Zero 2 W and the 4 is.
 */
package revcam.encoder.v4l2m2m;
