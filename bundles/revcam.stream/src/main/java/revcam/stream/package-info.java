/**
 * The engine. Each capture and each encoder runs on a thread of its own ({@link revcam.stream.CaptureRun}, {@link
 * revcam.stream.EncoderRun}) and hands frames on by itself; the one {@link revcam.stream.SelectorLoop} of the process sends
 * them to the {@link revcam.stream.Audience}. Beside that way, a {@link revcam.stream.Conductor} per stream decides who
 * serves as what, and changes it while frames flow.
 *
 * <pre>
 * CaptureRun -> FrameMailbox -> EncoderRun -> PacketisedOutput -> SpscRing -> Audience -> session.ViewerSession -> Transport
 *
 * console, shell -> Control -,
 * services, files -> StreamComponent -> Conductor: Role, Standings, Trials
 * </pre>
 */
package revcam.stream;
