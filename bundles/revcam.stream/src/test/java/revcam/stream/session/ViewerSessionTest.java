package revcam.stream.session;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import revcam.api.congestion.CongestionController;
import revcam.api.congestion.CongestionControllerFactory;
import revcam.api.congestion.PacketFeedback;
import revcam.api.congestion.RateLimits;
import revcam.api.congestion.RateSnapshot;
import revcam.api.telemetry.Metric;
import revcam.api.telemetry.Sample;
import revcam.api.transport.NegotiatedMedia;
import revcam.rtp.CongestionFeedback;
import revcam.rtp.RtcpListener;
import revcam.rtp.RtcpReader;
import revcam.rtp.RtpSendHistory;
import revcam.rtp.SendHistory;

/** Scripts on simulated time: no thread, no clock, no socket. */
class ViewerSessionTest {

    private static final int SSRC = 0x11223344;
    private static final int RTX_SSRC = 0x55667788;
    private static final long MILLI = 1_000_000;
    private static final long FRAME = 33 * MILLI;
    private static final long BOUND = 250 * MILLI;

    private final List<Packet> sent = new ArrayList<>();
    private final List<byte[]> reports = new ArrayList<>();
    private final List<Sample> samples = new ArrayList<>();
    private long now = TimeUnit.DAYS.toNanos(1);

    private final PacketSink link = new PacketSink() {
        @Override
        public boolean rtp(byte[] header, int headerBytes, byte[] payload, int payloadOffset, int payloadBytes) {
            sent.add(new Packet(now, Arrays.copyOf(header, headerBytes),
                    Arrays.copyOfRange(payload, payloadOffset, payloadOffset + payloadBytes)));
            return true;
        }

        @Override
        public boolean rtcp(byte[] packet, int bytes) {
            reports.add(Arrays.copyOf(packet, bytes));
            return true;
        }

        @Override
        public long takeSpentNanos() {
            return 0;
        }
    };

    record Packet(long atNanos, byte[] header, byte[] payload) {
        ByteBuffer view() {
            return ByteBuffer.wrap(header);
        }

        boolean marker() {
            return (header[1] & 0x80) != 0;
        }

        int payloadType() {
            return header[1] & 0x7f;
        }

        int sequence() {
            return view().getShort(2) & 0xffff;
        }

        int timestamp() {
            return view().getInt(4);
        }

        int ssrc() {
            return view().getInt(8);
        }
    }

    /** A controller that does as it is told, and writes down what it hears. */
    private static final class Script implements CongestionController {

        long targetBps = 1_000_000;
        long pacingBps = 1_000_000;
        long paddingBps;
        long windowBytes = Long.MAX_VALUE;
        final List<Long> queue = new ArrayList<>();
        final List<String> feedback = new ArrayList<>();
        /** When what the last report tells of arrived, in milliseconds after the first of it. */
        final List<Long> arrivals = new ArrayList<>();

        @Override
        public void onPacketSent(long nowNanos, long transportSequence, int sizeBytes) {
            windowBytes -= windowBytes == Long.MAX_VALUE ? 0 : sizeBytes;
        }

        @Override
        public void onPacketFeedback(long nowNanos, PacketFeedback report) {
            arrivals.clear();
            for (int i = 0; i < report.count(); i++) {
                feedback.add(report.transportSequence(i) + (report.received(i) ? "" : " lost"));
                arrivals.add(report.received(i) ? (report.arrivalNanos(i) - report.arrivalNanos(0)) / MILLI : -1);
            }
        }

        @Override
        public void onReceiverReport(long nowNanos, double lossFraction, long rttNanos) {}

        @Override
        public void onReceiverEstimate(long nowNanos, long bps) {}

        @Override
        public void onSendQueue(long nowNanos, long bytes) {
            queue.add(bytes);
        }

        @Override
        public void onLimits(long nowNanos, RateLimits limits) {}

        @Override
        public long targetBps() {
            return targetBps;
        }

        @Override
        public long pacingBps() {
            return pacingBps;
        }

        @Override
        public long paddingBps() {
            return paddingBps;
        }

        @Override
        public long windowBytes() {
            return windowBytes;
        }

        @Override
        public long nextDeadlineNanos() {
            return Long.MAX_VALUE;
        }

        @Override
        public void onDeadline(long nowNanos) {}

        @Override
        public RateSnapshot snapshot() {
            return RateSnapshot.unknown();
        }

        @Override
        public void close() {}
    }

    private final Script script = new Script();

    private ViewerSession session(boolean rtx, int firstSequence) {
        return session(rtx, firstSequence, HeldRate.FACTORY);
    }

    /** Under the script's control, behind its first frame. */
    private ViewerSession scripted(boolean rtx) {
        ViewerSession session = session(rtx, 0, (opened, limits, seed) -> script);
        session.onFrame(now, frame(true, 900, 1000, 500));
        run(session, now + FRAME);
        sent.clear();
        script.queue.clear();
        return session;
    }

    private ViewerSession session(boolean rtx, int firstSequence, CongestionControllerFactory factory) {
        return session(firstSequence, factory,
                new NegotiatedMedia(108, rtx ? 109 : -1, 0, "", 4, false, 0, 0, true, true, true, false, false, true));
    }

    private ViewerSession session(int firstSequence, CongestionControllerFactory factory, NegotiatedMedia media) {
        return new ViewerSession(now,
                new ViewerSession.Identity("main", "1", "cname", SSRC, RTX_SSRC, firstSequence, 7000), media,
                seat(factory), BOUND, samples::add, () -> 1_700_000_000_000L);
    }

    private long sentBytes() {
        return sent.stream().mapToLong(packet -> packet.header().length + packet.payload().length).sum();
    }

