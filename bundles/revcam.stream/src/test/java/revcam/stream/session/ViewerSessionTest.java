package revcam.stream.session;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import revcam.api.congestion.CongestionController;
import revcam.api.congestion.CongestionControllerFactory;
import revcam.api.congestion.RateLimits;
import revcam.api.telemetry.Sample;
import revcam.api.transport.NegotiatedMedia;

/** Scripts on simulated time: no thread, no clock, no socket. */
class ViewerSessionTest {

    private static final int SSRC = 0x11223344;
    private static final int RTX_SSRC = 0x55667788;
    private static final long MILLI = 1_000_000;
    private static final long FRAME = 33 * MILLI;

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

    private ViewerSession session(boolean rtx, int firstSequence) {
        NegotiatedMedia media = new NegotiatedMedia(108, rtx ? 109 : -1, 0, "", 4, 0, 0, true, true, true, false, true);
        return new ViewerSession(now,
                new ViewerSession.Identity("main", "1", "cname", SSRC, RTX_SSRC, firstSequence, 7000), media,
                seat(HeldRate.FACTORY), samples::add, () -> 1_700_000_000_000L);
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
        int transportSequence = again.view().getShort(again.header().length - 3) & 0xffff;
        assertEquals(3, transportSequence, "a retransmission counts in the transport-wide sequence");
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
        run(session, now + FRAME);
        session.takeKeyframeWanted();
        session.onRtcp(now, pli());
        session.drain(now, link);
        assertTrue(session.takeKeyframeWanted());
        assertFalse(session.takeKeyframeWanted());
    }

    @Test
    void whenTheQueueRunsOverEverythingGoesUntilTheNextKeyFrame() {
        ViewerSession session = session(false, 0);
        session.onFrame(now, frame(true, 100));
        for (int i = 0; i < 20; i++) {
            session.onFrame(now, frame(false, 1000));
        }
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
        NegotiatedMedia media = new NegotiatedMedia(108, -1, 0, "", 4, 0, 0, true, true, true, false, true);
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
                        })), samples::add, () -> 1_700_000_000_000L);
        session.onFrame(now, frame(true, 30, 1000, 1000));
        run(session, now + TimeUnit.SECONDS.toNanos(2));
        assertEquals(3, sent.size());
        assertEquals(3, reports.size());
        assertEquals(List.of(), deadlines, "the controller has none");
    }

    @Test
    void everySampleFitsItsMeasurement() {
        ViewerSession session = session(false, 0);
        session.onFrame(now, frame(true, 100));
        run(session, now + FRAME);
        Sample viewer = session.sample(now);
        assertEquals(SessionMeasurements.VIEWER, viewer.measurement());
        assertEquals(SessionMeasurements.DELIVERY, samples.get(0).measurement());
        assertEquals(10 * MILLI, samples.get(0).values()[3]);
    }
}
