package revcam.stream;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import revcam.api.pipeline.Replacement;

/** The last hundred replacements of a pipeline. Holds texts only, so no class of a bundle that has gone. Any thread. */
final class ReplacementLog {

    private static final Logger LOG = LoggerFactory.getLogger(ReplacementLog.class);
    private static final int KEPT = 100;

    private final String pipeline;
    private final Deque<Replacement> newestFirst = new ArrayDeque<>();

    ReplacementLog(String pipeline) {
        this.pipeline = pipeline;
    }

    void add(Replacement replacement) {
        synchronized (this) {
            newestFirst.addFirst(replacement);
            if (newestFirst.size() > KEPT) {
                newestFirst.removeLast();
            }
        }
        if (replacement.succeeded()) {
            LOG.info("{}: {} {}{}{}{}", pipeline, replacement.role(),
                    replacement.to().isEmpty() ? "nobody" : replacement.to(),
                    replacement.from().isEmpty() ? "" : " after " + replacement.from(),
                    replacement.gapNanos() < 0 ? "" : String.format(", gap %.1f ms", replacement.gapNanos() / 1e6),
                    replacement.detail().isEmpty() ? "" : " (" + replacement.detail() + ")");
        } else {
            LOG.warn("{}: {} stays {}: {}", pipeline, replacement.role(),
                    replacement.to().isEmpty() ? "vacant" : replacement.to(), replacement.detail());
        }
    }

    synchronized List<Replacement> newestFirst() {
        return List.copyOf(newestFirst);
    }
}