    /** Of the newest sample. */
    private double measured(ViewerSession session, String metric) {
        List<String> names = SessionMeasurements.VIEWER.metrics().stream().map(Metric::name).toList();
        return measured(session).values()[names.indexOf(metric)];
    }

    private Sample measured(ViewerSession session) {
        session.measure(now, 60);
        return samples.remove(samples.size() - 1);
    }

    private ControllerSeat seat(CongestionControllerFactory factory) {
        return new ControllerSeat(now, factory, new RateLimits(100_000, 2_000_000, 2_000_000), ForeignCalls.UNWATCHED,
                (culprit, reason) -> {
                    throw new AssertionError(reason);
                });
    }

    private SharedFrame frame(boolean key, int... sizes) {
        SharedFrame frame = new SharedFrame();
        frame.describe(key, now - 10 * MILLI, now);
        int value = 0;
        for (int size : sizes) {
            for (int i = 0; i < size; i++) {
                frame.payloads().put(value++);
            }
            frame.payloads().end();
        }
        return frame;
    }

    /** Lets time pass in steps of the deadlines, as the loop does. */
    private void run(ViewerSession session, long untilNanos) {
        session.drain(now, link);
        while (session.nextDeadlineNanos() - untilNanos <= 0) {
            now = Math.max(now + 1, session.nextDeadlineNanos());
            session.onDeadline(now);
            session.drain(now, link);
        }
        now = untilNanos;
    }

    private static int transportSequence(Packet packet) {
        return packet.view().getShort(packet.header().length - 3) & 0xffff;
    }

    private static ByteBuffer nack(int... sequences) {
        ByteBuffer packet = ByteBuffer.allocate(12 + 4 * sequences.length);
        packet.put((byte) 0x81).put((byte) 205).putShort((short) (2 + sequences.length)).putInt(1).putInt(SSRC);
        for (int sequence : sequences) {
            packet.putShort((short) sequence).putShort((short) 0);
        }
        return packet.flip();
    }

    private static ByteBuffer pli() {
        return ByteBuffer.allocate(12).put((byte) 0x81).put((byte) 206).putShort((short) 2).putInt(1).putInt(SSRC).flip();
    }

    @Test
    void nothingIsSentBeforeAKeyFrameAndOneIsAskedFor() {
        ViewerSession session = session(false, 100);
        assertTrue(session.takeKeyframeWanted());
        session.onFrame(now, frame(false, 500));
        run(session, now + FRAME);
        assertEquals(0, sent.size());
        assertTrue(session.takeKeyframeWanted(), "a viewer that waits for a key frame keeps asking");
        session.onFrame(now, frame(true, 30, 1000, 1000));
        run(session, now + FRAME);
        assertEquals(3, sent.size());
        assertFalse(session.takeKeyframeWanted());
    }

    @Test
    void sequenceTimestampAndMarkerAreTheSessionsAndWrap() {
        ViewerSession session = session(false, 65_534);
        session.onFrame(now, frame(true, 30, 1000, 1000));
        run(session, now + FRAME);
        session.onFrame(now, frame(false, 400));
        run(session, now + FRAME);
        assertEquals(List.of(65_534, 65_535, 0, 1), sent.stream().map(Packet::sequence).toList());
        assertEquals(List.of(false, false, true, true), sent.stream().map(Packet::marker).toList());
        assertEquals(sent.get(0).timestamp(), sent.get(2).timestamp());
        assertEquals(33 * 90, sent.get(3).timestamp() - sent.get(0).timestamp());
        assertTrue(sent.stream().allMatch(p -> p.ssrc() == SSRC && p.payloadType() == 108));
    }

    @Test
    void theTimestampFollowsTheClockForDaysWithoutDrift() {
        ViewerSession session = session(false, 0);
        session.onFrame(now, frame(true, 100));
        run(session, now + FRAME);
        long start = now;
        now += TimeUnit.DAYS.toNanos(400);
        session.onFrame(now, frame(true, 100));
        session.drain(now, link);
        long ticks = (now - start + FRAME) / 100_000 * 9;
        assertEquals((int) ticks, sent.get(1).timestamp() - sent.get(0).timestamp(), 9);
    }

    @Test
    void theFirstKeyFrameIsSpreadButLeavesInAHurry() {
        ViewerSession session = session(false, 0);
        int[] sizes = new int[60];
        Arrays.fill(sizes, 1100);
        long queuedAt = now;
        session.onFrame(now, frame(true, sizes));
        run(session, now + 100 * MILLI);
        assertEquals(60, sent.size());
        long last = sent.get(59).atNanos() - queuedAt;
        assertTrue(last >= 10 * MILLI, "66 KB left in " + last / MILLI + " ms: a burst");
        assertTrue(last <= 26 * MILLI, "66 KB took " + last / MILLI + " ms");
    }

    @Test
    void aMissingPacketIsSentAgainAsItWas() {
        ViewerSession session = session(false, 10);
        session.onFrame(now, frame(true, 30, 900, 800));
        run(session, now + FRAME);
        session.onRtcp(now, nack(11));
        session.drain(now, link);
        assertEquals(4, sent.size());
        Packet original = sent.get(1);
        Packet again = sent.get(3);
        assertEquals(11, again.sequence());
        assertArrayEquals(original.payload(), again.payload());
        assertEquals(original.timestamp(), again.timestamp());
        assertEquals(3, transportSequence(again), "a retransmission counts in the transport-wide sequence");
        session.onRtcp(now + MILLI, nack(11));
        session.drain(now, link);
        assertEquals(4, sent.size(), "asking again within a round trip changes nothing");
    }

