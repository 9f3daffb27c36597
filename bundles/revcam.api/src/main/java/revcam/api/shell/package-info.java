/** RevCam's commands, for bundles that let people in by another way than the owner's socket. */
@Export
@Version("0.1.0")
package revcam.api.shell;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
