package revcam.stream;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import revcam.api.media.StageException;
import revcam.api.media.StageException.Reason;

/**
 * Calls that a plug-in should answer at once, for those who cannot afford to believe it: on a thread of their own, which
 * is left behind when the call does not return.
 */
final class Bounded {

    private Bounded() {}

    /** @throws StageException the plug-in's own; or FAILED, because it threw something else or did not return in time */
    static <T> T call(String what, long boundMillis, Callable<T> call) throws StageException {
        FutureTask<T> task = new FutureTask<>(call);
        Thread thread = new Thread(task, "revcam." + what);
        thread.setDaemon(true);
        thread.start();
        try {
            return task.get(boundMillis, TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof StageException known ? known
                    : new StageException(Reason.FAILED, "it threw " + e.getCause(), e.getCause());
        } catch (TimeoutException e) {
            throw new StageException(Reason.FAILED, "it did not return within " + boundMillis + " ms", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StageException(Reason.FAILED, "the engine is being stopped", e);
        }
    }
}
