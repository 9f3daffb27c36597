// SPDX-License-Identifier: GPL-2.0
/*
 * A stateful V4L2 H.264 encoder for tests: a device node that behaves as the encoder of a Raspberry Pi does, quirks
 * included, and leaves the encoding to a program that reads from /dev/revcam-testenc.
 *
 * Both queues' buffers belong to the "firmware" from the moment they are queued, as with hardware behind a mailbox: the
 * mem2mem core's scheduler is not used, only its file operations.
 */
#include <linux/delay.h>
#include <linux/dma-mapping.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/platform_device.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>
#include <media/v4l2-ctrls.h>
#include <media/v4l2-device.h>
#include <media/v4l2-event.h>
#include <media/v4l2-ioctl.h>
#include <media/v4l2-mem2mem.h>
#include <media/videobuf2-dma-contig.h>

#include "revcam-testenc.h"

#define NAME "revcam-testenc"

MODULE_DESCRIPTION("Stateful V4L2 H.264 encoder for tests");
MODULE_LICENSE("GPL");

static bool hang;
module_param(hang, bool, 0644);
MODULE_PARM_DESC(hang, "the firmware answers nothing any more");

static uint lose_every;
module_param(lose_every, uint, 0644);
MODULE_PARM_DESC(lose_every, "every n-th picture of an instance is left out by rate control, 0 for none");

static bool enomem;
module_param(enomem, bool, 0644);
MODULE_PARM_DESC(enomem, "REQBUFS finds no contiguous memory");

static int fail_streamon;
module_param(fail_streamon, int, 0644);
MODULE_PARM_DESC(fail_streamon, "error number that STREAMON of the CAPTURE queue returns, 0 for none");

static uint capture_bytes;
module_param(capture_bytes, uint, 0644);
MODULE_PARM_DESC(capture_bytes, "size of CAPTURE buffers whatever is asked for, 0 for as asked; small ones split pictures");

/* How long a message to a firmware that hangs is waited for, and how much longer a flush. */
#define MESSAGE_TIMEOUT_MS 3000
#define FLUSH_TIMEOUT_MS 2000

#define MIN_SIZE 32
#define MAX_SIZE 1920
#define SIZE_STEP 2

#define RESULT_LIMIT (4 << 20)

struct testenc_format {
	u32 fourcc;
	u32 bytesperline_alignment;
	/* Bytes per row of the first plane and bytes per picture, in halves of a stride times height. */
	u32 bytes_per_pixel;
	u32 half_planes;
};

static const struct testenc_format raw_formats[] = {
	{ V4L2_PIX_FMT_YUV420, 64, 1, 3 },
	{ V4L2_PIX_FMT_YVU420, 64, 1, 3 },
	{ V4L2_PIX_FMT_NV12, 32, 1, 3 },
	{ V4L2_PIX_FMT_NV21, 32, 1, 3 },
	{ V4L2_PIX_FMT_YUYV, 64, 2, 2 },
};

/* ITU-T H.264, table A-1, in the order of enum v4l2_mpeg_video_h264_level. */
static const struct {
	u32 idc;
	u32 macroblocks_per_second;
	u32 macroblocks;
	u32 kilobits;
} levels[] = {
	{ 10, 1485, 99, 64 },	      { 9, 1485, 99, 128 },	    { 11, 3000, 396, 192 },
	{ 12, 6000, 396, 384 },	      { 13, 11880, 396, 768 },	    { 20, 11880, 396, 2000 },
	{ 21, 19800, 792, 4000 },     { 22, 20250, 1620, 4000 },    { 30, 40500, 1620, 10000 },
	{ 31, 108000, 3600, 14000 },  { 32, 216000, 5120, 20000 },  { 40, 245760, 8192, 20000 },
	{ 41, 245760, 8192, 50000 },  { 42, 522240, 8704, 50000 },  { 50, 589824, 22080, 135000 },
	{ 51, 983040, 36864, 240000 },
};

struct testenc_dev {
	struct v4l2_device v4l2;
	struct video_device vfd;
	struct v4l2_m2m_dev *m2m;
	/* Serialises everything user space does, of all file handles, as the real driver does. */
	struct mutex lock;
	struct miscdevice misc;

	/* Guards what follows and the buffer lists of all contexts. */
	struct mutex firmware_lock;
	struct list_head contexts;
	wait_queue_head_t work;
	wait_queue_head_t idle;
	/* Counts the occasions on which there may be new work. */
	u32 posted;
	bool firmware_present;
	u32 last_instance;
	/* Instances that the firmware is to forget. */
	u32 gone[64];
	unsigned int gone_count;
	/* What the firmware has read and not answered. */
	struct testenc_ctx *job;
	struct vb2_v4l2_buffer *job_src;
	struct vb2_v4l2_buffer *job_dst;
};

struct testenc_queue {
	const struct testenc_format *format;
	u32 width;
	u32 height;
	u32 bytesperline;
	u32 sizeimage;
	bool streaming;
	/* Buffers that the firmware has. */
	struct list_head buffers;
};

struct testenc_ctx {
	struct v4l2_fh fh;
	struct testenc_dev *dev;
	struct list_head list;
	struct v4l2_ctrl_handler controls;
	struct testenc_queue src;
	struct testenc_queue dst;
	struct v4l2_fract interval;
	u32 colorspace, xfer_func, ycbcr_enc, quantization;

	/* 0 until REQBUFS has made the firmware's component. */
	u32 instance;
	u32 pictures;
	/* GOP_SIZE or H264_I_PERIOD, whichever was written last: the real driver has one value for both. */
	u32 gop;
	bool headers_sent;
	bool force_idr;
	bool draining;
	/* The level is too low for the picture rate: the firmware takes nothing and says nothing. */
	bool stalled;

