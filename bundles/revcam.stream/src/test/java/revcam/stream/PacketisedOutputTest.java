package revcam.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import revcam.api.media.PixelFormat;
import revcam.api.media.StageException;
import revcam.api.packetiser.Packetiser;
import revcam.api.packetiser.PacketiserFactory;
import revcam.api.packetiser.RtpFormat;
import revcam.api.packetiser.RtpPayloads;
import revcam.stream.session.SharedFrame;

class PacketisedOutputTest {

    private static final int RING = 8;
    private static final int POOL = 64;

    private int ready;
    private int asked;
    private long captureNanos;
    private final Splitter splitter = new Splitter();
    private final PacketisedOutput output = new PacketisedOutput(() -> ready++, () -> asked++);
    private EncoderOutput encoder = encoder(splitter);

    @BeforeEach
    void serve() {
        output.serve(encoder, null);
    }

    private static EncoderOutput encoder(Splitter packetiser) {
        return new EncoderOutput(new PacketiserSeat(candidate(packetiser), packetiser),
                new FrameShape(64, 48, PixelFormat.I420), () -> { });
    }

    private static Providers.Candidate<PacketiserFactory> candidate(PacketiserFactory factory) {
        return new Providers.Candidate<>("splitter", "", "", factory, 0);
    }

    private int deliver(boolean key) throws StageException {
        return deliver(encoder, key);
    }

    private int deliver(EncoderOutput from, boolean key) throws StageException {
        ((Splitter) from.seat.choice().factory()).keyframe = key;
        return output.deliver(from, ByteBuffer.wrap(new byte[250]), captureNanos++, key);
    }

    @Test
    void aUnitBecomesPayloadsWithinTheBudget() throws Exception {
        output.maxPayloadBytes(100);
        assertEquals(3, deliver(true));
        SharedFrame frame = output.poll();
        assertEquals(250, frame.payloads().totalBytes());
        assertEquals(50, frame.payloads().size(2));
        assertTrue(frame.keyframe());
        assertEquals(1, ready);
        assertEquals("TEST", output.format().encodingName());
        assertNull(output.poll());
    }

    @Test
    void nothingComesBeforeAKeyFrame() throws Exception {
        assertEquals(0, deliver(false));
        assertNull(output.poll());
        deliver(true);
        deliver(false);
        assertTrue(output.poll().keyframe());
        assertEquals(2, output.poll().captureNanos());
        assertEquals(1, output.droppedAwaitingKey());
    }

    @Test
    void whenTheRingIsFullAllGoUntilTheKeyFrameThatIsAskedFor() throws Exception {
        deliver(true);
        for (int i = 1; i < RING; i++) {
            assertEquals(1, deliver(false));
        }
        assertEquals(0, asked);
        assertEquals(0, deliver(false), "the ring is full");
        assertEquals(1, asked);
        assertEquals(1, output.droppedRingFull());
        for (int i = 0; i < RING; i++) {
            output.recycle(output.poll());
        }
        assertEquals(0, deliver(false), "what it refers to was dropped");
        assertNull(output.poll());
        assertEquals(1, deliver(true));
        assertEquals(1, deliver(false));
        assertTrue(output.poll().keyframe());
        assertEquals(1, asked, "a storm of requests would come of asking for every unit");
    }

    @Test
    void aKeyFrameThatFindsTheRingFullIsAskedForAgain() throws Exception {
        for (int i = 0; i < RING; i++) {
            deliver(true);
        }
        assertEquals(0, deliver(true));
        output.recycle(output.poll());
        assertEquals(0, deliver(false));
        assertEquals(1, deliver(true));
        assertEquals(1, asked);
    }

    @Test
    void aKeyFrameThatWasAskedForAndNeverCameIsAskedForAgain() throws Exception {
        for (int i = 0; i <= RING; i++) {
            deliver(true);
        }
        assertEquals(1, asked);
        long end = System.nanoTime() + 30_000_000_000L;
        while (asked == 1 && System.nanoTime() < end) {
            deliver(false);
            Thread.onSpinWait();
        }
        assertEquals(2, asked, "an encoder that lost the request would leave the picture frozen");
    }

