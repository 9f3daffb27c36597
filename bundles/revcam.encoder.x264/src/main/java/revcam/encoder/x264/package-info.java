/**
 * H.264 by libx264, loaded from the user's system: libx264 is GPL-2.0-or-later and is never shipped with RevCam.
 */
package revcam.encoder.x264;
