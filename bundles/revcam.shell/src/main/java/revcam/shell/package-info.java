/**
 * RevCam from a terminal: the Gogo commands of scope {@code revcam}, the Unix-domain socket on which the owner of the
 * state directory reaches them, and the client in a process of its own that draws prompt and completion.
 */
package revcam.shell;
