/**
 * The capture seam: where raw frames come from.
 */
@Export
@Version("0.1.0")
package revcam.api.capture;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