    @Test
    void withRtxTheOriginalSequenceGoesBeforeThePayload() {
        ViewerSession session = session(true, 10);
        session.onFrame(now, frame(true, 30, 900));
        run(session, now + FRAME);
        session.onRtcp(now, nack(11));
        session.drain(now, link);
        Packet again = sent.get(2);
        assertEquals(109, again.payloadType());
        assertEquals(RTX_SSRC, again.ssrc());
        assertEquals(11, ByteBuffer.wrap(again.payload()).getShort(0));
        assertArrayEquals(sent.get(1).payload(), Arrays.copyOfRange(again.payload(), 2, again.payload().length));
        assertTrue(again.marker());
    }

    @Test
    void aFrameThatWasReusedIsNotSentAgain() {
        ViewerSession session = session(false, 10);
        SharedFrame frame = frame(true, 900);
        session.onFrame(now, frame);
        run(session, now + FRAME);
        frame.retire();
        session.onRtcp(now, nack(10));
        session.drain(now, link);
        assertEquals(1, sent.size());
    }

    @Test
    void retransmissionKeepsToItsBudget() {
        ViewerSession session = session(false, 0);
        int[] sizes = new int[100];
        Arrays.fill(sizes, 1100);
        session.onFrame(now, frame(true, sizes));
        run(session, now + FRAME);
        int before = sent.size();
        for (int i = 0; i < 100; i++) {
            session.onRtcp(now, nack(i));
        }
        run(session, now + 5 * FRAME);
        int resentBytes = (sent.size() - before) * 1120;
        // A fifth of a second's 2 Mbit/s.
        assertTrue(resentBytes > 30_000 && resentBytes <= 50_000, resentBytes + " bytes sent again at once");
    }

    @Test
    void pictureLossAsksForAKeyFrame() {
        ViewerSession session = session(false, 0);
        session.onFrame(now, frame(true, 100));
        run(session, now + 200 * MILLI);
        session.onRtcp(now, pli());
        session.drain(now, link);
        assertTrue(session.takeKeyframeWanted());
        assertFalse(session.takeKeyframeWanted());
    }

    @Test
    void aHundredComplaintsAreOneIdrInTwoHundredMilliseconds() {
        ViewerSession session = scripted(false);
        int asked = 0;
        for (int complaint = 0; complaint < 100; complaint++) {
            session.onRtcp(now, pli());
            session.drain(now, link);
            if (session.takeKeyframeWanted()) {
                asked++;
                session.onFrame(now, frame(true, 1000));
            }
            run(session, now + 10 * MILLI);
        }
        assertEquals(5, asked, "IDR pictures in a second");
        assertEquals(100, measured(session, "pli"));
        run(session, now + 200 * MILLI);
        assertTrue(session.takeKeyframeWanted(), "what was held back is not forgotten");
    }

    @Test
    void nothingIsAskedForWhileTheAnswerIsOnItsWay() {
        ViewerSession session = scripted(false);
        run(session, now + 200 * MILLI);
        int[] sizes = new int[40];
        Arrays.fill(sizes, 1000);
        session.onFrame(now, frame(true, sizes)); // 40 kB at 1 Mbit/s
        run(session, now + 220 * MILLI);
        session.onRtcp(now, pli());
        session.drain(now, link);
        assertFalse(session.takeKeyframeWanted());
        run(session, now + 120 * MILLI);
        assertEquals(40, sent.size());
        assertTrue(session.takeKeyframeWanted());
    }

    @Test
    void nothingLeavesWhileTheWindowIsShutAndRetransmissionsCountAgainstIt() {
        ViewerSession session = scripted(true);
        script.windowBytes = 2500;
        session.onRtcp(now, nack(1));
        session.onFrame(now, frame(false, 1000, 1000, 1000));
        run(session, now + FRAME);
        assertEquals(List.of(109, 108, 108), sent.stream().map(Packet::payloadType).toList(),
                "what is above 0 lets a whole packet go");
        run(session, now + FRAME);
        assertEquals(3, sent.size());
        script.windowBytes = 1;
        run(session, now + FRAME);
        assertEquals(4, sent.size());
        assertTrue(sent.get(3).marker());
    }

    @Test
    void whileTheWindowIsShutFramesAreHeldBackAndTheLoopMaySleep() {
        ViewerSession session = scripted(false);
        script.windowBytes = 0;
        assertFalse(session.isBackedUp(), "nothing waits");
        session.onFrame(now, frame(false, 1000));
        session.drain(now, link);
        assertTrue(session.isBackedUp(), "what comes next would wait as well, and be of the past");
        int wakeUps = 0;
        for (long end = now + 120 * MILLI; session.nextDeadlineNanos() <= end; wakeUps++) {
            now = session.nextDeadlineNanos();
            session.drain(now, link);
        }
        assertTrue(wakeUps <= 1, wakeUps + " times awake for nothing");
        script.windowBytes = 2500;
        run(session, now + FRAME);
        assertFalse(session.isBackedUp(), "it has left");
    }

    /** With transport-wide-cc-02. */
    private ViewerSession asking(CongestionControllerFactory factory) {
        return session(0, factory, new NegotiatedMedia(108, 109, 0, "", 4, true, 0, 0, true, true, true, false, false, true));
    }

    /** On how many packets each packet that was sent asks for feedback. */
    private List<Integer> asked() {
        return sent.stream().map(packet -> packet.view().getShort(12 + 4 + 3) & 0xFFFF)
                .map(field -> field == 0 ? 0 : field - 0x8000).toList();
    }

