package revcam.stream.session;

import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import revcam.api.congestion.CongestionControllerFactory;
import revcam.api.congestion.PacketFeedback;
import revcam.api.congestion.RateLimits;
import revcam.api.telemetry.Telemetry;
import revcam.api.transport.NegotiatedMedia;
import revcam.rtp.CongestionFeedback;
import revcam.rtp.NtpTime;
import revcam.rtp.Pacer;
import revcam.rtp.RetransmissionBudget;
import revcam.rtp.RetransmissionHistory;
import revcam.rtp.RoundTrip;
import revcam.rtp.RtcpListener;
import revcam.rtp.RtcpReader;
import revcam.rtp.RtcpWriter;
import revcam.rtp.RtpHeaderWriter;
import revcam.rtp.RtpSendHistory;
import revcam.rtp.SendHistory;
import revcam.rtp.TransportFeedback;

/**
 * The RTP session of one viewer: sequence numbers, timestamps, pacing, retransmission, RTCP. Sans-I/O: it is told the
 * time, and packets go to the {@link PacketSink}, so a test is a script on simulated time. Media loop only; allocates
 * nothing per packet.
 *
 * <p>Feed it ({@link #onFrame}, {@link #onRtcp}, {@link #onDeadline}), then {@link #drain} it, then ask it for its next
 * deadline and whether it needs a key frame.
 */
public final class ViewerSession implements RtcpListener {

    /** RTP timestamps at 90 kHz: 9 per 100 microseconds (RFC 6184, section 8.2.1). */
    private static final long RTP_TICKS = 9;
    private static final long RTP_TICK_NANOS = 100_000;
    private static final long REPORT_NANOS = TimeUnit.SECONDS.toNanos(1);
    /** A viewer may ask again for a packet that was resent this long ago before a round trip has been measured. */
    private static final long ASSUMED_RTT_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long PACER_BURST_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
    /** Waking up costs more than a packet: what is due within this time leaves at once. */
    private static final long PACER_STEP_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
    /**
     * On a path that is free, see {@link #isFree}, a controller has nothing to learn from how packets are spaced. With the
     * burst it is 15 ms of the pacing rate: most frames leave whole then.
     */
    private static final long FREE_STEP_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
    /**
     * The picture that a viewer joins with leaves within this time: nothing is known of the path yet, everybody waits for
     * it, and how it arrives is the first that a controller learns of the path's capacity.
     */
    private static final long FIRST_FRAME_NANOS = TimeUnit.MILLISECONDS.toNanos(25);
    /**
     * While what waits takes longer than this to leave, nothing more should be encoded: a raw frame that is dropped costs
     * nobody anything, an encoded one that waits costs latency, and one that is dropped costs everything up to the next key
     * frame.
     */
    private static final long BACKED_UP_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    /** Between IDR pictures that a viewer asks for: a storm of requests is one request. */
    private static final long KEYFRAME_SPACING_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
    /** History is kept for so long, should everything leave at the highest rate in packets that are half full. */
    private static final long HISTORY_SECONDS = 2;
    private static final int HISTORY_PACKET_BYTES = 600;
    private static final int MIN_HISTORY = 1024;
    private static final int MAX_HISTORY = 1 << 15;
    /** Packets that may wait to be sent again. */
    private static final int RESENDS = 256;
    /** A packet older than this, or than three round trips if that is longer, comes too late to be of use. */
    private static final long RESEND_AGE_NANOS = TimeUnit.MILLISECONDS.toNanos(250);
    /** Of the last packets, the largest serves as padding. */
    private static final int PADDING_SEARCH = 16;
    /** When to look again, where there was nothing to pad with. */
    private static final long PADDING_RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
    /** Over which what is not media is averaged. */
    private static final long ASIDE_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

    /** What a session is made of; all of it lives as long as the session. */
    public record Identity(String stream, String viewer, String cname, int ssrc, int rtxSsrc, int firstSequence,
            int firstTimestamp) {

        /** Of what is measured about the session. */
        public Map<String, String> tags() {
            return Map.of("stream", stream, "viewer", viewer);
        }
    }

