// SPDX-License-Identifier: GPL-2.0
/*
 * The "firmware" of the module revcam-testenc: encodes by libx264 what it reads from /dev/revcam-testenc.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <x264.h>

#include "revcam-testenc.h"

#define DEVICE "/dev/revcam-testenc"
#define MAX_JOB (sizeof(struct testenc_job) + 2 * 1920 * 2 * 1920)
#define MAX_RESULT (4 << 20)
#define INSTANCES 64

struct instance {
	uint32_t id;
	x264_t *encoder;
	x264_param_t param;
	/* What param was made from. */
	uint32_t bitrate;
	uint32_t fps_numerator, fps_denominator;
	/* Pictures since the last IDR picture. */
	uint32_t since_idr;
	int64_t pictures;
	/* SPS and PPS. */
	uint8_t headers[256];
	uint32_t header_bytes;
	/* A packed picture, taken apart. */
	uint8_t *planar;
};

static struct instance instances[INSTANCES];

static struct instance *find(uint32_t id)
{
	for (int i = 0; i < INSTANCES; i++)
		if (instances[i].id == id)
			return &instances[i];
	return NULL;
}

/*
 * libx264 cannot change its frame rate. It shares bits out per picture, so another rate is the same as another bitrate.
 */
static void set_bitrate(struct instance *in, const struct testenc_job *job)
{
	double opened = (double)in->param.i_fps_num / in->param.i_fps_den;
	double now = (double)job->fps_numerator / job->fps_denominator;
	int kbps = (int)(job->bitrate / 1000.0 * opened / now + 0.5);

	in->bitrate = job->bitrate;
	in->fps_numerator = job->fps_numerator;
	in->fps_denominator = job->fps_denominator;
	in->param.rc.i_bitrate = kbps;
	in->param.rc.i_vbv_max_bitrate = kbps;
	in->param.rc.i_vbv_buffer_size = kbps;
}

/*
 * The headers but for the SEI message in which libx264 names itself. Asked for before the first picture, as they are made where
 * a picture lies that was just encoded.
 */
static int keep_headers(struct instance *in)
{
	x264_nal_t *nals;
	int count;

	if (x264_encoder_headers(in->encoder, &nals, &count) < 0)
		return -1;
	for (int i = 0; i < count; i++) {
		if (nals[i].i_type == NAL_SEI)
			continue;
		if (in->header_bytes + nals[i].i_payload > sizeof(in->headers))
			return -1;
		memcpy(in->headers + in->header_bytes, nals[i].p_payload, nals[i].i_payload);
		in->header_bytes += nals[i].i_payload;
	}
	return 0;
}

static int start(struct instance *in, const struct testenc_job *job)
{
	static const char *const profiles[] = {
		[V4L2_MPEG_VIDEO_H264_PROFILE_BASELINE] = "baseline",
		[V4L2_MPEG_VIDEO_H264_PROFILE_CONSTRAINED_BASELINE] = "baseline",
		[V4L2_MPEG_VIDEO_H264_PROFILE_MAIN] = "main",
		[V4L2_MPEG_VIDEO_H264_PROFILE_HIGH] = "high",
	};
	x264_param_t *p = &in->param;

	x264_param_default_preset(p, "ultrafast", "zerolatency");
	p->i_log_level = X264_LOG_WARNING;
	p->i_threads = 1;
	p->i_width = job->width;
	p->i_height = job->height;
	p->i_csp = job->pixelformat == V4L2_PIX_FMT_NV12   ? X264_CSP_NV12
		   : job->pixelformat == V4L2_PIX_FMT_NV21 ? X264_CSP_NV21
		   : job->pixelformat == V4L2_PIX_FMT_YVU420 ? X264_CSP_YV12
							     : X264_CSP_I420;
	p->i_fps_num = job->fps_numerator;
	p->i_fps_den = job->fps_denominator;
	p->b_vfr_input = 0;
	p->i_keyint_max = X264_KEYINT_MAX_INFINITE;
	p->i_scenecut_threshold = 0;
	p->b_annexb = 1;
	p->b_repeat_headers = 0;
	p->i_level_idc = job->level_idc;
	p->rc.i_rc_method = X264_RC_ABR;
	p->rc.i_qp_min = job->min_qp;
	p->rc.i_qp_max = job->max_qp;
	set_bitrate(in, job);
	if (job->profile >= sizeof(profiles) / sizeof(*profiles) || !profiles[job->profile] ||
	    x264_param_apply_profile(p, profiles[job->profile]) < 0)
		return -1;
	in->encoder = x264_encoder_open(p);
	return in->encoder ? keep_headers(in) : -1;
}

