package revcam.capture.pattern;

import java.util.function.Consumer;
import revcam.api.media.RawFrame;

/** The moving landscape without its clock, one picture after the other as fast as they are taken. */
public final class PatternPictures {

    /** As many as the capture has, so that the noise is new in every picture here as well. */
    private static final int FILMS = 4;

    private PatternPictures() {}

    /** @param sink borrows each picture for the length of its call */
    public static void draw(int width, int height, double fps, int frames, Consumer<RawFrame> sink) {
        Scene scene = new Scene(width, height, 1e9 / fps, FILMS, 0);
        for (int tick = 0; tick < frames; tick++) {
            try (Film film = scene.acquire()) {
                scene.compose(film, tick);
                sink.accept(film);
            }
        }
    }
}
