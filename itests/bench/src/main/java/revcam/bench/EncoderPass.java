package revcam.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import revcam.api.encoder.EncodedSink;
import revcam.api.encoder.EncoderRequest;
import revcam.api.encoder.VideoEncoder;
import revcam.api.media.FramePool;
import revcam.api.media.FrameRate;
import revcam.api.media.PixelFormat;
import revcam.api.media.StageException;
import revcam.api.packetiser.Packetiser;
import revcam.api.packetiser.RtpFormat;
import revcam.api.packetiser.RtpPayloads;
import revcam.packetiser.h264.H264PacketiserFactory;

/** Pictures through the product's encoder seam and its packetiser, one after the other. One thread. */
final class EncoderPass implements EncodedSink, AutoCloseable {

    /** IPv4, UDP and SRTP's tag; an RTP header with a transport-wide number. */
    static final int HEADER_BYTES = 20 + 8 + 10 + 20;

    /**
     * An access unit.
     *
     * @param frame the picture that it is, counted from 0
     * @param during the picture that was being encoded when it came
     * @param payloadBytes of its RTP payloads
     */
    record Unit(int frame, int during, int bytes, boolean keyframe, int[] payloadBytes) {}

    private final ByteBuffer pictures;
    private final int frameBytes;
    private final FrameRate rate;
    private final FramePool pool;
    private final FileChannel file;
    private final VideoEncoder encoder;
    private final Packetiser packetiser = new H264PacketiserFactory().open();
    private final RtpPayloads payloads = new RtpPayloads();
    private final int maxPayloadBytes;
    private final CpuClock clock = new CpuClock();
    private final List<Unit> units = new ArrayList<>();
    private long bitrateBps;
    private int given;
    private int skipped;
    private long cpuNanos;

    /**
     * @param pictures raw I420
     * @param file takes the stream; null: nobody does
     */
    EncoderPass(Setup setup, ByteBuffer pictures, FileChannel file) {
        this.pictures = pictures;
        this.file = file;
        frameBytes = setup.width() * setup.height() * 3 / 2;
        rate = FrameRate.parse(Double.toString(setup.fps));
        pool = new FramePool(1, PixelFormat.I420, setup.width(), setup.height(), 64);
        maxPayloadBytes = payloadBytes(setup);
        bitrateBps = setup.bitrateBps();
        Map<String, Object> settings = new HashMap<>(setup.settings);
        try {
            encoder = EncoderComparison.factory(setup.encoder, settings)
                    .open(new EncoderRequest(setup.width(), setup.height(), PixelFormat.I420, rate, bitrateBps), this);
        } catch (StageException e) {
            throw new IllegalArgumentException(setup.encoder + " " + setup.settings + ": " + e.getMessage(), e);
        }
    }

    static int payloadBytes(Setup setup) {
        return setup.mtu - HEADER_BYTES;
    }

    /** @param picture which of the pictures it shows */
    void encode(int picture, boolean keyframe) {
        FramePool.PooledFrame frame = pool.acquire();
        frame.data().put(0, pictures, picture * frameBytes, frameBytes);
        frame.stamp(given * rate.intervalNanos(), given);
        long start = clock.nanos();
        encoder.encode(frame, keyframe);
        cpuNanos += clock.nanos() - start;
        given++;
    }

    void bitrate(long bps) {
        if (bps != bitrateBps) {
            bitrateBps = bps;
            encoder.setRate(bps, rate);
        }
    }

    int pictures() {
        return pictures.capacity() / frameBytes;
    }

    List<Unit> units() {
        return units;
    }

    int skipped() {
        return skipped;
    }

    double cpuMillisPerFrame() {
        return cpuNanos / 1e6 / given;
    }

    RtpFormat format() {
        return packetiser.format();
    }

    @Override
    public void onAccessUnit(ByteBuffer data, long captureNanos, boolean keyframe) {
        try {
            if (file != null) {
                file.write(data.duplicate());
            }
            payloads.clear();
            packetiser.packetise(data, maxPayloadBytes, payloads);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (StageException e) {
            throw new IllegalStateException(e);
        }
        int[] sizes = new int[payloads.count()];
        for (int i = 0; i < sizes.length; i++) {
            sizes[i] = payloads.size(i);
        }
        units.add(new Unit((int) Math.round((double) captureNanos / rate.intervalNanos()), given, data.remaining(), keyframe, sizes));
    }

    @Override
    public void onSkipped(long captureNanos) {
        skipped++;
    }

    @Override
    public void onFailed(StageException cause) {
        throw new IllegalStateException(cause);
    }

    @Override
    public void close() {
        encoder.close();
        packetiser.close();
    }
}
