/**
 * The frame processor seam: what happens to a raw frame between capture and encoder.
 */
@Export
@Version("0.1.0")
package revcam.api.processor;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