    private final NegotiatedMedia media;
    private final Identity identity;
    private final Telemetry telemetry;
    /** Of {@link SessionMeasurements#DELIVERY}. */
    private final double[] delivered = new double[4];
    /** Of {@link SessionMeasurements#VIEWER}. */
    private final double[] measured = new double[23];
    private final LongSupplier wallMillis;
    private final Map<String, String> tags;
    private final Map<String, String> keyTags;
    private final Map<String, String> deltaTags;
    private final RtpHeaderWriter headers;
    /** Null where the viewer reports by itself. */
    private final Inquiry inquiry;
    private final RtcpReader reader = new RtcpReader();
    private final RtcpWriter reports;
    private final RoundTrip roundTrip = new RoundTrip();
    private final Pacer pacer;
    private final RetransmissionBudget budget = new RetransmissionBudget(RetransmissionBudget.DEFAULT_SHARE);
    private final RetransmissionHistory<SharedFrame> history;
    private final SendHistory sendHistory;
    /** Null without RFC 8888. */
    private final RtpSendHistory rtpSendHistory;
    private final byte[] header = new byte[RtpHeaderWriter.MAX_BYTES];
    private final byte[] rtcp;
    private byte[] rtxPayload = new byte[2048];

    private final ControllerSeat controller;
    private long boundNanos;
    private long nowNanos; // of the present call

    private int sequence;
    private int rtxSequence;
    private long transportSequence;
    private boolean awaitingKey = true;
    private boolean keyframeWanted = true;
    private int lastFir = -1;
    private long nextReportNanos;

    private final FrameQueue queue = new FrameQueue(this::onDropped);
    private boolean anyKeyQueued;
    private long lastKeyNanos;
    private long packetsBeforeKey;
    private long toldQueueBytes;
    /** The controller's window is shut: nothing leaves until something is heard. */
    private boolean shut;
    private final int[] resends = new int[RESENDS]; // RTP sequence numbers
    private int resendHead;
    private int resendCount;
    private long resendBytes;
    private long paddingBps; // 0 for none
    private long paddingDueNanos;
    private long asideBytes;
    private long asideSinceNanos;
    private double asideBps;
    private int nextPayload;
    private long firstSentNanos;

    private long packets;
    private long octets;
    private long sentBytes;
    private long retransmitted;
    private long paddedBytes;
    private long refused;
    private long nacked;
    private long nackUnanswered;
    private long plis;
    private long firs;
    private long frames;
    private long droppedAwaitingKey;
    private long droppedOverrun;
    private long acknowledged;
    private long acknowledgedBytes;
    private double loss = Double.NaN;
    private double jitterNanos = Double.NaN;
    private double receiverEstimateBps = Double.NaN;

    /**
     * @param boundNanos as {@link #bound}
     * @param wallMillis Unix time, for sender reports and samples only
     */
    public ViewerSession(long nowNanos, Identity identity, NegotiatedMedia media, ControllerSeat controller,
            long boundNanos, Telemetry telemetry, LongSupplier wallMillis) {
        this.identity = identity;
        this.media = media;
        this.telemetry = telemetry;
        this.wallMillis = wallMillis;
        this.controller = controller;
        this.nowNanos = nowNanos;
        int capacity = historyPackets(controller.limits());
        history = new RetransmissionHistory<>(capacity);
        sendHistory = new SendHistory(capacity);
        rtpSendHistory = media.congestionFeedback()
                ? new RtpSendHistory(sendHistory, identity.ssrc, identity.rtxSsrc) : null;
        bound(boundNanos);
        tags = identity.tags();
        keyTags = Map.of("stream", identity.stream, "viewer", identity.viewer, "type", "key");
        deltaTags = Map.of("stream", identity.stream, "viewer", identity.viewer, "type", "delta");
        headers = new RtpHeaderWriter(media.midExtension(), media.mid(), media.transportSequenceExtension(),
                media.feedbackRequests(), media.absSendTimeExtension(), media.playoutDelayExtension());
        inquiry = media.feedbackRequests() ? new Inquiry() : null;
        reports = new RtcpWriter(identity.ssrc, identity.cname);
        rtcp = new byte[reports.maxBytes()];
        pacer = new Pacer(PACER_BURST_NANOS, controller.pacingBps());
        asideSinceNanos = nowNanos;
        sequence = identity.firstSequence;
        rtxSequence = identity.firstSequence;
        nextReportNanos = nowNanos;
    }

