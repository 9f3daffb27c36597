/**
 * The engine seam: all that lies between a raw picture and a viewer, done by somebody else.
 */
@Export
@Version("0.1.0")
package revcam.api.engine;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