    @Test
    void whileAllMayBeSentFeedbackIsAskedForTenTimesASecond() {
        ViewerSession session = asking(HeldRate.FACTORY);
        session.limits(now, new RateLimits(100_000, 1_000_000, 1_000_000));
        session.onFrame(now, frame(true, 900, 1000, 500));
        run(session, now + FRAME);
        session.onFrame(now, frame(false, 900, 1000));
        run(session, now + FRAME);
        assertEquals(List.of(0, 0, 3, 0, 0), asked());
        session.onRtcp(now, ByteBuffer.allocate(28)
                .putInt(0x8F << 24 | 205 << 16 | 6).putInt(1).putInt(SSRC)
                .putShort((short) 0).putShort((short) 3).putInt(0)
                .putShort((short) 0x2003).put((byte) 4).put((byte) 4).put((byte) 4).rewind());
        assertEquals(3, measured(session, "acknowledged"));
        sent.clear();
        for (int i = 0; i < 2; i++) {
            session.onFrame(now, frame(false, 900));
            run(session, now + FRAME);
        }
        assertEquals(List.of(0, 4), asked());
    }

    @Test
    void whatWasNotAskedAboutIsWhenNothingFollows() {
        ViewerSession session = asking(HeldRate.FACTORY);
        session.limits(now, new RateLimits(100_000, 1_000_000, 1_000_000));
        session.onFrame(now, frame(true, 900));
        run(session, now + FRAME);
        session.onFrame(now, frame(false, 700));
        run(session, now + 3_000 * MILLI);
        assertEquals(List.of(1, 0, 3), asked(), "once");
        assertEquals(109, sent.get(2).payloadType(), "with a packet that the viewer has");
    }

    @Test
    void whileThePathIsTheLimitFeedbackIsAskedForMoreOftenAndOverlapsCountOnce() {
        ViewerSession session = asking((opened, limits, seed) -> script);
        session.onFrame(now, frame(true, 900, 1000, 500, 400, 300));
        run(session, now + 2 * FRAME);
        assertEquals(List.of(0, 2, 0, 4, 5), asked());
        for (int i = 0; i < 2; i++) {
            session.onRtcp(now, ByteBuffer.allocate(28)
                    .putInt(0x8F << 24 | 205 << 16 | 6).putInt(1).putInt(SSRC)
                    .putShort((short) i).putShort((short) 3).putInt(i)
                    .putShort((short) 0x2003).put((byte) 4).put((byte) 4).put((byte) 4).rewind());
        }
        assertEquals(4, measured(session, "acknowledged"), "three from 0, and three from 1");
    }

    @Test
    void thePacketThatShutsTheWindowAsksForFeedback() {
        ViewerSession session = asking((opened, limits, seed) -> script);
        session.limits(now, new RateLimits(100_000, 1_000_000, 1_000_000));
        script.windowBytes = 2_000;
        session.onFrame(now, frame(true, 900, 900, 900, 900, 900));
        run(session, now + FRAME);
        assertEquals(3, sent.size());
        assertTrue(asked().get(2) > 0, "or nobody would ever hear that it may go on: " + asked());
    }

    @Test
    void whereAQuestionGotLostAnotherIsAskedAlthoughTheWindowIsShut() {
        ViewerSession session = asking((opened, limits, seed) -> script);
        session.onFrame(now, frame(true, 900));
        run(session, now + FRAME);
        script.windowBytes = 0;
        assertTrue(session.isBackedUp());
        long asked = now - FRAME;
        session.drain(now, link);
        assertEquals(asked + 100 * MILLI, session.nextDeadlineNanos());
        run(session, asked + 100 * MILLI);
        assertFalse(session.isBackedUp(), "a frame is wanted to ask with");
        session.onFrame(now, frame(false, 900, 900));
        run(session, now + FRAME);
        assertEquals(2, sent.size(), "one packet");
        assertEquals(List.of(1, 2), asked());
        assertTrue(session.isBackedUp(), "that has to be answered first");
    }

    @Test
    void ofAViewerThatAnswersAtOnceAFrameIsNotEncodedWhileTheWindowIsShut() {
        ViewerSession session = asking((opened, limits, seed) -> script);
        session.onFrame(now, frame(true, 900));
        run(session, now + FRAME);
        assertFalse(session.isBackedUp());
        script.windowBytes = 0;
        assertTrue(session.isBackedUp(), "it would be encoded at a rate that is about to change");
        script.windowBytes = 1;
        assertFalse(session.isBackedUp());
    }

    @Test
    void noFrameIsEncodedWhileAnAnswerIsLate() {
        ViewerSession session = asking((opened, limits, seed) -> script);
        session.onFrame(now, frame(true, 900));
        run(session, now + MILLI);
        answerAll(session, 0, 1);
        session.onFrame(now, frame(false, 900, 900));
        run(session, now + MILLI);
        assertFalse(session.isBackedUp(), "it may be on its way");
        run(session, now + FRAME);
        assertTrue(session.isBackedUp(), "perhaps the path has become narrow");
        answerAll(session, 1, 2);
        assertFalse(session.isBackedUp(), "it was nothing");
    }

    private void answerAll(ViewerSession session, int first, int count) {
        ByteBuffer feedback = ByteBuffer.allocate(24 + 4)
                .putInt(0x8F << 24 | 205 << 16 | 6).putInt(1).putInt(SSRC)
                .putShort((short) first).putShort((short) count).putInt(0).putShort((short) (0x2000 | count));
        for (int i = 0; i < count; i++) {
            feedback.put((byte) 4);
        }
        session.onRtcp(now, feedback.rewind());
    }

    @Test
    void theControllerHearsWhatWaits() {
        ViewerSession session = scripted(false);
        session.onFrame(now, frame(false, 1000, 1000));
        assertEquals(List.of(2 * 1020L), script.queue);
        run(session, now + FRAME);
        assertEquals(0L, script.queue.get(script.queue.size() - 1));
        script.windowBytes = 0;
        session.onFrame(now, frame(false, 1000));
        run(session, now + BOUND + MILLI);
        assertEquals(0L, script.queue.get(script.queue.size() - 1), "what was given up waits no more");
    }

