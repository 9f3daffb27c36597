package revcam.linklab;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import revcam.api.congestion.CongestionControllerFactory;

/** One scenario with one controller and one seed, from its beginning to its end. */
final class Run {

    /** What came of it. */
    record Result(Scenario scenario, String controller, long seed, List<RecordedFlow> media, List<RecordedFlow> tcp,
            double[] forwardBits, double[] backwardBits, String digest, double wallSeconds) {
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
    private final double[] forwardBits;
    private final double[] backwardBits;
    private final Hop forward;
    private final Hop backward;
    private final Hop further;

    private Run(Scenario scenario, CongestionControllerFactory factory, long seed) {
        this.scenario = scenario;
        this.factory = factory;
        simulation = new Simulation(seed);
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
        forwardBits = new double[RecordedFlow.bins(scenario.nanos())];
        backwardBits = new double[forwardBits.length];
        forward = link(scenario.forward, scenario.forwardQueue.get(), forwardBits);
        further = link(scenario.further, scenario.forwardQueue.get(), new double[forwardBits.length]);
        backward = link(scenario.backward, scenario.backwardQueue.get(), backwardBits);
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
        return new Result(scenario, name, seed, run.media, run.tcp, run.forwardBits, run.backwardBits,
                HexFormat.of().formatHex(run.digest.digest()), (System.nanoTime() - begun) * 1e-9);
    }

    private Hop link(Capacity capacity, QueueDiscipline queue, double[] carriedBits) {
        return capacity == null ? packet -> packet.onward.accept(packet) : new Bottleneck(simulation, capacity, queue,
                packet -> carriedBits[RecordedFlow.bin(simulation.now(), carriedBits.length)] += packet.wireBytes * 8.0,
                this::lost);
    }

    private RecordedFlow record(int flow) {
        return flow < media.size() ? media.get(flow) : tcp.get(flow - media.size());
    }

    private void lost(Packet packet) {
        count(packet, -1);
        if (packet.kind == Packet.Kind.MEDIA || packet.kind == Packet.Kind.TCP) {
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
        Hop there = !ahead ? backward : description.crosses == Scenario.Crosses.SECOND ? further : forward;
        Hop back = ahead ? backward : forward;

        Sender[] sender = new Sender[1];
        Hop toSender = channel(flow, "feedback", description, description.feedbackLoss.get(),
                packet -> {
                    if (simulation.now() < end) {
                        sender[0].onRtcp(packet.content);
                    }
                });
        Receiver receiver = new Receiver(simulation, flow, description.feedback, back, toSender, record);
        Hop toReceiver = behind(description, channel(flow, "data", description, description.loss.get(), receiver));
        VideoSource source = new VideoSource(simulation, "video" + flow, description, sender,
                description.limits::maxBps, record);
        Hop network = packet -> {
            if (packet.kind == Packet.Kind.MEDIA) {
                record.sent(simulation.now(), packet);
            }
            there.accept(packet);
        };
        simulation.at(start, () -> {
            sender[0] = new Sender(simulation, flow, factory, description.limits, description.feedback, network,
                    toReceiver, source::requestKeyframe, source::encodeHeld, reason -> record.misconduct = reason);
            receiver.start();
            sender[0].pump();
            source.start();
            sampleTarget(record, sender[0], end);
            if (description.audio) {
                audio(flow, there, description, end);
            }
        });
        if (description.pauseFrom < scenario.seconds) {
            record.pauseFrom = Math.round(description.pauseFrom * Simulation.SECOND);
            record.pauseTo = Math.round(description.pauseTo * Simulation.SECOND);
            simulation.at(record.pauseFrom, () -> source.pause(true));
            simulation.at(record.pauseTo, () -> source.pause(false));
        }
        simulation.at(end, () -> source.pause(true));
    }

    private void sampleTarget(RecordedFlow record, Sender sender, long end) {
        if (simulation.now() < end) {
            record.target(simulation.now(), sender.targetBps());
            simulation.after(RecordedFlow.BIN / 4, () -> sampleTarget(record, sender, end));
        }
    }

    /** What follows the first bottleneck: the second, if the flow crosses both, and the channel. */
    private Hop behind(Scenario.Media description, Channel channel) {
        return description.crosses != Scenario.Crosses.BOTH ? channel : packet -> {
            packet.onward = channel;
            further.accept(packet);
        };
    }

    private Channel channel(int flow, String what, Scenario.Media description, Channel.Loss loss, Hop end) {
        return new Channel(simulation, what + flow, description.delay, description.jitter, loss, counted(end),
                this::lost);
    }

    /** 20 kbit/s at a constant rate, beside the congestion control (RFC 8867, section 4.4). */
    private void audio(int flow, Hop there, Scenario.Media description, long end) {
        Hop channel = behind(description, channel(flow, "audio", description, Channel.Loss.none(), packet -> {}));
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

    // ---- the others

    private void add(int flow, Scenario.Tcp description) {
        long start = Math.round(description.startSeconds * Simulation.SECOND);
        long end = Math.round(Math.min(description.endSeconds, scenario.seconds) * Simulation.SECOND);
        RecordedFlow record = new RecordedFlow(description.name, start, end, scenario.nanos());
        tcp.add(record);
        Hop toSender = new Channel(simulation, "ack" + flow, now -> description.delayNanos, Channel.Jitter.NONE,
                Channel.Loss.none(), counted(packet -> {
                    TcpConnection.Ack ack = (TcpConnection.Ack) packet.segment;
                    ack.connection().onAck(ack);
                }), this::lost);
        Hop toReceiver = new Channel(simulation, "segment" + flow, now -> description.delayNanos,
                Channel.Jitter.IN_ORDER, Channel.Loss.none(), counted(packet -> {
                    record.received(simulation.now(), packet);
                    TcpConnection.Segment segment = (TcpConnection.Segment) packet.segment;
                    segment.connection().onSegment(segment);
                }), this::lost);
        SplittableRandom random = simulation.random("files" + flow);
        simulation.at(start, () -> {
            if (description.startsIdle) {
                idle(description, random, () -> transfer(flow, description, random, record, toReceiver, toSender, end));
            } else {
                transfer(flow, description, random, record, toReceiver, toSender, end);
            }
        });
    }

    private void idle(Scenario.Tcp description, SplittableRandom random, Runnable then) {
        double seconds = Simulation.exponential(random, description.meanIdleSeconds);
        simulation.after((long) (seconds * Simulation.SECOND), then);
    }

    private void transfer(int flow, Scenario.Tcp description, SplittableRandom random, RecordedFlow record,
            Hop toReceiver, Hop toSender, long end) {
        if (simulation.now() >= end) {
            return;
        }
        long bytes = description.endless() ? Long.MAX_VALUE
                : random.nextLong(description.minFileBytes, description.maxFileBytes + 1L);
        TcpConnection connection = new TcpConnection(simulation, flow, description.cubic, bytes, forward, toReceiver,
                backward, toSender, record, () -> idle(description, random,
                        () -> transfer(flow, description, random, record, toReceiver, toSender, end)));
        simulation.at(end, connection::stop);
        connection.start();
    }
}
