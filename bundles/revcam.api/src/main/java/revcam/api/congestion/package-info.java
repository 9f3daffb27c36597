/**
 * The congestion-control seam: what the network reports in, a target rate out.
 */
@Export
@Version("0.1.0")
package revcam.api.congestion;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