    private static int historyPackets(RateLimits limits) {
        long packets = HISTORY_SECONDS * limits.maxBps() / 8 / HISTORY_PACKET_BYTES;
        return Integer.highestOneBit((int) Math.max(MIN_HISTORY, Math.min(MAX_HISTORY, 2 * packets - 1)));
    }

    /** Bytes of RTP header and retransmission header to leave free in every packet. */
    public int headerBytes() {
        return headers.maxBytes() + (media.rtxPayloadType() < 0 ? 0 : 2);
    }

    // ---- in

    /** A frame is ready; it stays valid until its sender has seen so many more that it gave it up for retransmission. */
    public void onFrame(long now, SharedFrame frame) {
        nowNanos = now;
        if (awaitingKey && !frame.keyframe()) {
            droppedAwaitingKey++;
            keyframeWanted = true;
            return;
        }
        if (queue.isFull() && !queue.drop() && !frame.keyframe()) {
            droppedOverrun++;
            awaitingKey = true;
            keyframeWanted = true;
            return;
        }
        queue.add(now, frame);
        pacer.onQueued(now, bytes(frame));
        if (frame.keyframe()) {
            awaitingKey = false;
            keyframeWanted = false;
            lastKeyNanos = now;
            if (!anyKeyQueued) {
                anyKeyQueued = true;
                pacer.hurry(now, FIRST_FRAME_NANOS);
            }
        }
        tellQueue(now);
    }

    private int bytes(SharedFrame frame) {
        return frame.payloads().totalBytes() + frame.payloads().count() * headers.maxBytes();
    }

    private void onDropped(SharedFrame frame) {
        droppedOverrun++;
        pacer.onDropped(bytes(frame));
    }

    private void tellQueue(long now) {
        if (pacer.queuedBytes() != toldQueueBytes) {
            toldQueueBytes = pacer.queuedBytes();
            controller.onSendQueue(now, toldQueueBytes);
        }
    }

    /** Decrypted RTCP, perhaps compound. */
    public void onRtcp(long now, ByteBuffer packet) {
        nowNanos = now;
        reader.read(packet, this);
    }

    public void onDeadline(long now) {
        long deadline = controller.nextDeadlineNanos();
        // The difference alone overflows where the clock is below zero, as nanoTime may be.
        if (deadline != Long.MAX_VALUE && deadline - now <= 0) {
            controller.onDeadline(now);
        }
    }

    private void readRates(long now) {
        controller.readRates(now);
        pacer.setPacingBps(controller.pacingBps());
        long wanted = media.rtxPayloadType() >= 0 ? controller.paddingBps() : 0;
        if (wanted != paddingBps) {
            // What was sent before a probe began does not count towards it.
            paddingBps = wanted;
            paddingDueNanos = now;
        }
    }

    /** Another strategy takes over where the present one stands. */
    public void congestion(long now, CongestionControllerFactory factory) {
        controller.replace(now, factory);
    }

    /**
     * How long a frame may wait to leave. Whoever feeds the session stops well before, see {@link #isBackedUp}; this is for
     * paths that suddenly carry next to nothing, and for viewers that others do not wait for.
     *
     * @param nanos above 0; then what waits is given up, see {@link FrameQueue}
     */
    public void bound(long nanos) {
        if (nanos <= 0) {
            throw new IllegalArgumentException("frames cannot wait " + nanos + " ns");
        }
        boundNanos = nanos;
    }

    public void limits(long now, RateLimits changed) {
        controller.onLimits(now, changed);
    }

    public void close() {
        controller.close();
    }

    // ---- out

    /** Sends what may leave now. */
    public void drain(long now, PacketSink out) {
        nowNanos = now;
        readRates(now);
        if (nextReportNanos - now <= 0) {
            report(now, out);
        }
        settleAside(now);
        giveUpWhatWaitedTooLong(now);
        shut = false;
        if (due(now)) {
            long ahead = now + (isFree() ? FREE_STEP_NANOS : PACER_STEP_NANOS);
            while (due(ahead)) {
                if (isShut(now)) {
                    shut = true;
                    break;
                }
                if (resendCount > 0) {
                    resendNext(now, out);
                } else if (queue.count() > 0) {
                    sendNext(now, out);
                } else if (paddingBps > 0) {
                    pad(now, out);
                } else {
                    break;
                }
            }
        }
        if (isTailDue(now)) {
            pad(now, out);
        }
        tellQueue(now);
    }

