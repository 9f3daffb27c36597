/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the module revcam-testenc and its firmware, the program revcam-testenc-firmware, say to each other over
 * /dev/revcam-testenc. The firmware reads one job at a time and writes one result for each of kind TESTENC_ENCODE.
 */
#ifndef REVCAM_TESTENC_H
#define REVCAM_TESTENC_H

#include <linux/types.h>

/** Kinds of job. */
#define TESTENC_ENCODE 1
/** The instance is gone; no result. */
#define TESTENC_CLOSE 2

/** In testenc_job.flags: make this an IDR picture. */
#define TESTENC_FORCE_IDR 1

/** In testenc_result.flags: this is an IDR picture. */
#define TESTENC_IDR 1
/** In testenc_result.flags: the encoder gave up on this instance. */
#define TESTENC_FAILED 2

/** Followed by raw_bytes bytes of picture. Values of controls are those of V4L2. */
struct testenc_job {
	__u32 kind;
	__u32 instance;
	__u32 width;
	__u32 height;
	__u32 stride;
	__u32 pixelformat;
	__u32 bitrate;
	__u32 bitrate_mode;
	__u32 fps_numerator;
	__u32 fps_denominator;
	__u32 gop;
	__u32 profile;
	__u32 level_idc;
	__u32 min_qp;
	__u32 max_qp;
	__u32 flags;
	__u32 raw_bytes;
};

/** Followed by header_bytes of SPS and PPS and then picture_bytes of slices. */
struct testenc_result {
	__u32 flags;
	__u32 header_bytes;
	__u32 picture_bytes;
};

#endif
