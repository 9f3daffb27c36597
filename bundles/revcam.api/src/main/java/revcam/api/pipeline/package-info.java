/**
 * What the engine offers to console and shell: pipelines whose stages can be looked at, judged and replaced.
 */
@Export
@Version("0.1.0")
package revcam.api.pipeline;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
