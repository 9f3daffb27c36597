/**
 * The connectivity seam below the transport: how datagrams reach a viewer and return (ICE).
 */
@Export
@Version("0.1.0")
package revcam.api.connectivity;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