    @Test
    void framesOnLoanAreBoundedAndComeBackWithAnotherGeneration() throws Exception {
        List<SharedFrame> held = new ArrayList<>();
        for (int i = 0; i < POOL; i++) {
            assertEquals(1, deliver(true));
            held.add(output.poll());
        }
        assertEquals(POOL, Set.copyOf(held).size());
        assertEquals(0, deliver(true), "every frame is with the media loop");
        assertEquals(1, asked);
        SharedFrame returned = held.get(0);
        int generation = returned.generation();
        output.recycle(returned);
        assertEquals(0, deliver(false));
        assertEquals(1, deliver(true));
        assertSame(returned, output.poll());
        assertEquals(generation + 1, returned.generation());
    }

    @Test
    void aHistoryAsTheAudienceKeepsNeverExhaustsThePool() throws Exception {
        List<SharedFrame> history = new ArrayList<>();
        Set<SharedFrame> distinct = new HashSet<>();
        for (int i = 0; i < 1000; i++) {
            for (int burst = 0; burst < RING; burst++) {
                assertEquals(1, deliver(i == 0 && burst == 0), "burst " + i);
            }
            for (SharedFrame frame; (frame = output.poll()) != null; ) {
                distinct.add(frame);
                history.add(frame);
                if (history.size() > Audience.HISTORY_FRAMES) {
                    output.recycle(history.remove(0));
                }
            }
        }
        assertTrue(distinct.size() <= POOL, distinct.size() + " frames");
        assertEquals(0, output.droppedRingFull());
    }

    @Test
    void threeBrokenUnitsInARowEndTheEncoder() throws Exception {
        splitter.failure = new StageException(StageException.Reason.FAILED, "no start code");
        assertEquals(0, deliver(true));
        assertEquals(0, deliver(true));
        String message = assertThrows(StageException.class, () -> deliver(true)).getMessage();
        assertTrue(message.contains("no start code"), message);
        splitter.failure = null;
        assertEquals(1, deliver(true));
    }

    @Test
    void aPacketiserThatThrowsSomethingElseIsItselfToBlame() throws Exception {
        for (Throwable failure : new Throwable[] {new IndexOutOfBoundsException("byte 7"), new AssertionError("no")}) {
            splitter.failure = failure;
            String message = assertThrows(PacketiserSeat.Broke.class, () -> deliver(true)).getMessage();
            assertTrue(message.contains(failure.getMessage()), message);
        }
    }

    @Test
    void aUnitThatIsNoKeyFrameThoughTheEncoderSaysSoIsBroken() throws Exception {
        splitter.keyframe = false;
        assertEquals(0, output.deliver(encoder, ByteBuffer.wrap(new byte[250]), captureNanos++, true));
        assertNull(output.poll());
        assertEquals(1, deliver(true));
    }

    @Test
    void picturesOfAnotherSizeThanAskedForAreBroken() throws Exception {
        EncoderOutput other = new EncoderOutput(new PacketiserSeat(candidate(splitter), splitter),
                new FrameShape(128, 96, PixelFormat.I420), () -> { });
        output.retire(encoder);
        output.serve(other, null);
        deliver(other, true);
        deliver(other, true);
        String message = assertThrows(StageException.class, () -> deliver(other, true)).getMessage();
        assertTrue(message.contains("64x48 instead of 128x96"), message);
    }

    @Test
    void whatTheNewEncoderGivesWaitsForTheOldOnesLast() throws Exception {
        deliver(true);
        output.poll();
        EncoderOutput next = encoder(new Splitter());
        output.serve(next, null);
        assertEquals(3, packetsOf(next, true));
        assertNull(output.poll(), "the old one has a frame inside");
        assertTrue(output.heldSinceNanos() != 0);
        deliver(encoder, false);
        output.done(encoder);
        assertFalse(output.poll().keyframe(), "the old one's comes first");
        assertTrue(output.poll().keyframe());
        assertEquals(0, output.heldSinceNanos());
        assertEquals(1, deliver(next, false));
        assertTrue(next.firstReadyNanos() != 0 && next.gapNanos() >= 0);
    }

    private int packetsOf(EncoderOutput from, boolean key) throws StageException {
        output.maxPayloadBytes(100);
        int packets = deliver(from, key);
        output.maxPayloadBytes(1100);
        return packets;
    }

