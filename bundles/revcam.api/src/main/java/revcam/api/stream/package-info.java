/**
 * What the engine offers to signalling, console and shell: streams to look at and to join.
 */
@Export
@Version("0.1.0")
package revcam.api.stream;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
