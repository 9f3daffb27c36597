package revcam.rtp;

import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;

/** Writes down what it is told, one line each. */
final class RtcpLog implements RtcpListener {

    final List<String> lines = new ArrayList<>();

    @Override
    public void onReceiverReport(
            int senderSsrc,
            int sourceSsrc,
            double lossFraction,
            int cumulativeLost,
            long extendedHighestSequence,
            long jitterRtp,
            int lastSr,
            long delaySinceLastSr) {
        lines.add("report %x on %x: loss %s, lost %d, highest %d, jitter %d, lsr %x, dlsr %d"
                .formatted(
                        senderSsrc,
                        sourceSsrc,
                        lossFraction,
                        cumulativeLost,
                        extendedHighestSequence,
                        jitterRtp,
                        lastSr,
                        delaySinceLastSr));
    }

    @Override
    public void onSenderReport(int senderSsrc, long ntp, int rtpTimestamp, long packets, long octets) {
        lines.add("sender %x: ntp %x, rtp %x, packets %d, octets %d"
                .formatted(senderSsrc, ntp, rtpTimestamp, packets, octets));
    }

    @Override
    public void onNack(int mediaSsrc, int sequence) {
        lines.add("nack %x: %d".formatted(mediaSsrc, sequence));
    }

    @Override
    public void onPli(int mediaSsrc) {
        lines.add("pli %x".formatted(mediaSsrc));
    }

    @Override
    public void onFir(int mediaSsrc, int commandSequence) {
        lines.add("fir %x: %d".formatted(mediaSsrc, commandSequence));
    }

    @Override
    public void onReceiverEstimate(long bps) {
        lines.add("remb " + bps);
    }

    @Override
    public void onTransportFeedback(TransportFeedback feedback) {
        StringJoiner packets = new StringJoiner(" ");
        int before = 0;
        for (int index = 0; index < feedback.count(); index++) {
            packets.add(
                    feedback.received(index)
                            ? (before == 0 ? "@" : "+") + (feedback.arrivalTicks(index) - before)
                            : "-");
            before = feedback.received(index) ? feedback.arrivalTicks(index) : before;
        }
        lines.add("feedback %d from %d: %s"
                .formatted(feedback.feedbackCount(), feedback.baseSequence(), packets));
    }

    @Override
    public void onCongestionFeedback(CongestionFeedback feedback) {
        StringJoiner packets = new StringJoiner(" ", "ccfb ", "").setEmptyValue("ccfb");
        for (feedback.rewind(); feedback.next(); ) {
            packets.add("%x/%d%s".formatted(feedback.ssrc(), feedback.sequence(),
                    feedback.received() ? "@" + feedback.arrivalTicks() : "-"));
        }
        lines.add(packets.toString());
    }

    @Override
    public void onBye(int ssrc) {
        lines.add("bye %x".formatted(ssrc));
    }

    @Override
    public void onMalformed(Defect defect) {
        lines.add("malformed " + defect);
    }
}