    private boolean isShut(long now) {
        return controller.windowBytes() <= 0 && (inquiry == null || inquiry.againNanos(roundTrip.smoothedNanos()) - now > 0);
    }

    /** Whether the path carries all that may be sent, as far as is known, and a controller has nothing to learn. */
    private boolean isFree() {
        return paddingBps == 0 && controller.targetBps() >= controller.limits().maxBps();
    }

    /** Whether a packet, of whatever kind, is to leave by then. */
    private boolean due(long now) {
        return pacer.maySend(now) || paddingBps > 0 && paddingDueNanos - now <= 0;
    }

    public long nextDeadlineNanos() {
        long next = earlier(nextReportNanos, controller.nextDeadlineNanos());
        if (!shut) {
            next = earlier(next, pacer.nextSendNanos());
            next = paddingBps > 0 ? earlier(next, paddingDueNanos) : next;
            next = keyframeWanted && nowNanos - askNanos() < 0 ? earlier(next, askNanos()) : next;
        }
        if (inquiry != null) {
            next = isShut(nowNanos) ? earlier(next, inquiry.againNanos(roundTrip.smoothedNanos())) : next;
            next = earlier(next, inquiry.turnsNanos(nowNanos));
            next = earlier(next, tailNanos());
        }
        return earlier(next, queue.overrunNanos(boundNanos));
    }

    private static long earlier(long a, long b) {
        if (a == Long.MAX_VALUE || b == Long.MAX_VALUE) {
            return a == Long.MAX_VALUE ? b : a;
        }
        return a - b <= 0 ? a : b;
    }

    /**
     * Whether the viewer cannot go on without a key frame, and one could be sent; asking clears it. Not while one is still
     * to leave, nor soon after one came: that one is the answer.
     */
    public boolean takeKeyframeWanted() {
        if (!keyframeWanted || shut || queue.holdsKey() || nowNanos - askNanos() < 0) {
            return false;
        }
        keyframeWanted = false;
        return true;
    }

    private long askNanos() {
        return anyKeyQueued ? lastKeyNanos + KEYFRAME_SPACING_NANOS : nowNanos;
    }

    /** Bits per second of RTP that this viewer can take. */
    public long targetBps() {
        return controller.targetBps();
    }

    /** What of {@link #targetBps} is left for media, after what retransmissions and padding took lately; at least half. */
    public long mediaBps() {
        long target = controller.targetBps();
        return Math.max(target / 2, target - Math.round(asideBps));
    }

    /**
     * Whether a frame that came now would wait too long, or for nobody knows how long because the window is shut; better to
     * encode a newer one later, at the rate of then.
     */
    public boolean isBackedUp() {
        // Of a viewer that reports when it is asked, news of the window comes before the next frame does, and no news is bad
        // news. One that reports in its own time is due a frame when it does.
        boolean waiting = inquiry != null ? isShut(nowNanos) || inquiry.isLate(nowNanos) : shut && queue.count() > 0;
        return waiting || pacer.backlogNanos() > BACKED_UP_NANOS;
    }

    private void settleAside(long now) {
        if (now - asideSinceNanos >= ASIDE_NANOS) {
            double lately = asideBytes * 8e9 / (now - asideSinceNanos);
            asideBps += (lately - asideBps) * Math.min(1, (now - asideSinceNanos) / (2.0 * ASIDE_NANOS));
            asideBytes = 0;
            asideSinceNanos = now;
        }
    }

    /**
     * What has waited beyond the bound is worth less than what comes: it goes, and the viewer waits for a key frame, which is
     * asked for when there is a way to send it.
     */
    private void giveUpWhatWaitedTooLong(long now) {
        for (long overrun; (overrun = queue.overrunNanos(boundNanos)) != Long.MAX_VALUE && overrun - now <= 0; ) {
            if (!queue.drop()) {
                awaitingKey = true;
                keyframeWanted = true;
            }
        }
    }

