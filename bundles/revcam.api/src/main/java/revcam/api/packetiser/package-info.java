/**
 * The packetiser seam: access units in, RTP payloads out.
 */
@Export
@Version("0.1.0")
package revcam.api.packetiser;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
