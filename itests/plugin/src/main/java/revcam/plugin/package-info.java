/**
 * A stranger's plug-in, from the guide to the running camera: what its tests share.
 */
package revcam.plugin;
