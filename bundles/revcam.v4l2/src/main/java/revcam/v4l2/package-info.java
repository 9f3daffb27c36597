/**
 * Video4Linux 2, small and typed: what a camera and a memory-to-memory encoder need of {@code linux/videodev2.h}, by the
 * kernel's Documentation/userspace-api/media/v4l. The system calls are reached through {@link revcam.v4l2.SystemCalls}, of
 * which {@link revcam.v4l2.NativeSystemCalls} is the real one; no other class knows JNA.
 *
 * <p>Nothing on the way of a buffer ({@link revcam.v4l2.BufferQueue#queue}, {@link revcam.v4l2.BufferQueue#dequeue},
 * {@link revcam.v4l2.DevicePoll#await}) allocates.
 */
@Export
@Version("0.1.0")
package revcam.v4l2;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;