    private void sendNext(long now, PacketSink out) {
        SharedFrame frame = queue.first();
        int count = frame.payloads().count();
        int index = nextPayload++;
        if (index == 0) {
            queue.begin();
            firstSentNanos = now;
            packetsBeforeKey = frame.keyframe() ? packets : packetsBeforeKey;
            out.takeSpentNanos();
        }
        boolean marker = nextPayload == count;
        int timestamp = timestamp(frame.captureNanos());
        int headerBytes = headers.write(header, media.payloadType(), marker, sequence, timestamp, identity.ssrc,
                transportSequence, now, frame.keyframe());
        int size = frame.payloads().size(index);
        requestFeedback(marker, headerBytes + size);
        if (!out.rtp(header, headerBytes, frame.payloads().bytes(), frame.payloads().offset(index), size)) {
            refused++;
        }
        history.put(now, sequence, frame, index, marker, timestamp);
        int sent = sequence;
        sequence = sequence + 1 & 0xFFFF;
        packets++;
        octets += size;
        sentBytes += headerBytes + size;
        pacer.onSent(size + headers.maxBytes());
        if (marker) {
            finish(now, frame, out.takeSpentNanos());
        }
        onSent(now, identity.ssrc, sent, headerBytes + size);
    }

    /** @param last of its frame */
    private void requestFeedback(boolean last, int bytes) {
        if (inquiry != null) {
            boolean shuts = controller.windowBytes() <= bytes;
            int on = inquiry.onPacket(nowNanos, transportSequence, last, bytes, shuts, isFree(), controller.targetBps());
            if (on > 0) {
                headers.requestFeedback(header, on);
            }
        }
    }

    /** When the last packets are to be asked about, with one that is sent again; never while something waits anyway. */
    private long tailNanos() {
        boolean quiet = inquiry != null && media.rtxPayloadType() >= 0 && queue.count() == 0 && resendCount == 0;
        return quiet ? inquiry.tailNanos() : Long.MAX_VALUE;
    }

    private boolean isTailDue(long now) {
        long at = tailNanos();
        return at != Long.MAX_VALUE && at - now <= 0;
    }

    /** The controller comes last: should it never return, the session goes on from here without it. */
    private void onSent(long now, int ssrc, int rtpSequence, int bytes) {
        long sent = transportSequence++;
        if (paddingBps > 0) {
            paddingDueNanos = Math.max(paddingDueNanos, now - PACER_BURST_NANOS) + (long) (bytes * 8e9 / paddingBps);
        }
        sendHistory.onSent(now, sent, bytes);
        if (rtpSendHistory != null) {
            rtpSendHistory.onSent(sent, ssrc, rtpSequence);
        }
        controller.onPacketSent(now, sent, bytes);
    }

    private void finish(long now, SharedFrame frame, long sendNanos) {
        queue.finish(now);
        nextPayload = 0;
        frames++;
        delivered[0] = firstSentNanos - frame.readyNanos();
        delivered[1] = now - firstSentNanos;
        delivered[2] = sendNanos;
        delivered[3] = now + sendNanos - frame.captureNanos();
        telemetry.publish(SessionMeasurements.DELIVERY, wallMillis.getAsLong(), now, frame.keyframe() ? keyTags : deltaTags, delivered);
    }

    private int timestamp(long captureNanos) {
        return identity.firstTimestamp + (int) (captureNanos / RTP_TICK_NANOS * RTP_TICKS
                + captureNanos % RTP_TICK_NANOS * RTP_TICKS / RTP_TICK_NANOS);
    }

    private void report(long now, PacketSink out) {
        nextReportNanos = now + REPORT_NANOS;
        long ntp = NtpTime.ofMillis(wallMillis.getAsLong());
        roundTrip.onSenderReport(now, ntp);
        out.rtcp(rtcp, reports.writeSenderReport(rtcp, ntp, timestamp(now), packets, octets));
    }

    /** The last words: a report with a BYE. */
    public void sayGoodbye(long now, PacketSink out) {
        long ntp = NtpTime.ofMillis(wallMillis.getAsLong());
        int length = reports.writeSenderReport(rtcp, ntp, timestamp(now), packets, octets);
        out.rtcp(rtcp, reports.appendBye(rtcp, length));
    }

    // ---- what RTCP says

