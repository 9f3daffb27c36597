/** What components read their configuration with, so that a bad value is refused in the same words everywhere. */
@Export
@Version("0.1.0")
package revcam.api.config;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