	/* The end of a picture that did not fit into a CAPTURE buffer. */
	u8 *rest;
	size_t rest_bytes;
	u64 rest_timestamp;
	u32 rest_flags;

	struct v4l2_ctrl *bitrate, *bitrate_mode, *repeat_headers, *header_mode, *profile, *level;
	struct v4l2_ctrl *min_qp, *max_qp;
};

static struct testenc_ctx *ctx_of(struct file *file)
{
	return container_of(file->private_data, struct testenc_ctx, fh);
}

static struct testenc_queue *queue_of(struct testenc_ctx *ctx, u32 type)
{
	return V4L2_TYPE_IS_OUTPUT(type) ? &ctx->src : &ctx->dst;
}

/* A synchronous message. One to a firmware that hangs is waited for, and nothing interrupts that. */
static int message(struct testenc_dev *dev)
{
	if (!hang)
		return 0;
	msleep(MESSAGE_TIMEOUT_MS);
	return -ETIME;
}

/* --- buffers ------------------------------------------------------------------------------------------------------ */

static struct vb2_v4l2_buffer *take(struct testenc_queue *queue)
{
	struct v4l2_m2m_buffer *buffer = list_first_entry_or_null(&queue->buffers, struct v4l2_m2m_buffer, list);

	if (!buffer)
		return NULL;
	list_del(&buffer->list);
	return &buffer->vb;
}

static void put_back(struct testenc_queue *queue, struct vb2_v4l2_buffer *buffer)
{
	list_add(&container_of(buffer, struct v4l2_m2m_buffer, vb)->list, &queue->buffers);
}

static void return_all(struct testenc_queue *queue, enum vb2_buffer_state state)
{
	struct vb2_v4l2_buffer *buffer;

	while ((buffer = take(queue)))
		v4l2_m2m_buf_done(buffer, state);
}

static void fill(struct vb2_v4l2_buffer *dst, const void *data, size_t bytes, u64 timestamp, u32 flags)
{
	memcpy(vb2_plane_vaddr(&dst->vb2_buf, 0), data, bytes);
	vb2_set_plane_payload(&dst->vb2_buf, 0, bytes);
	dst->vb2_buf.timestamp = timestamp;
	dst->field = V4L2_FIELD_NONE;
	dst->flags &= ~(V4L2_BUF_FLAG_KEYFRAME | V4L2_BUF_FLAG_PFRAME | V4L2_BUF_FLAG_BFRAME | V4L2_BUF_FLAG_LAST);
	dst->flags |= flags;
	/* sequence stays what it is: the real driver never writes it. */
	v4l2_m2m_buf_done(dst, VB2_BUF_STATE_DONE);
}

/* Puts as much of a picture into a buffer as fits, and keeps the rest for the next. */
static void deliver(struct testenc_ctx *ctx, struct vb2_v4l2_buffer *dst, u8 *data, size_t bytes, u64 timestamp,
		    u32 flags)
{
	size_t room = vb2_plane_size(&dst->vb2_buf, 0);
	size_t now = min(room, bytes);
	u8 *rest = NULL;

	if (now < bytes) {
		rest = vmalloc(bytes - now);
		if (rest)
			memcpy(rest, data + now, bytes - now);
	}
	fill(dst, data, now, timestamp, flags);
	vfree(ctx->rest);
	ctx->rest = rest;
	ctx->rest_bytes = rest ? bytes - now : 0;
	ctx->rest_timestamp = timestamp;
	ctx->rest_flags = flags;
}

/* What the firmware does without encoding anything: the rest of a picture, pictures left out, the end of the stream. */
static void advance(struct testenc_ctx *ctx)
{
	static const struct v4l2_event eos = { .type = V4L2_EVENT_EOS };
	struct vb2_v4l2_buffer *buffer;

	if (hang || ctx->stalled || !ctx->src.streaming || !ctx->dst.streaming)
		return;
	while (ctx->rest && (buffer = take(&ctx->dst))) {
		u8 *data = ctx->rest;

		ctx->rest = NULL;
		deliver(ctx, buffer, data, ctx->rest_bytes, ctx->rest_timestamp, ctx->rest_flags);
		vfree(data);
	}
	if (ctx->draining && !ctx->rest && ctx->dev->job != ctx && list_empty(&ctx->src.buffers) &&
	    (buffer = take(&ctx->dst))) {
		ctx->draining = false;
		fill(buffer, NULL, 0, 0, V4L2_BUF_FLAG_LAST);
		v4l2_event_queue_fh(&ctx->fh, &eos);
	}
}

static bool has_work(struct testenc_ctx *ctx)
{
	return !hang && !ctx->stalled && !ctx->rest && ctx->src.streaming && ctx->dst.streaming &&
	       !list_empty(&ctx->src.buffers) && !list_empty(&ctx->dst.buffers);
}

static void post_work(struct testenc_dev *dev)
{
	WRITE_ONCE(dev->posted, dev->posted + 1);
	wake_up(&dev->work);
}

/* --- the firmware's side ------------------------------------------------------------------------------------------- */

static struct testenc_dev *dev_of_misc(struct file *file)
{
	return container_of(file->private_data, struct testenc_dev, misc);
}

static int firmware_open(struct inode *inode, struct file *file)
{
	struct testenc_dev *dev = dev_of_misc(file);
	int result = 0;

	mutex_lock(&dev->firmware_lock);
	if (dev->firmware_present)
		result = -EBUSY;
	dev->firmware_present = true;
	mutex_unlock(&dev->firmware_lock);
	return result;
}

/* The job that the firmware has will not be answered. */
static void drop_job(struct testenc_dev *dev)
{
	if (dev->job) {
		v4l2_m2m_buf_done(dev->job_src, VB2_BUF_STATE_ERROR);
		put_back(&dev->job->dst, dev->job_dst);
		dev->job = NULL;
		wake_up_all(&dev->idle);
	}
}

