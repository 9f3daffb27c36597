/**
 * The transport seam: one viewer's secure path, and the media loop all of them run on.
 */
@Export
@Version("0.1.0")
package revcam.api.transport;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
