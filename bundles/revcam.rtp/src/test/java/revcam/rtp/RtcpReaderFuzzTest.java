package revcam.rtp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.ByteBuffer;
import revcam.api.congestion.PacketFeedback;

/**
 * Whatever a viewer sends for RTCP, nothing is thrown, and what is made of its feedback are packets that were sent, each
 * once and in the order they left.
 */
class RtcpReaderFuzzTest {

    private static final int MEDIA = 0x11111111;
    private static final int RTX = 0x22222222;
    private static final int CAPACITY = 64;
    /** More than are remembered; RTP sequence numbers wrap among them. */
    private static final int SENT = 100;

    /** @param data RTCP packets, each behind a byte that says how long it is */
    @FuzzTest(maxDuration = "5m")
    void anyRtcp(byte[] data) {
        Listener listener = new Listener();
        RtcpReader reader = new RtcpReader();
        ByteBuffer in = ByteBuffer.wrap(data);
        while (in.hasRemaining()) {
            int length = Math.min(in.get() & 0xFF, in.remaining());
            int end = in.position() + length;
            ByteBuffer packet = in.duplicate().limit(end);
            reader.read(packet, listener);
            assertEquals(length, packet.remaining(), "the buffer is left as it was");
            assertTrue(listener.defects <= 1, "a defect ends a packet");
            listener.defects = 0;
            in.position(end);
        }
    }

    private static final class Listener implements RtcpListener {

        private final SendHistory history = new SendHistory(CAPACITY);
        private final RtpSendHistory rtp = new RtpSendHistory(history, MEDIA, RTX);
        /** 0: nothing; 1: lost; 2: arrived. */
        private final int[] told = new int[SENT];
        int defects;

        Listener() {
            for (int i = 0; i < SENT; i++) {
                history.onSent(i * 1_000_000L, i, 1000 + i);
                rtp.onSent(i, i % 4 == 3 ? RTX : MEDIA, 0xFFE0 + i);
            }
        }

        @Override
        public void onReceiverReport(int senderSsrc, int sourceSsrc, double lossFraction, int cumulativeLost,
                long extendedHighestSequence, long jitterRtp, int lastSr, long delaySinceLastSr) {
            assertTrue(lossFraction >= 0 && lossFraction < 1 && jitterRtp >= 0 && delaySinceLastSr >= 0);
        }

        @Override
        public void onNack(int mediaSsrc, int sequence) {
            assertTrue(sequence >= 0 && sequence <= 0xFFFF);
        }

        @Override
        public void onReceiverEstimate(long bps) {
            assertTrue(bps >= 0);
        }

        @Override
        public void onTransportFeedback(TransportFeedback feedback) {
            inOrder(history.join(feedback));
        }

        @Override
        public void onCongestionFeedback(CongestionFeedback feedback) {
            PacketFeedback report = rtp.join(feedback);
            inOrder(report);
            for (int i = 0; i < report.count(); i++) {
                int packet = (int) report.transportSequence(i);
                int news = report.received(i) ? 2 : 1;
                assertTrue(news > told[packet], "told before");
                told[packet] = news;
            }
        }

        private void inOrder(PacketFeedback report) {
            long before = SENT - CAPACITY - 1;
            for (int i = 0; i < report.count(); i++) {
                long packet = report.transportSequence(i);
                assertTrue(packet > before && packet < SENT, packet + " after " + before);
                assertEquals(packet * 1_000_000, report.sentNanos(i));
                assertEquals(1000 + packet, report.sizeBytes(i));
                report.arrivalNanos(i);
                before = packet;
            }
        }

        @Override
        public void onMalformed(Defect defect) {
            defects++;
        }
    }
}