static int firmware_release(struct inode *inode, struct file *file)
{
	struct testenc_dev *dev = dev_of_misc(file);

	mutex_lock(&dev->firmware_lock);
	dev->firmware_present = false;
	drop_job(dev);
	mutex_unlock(&dev->firmware_lock);
	return 0;
}

/* Takes the next job off the lists; fairly, so that no instance starves. Called with the firmware's lock. */
static bool next_job(struct testenc_dev *dev, struct testenc_job *job)
{
	struct testenc_ctx *ctx;

	if (dev->job)
		return false;
	memset(job, 0, sizeof(*job));
	if (dev->gone_count) {
		job->kind = TESTENC_CLOSE;
		job->instance = dev->gone[--dev->gone_count];
		return true;
	}
	list_for_each_entry(ctx, &dev->contexts, list) {
		while (has_work(ctx)) {
			struct vb2_v4l2_buffer *src = take(&ctx->src);

			ctx->pictures++;
			if (lose_every && ctx->pictures % lose_every == 0) {
				v4l2_m2m_buf_done(src, VB2_BUF_STATE_DONE);
				advance(ctx);
				continue;
			}
			dev->job = ctx;
			dev->job_src = src;
			dev->job_dst = take(&ctx->dst);
			job->kind = TESTENC_ENCODE;
			job->instance = ctx->instance;
			job->width = ctx->src.width;
			job->height = ctx->src.height;
			job->stride = ctx->src.bytesperline;
			job->pixelformat = ctx->src.format->fourcc;
			job->bitrate = ctx->bitrate->val;
			job->bitrate_mode = ctx->bitrate_mode->val;
			job->fps_numerator = ctx->interval.denominator;
			job->fps_denominator = ctx->interval.numerator;
			job->gop = ctx->gop;
			job->profile = ctx->profile->val;
			job->level_idc = levels[ctx->level->val].idc;
			job->min_qp = ctx->min_qp->val;
			job->max_qp = ctx->max_qp->val;
			job->flags = ctx->force_idr ? TESTENC_FORCE_IDR : 0;
			job->raw_bytes = ctx->src.sizeimage;
			ctx->force_idr = false;
			list_move_tail(&ctx->list, &dev->contexts);
			return true;
		}
	}
	return false;
}

static ssize_t firmware_read(struct file *file, char __user *to, size_t room, loff_t *position)
{
	struct testenc_dev *dev = dev_of_misc(file);
	struct testenc_job job;
	ssize_t result;

	for (;;) {
		u32 seen = READ_ONCE(dev->posted);

		mutex_lock(&dev->firmware_lock);
		if (next_job(dev, &job))
			break;
		mutex_unlock(&dev->firmware_lock);
		/* "hang" is written without anybody being told, hence the timeout. */
		result = wait_event_interruptible_timeout(dev->work, READ_ONCE(dev->posted) != seen, HZ / 10);
		if (result < 0)
			return result;
	}
	result = sizeof(job) + job.raw_bytes;
	if (room < result)
		result = -EMSGSIZE;
	else if (copy_to_user(to, &job, sizeof(job)) ||
		 (job.raw_bytes && copy_to_user(to + sizeof(job), vb2_plane_vaddr(&dev->job_src->vb2_buf, 0), job.raw_bytes)))
		result = -EFAULT;
	if (result < 0)
		drop_job(dev);
	mutex_unlock(&dev->firmware_lock);
	return result;
}

/* Called with the firmware's lock. data holds the parameter sets and then the picture. */
static void job_done(struct testenc_dev *dev, const struct testenc_result *result, u8 *data)
{
	struct testenc_ctx *ctx = dev->job;
	struct vb2_v4l2_buffer *src = dev->job_src;
	struct vb2_v4l2_buffer *dst = dev->job_dst;
	u64 timestamp = src->vb2_buf.timestamp;
	bool idr = result->flags & TESTENC_IDR;
	u32 flags = idr ? V4L2_BUF_FLAG_KEYFRAME : V4L2_BUF_FLAG_PFRAME;
	size_t header = result->header_bytes;

	if (!ctx->headers_sent && ctx->header_mode->val == V4L2_MPEG_VIDEO_HEADER_MODE_SEPARATE) {
		/* A buffer of their own; the picture goes into the next. */
		fill(dst, data, header, timestamp, 0);
		data += header;
		header = 0;
		dst = take(&ctx->dst);
	} else if (ctx->headers_sent && !ctx->repeat_headers->val) {
		data += header;
		header = 0;
	}
	ctx->headers_sent = true;
	if (dst) {
		deliver(ctx, dst, data, header + result->picture_bytes, timestamp, flags);
	} else {
		ctx->rest = vmalloc(result->picture_bytes);
		if (ctx->rest)
			memcpy(ctx->rest, data, result->picture_bytes);
		ctx->rest_bytes = result->picture_bytes;
		ctx->rest_timestamp = timestamp;
		ctx->rest_flags = flags;
	}
	v4l2_m2m_buf_done(src, VB2_BUF_STATE_DONE);
}