    @Test
    void aProbeIsFilledUpWithRetransmissions() {
        ViewerSession session = scripted(true);
        run(session, now + 200 * MILLI);
        script.pacingBps = 4_000_000;
        script.paddingBps = 4_000_000;
        session.onFrame(now, frame(false, 1000, 1000));
        run(session, now + 20 * MILLI);
        script.paddingBps = 0;
        run(session, now + FRAME);
        // 10 kB in 20 ms, and what leaves in one waking up of 5 ms.
        long bytes = sentBytes();
        assertTrue(bytes >= 9_000 && bytes <= 12_500, bytes + " bytes");
        assertEquals(2, sent.stream().filter(packet -> packet.payloadType() == 108).count());
        List<Packet> padding = sent.stream().filter(packet -> packet.payloadType() == 109).toList();
        assertTrue(padding.stream().allMatch(packet -> packet.ssrc() == RTX_SSRC && packet.payload().length == 1002));
        assertEquals(padding.stream().mapToLong(packet -> packet.header().length + packet.payload().length).sum(),
                measured(session, "padding"));
        assertEquals(0, measured(session, "retransmitted"));
        List<Integer> sequences = sent.stream().map(ViewerSessionTest::transportSequence).toList();
        for (int i = 1; i < sequences.size(); i++) {
            assertEquals(sequences.get(i - 1) + 1, sequences.get(i));
        }
        long gap = 0;
        for (int i = 1; i < sent.size(); i++) {
            gap = Math.max(gap, sent.get(i).atNanos() - sent.get(i - 1).atNanos());
        }
        assertTrue(gap <= 8 * MILLI, "nothing for " + gap / 1000 + " us in a probe");
    }

    @Test
    void aProbeThatFollowsAnotherBeginsAnew() {
        ViewerSession session = scripted(true);
        script.pacingBps = 8_000_000;
        script.paddingBps = 500_000;
        run(session, now + 400 * MILLI);
        sent.clear();
        script.paddingBps = 8_000_000;
        long began = now;
        run(session, now + MILLI);
        // 5 ms ahead at 8 Mbit/s, not what 400 ms at 8 Mbit/s would have been.
        assertTrue(sentBytes() <= 5_000 + 1_100, sentBytes() + " bytes at once");
        run(session, began + 15 * MILLI);
        assertTrue(sentBytes() >= 14_000 && sentBytes() <= 21_100, sentBytes() + " bytes in 15 ms");
    }

    @Test
    void mediaThatSufficesNeedsNoPadding() {
        ViewerSession session = scripted(true);
        script.pacingBps = 2_000_000;
        script.paddingBps = 500_000;
        for (int i = 0; i < 10; i++) {
            session.onFrame(now, frame(false, 1000, 1000, 1000));
            run(session, now + FRAME);
        }
        assertEquals(0, measured(session, "padding"));
    }

    @Test
    void withoutRtxThereIsNoPadding() {
        ViewerSession session = scripted(false);
        script.pacingBps = 4_000_000;
        script.paddingBps = 4_000_000;
        run(session, now + 20 * MILLI);
        assertEquals(0, sent.size());
    }

    @Test
    void wherePacketsTeachNothingMoreLeaveAtOnce() {
        script.pacingBps = 4_000_000; // 1000 bytes in 2 ms
        ViewerSession session = scripted(true);
        assertEquals(5, burst(session, 1_999_999, 0), "10 ms");
        assertEquals(8, burst(session, 2_000_000, 0), "15 ms: the target is the limit");
        assertEquals(5, burst(session, 2_000_000, 1), "the controller probes");
    }

    /** Packets of a frame that leave at once. */
    private int burst(ViewerSession session, long targetBps, long paddingBps) {
        script.targetBps = targetBps;
        script.paddingBps = paddingBps;
        run(session, now + 5 * FRAME);
        sent.clear();
        int[] sizes = new int[20];
        Arrays.fill(sizes, 1000);
        long began = now;
        session.onFrame(now, frame(false, sizes));
        run(session, now + MILLI);
        int count = (int) sent.stream().filter(packet -> packet.atNanos() == began && packet.payloadType() == 108).count();
        run(session, now + 5 * FRAME);
        return count;
    }

    @Test
    void aKeyFrameLeavesAtThePacingRate() {
        ViewerSession session = scripted(false);
        int[] sizes = new int[50];
        Arrays.fill(sizes, 980);
        session.onFrame(now, frame(true, sizes)); // 400 kbit at 1 Mbit/s
        long began = now;
        run(session, now + 500 * MILLI);
        long took = sent.get(49).atNanos() - began;
        assertTrue(took >= 385 * MILLI && took <= 401 * MILLI, took / MILLI + " ms");
        assertTrue(sent.stream().filter(packet -> packet.atNanos() == began).count() <= 3, "a burst");
    }

    @Test
    void whatIsSentAgainGoesFirstAndIsPaced() {
        ViewerSession session = scripted(true);
        int[] sizes = new int[10];
        Arrays.fill(sizes, 1000);
        session.onFrame(now, frame(false, sizes));
        session.onRtcp(now, nack(0, 1, 2));
        long began = now;
        run(session, now + 150 * MILLI);
        assertEquals(List.of(109, 109, 109, 108), sent.subList(0, 4).stream().map(Packet::payloadType).toList());
        // 12.4 kB at 1 Mbit/s, the last packet's own time aside.
        assertTrue(sent.get(12).atNanos() - began >= 80 * MILLI, "all in " + (sent.get(12).atNanos() - began) / MILLI);
    }

