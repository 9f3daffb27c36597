/**
 * What the seams pass to each other: raw frames on lease, frame rates, pixel formats, and the error every stage throws.
 */
@Export
@Version("0.1.0")
package revcam.api.media;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