static ssize_t firmware_write(struct file *file, const char __user *from, size_t bytes, loff_t *position)
{
	struct testenc_dev *dev = dev_of_misc(file);
	struct testenc_result result;
	struct testenc_ctx *ctx;
	u8 *data;

	if (bytes < sizeof(result) || bytes > RESULT_LIMIT)
		return -EMSGSIZE;
	if (copy_from_user(&result, from, sizeof(result)))
		return -EFAULT;
	if (result.header_bytes > RESULT_LIMIT || result.picture_bytes > RESULT_LIMIT ||
	    sizeof(result) + result.header_bytes + result.picture_bytes != bytes)
		return -EINVAL;
	data = vmalloc(bytes);
	if (!data)
		return -ENOMEM;
	if (copy_from_user(data, from + sizeof(result), bytes - sizeof(result))) {
		vfree(data);
		return -EFAULT;
	}
	mutex_lock(&dev->firmware_lock);
	ctx = dev->job;
	if (ctx && hang) {
		/* The answer is never given: both buffers stay where they are. */
		put_back(&ctx->src, dev->job_src);
		put_back(&ctx->dst, dev->job_dst);
	} else if (ctx && (result.flags & TESTENC_FAILED)) {
		v4l2_m2m_buf_done(dev->job_src, VB2_BUF_STATE_ERROR);
		put_back(&ctx->dst, dev->job_dst);
	} else if (ctx) {
		job_done(dev, &result, data);
	}
	dev->job = NULL;
	if (ctx)
		advance(ctx);
	wake_up_all(&dev->idle);
	mutex_unlock(&dev->firmware_lock);
	vfree(data);
	return bytes;
}

static const struct file_operations firmware_fops = {
	.owner = THIS_MODULE,
	.open = firmware_open,
	.release = firmware_release,
	.read = firmware_read,
	.write = firmware_write,
};

/* --- videobuf2 ----------------------------------------------------------------------------------------------------- */

static int queue_setup(struct vb2_queue *vq, unsigned int *buffers, unsigned int *planes, unsigned int sizes[],
		       struct device *alloc_devs[])
{
	struct testenc_ctx *ctx = vb2_get_drv_priv(vq);
	struct testenc_queue *queue = queue_of(ctx, vq->type);

	if (enomem)
		return -ENOMEM;
	/* The first REQBUFS makes the component in the firmware. */
	if (message(ctx->dev))
		return -EINVAL;
	if (!ctx->instance) {
		mutex_lock(&ctx->dev->firmware_lock);
		if (ctx->dev->firmware_present)
			ctx->instance = ++ctx->dev->last_instance;
		mutex_unlock(&ctx->dev->firmware_lock);
		if (!ctx->instance)
			return -EINVAL;
	}
	if (*planes)
		return sizes[0] < queue->sizeimage ? -EINVAL : 0;
	*planes = 1;
	sizes[0] = queue->sizeimage;
	return 0;
}

static int buf_out_validate(struct vb2_buffer *vb)
{
	to_vb2_v4l2_buffer(vb)->field = V4L2_FIELD_NONE;
	return 0;
}

static int buf_prepare(struct vb2_buffer *vb)
{
	struct testenc_queue *queue = queue_of(vb2_get_drv_priv(vb->vb2_queue), vb->type);

	/* The firmware is a program here, and reads memory that the kernel has mapped. */
	if (vb2_plane_size(vb, 0) < queue->sizeimage || !vb2_plane_vaddr(vb, 0))
		return -EINVAL;
	if (V4L2_TYPE_IS_OUTPUT(vb->type)) {
		/* A picture with less in it than it needs is still read whole. */
		if (vb2_get_plane_payload(vb, 0) > vb2_plane_size(vb, 0))
			return -EINVAL;
	} else {
		vb2_set_plane_payload(vb, 0, 0);
	}
	return 0;
}

static void buf_queue(struct vb2_buffer *vb)
{
	struct testenc_ctx *ctx = vb2_get_drv_priv(vb->vb2_queue);
	struct vb2_v4l2_buffer *buffer = to_vb2_v4l2_buffer(vb);
	struct testenc_dev *dev = ctx->dev;

	mutex_lock(&dev->firmware_lock);
	list_add_tail(&container_of(buffer, struct v4l2_m2m_buffer, vb)->list, &queue_of(ctx, vb->type)->buffers);
	advance(ctx);
	post_work(dev);
	mutex_unlock(&dev->firmware_lock);
}

/* What the firmware finds out when its port is enabled. */
static int check_level(struct testenc_ctx *ctx)
{
	u32 macroblocks = DIV_ROUND_UP(ctx->src.width, 16) * DIV_ROUND_UP(ctx->src.height, 16);
	u64 rate = div_u64((u64)macroblocks * ctx->interval.denominator, ctx->interval.numerator);
	u32 level = ctx->level->val;
	u32 factor = ctx->profile->val == V4L2_MPEG_VIDEO_H264_PROFILE_HIGH ? 1250 : 1000;

	if (ctx->bitrate->val > levels[level].kilobits * factor)
		return -ESRCH;
	ctx->stalled = macroblocks > levels[level].macroblocks || rate > levels[level].macroblocks_per_second;
	return 0;
}

static int start_streaming(struct vb2_queue *vq, unsigned int count)
{
	struct testenc_ctx *ctx = vb2_get_drv_priv(vq);
	struct testenc_dev *dev = ctx->dev;
	struct testenc_queue *queue = queue_of(ctx, vq->type);
	int result = message(dev);

	if (!result && !V4L2_TYPE_IS_OUTPUT(vq->type)) {
		result = -fail_streamon;
		if (!result && (ctx->src.width != ctx->dst.width || ctx->src.height != ctx->dst.height))
			result = -ESRCH;
		if (!result)
			result = check_level(ctx);
	}
	mutex_lock(&dev->firmware_lock);
	if (result) {
		return_all(queue, VB2_BUF_STATE_QUEUED);
	} else {
		queue->streaming = true;
		advance(ctx);
	}
	post_work(dev);
	mutex_unlock(&dev->firmware_lock);
	return result;
}

