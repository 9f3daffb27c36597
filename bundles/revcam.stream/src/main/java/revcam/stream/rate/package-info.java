/**
 * How many viewers share one encoder, and what it is told. Sans-I/O, so that a media loop drives it in the product and
 * virtual time in a test or in the link laboratory.
 *
 * <pre>
 * each viewer's target -> SharedRate -> PacketOverhead -> SetPoint -> the encoder
 *                          |    ^
 *                          |  RatePolicy
 *                          +-> Thinning, for a viewer that is far behind the rest
 * </pre>
 */
package revcam.stream.rate;
