package revcam.linklab;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import revcam.api.congestion.CongestionControllerFactory;

/** One scenario with one controller and one seed, from its beginning to its end. */
final class Run {

    /** What came of it. */
    record Result(Scenario scenario, String controller, long seed, List<RecordedFlow> media, List<RecordedFlow> tcp,
            String digest, double wallSeconds) {
        List<RecordedFlow> all() {
            List<RecordedFlow> all = new ArrayList<>(media);
            all.addAll(tcp);
            return all;
        }
    }

    private static final int AUDIO_PACKET_BYTES = 50;
    private static final long AUDIO_INTERVAL = 20 * Simulation.MILLI;

    private final Scenario scenario;
    private final CongestionControllerFactory factory;
    private final Simulation simulation;
    private final List<RecordedFlow> media = new ArrayList<>();
    private final List<RecordedFlow> tcp = new ArrayList<>();
    private final MessageDigest digest;
    private final ByteBuffer digested = ByteBuffer.allocate(40);
    private final Hop forward;
    private final Hop backward;

    private Run(Scenario scenario, CongestionControllerFactory factory, long seed) {
        this.scenario = scenario;
        this.factory = factory;
        simulation = new Simulation(seed);
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
        forward = link(scenario.forward, scenario.forwardQueue.get());
        backward = link(scenario.backward, scenario.backwardQueue.get());
    }

    static Result of(Scenario scenario, String name, CongestionControllerFactory factory, long seed) {
        long begun = System.nanoTime();
        Run run = new Run(scenario, factory, seed);
        for (int i = 0; i < scenario.media.size(); i++) {
            run.add(i, scenario.media.get(i));
        }
        for (int i = 0; i < scenario.tcp.size(); i++) {
            run.add(scenario.media.size() + i, scenario.tcp.get(i));
        }
        run.simulation.run(scenario.nanos());
        return new Result(scenario, name, seed, run.media, run.tcp, HexFormat.of().formatHex(run.digest.digest()),
                (System.nanoTime() - begun) * 1e-9);
    }

    private Hop link(Capacity capacity, QueueDiscipline queue) {
        return capacity == null ? packet -> packet.onward.accept(packet)
                : new Bottleneck(simulation, capacity, queue, this::lost);
    }

    private RecordedFlow record(int flow) {
        return flow < media.size() ? media.get(flow) : tcp.get(flow - media.size());
    }

    private void lost(Packet packet) {
        count(packet, -1);
        if (packet.kind == Packet.Kind.MEDIA || packet.kind == Packet.Kind.TCP && packet.content == null) {
            record(packet.flow).lost(simulation.now(), packet);
        }
    }

    /** Every packet enters the digest once: when it arrives, or when it is lost. */
    private void count(Packet packet, long arrival) {
        digested.clear();
        digested.putInt(packet.kind.ordinal() << 16 | packet.flow).putInt(packet.wireBytes).putLong(packet.sentNanos);
        digested.putLong(arrival).putLong(packet.queueNanos);
        digest.update(digested.array(), 0, digested.position());
        if (packet.content != null) {
            digest.update(packet.content);
        }
    }

    private Hop counted(Hop next) {
        return packet -> {
            count(packet, simulation.now());
            next.accept(packet);
        };
    }

    // ---- our flows

    private void add(int flow, Scenario.Media description) {
        long start = Math.round(description.startSeconds * Simulation.SECOND);
        long end = Math.round(Math.min(description.endSeconds, scenario.seconds) * Simulation.SECOND);
        RecordedFlow record = new RecordedFlow(description.name, start, end, scenario.nanos());
        media.add(record);
        boolean ahead = description.direction == Scenario.Direction.FORWARD;
        Hop there = ahead ? forward : backward;
        Hop back = ahead ? backward : forward;

        Sender[] sender = new Sender[1];
        Hop toSender = channel(flow, "feedback", description, description.feedbackLoss.get(),
                packet -> {
                    if (simulation.now() < end) {
                        sender[0].onRtcp(packet.content);
                    }
                });
        Receiver receiver = new Receiver(simulation, flow, back, toSender, record);
        Hop toReceiver = channel(flow, "data", description, description.loss.get(), receiver);
        VideoSource source = new VideoSource(simulation, "video" + flow, description.content, sender,
                description.limits::maxBps);
        Hop network = packet -> {
            if (packet.kind == Packet.Kind.MEDIA) {
                record.sent(simulation.now(), packet);
            }
            there.accept(packet);
        };
        simulation.at(start, () -> {
            sender[0] = new Sender(simulation, flow, factory, description.limits, network, toReceiver,
                    source::requestKeyframe, reason -> record.misconduct = reason);
            receiver.start();
            sender[0].pump();
            source.start();
            sampleTarget(record, sender[0], end);
            if (description.audio) {
                audio(flow, there, description, end);
            }
        });
        pause(source, description.pauseFrom, true);
        pause(source, description.pauseTo, false);
        simulation.at(end, () -> source.pause(true));
    }

    private void pause(VideoSource source, double seconds, boolean on) {
        if (seconds < scenario.seconds) {
            simulation.at(Math.round(seconds * Simulation.SECOND), () -> source.pause(on));
        }
    }

    private void sampleTarget(RecordedFlow record, Sender sender, long end) {
        if (simulation.now() < end) {
            record.target(simulation.now(), sender.targetBps());
            simulation.after(RecordedFlow.BIN / 4, () -> sampleTarget(record, sender, end));
        }
    }

    private Channel channel(int flow, String what, Scenario.Media description, Channel.Loss loss, Hop end) {
        return new Channel(simulation, what + flow, description.delay, description.jitter, loss, counted(end), this::lost);
    }

    /** 20 kbit/s at a constant rate, beside the congestion control (RFC 8867, section 4.4). */
    private void audio(int flow, Hop there, Scenario.Media description, long end) {
        Channel channel = channel(flow, "audio", description, Channel.Loss.none(), packet -> {});
        audioPacket(flow, there, channel, end);
    }

    private void audioPacket(int flow, Hop there, Hop channel, long end) {
        if (simulation.now() >= end) {
            return;
        }
        Packet packet = new Packet(Packet.Kind.AUDIO, flow, AUDIO_PACKET_BYTES, null, channel);
        packet.sentNanos = simulation.now();
        there.accept(packet);
        simulation.after(AUDIO_INTERVAL, () -> audioPacket(flow, there, channel, end));
    }

    private void add(int flow, Scenario.Tcp description) {
        throw new UnsupportedOperationException("TCP " + flow + " " + description.name);
    }
}