static void stop_streaming(struct vb2_queue *vq)
{
	struct testenc_ctx *ctx = vb2_get_drv_priv(vq);
	struct testenc_dev *dev = ctx->dev;
	struct testenc_queue *queue = queue_of(ctx, vq->type);

	wait_event_timeout(dev->idle, READ_ONCE(dev->job) != ctx, msecs_to_jiffies(MESSAGE_TIMEOUT_MS));
	if (hang)
		msleep(MESSAGE_TIMEOUT_MS + FLUSH_TIMEOUT_MS);
	mutex_lock(&dev->firmware_lock);
	if (dev->job == ctx)
		drop_job(dev);
	queue->streaming = false;
	/* A firmware that hangs gives no buffer back; videobuf2 complains about that and takes them. */
	if (hang)
		INIT_LIST_HEAD(&queue->buffers);
	else
		return_all(queue, VB2_BUF_STATE_ERROR);
	if (!V4L2_TYPE_IS_OUTPUT(vq->type)) {
		vfree(ctx->rest);
		ctx->rest = NULL;
		ctx->draining = false;
	}
	mutex_unlock(&dev->firmware_lock);
}

static const struct vb2_ops queue_ops = {
	.queue_setup = queue_setup,
	.buf_out_validate = buf_out_validate,
	.buf_prepare = buf_prepare,
	.buf_queue = buf_queue,
	.start_streaming = start_streaming,
	.stop_streaming = stop_streaming,
	.wait_prepare = vb2_ops_wait_prepare,
	.wait_finish = vb2_ops_wait_finish,
};

static int init_queue(struct testenc_ctx *ctx, struct vb2_queue *vq, u32 type)
{
	vq->type = type;
	vq->io_modes = VB2_MMAP | VB2_DMABUF;
	vq->drv_priv = ctx;
	vq->buf_struct_size = sizeof(struct v4l2_m2m_buffer);
	vq->ops = &queue_ops;
	vq->mem_ops = &vb2_dma_contig_memops;
	vq->timestamp_flags = V4L2_BUF_FLAG_TIMESTAMP_COPY;
	vq->lock = &ctx->dev->lock;
	vq->dev = ctx->dev->v4l2.dev;
	return vb2_queue_init(vq);
}

static int init_queues(void *priv, struct vb2_queue *src, struct vb2_queue *dst)
{
	int result = init_queue(priv, src, V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE);

	return result ? result : init_queue(priv, dst, V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE);
}

/* --- ioctls -------------------------------------------------------------------------------------------------------- */

static int querycap(struct file *file, void *fh, struct v4l2_capability *cap)
{
	strscpy(cap->driver, NAME, sizeof(cap->driver));
	strscpy(cap->card, NAME, sizeof(cap->card));
	strscpy(cap->bus_info, "platform:" NAME, sizeof(cap->bus_info));
	return 0;
}

static int enum_fmt_raw(struct file *file, void *fh, struct v4l2_fmtdesc *f)
{
	if (f->index >= ARRAY_SIZE(raw_formats))
		return -EINVAL;
	f->pixelformat = raw_formats[f->index].fourcc;
	return 0;
}

static int enum_fmt_coded(struct file *file, void *fh, struct v4l2_fmtdesc *f)
{
	if (f->index > 0)
		return -EINVAL;
	f->pixelformat = V4L2_PIX_FMT_H264;
	return 0;
}

static const struct testenc_format *raw_format(u32 fourcc)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(raw_formats); i++)
		if (raw_formats[i].fourcc == fourcc)
			return &raw_formats[i];
	return &raw_formats[0];
}

static u32 possible_size(u32 size)
{
	return rounddown(clamp_t(u32, size, MIN_SIZE, MAX_SIZE), SIZE_STEP);
}

static int enum_framesizes(struct file *file, void *fh, struct v4l2_frmsizeenum *f)
{
	if (f->index || (f->pixel_format != V4L2_PIX_FMT_H264 && raw_format(f->pixel_format)->fourcc != f->pixel_format))
		return -EINVAL;
	f->type = V4L2_FRMSIZE_TYPE_STEPWISE;
	f->stepwise.min_width = f->stepwise.min_height = MIN_SIZE;
	f->stepwise.max_width = f->stepwise.max_height = MAX_SIZE;
	f->stepwise.step_width = f->stepwise.step_height = SIZE_STEP;
	return 0;
}

static u32 default_capture_bytes(u32 width, u32 height)
{
	return width * height > 1280 * 720 ? 768 << 10 : 512 << 10;
}

static int try_fmt(struct file *file, void *fh, struct v4l2_format *f)
{
	struct testenc_ctx *ctx = ctx_of(file);
	struct v4l2_pix_format_mplane *p = &f->fmt.pix_mp;

	p->width = possible_size(p->width);
	p->height = possible_size(p->height);
	p->field = V4L2_FIELD_NONE;
	p->num_planes = 1;
	p->flags = 0;
	memset(p->reserved, 0, sizeof(p->reserved));
	memset(p->plane_fmt[0].reserved, 0, sizeof(p->plane_fmt[0].reserved));
	if (V4L2_TYPE_IS_OUTPUT(f->type)) {
		const struct testenc_format *format = raw_format(p->pixelformat);

		p->pixelformat = format->fourcc;
		p->plane_fmt[0].bytesperline =
			ALIGN(max(p->plane_fmt[0].bytesperline, p->width * format->bytes_per_pixel),
			      format->bytesperline_alignment);
		if (p->plane_fmt[0].bytesperline > 2 * MAX_SIZE * format->bytes_per_pixel)
			p->plane_fmt[0].bytesperline =
				ALIGN(p->width * format->bytes_per_pixel, format->bytesperline_alignment);
		p->plane_fmt[0].sizeimage = p->plane_fmt[0].bytesperline * p->height * format->half_planes / 2;
	} else {
		p->pixelformat = V4L2_PIX_FMT_H264;
		p->plane_fmt[0].bytesperline = 0;
		p->plane_fmt[0].sizeimage = clamp_t(u32, p->plane_fmt[0].sizeimage,
						    default_capture_bytes(p->width, p->height), RESULT_LIMIT);
		if (capture_bytes)
			p->plane_fmt[0].sizeimage = capture_bytes;
		p->colorspace = ctx->colorspace;
		p->xfer_func = ctx->xfer_func;
		p->ycbcr_enc = ctx->ycbcr_enc;
		p->quantization = ctx->quantization;
	}
	return 0;
}

