/** The Felix Web Console's login. */
package revcam.console;
