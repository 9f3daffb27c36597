/** The Felix Web Console's login, and its tab RevCam. */
package revcam.console;