    @Test
    void whatTheViewerHasGivenUpIsNotSentAgain() {
        ViewerSession session = scripted(true);
        script.windowBytes = 0;
        session.onRtcp(now, nack(1));
        run(session, now + 300 * MILLI);
        script.windowBytes = 10_000;
        run(session, now + FRAME);
        assertEquals(0, sent.size(), "it waited too long");
        assertTrue(session.takeKeyframeWanted(), "and the picture cannot be repaired");
        session.onRtcp(now, nack(2));
        run(session, now + FRAME);
        assertEquals(0, sent.size(), "it is too old");
    }

    @Test
    void askingAgainForWhatWaitsIsAskingOnce() {
        ViewerSession session = scripted(true);
        script.windowBytes = 0;
        for (int i = 0; i < 5; i++) {
            session.onRtcp(now, nack(1));
            run(session, now + 40 * MILLI);
        }
        script.windowBytes = 10_000;
        run(session, now + FRAME);
        assertEquals(1, sent.size());
    }

    @Test
    void aLossThatAnIdrHasHealedAsksForNoOther() {
        ViewerSession session = scripted(false);
        run(session, now + 400 * MILLI);
        session.onFrame(now, frame(true, 500));
        run(session, now + 400 * MILLI);
        session.onRtcp(now, nack(1));
        session.drain(now, link);
        assertFalse(session.takeKeyframeWanted());
        session.onRtcp(now, nack(3));
        session.drain(now, link);
        assertTrue(session.takeKeyframeWanted());
    }

    @Test
    void mediaGetsWhatRetransmissionsLeave() {
        ViewerSession session = scripted(true);
        assertEquals(1_000_000, session.mediaBps());
        for (int i = 0; i < 40; i++) {
            session.onFrame(now, frame(false, 1000, 1000, 1000));
            run(session, now + FRAME);
            session.onRtcp(now, nack(3 + 3 * i));
            run(session, now + MILLI);
        }
        // One packet of 1022 bytes in 34 ms: 240 kbit/s, of which the budget allows 200, and what it had saved up.
        long left = session.mediaBps();
        assertTrue(left >= 740_000 && left <= 810_000, left + " bit/s for media");
        run(session, now + TimeUnit.SECONDS.toNanos(2));
        assertEquals(1_000_000, session.mediaBps(), 10_000);
        script.paddingBps = 1_000_000;
        run(session, now + TimeUnit.SECONDS.toNanos(1));
        assertEquals(500_000, session.mediaBps(), "never less than half");
    }

    @Test
    void whatWaitsBeyondTheBoundGoesAndAnIdrIsAskedForOnceThereIsAWay() {
        ViewerSession session = scripted(false);
        run(session, now + 200 * MILLI);
        script.windowBytes = 1;
        session.onFrame(now, frame(false, 1000, 1001));
        session.drain(now, link);
        for (int i = 0; i < 3; i++) {
            run(session, now + FRAME);
            session.onFrame(now, frame(false, 1100));
        }
        run(session, now + BOUND - FRAME);
        assertEquals(3, measured(session, "dropped_overrun"));
        session.onFrame(now, frame(false, 1100));
        assertEquals(1, measured(session, "dropped_awaiting_key"));
        assertFalse(session.takeKeyframeWanted(), "it could not leave");
        script.windowBytes = 1_000_000;
        run(session, now + MILLI);
        assertEquals(List.of(1000, 1001), sent.stream().map(packet -> packet.payload().length).toList(),
                "what was half sent is finished");
        assertTrue(session.takeKeyframeWanted());
        session.onFrame(now, frame(true, 700));
        session.onFrame(now, frame(false, 300));
        run(session, now + FRAME);
        assertEquals(List.of(700, 300), sent.subList(2, 4).stream().map(packet -> packet.payload().length).toList());
        assertEquals(List.of(3, 4, 5, 6), sent.stream().map(Packet::sequence).toList(), "no gap in the sequence");
    }

    @Test
    void anIdrThatWaitsIsOvertakenOnlyByANewerOne() {
        ViewerSession session = scripted(false);
        script.windowBytes = 0;
        session.onFrame(now, frame(false, 100));
        session.onFrame(now, frame(true, 200));
        session.onFrame(now, frame(false, 300));
        run(session, now + BOUND + MILLI);
        assertEquals(1, measured(session, "dropped_overrun"), "what was before it");
        session.onFrame(now, frame(true, 400));
        session.onFrame(now, frame(false, 500));
        run(session, now + 3 * BOUND + FRAME);
        assertEquals(3, measured(session, "dropped_overrun"));
        script.windowBytes = 10_000;
        run(session, now + FRAME);
        assertEquals(List.of(400, 500), sent.stream().map(packet -> packet.payload().length).toList());
    }

    @Test
    void whatIsBehindAnIdrWaitsForItAndLeavesWhole() {
        ViewerSession session = scripted(false);
        int[] sizes = new int[50];
        Arrays.fill(sizes, 980);
        session.onFrame(now, frame(true, sizes)); // 400 ms
        for (int i = 0; i < 6; i++) {
            session.onFrame(now, frame(false, 480));
            run(session, now + FRAME);
        }
        run(session, now + 400 * MILLI);
        assertEquals(56, sent.size());
        assertFalse(session.takeKeyframeWanted());
    }

    @Test
    void whatIsBehindAnIdrThatDoesNotGetThroughGoes() {
        ViewerSession session = scripted(false);
        script.windowBytes = 1;
        session.onFrame(now, frame(true, 600, 601));
        session.onFrame(now, frame(false, 300));
        run(session, now + 4 * BOUND + MILLI);
        session.onFrame(now, frame(false, 300));
        script.windowBytes = 10_000;
        run(session, now + FRAME);
        assertEquals(List.of(600, 601), sent.stream().map(packet -> packet.payload().length).toList());
        assertTrue(session.takeKeyframeWanted(), "what came behind it needs what went");
    }