static int g_fmt(struct file *file, void *fh, struct v4l2_format *f)
{
	struct testenc_ctx *ctx = ctx_of(file);
	struct testenc_queue *queue = queue_of(ctx, f->type);
	struct v4l2_pix_format_mplane *p = &f->fmt.pix_mp;

	p->width = queue->width;
	p->height = queue->height;
	p->field = V4L2_FIELD_NONE;
	p->pixelformat = queue->format ? queue->format->fourcc : V4L2_PIX_FMT_H264;
	p->num_planes = 1;
	p->plane_fmt[0].bytesperline = queue->bytesperline;
	p->plane_fmt[0].sizeimage = queue->sizeimage;
	p->colorspace = ctx->colorspace;
	p->xfer_func = ctx->xfer_func;
	p->ycbcr_enc = ctx->ycbcr_enc;
	p->quantization = ctx->quantization;
	return 0;
}

static int s_fmt(struct file *file, void *fh, struct v4l2_format *f)
{
	struct testenc_ctx *ctx = ctx_of(file);
	struct testenc_queue *queue = queue_of(ctx, f->type);
	struct v4l2_pix_format_mplane *p = &f->fmt.pix_mp;

	if (vb2_is_busy(v4l2_m2m_get_vq(ctx->fh.m2m_ctx, f->type)))
		return -EBUSY;
	try_fmt(file, fh, f);
	queue->width = p->width;
	queue->height = p->height;
	queue->bytesperline = p->plane_fmt[0].bytesperline;
	queue->sizeimage = p->plane_fmt[0].sizeimage;
	if (V4L2_TYPE_IS_OUTPUT(f->type)) {
		/* Not the CAPTURE queue's size: the real driver has it set by itself, too. */
		queue->format = raw_format(p->pixelformat);
		ctx->colorspace = p->colorspace;
		ctx->xfer_func = p->xfer_func;
		ctx->ycbcr_enc = p->ycbcr_enc;
		ctx->quantization = p->quantization;
	}
	return 0;
}

static int g_parm(struct file *file, void *fh, struct v4l2_streamparm *a)
{
	struct testenc_ctx *ctx = ctx_of(file);

	if (a->type != V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE)
		return -EINVAL;
	a->parm.output.capability = V4L2_CAP_TIMEPERFRAME;
	a->parm.output.timeperframe = ctx->interval;
	return 0;
}

static int s_parm(struct file *file, void *fh, struct v4l2_streamparm *a)
{
	struct testenc_ctx *ctx = ctx_of(file);

	if (a->type != V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE || !a->parm.output.timeperframe.numerator ||
	    !a->parm.output.timeperframe.denominator)
		return -EINVAL;
	mutex_lock(&ctx->dev->firmware_lock);
	ctx->interval = a->parm.output.timeperframe;
	mutex_unlock(&ctx->dev->firmware_lock);
	a->parm.output.capability = V4L2_CAP_TIMEPERFRAME;
	return 0;
}

static int try_encoder_cmd(struct file *file, void *fh, struct v4l2_encoder_cmd *cmd)
{
	cmd->flags = 0;
	return cmd->cmd == V4L2_ENC_CMD_STOP || cmd->cmd == V4L2_ENC_CMD_START ? 0 : -EINVAL;
}

static int encoder_cmd(struct file *file, void *fh, struct v4l2_encoder_cmd *cmd)
{
	struct testenc_ctx *ctx = ctx_of(file);
	int result = try_encoder_cmd(file, fh, cmd);

	/* START does nothing: a stream that was stopped goes on after STREAMOFF and STREAMON of CAPTURE. */
	if (result || cmd->cmd == V4L2_ENC_CMD_START)
		return result;
	mutex_lock(&ctx->dev->firmware_lock);
	if (ctx->draining)
		v4l2_warn(&ctx->dev->v4l2, "EOS already asked for\n");
	ctx->draining = true;
	advance(ctx);
	mutex_unlock(&ctx->dev->firmware_lock);
	return 0;
}

static int subscribe_event(struct v4l2_fh *fh, const struct v4l2_event_subscription *sub)
{
	if (sub->type == V4L2_EVENT_EOS)
		return v4l2_event_subscribe(fh, sub, 2, NULL);
	return v4l2_ctrl_subscribe_event(fh, sub);
}

static const struct v4l2_ioctl_ops ioctl_ops = {
	.vidioc_querycap = querycap,
	.vidioc_enum_fmt_vid_out = enum_fmt_raw,
	.vidioc_enum_fmt_vid_cap = enum_fmt_coded,
	.vidioc_enum_framesizes = enum_framesizes,
	.vidioc_g_fmt_vid_out_mplane = g_fmt,
	.vidioc_g_fmt_vid_cap_mplane = g_fmt,
	.vidioc_try_fmt_vid_out_mplane = try_fmt,
	.vidioc_try_fmt_vid_cap_mplane = try_fmt,
	.vidioc_s_fmt_vid_out_mplane = s_fmt,
	.vidioc_s_fmt_vid_cap_mplane = s_fmt,
	.vidioc_g_parm = g_parm,
	.vidioc_s_parm = s_parm,
	.vidioc_reqbufs = v4l2_m2m_ioctl_reqbufs,
	.vidioc_create_bufs = v4l2_m2m_ioctl_create_bufs,
	.vidioc_prepare_buf = v4l2_m2m_ioctl_prepare_buf,
	.vidioc_querybuf = v4l2_m2m_ioctl_querybuf,
	.vidioc_expbuf = v4l2_m2m_ioctl_expbuf,
	.vidioc_qbuf = v4l2_m2m_ioctl_qbuf,
	.vidioc_dqbuf = v4l2_m2m_ioctl_dqbuf,
	.vidioc_streamon = v4l2_m2m_ioctl_streamon,
	.vidioc_streamoff = v4l2_m2m_ioctl_streamoff,
	.vidioc_encoder_cmd = encoder_cmd,
	.vidioc_try_encoder_cmd = try_encoder_cmd,
	.vidioc_subscribe_event = subscribe_event,
	.vidioc_unsubscribe_event = v4l2_event_unsubscribe,
};

