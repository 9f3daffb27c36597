/**
 * {@code ./revcam mtu HOST}: measures the path MTU and proposes the stream's packet size.
 * {@link revcam.mtu.Mtu} is the command, {@link revcam.mtu.PathSearch} decides what to send, {@link revcam.mtu.ProbeSocket}
 * sends it. It runs in a process of its own; nothing of it is loaded by a RevCam that streams.
 */
package revcam.mtu;