    @Test
    void whenTheQueueRunsOverEverythingGoesUntilTheNextKeyFrame() {
        ViewerSession session = session(false, 0);
        session.onFrame(now, frame(true, 100));
        for (int i = 0; i < 40; i++) {
            session.onFrame(now, frame(false, 1000));
        }
        run(session, now + 200 * MILLI);
        assertTrue(session.takeKeyframeWanted());
        session.onFrame(now, frame(true, 333));
        run(session, now + FRAME);
        assertEquals(List.of(100, 333), sent.stream().map(p -> p.payload().length).toList(),
                "the queued key frame stays, the deltas that nobody could decode do not");
        assertEquals(List.of(0, 1), sent.stream().map(Packet::sequence).toList(), "no gap in the sequence");
    }

    @Test
    void reportsGoOutEverySecond() {
        ViewerSession session = session(false, 0);
        session.onFrame(now, frame(true, 100));
        run(session, now + TimeUnit.MILLISECONDS.toNanos(3_500));
        assertEquals(4, reports.size());
        ByteBuffer last = ByteBuffer.wrap(reports.get(3));
        assertEquals((byte) 200, last.get(1));
        assertEquals(SSRC, last.getInt(4));
        assertEquals(1, last.getInt(20));
        assertEquals(100, last.getInt(24));
    }

    @Test
    void aClockBelowZeroIsAClockToo() {
        now = -TimeUnit.DAYS.toNanos(1);
        NegotiatedMedia media = new NegotiatedMedia(108, -1, 0, "", 4, false, 0, 0, true, true, true, false, false, true);
        List<Long> deadlines = new ArrayList<>();
        ViewerSession session = new ViewerSession(now,
                new ViewerSession.Identity("main", "1", "cname", SSRC, RTX_SSRC, 0, 7000), media,
                seat((opened, limits, seed) -> (CongestionController) Proxy.newProxyInstance(getClass().getClassLoader(),
                        new Class<?>[] {CongestionController.class}, (proxy, method, arguments) -> {
                            if (method.getName().equals("onDeadline")) {
                                deadlines.add((Long) arguments[0]);
                            }
                            return method.getReturnType() == long.class
                                    ? (method.getName().equals("nextDeadlineNanos") ? Long.MAX_VALUE : 2_000_000L)
                                    : null;
                        })), BOUND, samples::add, () -> 1_700_000_000_000L);
        session.onFrame(now, frame(true, 30, 1000, 1000));
        run(session, now + TimeUnit.SECONDS.toNanos(2));
        assertEquals(3, sent.size());
        assertEquals(3, reports.size());
        assertEquals(List.of(), deadlines, "the controller has none");
    }

    /** Of three packets, transport-wide feedback says that the first two arrived. */
    @Test
    void whatArrivedIsCounted() {
        ViewerSession session = session(false, 0);
        session.onFrame(now, frame(true, 300, 200, 100));
        run(session, now + FRAME);
        assertEquals(3, sent.size());
        ByteBuffer feedback = ByteBuffer.allocate(28)
                .putInt(0x8F << 24 | 205 << 16 | 6).putInt(1).putInt(SSRC)
                .putShort((short) 0).putShort((short) 3).putInt(0) // base, count, reference time and feedback count
                .putShort((short) 0x2002).putShort((short) 0x0001) // two by a small delta, one not
                .put((byte) 4).put((byte) 4).flip();
        session.onRtcp(now, feedback.limit(28));
        assertEquals(2, measured(session, "acknowledged"));
        int bytes = 0;
        for (int i = 0; i < 2; i++) {
            bytes += sent.get(i).header().length + sent.get(i).payload().length;
        }
        assertEquals(bytes, measured(session, "acknowledged_bytes"));
        assertEquals(0, measured(session, "queue_bytes"));
        assertEquals(60, measured(session, "path_overhead"));
    }

    /** With RFC 8888 instead of transport-wide feedback. */
    private ViewerSession named(boolean rtx, int firstSequence) {
        return session(firstSequence, (opened, limits, seed) -> script,
                new NegotiatedMedia(108, rtx ? 109 : -1, 0, "", 0, false, 0, 0, true, true, true, false, true, true));
    }

    /** Marks a packet of a block that did not arrive. */
    private static final int LOST = -1;

    /**
     * RFC 8888, section 3.1; a report made at second 1000.
     *
     * @param blocks of each SSRC, the first sequence number, then the offset of each packet in 1/1024 s
     */
    private static ByteBuffer congestionFeedback(int[]... blocks) {
        ByteBuffer packet = ByteBuffer.allocate(1500).putInt(0x8BCD0000).putInt(1);
        for (int[] block : blocks) {
            packet.putInt(block[0]).putShort((short) block[1]).putShort((short) (block.length - 2));
            for (int i = 2; i < block.length; i++) {
                packet.putShort((short) (block[i] == LOST ? 0 : 0x8000 | block[i]));
            }
            packet.position(packet.position() + 3 & ~3);
        }
        packet.putInt(1000 << 16);
        return packet.putShort(2, (short) (packet.position() / 4 - 1)).flip();
    }