    @Test
    void anOldEncoderThatTakesTooLongOverItsLastIsNotWaitedFor() throws Exception {
        deliver(true);
        output.poll();
        EncoderOutput next = encoder(new Splitter());
        output.serve(next, null);
        deliver(next, true);
        output.releaseHeld();
        assertTrue(output.poll().keyframe());
        assertEquals(0, deliver(encoder, false), "what it brings after that");
        assertNull(output.poll());
        assertEquals(1, deliver(next, false));
    }

    @Test
    void whatARetiredEncoderBringsIsNotUsed() throws Exception {
        deliver(true);
        output.poll();
        output.retire(encoder);
        assertEquals(0, deliver(true));
        assertNull(output.poll());
    }

    @Test
    void aBrokenUnitCostsNoFrameOfThePool() throws Exception {
        for (int i = 0; i < 2 * POOL; i++) {
            splitter.failure = new StageException(StageException.Reason.FAILED, "broken");
            assertEquals(0, deliver(true));
            splitter.failure = null;
            assertEquals(1, deliver(true));
            output.recycle(output.poll());
        }
        assertEquals(0, output.droppedRingFull());
    }

    @Test
    void anEmptyUnitIsNoFrame() throws Exception {
        assertEquals(0, output.deliver(encoder, ByteBuffer.allocate(0), 0, true));
        assertNull(output.poll());
        assertEquals(0, ready);
    }

    @Test
    void anotherPacketiserGoesOnWithoutAKeyFrame() throws Exception {
        deliver(true);
        asked = 0;
        Splitter other = new Splitter();
        assertTrue(encoder.seat.replace(candidate(other), other, 1_000));
        assertEquals(1, splitter.closed);
        assertEquals(1, deliver(false));
        assertEquals(0, asked);
        assertEquals(1, other.units);
    }

    @Test
    void aPacketiserThatCannotCloseIsLetGo() throws Exception {
        splitter.closeFailure = new IllegalStateException("close");
        Splitter other = new Splitter();
        assertTrue(encoder.seat.replace(candidate(other), other, 1_000));
        assertEquals(1, deliver(true));
    }

    @Test
    void aPacketiserThatHangsIsNotWaitedFor() throws Exception {
        CountDownLatch goOn = new CountDownLatch(1);
        splitter.blocker = goOn;
        Thread inside = new Thread(() -> assertThrows(PacketiserSeat.Broke.class, () -> deliver(true)));
        inside.start();
        while (encoder.seat.insideNanos(System.nanoTime()) == 0) {
            Thread.onSpinWait();
        }
        Splitter other = new Splitter();
        assertFalse(encoder.seat.replace(candidate(other), other, 20));
        assertSame(splitter, encoder.seat.choice().factory());
        EncoderOutput next = encoder(other);
        output.retire(encoder);
        output.serve(next, null);
        assertEquals(1, deliver(next, true), "the way out is free for another encoder");
        goOn.countDown();
        inside.join();
    }

    /** Cuts units into payloads of the largest size allowed. */
    private static class Splitter implements PacketiserFactory, Packetiser {
        volatile CountDownLatch blocker;
        volatile boolean keyframe;
        int units;
        Throwable failure;
        RuntimeException closeFailure;
        int closed;

        @Override
        public String codec() {
            return "TEST";
        }

        @Override
        public Packetiser open() {
            return this;
        }

        @Override
        public void packetise(ByteBuffer unit, int max, RtpPayloads out) throws StageException {
            units++;
            if (blocker != null) {
                try {
                    blocker.await();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
                throw new IllegalStateException("late");
            }
            if (failure instanceof StageException e) {
                throw e;
            } else if (failure instanceof RuntimeException e) {
                throw e;
            } else if (failure instanceof Error e) {
                throw e;
            }
            for (int at = unit.position(); at < unit.limit(); at += max) {
                out.put(unit, at, Math.min(max, unit.limit() - at)).end();
            }
        }

        @Override
        public boolean isKeyframe() {
            return keyframe;
        }

        @Override
        public RtpFormat format() {
            return new RtpFormat("TEST", 90_000, Map.of(), 64, 48);
        }

        @Override
        public void close() {
            closed++;
            if (closeFailure != null) {
                throw closeFailure;
            }
        }
    }
}