/* --- controls ------------------------------------------------------------------------------------------------------ */

static int s_ctrl(struct v4l2_ctrl *ctrl)
{
	struct testenc_ctx *ctx = container_of(ctrl->handler, struct testenc_ctx, controls);

	/* Before there is a component, values are only kept. */
	if (ctx->instance && message(ctx->dev))
		return -EINVAL;
	switch (ctrl->id) {
	case V4L2_CID_MPEG_VIDEO_FORCE_KEY_FRAME:
		mutex_lock(&ctx->dev->firmware_lock);
		ctx->force_idr = true;
		mutex_unlock(&ctx->dev->firmware_lock);
		break;
	case V4L2_CID_MPEG_VIDEO_GOP_SIZE:
	case V4L2_CID_MPEG_VIDEO_H264_I_PERIOD:
		ctx->gop = ctrl->val;
		break;
	}
	return 0;
}

static const struct v4l2_ctrl_ops ctrl_ops = { .s_ctrl = s_ctrl };

static struct v4l2_ctrl *number(struct testenc_ctx *ctx, u32 id, s64 min, s64 max, u64 step, s64 value)
{
	return v4l2_ctrl_new_std(&ctx->controls, &ctrl_ops, id, min, max, step, value);
}

static struct v4l2_ctrl *menu(struct testenc_ctx *ctx, u32 id, u8 max, u64 without, u8 value)
{
	return v4l2_ctrl_new_std_menu(&ctx->controls, &ctrl_ops, id, max, without, value);
}

static int init_controls(struct testenc_ctx *ctx)
{
	struct v4l2_ctrl_handler *handler = &ctx->controls;

	v4l2_ctrl_handler_init(handler, 16);
	ctx->bitrate = number(ctx, V4L2_CID_MPEG_VIDEO_BITRATE, 25000, 25000000, 25000, 10000000);
	ctx->bitrate_mode = menu(ctx, V4L2_CID_MPEG_VIDEO_BITRATE_MODE, V4L2_MPEG_VIDEO_BITRATE_MODE_CBR, 0,
				 V4L2_MPEG_VIDEO_BITRATE_MODE_VBR);
	ctx->repeat_headers = number(ctx, V4L2_CID_MPEG_VIDEO_REPEAT_SEQ_HEADER, 0, 1, 1, 0);
	ctx->header_mode = menu(ctx, V4L2_CID_MPEG_VIDEO_HEADER_MODE, V4L2_MPEG_VIDEO_HEADER_MODE_JOINED_WITH_1ST_FRAME,
				0, V4L2_MPEG_VIDEO_HEADER_MODE_JOINED_WITH_1ST_FRAME);
	number(ctx, V4L2_CID_MPEG_VIDEO_GOP_SIZE, 0, 0x7fffffff, 1, 60);
	number(ctx, V4L2_CID_MPEG_VIDEO_H264_I_PERIOD, 0, 0x7fffffff, 1, 60);
	ctx->level = menu(ctx, V4L2_CID_MPEG_VIDEO_H264_LEVEL, V4L2_MPEG_VIDEO_H264_LEVEL_5_1, 0,
			  V4L2_MPEG_VIDEO_H264_LEVEL_4_0);
	ctx->profile = menu(ctx, V4L2_CID_MPEG_VIDEO_H264_PROFILE, V4L2_MPEG_VIDEO_H264_PROFILE_HIGH,
			    BIT(V4L2_MPEG_VIDEO_H264_PROFILE_EXTENDED), V4L2_MPEG_VIDEO_H264_PROFILE_HIGH);
	ctx->min_qp = number(ctx, V4L2_CID_MPEG_VIDEO_H264_MIN_QP, 0, 51, 1, 20);
	ctx->max_qp = number(ctx, V4L2_CID_MPEG_VIDEO_H264_MAX_QP, 0, 51, 1, 51);
	number(ctx, V4L2_CID_MPEG_VIDEO_B_FRAMES, 0, 0, 1, 0);
	number(ctx, V4L2_CID_MPEG_VIDEO_FORCE_KEY_FRAME, 0, 0, 0, 0);
	if (handler->error)
		return handler->error;
	ctx->fh.ctrl_handler = handler;
	return v4l2_ctrl_handler_setup(handler);
}

/* --- file operations ----------------------------------------------------------------------------------------------- */

static int testenc_open(struct file *file)
{
	struct testenc_dev *dev = video_drvdata(file);
	struct testenc_ctx *ctx = kzalloc(sizeof(*ctx), GFP_KERNEL);
	int result;

	if (!ctx)
		return -ENOMEM;
	ctx->dev = dev;
	INIT_LIST_HEAD(&ctx->src.buffers);
	INIT_LIST_HEAD(&ctx->dst.buffers);
	ctx->src.format = &raw_formats[0];
	ctx->src.width = ctx->src.height = MIN_SIZE;
	ctx->src.bytesperline = ALIGN(MIN_SIZE, raw_formats[0].bytesperline_alignment);
	ctx->src.sizeimage = ctx->src.bytesperline * MIN_SIZE * 3 / 2;
	ctx->dst.width = ctx->dst.height = MIN_SIZE;
	ctx->dst.sizeimage = default_capture_bytes(MIN_SIZE, MIN_SIZE);
	ctx->colorspace = V4L2_COLORSPACE_REC709;
	ctx->interval.numerator = 1;
	ctx->interval.denominator = 30;
	v4l2_fh_init(&ctx->fh, &dev->vfd);
	file->private_data = &ctx->fh;
	result = init_controls(ctx);
	if (result)
		goto free_controls;
	ctx->fh.m2m_ctx = v4l2_m2m_ctx_init(dev->m2m, ctx, init_queues);
	if (IS_ERR(ctx->fh.m2m_ctx)) {
		result = PTR_ERR(ctx->fh.m2m_ctx);
		goto free_controls;
	}
	v4l2_fh_add(&ctx->fh);
	mutex_lock(&dev->firmware_lock);
	list_add_tail(&ctx->list, &dev->contexts);
	mutex_unlock(&dev->firmware_lock);
	return 0;

free_controls:
	v4l2_ctrl_handler_free(&ctx->controls);
	v4l2_fh_exit(&ctx->fh);
	kfree(ctx);
	return result;
}

