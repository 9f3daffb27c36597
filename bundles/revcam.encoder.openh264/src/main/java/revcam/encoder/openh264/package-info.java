/**
 * H.264 by libopenh264 (BSD-2-Clause), loaded from the user's system.
 */
package revcam.encoder.openh264;
