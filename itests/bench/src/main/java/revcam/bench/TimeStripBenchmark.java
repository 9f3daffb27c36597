package revcam.bench;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import revcam.api.media.FramePool;
import revcam.api.media.PixelFormat;
import revcam.api.media.RawFrame;
import revcam.api.media.TimeStrip;

/** The time strip into a 720p picture. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class TimeStripBenchmark {

    private final TimeStrip strip = new TimeStrip(1280, 720);
    private final RawFrame frame = new FramePool(1, PixelFormat.I420, 1280, 720, 64).acquire();
    private long counter;

    @Benchmark
    public RawFrame draw() {
        counter++;
        strip.draw(frame, counter * 33, counter);
        return frame;
    }
}