    @Test
    void congestionFeedbackTellsOfMediaAndRetransmissionsInTheOrderTheyLeft() {
        ViewerSession session = named(true, 65_534);
        session.onFrame(now, frame(true, 900, 800, 700, 600));
        run(session, now + FRAME);
        session.onRtcp(now, nack(65_535));
        run(session, now + MILLI);
        session.onFrame(now, frame(false, 500));
        run(session, now + FRAME);
        assertEquals(List.of(SSRC, SSRC, SSRC, SSRC, RTX_SSRC, SSRC), sent.stream().map(Packet::ssrc).toList());
        assertEquals(12, sent.get(0).header().length, "no transport-wide number");
        session.onRtcp(now, congestionFeedback(new int[] {RTX_SSRC, sent.get(4).sequence(), 102},
                new int[] {SSRC, 65_534, 512, LOST, 410, 307, 0}));
        assertEquals(List.of("0", "1 lost", "2", "3", "4", "5"), script.feedback);
        assertEquals(List.of(0L, -1L, 99L, 200L, 400L, 500L), script.arrivals);
    }

    @Test
    void congestionFeedbackTellsNothingTwiceAndALossMayTurnOutToBeALateArrival() {
        ViewerSession session = named(true, 7);
        session.onFrame(now, frame(true, 900, 800, 700));
        run(session, now + FRAME);
        session.onRtcp(now, congestionFeedback(new int[] {SSRC, 7, 30, LOST, 10}));
        session.onRtcp(now, congestionFeedback(new int[] {SSRC, 7, 60, LOST, 40}));
        session.onRtcp(now, congestionFeedback(new int[] {SSRC, 7, 90, 5, 70}));
        session.onRtcp(now, congestionFeedback(new int[] {SSRC, 6, 90, 90, 5, 70, 1}, new int[] {99, 7, 1}));
        assertEquals(List.of("0", "1 lost", "2", "1"), script.feedback);
    }

    @Test
    void aRetransmissionUnderTheSameNumberIsAnotherPacket() {
        ViewerSession session = named(false, 20);
        session.onFrame(now, frame(true, 900, 800, 700));
        run(session, now + FRAME);
        session.onRtcp(now, nack(21));
        run(session, now + MILLI);
        session.onRtcp(now, congestionFeedback(new int[] {SSRC, 20, 30, LOST, 10}));
        assertEquals(List.of("0", "1 lost", "2"), script.feedback, "it is too early for the other");
        session.onRtcp(now, congestionFeedback(new int[] {SSRC, 21, 5, 40}));
        assertEquals(List.of("0", "1 lost", "2", "3"), script.feedback);
    }

    @Test
    void congestionFeedbackThatWasNotAgreedOnIsDisregarded() {
        ViewerSession session = session(true, 7, (opened, limits, seed) -> script);
        session.onFrame(now, frame(true, 900));
        run(session, now + FRAME);
        session.onRtcp(now, congestionFeedback(new int[] {SSRC, 7, 30}));
        assertEquals(List.of(), script.feedback);
    }

    @Test
    void malformedCongestionFeedbackReachesNobody() {
        ViewerSession session = named(true, 7);
        session.onFrame(now, frame(true, 900, 800));
        run(session, now + FRAME);
        ByteBuffer good = congestionFeedback(new int[] {SSRC, 7, 30, 20});
        for (int length = 0; length < good.limit(); length++) {
            ByteBuffer cut = ByteBuffer.wrap(Arrays.copyOf(good.array(), length));
            session.onRtcp(now, cut);
            if (length >= 4) {
                // As long as its header says, and too short for what is in it.
                session.onRtcp(now, cut.putShort(2, (short) (length / 4 - 1)).limit(length & ~3));
            }
        }
        for (int count : new int[] {1 << 14, (1 << 14) + 1, 0xFFFF, 3, 0}) {
            session.onRtcp(now, ByteBuffer.wrap(Arrays.copyOf(good.array(), good.limit())).putShort(14, (short) count));
        }
        assertEquals(List.of(), script.feedback);
        session.onRtcp(now, good);
        assertEquals(List.of("0", "1"), script.feedback);
    }

    @Test
    void congestionFeedbackAllocatesNothingForPackets() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long thread = Thread.currentThread().getId();
        SendHistory times = new SendHistory(1024);
        RtpSendHistory history = new RtpSendHistory(times, SSRC, RTX_SSRC);
        RtcpReader reader = new RtcpReader();
        long[] told = new long[1];
        RtcpListener listener = new RtcpListener() {
            @Override
            public void onCongestionFeedback(CongestionFeedback feedback) {
                told[0] += history.join(feedback).count();
            }
        };
        ByteBuffer report = congestionFeedback(
                new int[] {SSRC, 0, 99, 90, LOST, 80, 80, 80, 70, LOST, 60, 60}, new int[] {RTX_SSRC, 0, 50, 40});
        long before = 0;
        int sequence = 0;
        for (int round = 0; round < 4_000; round++) {
            if (round == 2_000) {
                before = threads.getThreadAllocatedBytes(thread);
            }
            for (int i = 0; i < 12; i++, sequence++) {
                times.onSent(now, sequence, 1000);
                history.onSent(sequence, i < 10 ? SSRC : RTX_SSRC, round * (i < 10 ? 10 : 2) + i % 10);
            }
            report.putShort(12, (short) (round * 10)).putShort(40, (short) (round * 2));
            reader.read(report, listener);
        }
        assertEquals(0, (threads.getThreadAllocatedBytes(thread) - before) / 2_000, "bytes for each report");
        assertEquals(4_000 * 12, told[0]);
    }

    @Test
    void everySampleFitsItsMeasurement() {
        ViewerSession session = session(false, 0);
        session.onFrame(now, frame(true, 100));
        run(session, now + FRAME);
        Sample viewer = measured(session);
        assertEquals(SessionMeasurements.VIEWER, viewer.measurement());
        assertEquals(SessionMeasurements.DELIVERY, samples.get(0).measurement());
        assertEquals(10 * MILLI, samples.get(0).values()[3]);
    }
}
