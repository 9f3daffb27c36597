/**
 * RTP and RTCP as a sender of video needs them: wire formats, send and retransmission history, pacing. Sans-I/O: every
 * class is told the time, {@link System#nanoTime()} or a simulator's. Nothing here is thread-safe: it belongs to the
 * thread that owns the session. Nothing allocates after construction.
 */
@Export
@Version("0.1.0")
package revcam.rtp;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