    @Override
    public void onReceiverReport(int senderSsrc, int sourceSsrc, double lossFraction, int cumulativeLost,
            long extendedHighestSequence, long jitterRtp, int lastSr, long delaySinceLastSr) {
        if (sourceSsrc != identity.ssrc) {
            return;
        }
        loss = lossFraction;
        jitterNanos = (double) jitterRtp * RTP_TICK_NANOS / RTP_TICKS;
        controller.onReceiverReport(nowNanos, lossFraction, roundTrip.onReport(nowNanos, lastSr, delaySinceLastSr));
    }

    @Override
    public void onNack(int mediaSsrc, int lost) {
        if (mediaSsrc != identity.ssrc) {
            return;
        }
        nacked++;
        int slot = history.find(lost);
        if (slot != RetransmissionHistory.NONE && !history.mayResend(nowNanos, slot, rttNanos())) {
            nackUnanswered++; // the answer to the question before is on its way
            return;
        }
        if (slot == RetransmissionHistory.NONE || resendCount == RESENDS || isTooOld(nowNanos, slot)
                || !budget.take(nowNanos, size(slot) + headerBytes(), controller.targetBps())) {
            giveUp(lost);
            return;
        }
        history.onAsked(slot);
        resends[resendHead + resendCount & RESENDS - 1] = lost;
        resendCount++;
        int bytes = size(slot) + headers.maxBytes();
        resendBytes += bytes;
        pacer.onQueued(nowNanos, bytes);
    }

    private long rttNanos() {
        long rtt = roundTrip.smoothedNanos();
        return rtt > 0 ? rtt : ASSUMED_RTT_NANOS;
    }

    private boolean isTooOld(long now, int slot) {
        return now - history.firstSentNanos(slot) > Math.max(RESEND_AGE_NANOS, 3 * rttNanos());
    }

    /** A lost packet will not come, and nothing after it can be decoded, unless an IDR picture has left since. */
    private void giveUp(int lost) {
        nackUnanswered++;
        int back = sequence - lost & 0xFFFF;
        keyframeWanted |= back <= packets - packetsBeforeKey;
    }

    private int size(int slot) {
        return history.frame(slot).payloads().size(history.payloadIndex(slot));
    }

    private void resendNext(long now, PacketSink out) {
        int lost = resends[resendHead];
        resendHead = resendHead + 1 & RESENDS - 1;
        resendCount--;
        int slot = history.find(lost);
        if (slot != RetransmissionHistory.NONE) {
            int bytes = size(slot) + headers.maxBytes();
            resendBytes -= bytes;
            if (isTooOld(now, slot)) {
                pacer.onDropped(bytes);
                giveUp(lost);
            } else {
                pacer.onSent(bytes);
                retransmitted++;
                history.onResent(now, slot);
                asideBytes += resend(now, lost, slot, out);
            }
        }
        forgetResends();
    }

    /** Bytes of packets that had gone from the history before their turn came. */
    private void forgetResends() {
        if (resendCount == 0 && resendBytes > 0) {
            pacer.onDropped(resendBytes);
            resendBytes = 0;
        }
    }

    /**
     * Sends something again that the viewer has or will ask for, to see what the path carries (RFC 4588 packets, as
     * libwebrtc pads).
     */
    private void pad(long now, PacketSink out) {
        int best = RetransmissionHistory.NONE;
        int lost = 0;
        for (int back = 1; back <= PADDING_SEARCH; back++) {
            int candidate = sequence - back & 0xFFFF;
            int slot = history.find(candidate);
            if (slot != RetransmissionHistory.NONE && (best == RetransmissionHistory.NONE || size(slot) > size(best))) {
                best = slot;
                lost = candidate;
            }
        }
        if (best == RetransmissionHistory.NONE) {
            paddingDueNanos = Math.max(paddingDueNanos, now + PADDING_RETRY_NANOS); // nothing to pad with
            return;
        }
        int bytes = resend(now, lost, best, out);
        pacer.onSentAside(now, bytes);
        paddedBytes += bytes;
        asideBytes += bytes;
    }

