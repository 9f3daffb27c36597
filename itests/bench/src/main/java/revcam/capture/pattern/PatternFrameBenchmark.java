package revcam.capture.pattern;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** One 720p picture of the moving landscape; in this package, since a picture without its clock has no seam. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class PatternFrameBenchmark {

    private final Scene scene = new Scene(1280, 720, 1e9 / 30, 1, 0);
    private long tick;

    @Benchmark
    public Film compose() {
        Film film = scene.acquire();
        scene.compose(film, tick++);
        film.close();
        return film;
    }
}