static int testenc_release(struct file *file)
{
	struct testenc_ctx *ctx = ctx_of(file);
	struct testenc_dev *dev = ctx->dev;

	mutex_lock(&dev->lock);
	v4l2_m2m_ctx_release(ctx->fh.m2m_ctx);
	if (ctx->instance)
		message(dev);
	mutex_unlock(&dev->lock);

	mutex_lock(&dev->firmware_lock);
	list_del(&ctx->list);
	if (ctx->instance && dev->firmware_present && dev->gone_count < ARRAY_SIZE(dev->gone))
		dev->gone[dev->gone_count++] = ctx->instance;
	post_work(dev);
	mutex_unlock(&dev->firmware_lock);

	vfree(ctx->rest);
	v4l2_fh_del(&ctx->fh);
	v4l2_fh_exit(&ctx->fh);
	v4l2_ctrl_handler_free(&ctx->controls);
	kfree(ctx);
	return 0;
}

static const struct v4l2_file_operations video_fops = {
	.owner = THIS_MODULE,
	.open = testenc_open,
	.release = testenc_release,
	.poll = v4l2_m2m_fop_poll,
	.unlocked_ioctl = video_ioctl2,
	.mmap = v4l2_m2m_fop_mmap,
};

/* Never called, as no buffer is ever given to the scheduler; the core insists on it. */
static void device_run(void *priv)
{
	struct testenc_ctx *ctx = priv;

	v4l2_m2m_job_finish(ctx->dev->m2m, ctx->fh.m2m_ctx);
}

static const struct v4l2_m2m_ops m2m_ops = { .device_run = device_run };

/* --- module -------------------------------------------------------------------------------------------------------- */

static int testenc_probe(struct platform_device *pdev)
{
	struct testenc_dev *dev = devm_kzalloc(&pdev->dev, sizeof(*dev), GFP_KERNEL);
	int result;

	if (!dev)
		return -ENOMEM;
	mutex_init(&dev->lock);
	mutex_init(&dev->firmware_lock);
	INIT_LIST_HEAD(&dev->contexts);
	init_waitqueue_head(&dev->work);
	init_waitqueue_head(&dev->idle);
	result = dma_coerce_mask_and_coherent(&pdev->dev, DMA_BIT_MASK(32));
	if (result)
		return result;
	result = v4l2_device_register(&pdev->dev, &dev->v4l2);
	if (result)
		return result;
	dev->m2m = v4l2_m2m_init(&m2m_ops);
	if (IS_ERR(dev->m2m)) {
		result = PTR_ERR(dev->m2m);
		goto unregister_v4l2;
	}
	dev->misc.minor = MISC_DYNAMIC_MINOR;
	dev->misc.name = NAME;
	dev->misc.fops = &firmware_fops;
	result = misc_register(&dev->misc);
	if (result)
		goto release_m2m;

	strscpy(dev->vfd.name, NAME, sizeof(dev->vfd.name));
	dev->vfd.fops = &video_fops;
	dev->vfd.ioctl_ops = &ioctl_ops;
	dev->vfd.release = video_device_release_empty;
	dev->vfd.lock = &dev->lock;
	dev->vfd.v4l2_dev = &dev->v4l2;
	dev->vfd.vfl_dir = VFL_DIR_M2M;
	dev->vfd.device_caps = V4L2_CAP_VIDEO_M2M_MPLANE | V4L2_CAP_STREAMING;
	video_set_drvdata(&dev->vfd, dev);
	platform_set_drvdata(pdev, dev);
	result = video_register_device(&dev->vfd, VFL_TYPE_VIDEO, 11);
	if (result)
		goto deregister_misc;
	return 0;

deregister_misc:
	misc_deregister(&dev->misc);
release_m2m:
	v4l2_m2m_release(dev->m2m);
unregister_v4l2:
	v4l2_device_unregister(&dev->v4l2);
	return result;
}

static int testenc_remove(struct platform_device *pdev)
{
	struct testenc_dev *dev = platform_get_drvdata(pdev);

	video_unregister_device(&dev->vfd);
	misc_deregister(&dev->misc);
	v4l2_m2m_release(dev->m2m);
	v4l2_device_unregister(&dev->v4l2);
	return 0;
}

static struct platform_driver testenc_driver = {
	.probe = testenc_probe,
	.remove = testenc_remove,
	.driver = { .name = NAME },
};

static struct platform_device *testenc_device;

static int __init testenc_init(void)
{
	int result = platform_driver_register(&testenc_driver);

	if (result)
		return result;
	testenc_device = platform_device_register_simple(NAME, PLATFORM_DEVID_NONE, NULL, 0);
	if (IS_ERR(testenc_device)) {
		platform_driver_unregister(&testenc_driver);
		return PTR_ERR(testenc_device);
	}
	return 0;
}

static void __exit testenc_exit(void)
{
	platform_device_unregister(testenc_device);
	platform_driver_unregister(&testenc_driver);
}

module_init(testenc_init);
module_exit(testenc_exit);