    /** @return bytes of RTP */
    private int resend(long now, int lost, int slot, PacketSink out) {
        SharedFrame frame = history.frame(slot);
        int size = size(slot);
        int offset = frame.payloads().offset(history.payloadIndex(slot));
        byte[] payload = frame.payloads().bytes();
        boolean rtx = media.rtxPayloadType() >= 0;
        int ssrc = rtx ? identity.rtxSsrc : identity.ssrc;
        int rtpSequence = rtx ? rtxSequence : lost;
        int headerBytes = headers.write(header, rtx ? media.rtxPayloadType() : media.payloadType(),
                history.marker(slot), rtpSequence, history.rtpTimestamp(slot), ssrc, transportSequence, now, false);
        if (rtx) {
            // The original sequence number goes before the payload (RFC 4588, section 4).
            if (rtxPayload.length < size + 2) {
                rtxPayload = new byte[size + 2];
            }
            rtxPayload[0] = (byte) (lost >> 8);
            rtxPayload[1] = (byte) lost;
            System.arraycopy(payload, offset, rtxPayload, 2, size);
            payload = rtxPayload;
            offset = 0;
            size += 2;
            rtxSequence = rtxSequence + 1 & 0xFFFF;
        }
        requestFeedback(false, headerBytes + size);
        if (!out.rtp(header, headerBytes, payload, offset, size)) {
            refused++;
        }
        onSent(now, ssrc, rtpSequence, headerBytes + size);
        return headerBytes + size;
    }

    @Override
    public void onPli(int mediaSsrc) {
        if (mediaSsrc == identity.ssrc) {
            plis++;
            keyframeWanted = true;
        }
    }

    @Override
    public void onFir(int mediaSsrc, int commandSequence) {
        // The same number again is the same request again (RFC 5104, section 4.3.1.1).
        if (mediaSsrc == identity.ssrc && commandSequence != lastFir) {
            lastFir = commandSequence;
            firs++;
            keyframeWanted = true;
        }
    }

    @Override
    public void onReceiverEstimate(long bps) {
        receiverEstimateBps = bps;
        controller.onReceiverEstimate(nowNanos, bps);
    }

    @Override
    public void onTransportFeedback(TransportFeedback feedback) {
        PacketFeedback joined = sendHistory.join(feedback);
        if (inquiry != null) {
            inquiry.onFeedback(nowNanos, joined.count() > 0 ? joined.transportSequence(joined.count() - 1) : -1);
        }
        onPacketFeedback(joined);
    }

    private void onPacketFeedback(PacketFeedback joined) {
        int count = joined.count();
        for (int i = 0; i < count; i++) {
            if (joined.received(i) && sendHistory.acknowledge(joined.transportSequence(i))) {
                acknowledged++;
                acknowledgedBytes += joined.sizeBytes(i);
            }
        }
        controller.onPacketFeedback(nowNanos, joined);
    }

    /** From a viewer that promised it; from another it would be news of packets that nobody keeps a record of. */
    @Override
    public void onCongestionFeedback(CongestionFeedback feedback) {
        if (rtpSendHistory != null) {
            onPacketFeedback(rtpSendHistory.join(feedback));
        }
    }

    /** In the last receiver report, 0 to 1; NaN where unknown. */
    public double loss() {
        return loss;
    }

    /**
     * Publishes one {@link SessionMeasurements#VIEWER}.
     *
     * @param overheadBytes on the wire, beside each RTP payload
     */
    public void measure(long now, int overheadBytes) {
        long rtt = roundTrip.smoothedNanos();
        measured[0] = packets;
        measured[1] = sentBytes;
        measured[2] = retransmitted;
        measured[3] = paddedBytes;
        measured[4] = refused;
        measured[5] = nacked;
        measured[6] = nackUnanswered;
        measured[7] = plis;
        measured[8] = firs;
        measured[9] = frames;
        measured[10] = droppedAwaitingKey;
        measured[11] = droppedOverrun;
        measured[12] = queue.count();
        measured[13] = controller.targetBps();
        measured[14] = rtt > 0 ? rtt : Double.NaN;
        measured[15] = loss;
        measured[16] = jitterNanos;
        measured[17] = receiverEstimateBps;
        measured[18] = acknowledged;
        measured[19] = acknowledgedBytes;
        measured[20] = pacer.queuedBytes();
        measured[21] = controller.pacingBps();
        measured[22] = overheadBytes;
        telemetry.publish(SessionMeasurements.VIEWER, wallMillis.getAsLong(), now, tags, measured);
    }
}
