/**
 * One viewer's RTP session: what turns packetised frames into packets at the right time, and what a viewer reports into
 * rates. Sans-I/O, so that a media loop drives it in the product and virtual time in the link laboratory.
 *
 * <pre>
 * SharedFrame -> ViewerSession -> PacketSink
 *                 |         ^
 *           ControllerSeat (a plug-in's CongestionController, trusted as far as it makes sense)
 * </pre>
 */
package revcam.stream.session;
