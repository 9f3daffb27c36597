/**
 * The encoder seam: raw frames in, access units out.
 */
@Export
@Version("0.1.0")
package revcam.api.encoder;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
