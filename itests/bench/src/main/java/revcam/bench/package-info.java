/** {@code ./revcam bench}: what a frame, a packet, a viewer and a start cost. */
package revcam.bench;
