/**
 * The telemetry seam: what every stage measures, and the exporters that carry it away.
 */
@Export
@Version("0.1.0")
package revcam.api.telemetry;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
