package revcam.bench;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import revcam.api.media.FramePool;
import revcam.api.media.FrameRate;
import revcam.api.media.PixelFormat;
import revcam.api.media.RawFrame;
import revcam.api.media.StageException;
import revcam.api.processor.FrameProcessor;
import revcam.api.processor.ProcessorRequest;
import revcam.processor.overlay.OverlayFactory;

/** What the overlay takes for a 720p picture. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class OverlayBenchmark {

    /** Settings; those that turn copy the picture, the others draw into it. */
    @Param({"time=date", "guides=true", "rotate=180", "mirror=true", "rotate=90"})
    public String settings;

    private final FramePool pool = new FramePool(1, PixelFormat.I420, 1280, 720, 64);
    private FrameProcessor processor;

    @Setup
    public void open() throws StageException {
        Map<String, Object> properties = new HashMap<>();
        properties.put(settings.substring(0, settings.indexOf('=')), settings.substring(settings.indexOf('=') + 1));
        processor = new OverlayFactory(properties)
                .open(new ProcessorRequest("bench", 1280, 720, PixelFormat.I420, FrameRate.of(30)));
    }

    @Benchmark
    public void process() {
        RawFrame made = processor.process(pool.acquire().stamp(System.nanoTime(), 0));
        made.close();
    }
}
