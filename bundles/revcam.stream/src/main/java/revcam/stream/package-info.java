/**
 * The engine. Two threads do a stream's work: its {@link revcam.stream.Conductor} turns raw frames into packetised
 * ones, and the one {@link revcam.stream.SelectorLoop} of the process sends them to the
 * {@link revcam.stream.Audience}. Everybody else posts commands to one of the two.
 *
 * <pre>
 * capture thread -> FrameMailbox -> Conductor -> SpscRing -> Audience -> ViewerSession -> Transport
 * </pre>
 */
package revcam.stream;