/* YUYV becomes I420: every second row's chroma is left out. */
static int unpack(struct instance *in, const struct testenc_job *job, const uint8_t *raw, x264_picture_t *picture)
{
	uint32_t w = job->width, h = job->height;

	if (!in->planar)
		in->planar = malloc((size_t)w * h * 3 / 2);
	if (!in->planar)
		return -1;
	uint8_t *y = in->planar, *u = y + w * h, *v = u + w * h / 4;

	for (uint32_t row = 0; row < h; row++) {
		const uint8_t *from = raw + (size_t)row * job->stride;

		for (uint32_t x = 0; x < w; x++)
			y[row * w + x] = from[2 * x];
		if (row % 2)
			continue;
		for (uint32_t x = 0; x < w / 2; x++) {
			u[row / 2 * (w / 2) + x] = from[4 * x + 1];
			v[row / 2 * (w / 2) + x] = from[4 * x + 3];
		}
	}
	picture->img.i_plane = 3;
	picture->img.plane[0] = y;
	picture->img.plane[1] = u;
	picture->img.plane[2] = v;
	picture->img.i_stride[0] = w;
	picture->img.i_stride[1] = picture->img.i_stride[2] = w / 2;
	return 0;
}

static int point(struct instance *in, const struct testenc_job *job, uint8_t *raw, x264_picture_t *picture)
{
	size_t luma = (size_t)job->stride * job->height;

	if (job->pixelformat == V4L2_PIX_FMT_YUYV)
		return unpack(in, job, raw, picture);
	picture->img.plane[0] = raw;
	picture->img.plane[1] = raw + luma;
	picture->img.i_stride[0] = job->stride;
	if (in->param.i_csp == X264_CSP_NV12 || in->param.i_csp == X264_CSP_NV21) {
		picture->img.i_plane = 2;
		picture->img.i_stride[1] = job->stride;
	} else {
		picture->img.i_plane = 3;
		picture->img.plane[2] = raw + luma + luma / 4;
		picture->img.i_stride[1] = picture->img.i_stride[2] = job->stride / 2;
	}
	return 0;
}

static void encode(const struct testenc_job *job, uint8_t *raw, struct testenc_result *result, uint8_t *data)
{
	struct instance *in = find(job->instance);
	x264_picture_t picture, out;
	x264_nal_t *nals;
	int nal_count;

	memset(result, 0, sizeof(*result));
	result->flags = TESTENC_FAILED;
	if (!in) {
		in = find(0);
		if (!in)
			return;
		in->id = job->instance;
		if (start(in, job))
			fprintf(stderr, "libx264 refuses %ux%u, profile %u, level %u\n", job->width, job->height,
				job->profile, job->level_idc);
	}
	if (!in->encoder)
		return;
	if (job->bitrate != in->bitrate || job->fps_numerator != in->fps_numerator ||
	    job->fps_denominator != in->fps_denominator) {
		set_bitrate(in, job);
		x264_encoder_reconfig(in->encoder, &in->param);
	}
	x264_picture_init(&picture);
	picture.img.i_csp = in->param.i_csp;
	if (point(in, job, raw, &picture))
		return;
	picture.i_pts = in->pictures++;
	in->since_idr++;
	if ((job->flags & TESTENC_FORCE_IDR) || (job->gop && in->since_idr >= job->gop))
		picture.i_type = X264_TYPE_IDR;

	int bytes = x264_encoder_encode(in->encoder, &nals, &nal_count, &picture, &out);

	if (bytes <= 0)
		return;
	result->flags = out.b_keyframe ? TESTENC_IDR : 0;
	if (out.b_keyframe) {
		in->since_idr = 0;
		result->header_bytes = in->header_bytes;
		memcpy(data, in->headers, in->header_bytes);
	}
	for (int i = 0; i < nal_count; i++) {
		if (nals[i].i_type == NAL_SEI)
			continue;
		if (result->header_bytes + result->picture_bytes + nals[i].i_payload + sizeof(*result) > MAX_RESULT) {
			result->flags = TESTENC_FAILED;
			result->header_bytes = result->picture_bytes = 0;
			return;
		}
		memcpy(data + result->header_bytes + result->picture_bytes, nals[i].p_payload, nals[i].i_payload);
		result->picture_bytes += nals[i].i_payload;
	}
}

static void forget(uint32_t id)
{
	struct instance *in = find(id);

	if (!id || !in)
		return;
	if (in->encoder)
		x264_encoder_close(in->encoder);
	free(in->planar);
	memset(in, 0, sizeof(*in));
}

int main(void)
{
	uint8_t *in = malloc(MAX_JOB);
	uint8_t *out = malloc(MAX_RESULT);
	int fd = open(DEVICE, O_RDWR);

	if (fd < 0 || !in || !out) {
		perror(DEVICE);
		return 1;
	}
	for (;;) {
		struct testenc_job job;
		ssize_t bytes = read(fd, in, MAX_JOB);

		if (bytes < 0 && errno == EINTR)
			continue;
		if (bytes < (ssize_t)sizeof(job)) {
			perror("reading a job");
			return 1;
		}
		memcpy(&job, in, sizeof(job));
		if (job.kind == TESTENC_CLOSE) {
			forget(job.instance);
			continue;
		}
		struct testenc_result result;

		encode(&job, in + sizeof(job), &result, out + sizeof(result));
		memcpy(out, &result, sizeof(result));
		bytes = sizeof(result) + result.header_bytes + result.picture_bytes;
		if (write(fd, out, bytes) != bytes) {
			perror("writing a result");
			return 1;
		}
	}
}
