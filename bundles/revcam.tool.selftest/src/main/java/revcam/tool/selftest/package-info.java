/** Tries the cameras and encoders of this machine through their seams, without a stream, and reports. */
package revcam.tool.selftest;
