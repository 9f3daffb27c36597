package revcam.engine.libwebrtc;

import dev.onvoid.webrtc.CreateSessionDescriptionObserver;
import dev.onvoid.webrtc.RTCAnswerOptions;
import dev.onvoid.webrtc.RTCPeerConnection;
import dev.onvoid.webrtc.RTCSessionDescription;
import dev.onvoid.webrtc.SetSessionDescriptionObserver;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/** libwebrtc's negotiation, whose steps answer on its signalling thread, as calls that wait. */
final class Steps {

    private static final long PATIENCE_SECONDS = 5;

    private Steps() {}

    /** A step went wrong; the message is libwebrtc's. */
    static final class Failed extends Exception {
        Failed(String message, Throwable cause) {
            super(message, cause);
        }
    }

    static RTCSessionDescription createAnswer(RTCPeerConnection connection) throws Failed {
        CompletableFuture<RTCSessionDescription> created = new CompletableFuture<>();
        connection.createAnswer(new RTCAnswerOptions(), new CreateSessionDescriptionObserver() {
            @Override
            public void onSuccess(RTCSessionDescription description) {
                created.complete(description);
            }

            @Override
            public void onFailure(String error) {
                created.completeExceptionally(new IllegalArgumentException(error));
            }
        });
        return await(created);
    }

    static void setRemote(RTCPeerConnection connection, RTCSessionDescription description) throws Failed {
        set(observer -> connection.setRemoteDescription(description, observer));
    }

    static void setLocal(RTCPeerConnection connection, RTCSessionDescription description) throws Failed {
        set(observer -> connection.setLocalDescription(description, observer));
    }

    private static void set(Consumer<SetSessionDescriptionObserver> call) throws Failed {
        CompletableFuture<Void> done = new CompletableFuture<>();
        attempt(() -> call.accept(new SetSessionDescriptionObserver() {
            @Override
            public void onSuccess() {
                done.complete(null);
            }

            @Override
            public void onFailure(String error) {
                done.completeExceptionally(new IllegalArgumentException(error));
            }
        }));
        await(done);
    }

    /** webrtc-java throws a plain Error for text that does not parse. */
    static void attempt(Runnable call) throws Failed {
        try {
            call.run();
        } catch (VirtualMachineError | LinkageError e) {
            throw e;
        } catch (RuntimeException | Error e) {
            throw new Failed(e.getMessage(), e);
        }
    }

    static <T> T await(CompletableFuture<T> future) throws Failed {
        try {
            return future.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new Failed(e.getCause().getMessage(), e);
        } catch (TimeoutException e) {
            throw new Failed("no answer within " + PATIENCE_SECONDS + " s", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failed("interrupted", e);
        }
    }
}
